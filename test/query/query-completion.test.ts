import { describe, expect, test } from "vitest";
import { completeQuery } from "../../src/query/query-completion.ts";

const VALUES: Record<string, string[]> = { pod: ["web-1", "web-2", "db 0"], "user.id": ["ann", "bob"] };
const sources = { fields: ["user.id", "my field", "pod"], values: (field: string) => VALUES[field] ?? [] };

/** `‸` is the cursor. */
function at(text: string) {
  const position = text.indexOf("‸");
  return completeQuery(text.replace("‸", ""), position, sources);
}

function texts(text: string): string[] {
  return at(text).candidates.map((candidate) => candidate.text);
}

describe("what comes next", () => {
  test.each<[string, string[]]>([
    ["po‸", ["pod:"]],
    ["-po‸", ["pod:"]],
    ["(po‸", ["pod:"]],
    ["error us‸", ["user.id:"]],
    ["my‸", ['"my field":']],
    ["pod:‸", ["web-1", "web-2", '"db 0"']],
    ["pod:w‸", ["web-1", "web-2"]],
    ["pod=WEB-‸", ["web-1", "web-2"]],
    ['pod:"d‸', ['"db 0"']],
    ["pod: w‸", ["web-1", "web-2"]],
    ["user.id: b‸", ["bob"]],
    ["user.id != b‸", ["bob"]],
    ["pod:(web-1 OR web-‸", ["web-1", "web-2"]],
    ["level:>=w‸", ["warn"]],
    ["level:(e‸", ["error"]],
    ["stream:std‸", ["stdout", "stderr"]],
    ["ts:>y‸", ["yesterday"]],
    ["ts:[now-1h ‸", ["TO"]],
    ["error O‸", ["OR"]],
    ["a | c‸", ["count"]],
    ["a |co‸", ["count"]],
    ["a | top 5 b‸", ["by"]],
    ["a | top 5 by p‸", ["pod"]],
    ["a | count b‸", ["by"]],
    ["a | count by pod, us‸", ["user.id"]],
    ["a | count by ti‸", ["time("]],
    ["a | count by pod ‸", ["|"]],
    ["a | hist ‸", ["by", "|"]],
    ["a | stats p9‸", ["p90(", "p95(", "p99("]],
    ["a | stats cou‸", ["count()"]],
    ["a | stats max(us‸", ["user.id"]],
    ["a | stats count() a‸", ["as"]],
    ["a | sort user.id d‸", ["desc"]],
    ["a | fields pod, my‸", ['"my field"']],
    ["a | where po‸", ["pod:"]],
    ['a | parse "<x>" f‸', ["from"]],
    ["nothing-like-it‸", []],
    ['"some te‸', []],
    ["pod:/we‸", []],
  ])("%s", (text, candidates) => {
    expect(texts(text)).toEqual(candidates);
  });

  test("an empty query offers fields, the common ones first, and NOT", () => {
    const candidates = texts("‸");
    expect(candidates.slice(0, 3)).toEqual(["level:", "ns:", "pod:"]);
    expect(candidates).toContain("NOT");
    expect(candidates).toContain('"my field":');
    expect(candidates.filter((text) => text === "pod:").length).toBe(1);
  });

  test("behind a term there may be an operator or a pipe", () => {
    expect(texts("error ‸")).toEqual(expect.arrayContaining(["AND", "OR", "NOT", "|"]));
    expect(at("a | ‸").candidates).toContainEqual({ text: "top", kind: "pipe", detail: "top 5 by pod" });
  });

  test("a candidate replaces what was typed, and nothing behind the cursor", () => {
    const text = "ns:shop pod:we OR x";
    expect(completeQuery(text, 14, sources)).toMatchObject({
      replace: { start: 12, end: 14 },
      expects: "value",
      field: "pod",
    });
  });

  test("what is wrong before the cursor offers nothing wrong and throws nothing", () => {
    for (const text of ['a "b c‸', "a ) po‸", "a | nope po‸", "a | head x ‸", `${"(".repeat(500)}‸`]) {
      expect(() => at(text)).not.toThrow();
    }
  });
});
