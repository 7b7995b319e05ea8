// How names, words and patterns are written so that they are read back as they were: bare where that is safe, else quoted.
import { SOURCE_POSITION_NAME } from "./pasted-text.ts";
import type { Wildcard } from "./query.ts";

/** Bare wherever a term may stand. */
const WORD = /^[\p{L}\p{N}_][\p{L}\p{N}_.+/%@#-]*$/u;
/** Bare behind a colon or a comparison, in a list and in a range. */
const VALUE = /^[\p{L}\p{N}_@+-][\p{L}\p{N}_@+.:/%#-]*$/u;
const NAME = /^[A-Za-z_@](?:[A-Za-z0-9_.\-/]*[A-Za-z0-9_])?$/;
const KEYWORD = /^(?:and|or|not|to)$/i;
/** What could begin or end something else, at any place of a word. */
const SPECIAL = /[\s()"|\\*?:=<>!~,'`“”{}[\]]/;

export function printWord(text: string): string {
  return WORD.test(text) && !KEYWORD.test(text) ? text : quote(text);
}

export function printValue(text: string): string {
  return VALUE.test(text) && !KEYWORD.test(text) && !text.includes("..") ? text : quote(text);
}

export function printName(name: string): string {
  // `main.go:12` is text where it stands bare.
  return NAME.test(name) && !KEYWORD.test(name) && !SOURCE_POSITION_NAME.test(name) ? name : quote(name);
}

export function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
}

export function printPattern(pattern: Wildcard): string {
  return pattern.map((piece, i) => (typeof piece === "string" ? escapePiece(piece, i === 0) : piece.any)).join("");
}

/** A backslash before every sign that means something, and before what could begin a term of another kind. */
function escapePiece(text: string, isFirst: boolean): string {
  let out = "";
  for (const character of text) {
    const begins = isFirst && out === "" && /[-/&]/.test(character);
    out += begins || SPECIAL.test(character) ? `\\${character}` : character;
  }
  return out;
}

export function printRegexp(source: string, flags: string): string {
  return `/${source.replace(/\\[\s\S]|\//g, (found) => (found === "/" ? "\\/" : found))}/${flags}`;
}
