import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldAt, parseFields } from "../../src/record/fields.ts";

describe("a time before the line's own fields", () => {
  test.each(["2026-11-21T10:00:00.123Z ", "2026-11-21 10:00:00,123 ", "2026-11-21T10:00:00+01:00\t"])(
    "%j is passed over",
    (time) => {
      const pairs = parseFields(`${time}level=info msg="item served" ms=7`);
      expect(pairs).toMatchObject({ format: "logfmt", fields: { msg: "item served", ms: "7" }, messageKey: "msg" });
      expect(parseFields(`${time}{"a":1}`)).toMatchObject({ format: "json", fields: { a: 1 } });
    },
  );

  test("does not make fields of prose", () => {
    expect(parseFields("2026-11-21 10:00:00 INFO took a=1 of b=2")).toBeUndefined();
    expect(parseFields("2026-11-21 10:00:00 ")).toBeUndefined();
  });
});

describe("JSON lines", () => {
  test("gives the fields and says which are message, level and time", () => {
    expect(parseFields('{"ts":"2026-11-21T10:00:00Z","level":"info","msg":"hello","n":1}')).toMatchObject({
      format: "json",
      fields: { ts: "2026-11-21T10:00:00Z", level: "info", msg: "hello", n: 1 },
      messageKey: "msg",
      levelKey: "level",
      timeKey: "ts",
    });
  });

  test.each([
    ['{"Message":"m","Level":"Warning","Timestamp":"t"}', "Message", "Level", "Timestamp"],
    ['{"@timestamp":"t","log":{"level":"info"},"message":"m"}', "message", "log.level", "@timestamp"],
    ['{"log.level":"info","log":"text"}', "log", "log.level", undefined],
    ['{"level":3,"severity":"INFO","event":"e"}', "event", "severity", undefined],
    ['{"level":30,"time":1795257600084,"msg":"pino"}', "msg", "level", "time"],
    ['{"message":{"a":1},"msg":"m"}', "msg", undefined, undefined],
    ['{"message":"long","msg":"short"}', "message", undefined, undefined],
    ['{"a":1}', undefined, undefined, undefined],
  ])("%s has the message %s, the level %s, the time %s", (text, messageKey, levelKey, timeKey) => {
    expect(parseFields(text)).toMatchObject({ messageKey, levelKey, timeKey });
  });

  test.each([
    ["12345678901234567890", "12345678901234567890"],
    ["9007199254740993", "9007199254740993"],
    ["9007199254740992", 9007199254740992],
    ["-9223372036854775808", "-9223372036854775808"],
    ["0.1000000000000000", 0.1],
    ["1795258052.084933411", "1795258052.084933411"],
    ["1.50e0", 1.5],
    ["1e400", "1e400"],
    ["100000000000000000000", 100000000000000000000],
    ["0.00", 0],
  ])("the number %s is kept exactly", (source, value) => {
    expect(parseFields(`{"n":${source}}`)?.fields["n"]).toBe(value);
    expect(parseFields(`{"a":[{"n":${source}, "id": 1e1}]}`)?.fields).toEqual({ a: [{ n: value, id: 10 }] });
  });

  test("digits inside of a text do not become a number", () => {
    expect(parseFields('{"id":"12345678901234567890"}')?.fields).toEqual({ id: "12345678901234567890" });
  });

  test("a key __proto__ is a field like any other", () => {
    const json = parseFields('{"__proto__":{"level":"info"},"msg":"m"}');
    expect(Object.keys(json?.fields ?? {})).toEqual(["__proto__", "msg"]);
    const logfmt = parseFields("msg=m __proto__=x");
    expect(Object.keys(logfmt?.fields ?? {})).toEqual(["msg", "__proto__"]);
  });

  test.each(['{"a":1', "[1,2]", '"text"', "{}x", 'prefix {"a":1}', '{"a":1} tail', "", "null"])(
    "%s is not a JSON object line",
    (text) => {
      expect(parseFields(text)?.format).not.toBe("json");
    },
  );

  test("nested deeper than anybody reads are text", () => {
    const nested = (depth: number, inner: string) => `${'{"a":['.repeat(depth / 2)}${inner}${"]}".repeat(depth / 2)}`;
    expect(parseFields(nested(4000, "1"))).toBeUndefined();
    expect(parseFields(nested(202, "1"))).toBeUndefined();
    expect(parseFields(nested(200, "1"))?.format).toBe("json");
    const text = `\\"${"{[".repeat(300)}`;
    expect(parseFields(nested(200, JSON.stringify(text)))?.format).toBe("json");
    expect(parseFields(JSON.stringify({ many: Array(300).fill([{}]) }))?.format).toBe("json");
  });

  test("reads back any object that was written as one line", () => {
    const value = fc.jsonValue({ maxDepth: 2 }).map((json) => JSON.parse(JSON.stringify(json)) as unknown);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (object) => {
        expect(JSON.stringify(parseFields(JSON.stringify(object))?.fields)).toBe(JSON.stringify(object));
      }),
    );
  });
});

describe("logfmt lines", () => {
  test.each([
    ['level=info msg="hello world" n=5', { level: "info", msg: "hello world", n: "5" }],
    ['msg="a \\"b\\" \\\\ \\n \\u00e9" x=1', { msg: 'a "b" \\ \n é', x: "1" }],
    ["a=1 b=2 verbose", { a: "1", b: "2", verbose: true }],
    ["a= b=2", { a: "", b: "2" }],
    ["  err=EOF", { err: "EOF" }],
    ["url=http://x/?a=b&c=d status=200", { url: "http://x/?a=b&c=d", status: "200" }],
    ["http.status=200 @t=1 a/b=c d-e=f", { "http.status": "200", "@t": "1", "a/b": "c", "d-e": "f" }],
    ["a=1 a=2", { a: "2" }],
  ])("%s", (text, fields) => {
    const parsed = parseFields(text);
    expect(parsed?.format).toBe("logfmt");
    expect({ ...parsed?.fields }).toEqual(fields);
  });

  test("says which fields are message, level and time", () => {
    expect(parseFields("time=t level=warn msg=m")).toMatchObject({
      messageKey: "msg",
      levelKey: "level",
      timeKey: "time",
    });
  });

  test.each([
    "the answer is x=5",
    "x=5",
    "t=5 and then some more words",
    "connecting to host=a port=5",
    'a=1 b="open',
    'a=1 b="x"y',
    "a=1 b=2 (really)",
    "a=1, b=2, see above",
    "hello",
    "=x a=1",
    "",
  ])("%j is prose", (text) => {
    expect(parseFields(text)).toBeUndefined();
  });
});

describe("fieldAt", () => {
  const fields = { a: { b: { c: 1 }, "b.c": 2 }, "a.b": { d: 3 }, list: [{ x: 4 }], nothing: null, text: "t" };
  test.each([
    ["a.b.c", 2],
    ["a.b.d", 3],
    ["a.b", { d: 3 }],
    ["list.0.x", 4],
    ["nothing", null],
    ["nothing.x", undefined],
    ["text.length", undefined],
    ["a.x", undefined],
    ["constructor", undefined],
    ["a.constructor.name", undefined],
    ["", undefined],
    [".", undefined],
  ])("%s", (path, value) => {
    expect(fieldAt(fields, path)).toEqual(value);
  });
});
