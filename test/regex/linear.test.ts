import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growthOf, isLinear } from "../../src/regex/linear.ts";
import { parseRegex } from "../../src/regex/syntax.ts";
import { stepsOf } from "./backtracking.ts";

describe("patterns that cannot run away", () => {
  test.each([
    ["", ""],
    ["error", ""],
    ["error|warn|fatal", "i"],
    ["error|err|exception", ""],
    ["^web-[0-9]+$", ""],
    ["foo.*bar", ""],
    [".*", ""],
    [".*error.*", ""],
    ["a*a*", ""],
    ["\\d+", ""],
    ["\\d{1,3}(\\.\\d{1,3}){3}", ""],
    ["(\\d+\\.){3}\\d+", ""],
    ["\\s+$", ""],
    ["^\\s+|\\s+$", ""],
    ["\\w+@\\w+\\.com", ""],
    ["user=\\w+", ""],
    ["error.*user=\\w+!", ""],
    ["status=[45]\\d\\d", ""],
    ["(GET|POST) /api/v\\d+/", ""],
    ["\\bfoo\\b", ""],
    ["(\\w+\\s)*x", ""],
    ["(ab)*c", ""],
    ["(?:a|b)*c", ""],
    ['"[^"]*"', ""],
    ['"(?:[^"\\\\]|\\\\.)*"', ""],
    ["[^,]*,[^,]*,[^,]*$", ""],
    ["(foo.*)?bar", ""],
    [".{0,100}foo", ""],
    ["a?b?c?d?", ""],
    ["(?=.{3})abc", ""],
    ["(?<!x)y", ""],
    ["(?<name>a+)b", ""],
    ["[a-z]+[0-9]+", ""],
    ["[\\s\\S]*x", ""],
    ["caf\\u00e9", ""],
    ["\\p{L}+x?", "u"],
    ["^.*$", "m"],
    ["x{1000}", ""],
    ["\\d+[A-Z]+\\d+[A-Z]+;", ""],
  ])("/%s/%s", (source, flags) => {
    expect(isLinear(source, flags)).toBe(true);
  });
});

describe("patterns that may run away", () => {
  test.each([
    ["(a+)+$", ""],
    ["(a*)*b", ""],
    ["(a|a)*b", ""],
    ["(a|ab)*c", ""],
    ["(a|aa)+$", ""],
    ["(.*)*x", ""],
    ["(.*)+x", ""],
    ["a*a*b", ""],
    [".*.*x", ""],
    ["a*b?a*c", ""],
    [".*foo.*bar", ""],
    ["\\w+\\d+x", ""],
    ["\\s*\\s*$", ""],
    ["(\\w+\\s?)*$", ""],
    ["(\\w*\\s)*\\w*!x\\w*\\w*y", ""],
    ["^(([a-z])+.)+[A-Z]([a-z])+$", ""],
    ["([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+", ""],
    ["(x+x+)+y", ""],
    ["(a?){30}a{30}", ""],
    ["(a|b|ab)*c", ""],
    [".*\\d+x", ""],
    [".*a\\w+x", ""],
    ["(a+){3}b", ""],
    ["(a)\\1", ""],
    ["(?<q>a)\\k<q>", ""],
    ["(?=a+b)a", ""],
    ["(?<=a*)b", ""],
    ["(?:a*b*)*c", ""],
    ["([^,]*,?)*x", ""],
    ["(A|a)*b", "i"],
    ["(a|A)*b", "i"],
    ["[a-z]+[A-Z]+!", "i"],
    ["é*É*x", "i"],
    ["(\\w|\\d)*x", ""],
    [".{0,1000}.{0,1000}x", ""],
    [".*a{1000}", ""],
    ["(\\p{L}|a)*x", "u"],
    ["a**", ""],
    ["(a", ""],
    ["a)", ""],
    ["[a", ""],
    ["(?i:a)", ""],
    ["\\", ""],
    ["[a&&b]*x", "v"],
  ])("/%s/%s", (source, flags) => {
    expect(isLinear(source, flags)).toBe(false);
  });
});

test.each([
  ["abc", 0],
  ["a{1,9}b?", 0],
  ["a+b", 1],
  ["foo.*bar", 1],
  ["foo.*bar.*baz", 2],
  ["a*a*b", 2],
  [".*.*.*x", 3],
  ["(a+)+b", undefined],
])("the steps of /%s/ grow by the power %s", (source, growth) => {
  expect(growthOf(source, "")).toBe(growth);
});

describe("the proof", () => {
  const { regex } = fc.letrec<{ regex: string; term: string; atom: string }>((tie) => ({
    atom: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("a", "a", "b", "[ab]", "[bc]", ".", "$") },
      fc.array(tie("regex"), { minLength: 1, maxLength: 3 }).map((branches) => `(?:${branches.join("|")})`),
    ),
    term: fc
      .tuple(tie("atom"), fc.constantFrom("", "", "*", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"))
      .map(([atom, quantifier]) => atom + (atom === "$" ? "" : quantifier)),
    regex: fc.array(tie("term"), { minLength: 1, maxLength: 5 }).map((terms) => terms.join("")),
  }));
  const pumped = fc.tuple(
    fc.stringMatching(/^[abc]{0,2}$/),
    fc.stringMatching(/^[abc]{1,3}$/),
    fc.stringMatching(/^[abc!]{0,2}$/),
  );

  test("holds: the steps of a backtracking matcher grow no faster than that with the text", () => {
    let proven = 0;
    fc.assert(
      fc.property(regex, pumped, (source, [head, again, tail]) => {
        const growth = growthOf(source, "");
        if (growth === undefined) return;
        proven++;
        const root = parseRegex(source, "")!;
        const short = stepsOf(root, head + again.repeat(20) + tail);
        const long = stepsOf(root, head + again.repeat(80) + tail);
        expect(long).toBeLessThanOrEqual(1.5 * 4 ** growth * short + 2000);
      }),
      { numRuns: 3000 },
    );
    expect(proven).toBeGreaterThan(500);
  });

  test("fails where the matcher's steps explode", () => {
    for (const source of ["(a+)+$", ".*.*x", "(a|a)*c", "a*a*b"]) {
      const root = parseRegex(source, "")!;
      expect(stepsOf(root, `${"a".repeat(40)}!`)).toBeGreaterThan(6 * stepsOf(root, `${"a".repeat(10)}!`));
    }
  });
});
