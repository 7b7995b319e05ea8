import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldSelection } from "../../src/output/field-selection.ts";

const shown = (text: string, ...fields: string[]) => fieldSelection(fields, [])!.apply(text);
const hidden = (text: string, ...fields: string[]) => fieldSelection([], fields)!.apply(text);

describe("choosing fields", () => {
  test("is nothing to do where no field is named", () => {
    expect(fieldSelection([], [])).toBeUndefined();
  });

  test("keeps values as they were written", () => {
    expect(shown('{ "a" : 1.50, "b":"x\\u0041 , }", "c":[1, {"d":2}] }', "a", "b", "c")).toBe(
      '{"a":1.50,"b":"x\\u0041 , }","c":[1, {"d":2}]}',
    );
  });

  test("reaches into objects by dotted names", () => {
    const text = '{"http":{"status":500,"path":"/a"},"msg":"m"}';
    expect(shown(text, "http.status")).toBe('{"http":{"status":500}}');
    expect(hidden(text, "http.path")).toBe('{"http":{"status":500},"msg":"m"}');
    expect(shown(text, "http")).toBe('{"http":{"status":500,"path":"/a"}}');
  });

  test("takes hidden fields out of shown ones", () => {
    expect(fieldSelection(["http"], ["http.path"])!.apply('{"http":{"status":1,"path":"/"},"m":2}')).toBe(
      '{"http":{"status":1}}',
    );
  });

  test("works on logfmt", () => {
    expect(shown('level=info msg="a b=c" n=1', "msg", "n")).toBe('msg="a b=c" n=1');
    expect(hidden("level=info msg=x", "level")).toBe("msg=x");
  });

  test("leaves lines alone that are neither", () => {
    expect(shown("text with a=b inside", "x")).toBe("text with a=b inside");
    expect(shown('{"broken":', "x")).toBe('{"broken":');
    expect(shown("[1]", "x")).toBe("[1]");
    expect(shown("{}", "x")).toBe("{}");
  });

  test("a JSON line without the hidden field stays the same value", () => {
    const key = fc.constantFrom("a", "b", 'q"', "é", "x y");
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue({ maxDepth: 2 })), (object) => {
        const { a: _, ...rest } = object;
        expect(JSON.parse(hidden(JSON.stringify(object, null, 1), "a"))).toEqual(JSON.parse(JSON.stringify(rest)));
      }),
    );
  });
});
