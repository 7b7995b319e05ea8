// Looks for the values that a field may have in a line without parsing the line: one that has no passing value anywhere needs
// no parse. What stands in it, JSON or logfmt or neither, and in what depth, is for the parser to say.
import type { ValueTest } from "./value-tests.ts";

const QUOTE = 0x22;
const EQUALS = 0x3d;
const COLON = 0x3a;
const DOT = 0x2e;
/** So many digits a double has exactly, written in any way. */
const EXACT_DIGITS = 15;
const BLANKS = /[ \t\r\n]*/y;
const DECIMAL = /-?\d[\d.]*(?=[\s,}\]]|$)/y;
const LITERAL = /(?:false|null)(?=[\s,}\]]|$)/y;
const PLAIN = /[^\s"]*/y;

/**
 * False only where no value that `parseFields` may find at `path` passes the test; colours are left out of the text. Undefined
 * for a test that cannot be answered so: of a bare key, which is `true`, or of a part that is written nowhere (`a.0`).
 */
export function fieldScan(path: string, test: ValueTest): ((text: string) => boolean) | undefined {
  const name = path.slice(path.lastIndexOf(".") + 1);
  if (/^\d*$/.test(name) || name === "length" || /["\\]/.test(name) || test(true)) return undefined;
  return (text) => {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      const behind = at + name.length;
      const next = text.charCodeAt(behind);
      if (next === QUOTE) {
        const before = text.charCodeAt(at - 1);
        if ((before === QUOTE || before === DOT) && mayPassAsJson(text, behind + 1, test)) return true;
      } else if (next === EQUALS && mayPassAsLogfmt(text, behind + 1, test)) return true;
    }
    // An escape may hide a name, or a string's end.
    return text.includes("\\");
  };
}

/** `from`: behind the key. */
function mayPassAsJson(text: string, from: number, test: ValueTest): boolean {
  const colon = text.charCodeAt(from) === COLON ? from : over(BLANKS, text, from);
  if (text.charCodeAt(colon) !== COLON) return false;
  const at = over(BLANKS, text, colon + 1);
  if (text.charCodeAt(at) === QUOTE) return mayPassAsString(text, at + 1, test);
  const end = over(DECIMAL, text, at);
  if (end < 0) return over(LITERAL, text, at) < 0 || test(false);
  if (end - at > EXACT_DIGITS) return true;
  return test(Number(text.slice(at, end)));
}

function mayPassAsLogfmt(text: string, at: number, test: ValueTest): boolean {
  if (text.charCodeAt(at) === QUOTE) return mayPassAsString(text, at + 1, test);
  return test(text.slice(at, over(PLAIN, text, at)));
}

/** Escapes in it show in the whole text. */
function mayPassAsString(text: string, from: number, test: ValueTest): boolean {
  const end = text.indexOf('"', from);
  return end >= 0 && test(text.slice(from, end));
}

/** Where the sticky pattern's match ends, -1 without one. */
function over(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}
