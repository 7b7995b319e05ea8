import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type HighlightPattern, highlight } from "../../src/output/highlight.ts";

const PAINT = { open: "<", close: ">" };

function pattern(source: string): HighlightPattern {
  return {
    spans: (text) => [...text.matchAll(new RegExp(source, "g"))].map((m) => [m.index, m.index + m[0].length] as const),
  };
}

describe("highlighting", () => {
  test("marks every match and leaves the rest", () => {
    expect(highlight("an apple a day", [pattern("a[np]")], PAINT)).toBe("<an> <ap>ple a day");
  });

  test("tells that nothing matched", () => {
    expect(highlight("text", [pattern("q")], PAINT)).toBeUndefined();
    expect(highlight("text", [pattern("q*")], PAINT)).toBeUndefined();
  });

  test("joins matches of several patterns that overlap", () => {
    expect(highlight("abcdef", [pattern("bc"), pattern("cde")], PAINT)).toBe("a<bcde>f");
  });

  test("matches across a colour sequence and does not cut it", () => {
    expect(highlight("re\x1b[31mquest\x1b[0m done", [pattern("request")], PAINT)).toBe(
      "<re\x1b[31m<quest>\x1b[31m\x1b[0m done",
    );
  });

  test("does not match inside a colour sequence", () => {
    expect(highlight("\x1b[31mred", [pattern("31m")], PAINT)).toBeUndefined();
  });

  test("switches the line's own colour on again behind a match", () => {
    expect(highlight("\x1b[32mgreen apple", [pattern("green")], PAINT)).toBe("\x1b[32m<green>\x1b[32m apple");
  });

  test("never changes the text itself", () => {
    const piece = fc.constantFrom("a", "b", "ab", "\x1b[31m", "\x1b[0m", " ");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        const marked = highlight(text, [pattern("ab"), pattern("b a")], PAINT) ?? text;
        const plain = (value: string) => value.replace(/\x1b\[[0-9;]*m|[<>]/g, "");
        expect(plain(marked)).toBe(plain(text));
      }),
    );
  });
});
