import { afterAll, describe, expect, test } from "vitest";
import { closePatterns, compilePattern } from "../../src/regex/pattern.ts";

afterAll(closePatterns);

describe("patterns as Go and stern write them", () => {
  test.each([
    ["(?i)error", "an ERROR", true],
    ["(?i)(?s)a.b", "A\nB", true],
    ["(?im)^b$", "a\nB\nc", true],
    ["a.b", "a\nb", false],
    ["(?P<name>a+)b", "aab", true],
    ["\\Aab\\z", "ab", true],
    ["\\Aab\\z", "xab", false],
    ["(?m)\\Ab", "a\nb", false],
    ["(?m)a\\z", "a\nb", false],
    ["[[:alpha:]]+[[:digit:]]", "ab1", true],
    ["^[[:^alpha:]]$", "1", true],
    ["^[^[:space:]_]$", "_", false],
    ["^[]a]+$", "a]", true],
    ["^[^]a]$", "]", false],
    ["\\Qa.b(\\E+", "a.b((", true],
    ["\\Qa.b", "a.b", true],
    ["\\Qa.b", "axb", false],
    ["^\\pL+$", "é", true],
    ["^\\p{Greek}$", "α", true],
    ["^\\p{^Greek}$", "a", true],
    ["\\x{1F600}", "😀", true],
    ["^[😀😁]$", "😁", true],
    ["\\x41\\101\\a", "AA\x07", true],
    ["{app}", "{app}", true],
    ["a{,3}", "a{,3}", true],
    ["a{2}", "aa", true],
    ["x]", "x]", true],
    ['\\"\\-\\_\\/\\ \\#'.replace("\\_", "_"), '"-_/ #', true],
    ["[\\-a]\\p{L}", "-b", true],
    ["[[]", "[", true],
    ["(a)(b)?", "a", true],
    ["", "anything", true],
  ])("%s on %j: %s", (source, text, matches) => {
    expect(compilePattern(source).test(text)).toBe(matches);
  });

  test("flags may also be given beside the pattern", () => {
    expect(compilePattern("error", { flags: "i" }).test("ERROR")).toBe(true);
  });
});

describe("bad patterns", () => {
  test.each([
    ["a(b", "this group is not closed at position 2"],
    ["a)b", "this ) closes no group at position 2"],
    ["*a", "* has nothing to repeat at position 1"],
    ["a|+", "+ has nothing to repeat at position 3"],
    ["a**", "* has nothing to repeat at position 3"],
    ["(?i)[a", "this [ is not closed at position 5"],
    ["a\\", "a backslash with nothing behind it at position 2"],
    ["\\h", "the escape \\h is unknown at position 1"],
    ["[[:foo:]]", "the class [:foo:] is unknown at position 2"],
    ["a(?i)b", "flags in the middle at position 2"],
    ["(?U)a", "the flag U is unknown at position 1"],
    ["(?>a)", "an unknown kind of group begins at position 1"],
    ["[b-a]", "ange out of order"],
    ["a{2,1}", "numbers out of order in {} quantifier"],
    ["\\p{Foo}", "nvalid property name"],
  ])("%s", (source, words) => {
    expect(() => compilePattern(source)).toThrow(words);
    expect(() => compilePattern(source)).toThrow(`the regular expression "${source}" is invalid: `);
    expect(() => compilePattern(source)).toThrow(
      expect.objectContaining({ code: "REGEXP_INVALID", hint: expect.any(String) }),
    );
  });

  test("an unknown flag is named", () => {
    expect(() => compilePattern("a", { flags: "ig" })).toThrow("the flag g is unknown");
  });
});

describe("spans", () => {
  test.each([
    [
      "a+",
      "xaayaz",
      [
        [1, 3],
        [4, 5],
      ],
    ],
    [
      "(?i)é",
      "éÉ",
      [
        [0, 1],
        [1, 2],
      ],
    ],
    ["a*", "ba", [[1, 2]]],
    ["x", "a", []],
    [
      "(a)\\1",
      "aabaa",
      [
        [0, 2],
        [3, 5],
      ],
    ],
  ])("%s in %s", (source, text, spans) => {
    expect(compilePattern(source).spans(text)).toEqual(spans);
  });
});

describe("patterns that may run away", () => {
  const bomb = `${"a".repeat(40)}!`;

  test("run in the thread and answer as usual", () => {
    const pattern = compilePattern("(a|ab)*c$");
    expect([pattern.test("ababc"), pattern.test("abab"), pattern.test("c")]).toEqual([true, false, true]);
    expect(pattern.spans("xabc")).toEqual([[1, 4]]);
  });

  test("are named once and not run any more when they take too long", () => {
    const told: string[][] = [];
    const onDisabled = (...words: string[]): void => void told.push(words);
    const pattern = compilePattern("(a+)+$", { onDisabled, timeLimitMs: 200 });
    expect(pattern.test("aaa")).toBe(true);
    expect(pattern.test(bomb)).toBe(false);
    expect([pattern.test("aaa"), pattern.spans("aaa")]).toEqual([false, []]);
    expect(told).toEqual([["(a+)+$", "it took more than 0.2 s on a line of 41 characters"]]);
  });

  test("select every line from then on if the caller says so", () => {
    const pattern = compilePattern("(a+)+$", { whenDisabled: "match", timeLimitMs: 200 });
    expect([pattern.test("b"), pattern.test(bomb), pattern.test("b")]).toEqual([false, true, true]);
  });

  test("do not take other patterns down with them", () => {
    const bad = compilePattern("(a+)+$", { timeLimitMs: 200 });
    const good = compilePattern("(b|bc)*d$");
    expect([good.test("bcd"), bad.spans(bomb), good.test("bcd")]).toEqual([true, [], true]);
  });

  test("a proven pattern leaves very long lines to the thread", () => {
    const told: string[] = [];
    const pattern = compilePattern("[ab]+c", { onDisabled: (source) => void told.push(source), timeLimitMs: 200 });
    expect(pattern.test(`${"a".repeat(100)}c`)).toBe(true);
    expect(pattern.test("ab".repeat(1_000_000))).toBe(false);
    expect(told).toEqual(["[ab]+c"]);
  });

  test("start a thread again after it was closed", () => {
    const pattern = compilePattern("(a|ab)*c$");
    expect(pattern.test("abc")).toBe(true);
    closePatterns();
    expect(pattern.test("abc")).toBe(true);
  });
});
