// Cuts a template into texts and actions, and an action into tokens.
import { templateError } from "./template-error.ts";
import type { Value } from "./values.ts";

export interface Token {
  readonly type: "word" | "field" | "variable" | "constant" | "dot" | "mark" | "end";
  /** As written; a field without its dot, a variable with its `$`. */
  readonly text: string;
  readonly value?: Value;
  readonly at: number;
  /** True where nothing stands between it and the token before: `.A.B` is one operand, `.A .B` are two. */
  readonly joined: boolean;
}

export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly at: number; readonly tokens: readonly Token[] };

const SPACE = /[ \t\r\n]/;

export function tokenize(source: string): Piece[] {
  const pieces: Piece[] = [];
  let position = 0;
  let trimNext = false;
  while (position < source.length) {
    const open = source.indexOf("{{", position);
    let text = source.slice(position, open === -1 ? undefined : open);
    if (trimNext) text = text.replace(/^[ \t\r\n]+/, "");
    const trimsBefore = open !== -1 && source[open + 2] === "-" && SPACE.test(source[open + 3] ?? "");
    if (trimsBefore) text = text.replace(/[ \t\r\n]+$/, "");
    if (text !== "") pieces.push({ kind: "text", text });
    if (open === -1) break;
    const start = open + (trimsBefore ? 4 : 2);
    const action = source.startsWith("/*", start) ? comment(source, start) : readAction(source, start);
    if (action.tokens !== undefined) pieces.push({ kind: "action", at: open, tokens: action.tokens });
    position = action.end;
    trimNext = action.trims;
  }
  return pieces;
}

interface Action {
  readonly tokens: Token[] | undefined;
  readonly end: number;
  readonly trims: boolean;
}

function comment(source: string, start: number): Action {
  const close = source.indexOf("*/", start + 2);
  if (close === -1) throw templateError(source, start, "this comment is never closed by */");
  const end = closing(source, close + 2);
  if (end === undefined) throw templateError(source, close, "a comment must fill its action: {{/* … */}}");
  return { tokens: undefined, ...end };
}

/** Where the action ends if `}}` or ` -}}` stands here. */
function closing(source: string, at: number): { end: number; trims: boolean } | undefined {
  if (source.startsWith("}}", at)) return { end: at + 2, trims: false };
  if (SPACE.test(source[at] ?? "") && source.startsWith("-}}", at + 1)) return { end: at + 4, trims: true };
  return undefined;
}

const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)/y;
const WORD = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const MARK = /:=|[()|=,]/y;

function readAction(source: string, start: number): Action {
  const tokens: Token[] = [];
  let i = start;
  let joined = false;
  const match = (pattern: RegExp, from: number): string | undefined => {
    pattern.lastIndex = from;
    return pattern.exec(source)?.[0];
  };
  for (;;) {
    const end = closing(source, i);
    if (end !== undefined) {
      tokens.push({ type: "end", text: "}}", at: i, joined: false });
      return { tokens, ...end };
    }
    const c = source[i];
    if (c === undefined) throw templateError(source, start, "this action is never closed by }}");
    if (SPACE.test(c)) {
      i++;
      joined = false;
      continue;
    }
    const token = readToken(source, i, match);
    tokens.push({ ...token.token, at: i, joined });
    i = token.end;
    joined = true;
  }
}

interface Read {
  readonly token: Pick<Token, "type" | "text" | "value">;
  readonly end: number;
}

function readToken(source: string, at: number, match: (pattern: RegExp, from: number) => string | undefined): Read {
  const c = source[at]!;
  if (c === '"') return quoted(source, at);
  if (c === "`") {
    const close = source.indexOf("`", at + 1);
    if (close === -1) throw templateError(source, at, "this raw string is never closed by a backquote");
    const text = source.slice(at + 1, close);
    return { token: { type: "constant", text, value: text.replaceAll("\r", "") }, end: close + 1 };
  }
  if (c === "'") return character(source, at);
  if (c === ".") {
    const name = match(WORD, at + 1);
    if (name !== undefined) return { token: { type: "field", text: name }, end: at + 1 + name.length };
    if (!/[0-9]/.test(source[at + 1] ?? "")) return { token: { type: "dot", text: "." }, end: at + 1 };
  }
  if (c === "$") {
    const name = `$${match(WORD, at + 1) ?? ""}`;
    return { token: { type: "variable", text: name }, end: at + name.length };
  }
  const number = match(NUMBER, at);
  if (number !== undefined) return { token: numberToken(source, at, number), end: at + number.length };
  const word = match(WORD, at);
  if (word !== undefined) {
    const constant = word === "true" ? true : word === "false" ? false : undefined;
    if (constant !== undefined)
      return { token: { type: "constant", text: word, value: constant }, end: at + word.length };
    return { token: { type: "word", text: word }, end: at + word.length };
  }
  const mark = match(MARK, at);
  if (mark !== undefined) return { token: { type: "mark", text: mark }, end: at + mark.length };
  throw templateError(source, at, `unexpected ${JSON.stringify(c)} in an action`);
}

function numberToken(source: string, at: number, text: string): Read["token"] {
  const plain = text.replaceAll("_", "");
  const isHex = /^[+-]?0[xX]/.test(plain);
  if (!isHex && /[.eE]/.test(plain)) return { type: "constant", text, value: Number(plain) };
  const digits = plain.replace(/^[+-]/, "");
  try {
    const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    return { type: "constant", text, value: plain.startsWith("-") ? -magnitude : magnitude };
  } catch {
    throw templateError(source, at, `${text} is not a number`);
  }
}

const STRING = /"(?:[^"\\\n]|\\.)*"/y;

function quoted(source: string, at: number): Read {
  STRING.lastIndex = at;
  const text = STRING.exec(source)?.[0];
  if (text === undefined) throw templateError(source, at, 'this string is never closed by "');
  return {
    token: { type: "constant", text, value: unescaped(source, at + 1, text.slice(1, -1)) },
    end: at + text.length,
  };
}

const CHARACTER = /'(?:[^'\\\n]|\\[^\n][^'\n]*)'/uy;

function character(source: string, at: number): Read {
  CHARACTER.lastIndex = at;
  const text = CHARACTER.exec(source)?.[0];
  const value = text === undefined ? "" : unescaped(source, at + 1, text.slice(1, -1));
  if (text === undefined || [...value].length !== 1)
    throw templateError(source, at, "a character constant is one character in ' '");
  return { token: { type: "constant", text, value: BigInt(value.codePointAt(0)!) }, end: at + text.length };
}

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs;
const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

function unescaped(source: string, at: number, text: string): string {
  return text.replace(ESCAPE, (all, byte, short, long, octal, simple, offset: number) => {
    const code = byte ?? short ?? long;
    if (code !== undefined) return codePoint(source, at + offset, Number.parseInt(code, 16));
    if (octal !== undefined) return codePoint(source, at + offset, Number.parseInt(octal, 8));
    const plain = SIMPLE[simple];
    if (plain === undefined) throw templateError(source, at + offset, `${all} is not an escape that Go knows`);
    return plain;
  });
}

function codePoint(source: string, at: number, code: number): string {
  if (code > 0x10ffff) throw templateError(source, at, "no such character");
  return String.fromCodePoint(code);
}
