import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clean, cleanText, needsCleaning } from "../../src/output/sanitize.ts";

function cleaned(text: string | Buffer, keepColours = true): string {
  const bytes = Buffer.from(text as string);
  return needsCleaning(bytes, 0, bytes.length)
    ? clean(bytes, 0, bytes.length, keepColours).toString()
    : bytes.toString();
}

describe("a line for a terminal", () => {
  test.each([
    ["plain text with a tab", "a\tb é 😀 “x”", "a\tb é 😀 “x”"],
    ["cursor movement and erasing", "a\x1b[2J\x1b[1;1Hb\x1b[?25l", "ab"],
    ["a window title ended by BEL", "\x1b]0;pwned\x07text", "text"],
    ["a hyperlink ended by ESC \\", "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"],
    ["a device control string", "\x1bPq#0\x1b\\x", "x"],
    ["a title that is never ended: its text may be the line", "\x1b]0;the line", "0;the line"],
    ["bells, backspaces, NUL, DEL and lone CR", "a\x07\x08\0\x7fb\rc", "abc"],
    ["single escapes: reset, character sets", "\x1bca\x1b(Bb\x1b7", "ab"],
    ["C1 controls in UTF-8", "a\u009b31mb\u0085", "a31mb"],
    ["bidi overrides and isolates", "a\u202eb\u2066c\u2069", "abc"],
    ["an escape at the very end", "a\x1b", "a"],
    ["a sequence that the line's end cuts", "a\x1b[31", "a"],
    ["private SGR-like sequences", "a\x1b[>4;1mb", "ab"],
  ])("loses nothing but %s", (_what, text, expected) => {
    expect(cleaned(text)).toBe(expected);
  });

  test("keeps colours, and closes one that is left open", () => {
    expect(cleaned("\x1b[1;31mred\x1b[0m")).toBe("\x1b[1;31mred\x1b[0m");
    expect(cleaned("\x1b[38:2::1:2:3mred")).toBe("\x1b[38:2::1:2:3mred\x1b[0m");
    expect(cleaned("\x1b[0;31mred")).toBe("\x1b[0;31mred\x1b[0m");
    expect(cleaned("\x1b[31mred\x1b[m")).toBe("\x1b[31mred\x1b[m");
  });

  test("has no colours where they are not wanted", () => {
    expect(cleaned("\x1b[1;31mred\x1b[0m!", false)).toBe("red!");
  });

  test("gives no control character that only arises when a byte in its middle goes", () => {
    expect(cleaned(Buffer.from([0x61, 0xc2, 0x07, 0x9b, 0x33])).includes("\u009b")).toBe(false);
  });

  test("does not look at bytes behind the line's end", () => {
    const bytes = Buffer.from("a\xc2\u0085", "latin1");
    expect(needsCleaning(bytes, 0, 2)).toBe(false);
    expect(clean(Buffer.from("a\x1b[31mb"), 0, 2, true).toString()).toBe("a");
  });

  test("whatever the bytes are, nothing that steers a terminal comes out, and cleaning twice changes nothing", () => {
    const risky = fc.constantFrom(
      0x1b,
      0x5b,
      0x5d,
      0x6d,
      0x3b,
      0x31,
      0x07,
      0x0d,
      0x9b,
      0xc2,
      0xe2,
      0x80,
      0xae,
      0x5c,
      0x41,
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(risky, fc.integer({ min: 0, max: 255 })), { maxLength: 40 }), (raw) => {
        const bytes = Buffer.from(raw);
        const out = clean(bytes, 0, bytes.length, true);
        const rest = out.toString("latin1").replace(/\x1b\[[0-9;:]*m/g, "");
        expect(rest).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f]/);
        expect(clean(out, 0, out.length, false)).toEqual(clean(bytes, 0, bytes.length, false));
      }),
      { numRuns: 2000 },
    );
  });
});

test("a server's text becomes one line without colours", () => {
  expect(cleanText(" Back-off\n  restarting \x1b[31mfailed\x1b[0m\x07 ")).toBe("Back-off restarting failed");
});
