// Twin of assembly/json.ts: text values are decoded, all else is passed over.
import { NESTING_MAX } from "../../../assembly/line-format.ts";
import type { TwinRows } from "./twin-rows.ts";
import { hexDigit } from "./twin-time.ts";

/** Reads a string and keeps where its text lies, without its line end. */
export class JsonReader {
  start = 0;
  end = 0;
  /** The text ended with a newline. */
  whole = false;
  readonly #rows: TwinRows;

  constructor(rows: TwinRows) {
    this.#rows = rows;
  }

  /**
   * Decodes the string whose first byte is at p. Stays in place while nothing but a line end is escaped, else it is put into
   * the arena. Returns the place behind the closing quote, -1 where it is broken; `cut` says that it may break off at `end`.
   */
  readText(p: number, end: number, cut: boolean): number {
    const bytes = this.#rows.bytes;
    const start = p;
    p = findSpecial(bytes, p, end);
    const byte = p < end ? bytes[p]! : -1;
    const endsLine = p + 3 <= end && bytes[p + 1] === 0x6e && bytes[p + 2] === 0x22;
    if (byte === 0x5c && !endsLine) return this.#readEscaped(start, p, end, cut);
    if (byte < 0 && !cut) return -1;
    this.start = start;
    this.end = p;
    this.whole = byte === 0x5c;
    if (byte < 0) return end;
    if (byte === 0x22) return p + 1;
    return byte === 0x5c ? p + 3 : -1;
  }

  /** As readText; nothing before the backslash at p is escaped. No text grows, so the arena cannot run over: it is larger than the input. */
  #readEscaped(start: number, p: number, end: number, cut: boolean): number {
    const bytes = this.#rows.bytes;
    const target = this.#rows.arenaEnd;
    bytes.copyWithin(target, start, p);
    let out = target + p - start;
    while (true) {
      let byte = 0;
      while (p < end) {
        byte = bytes[p]!;
        if (isSpecial(byte)) break;
        bytes[out++] = byte;
        p++;
      }
      if (p < end && byte !== 0x5c) {
        if (byte !== 0x22) return -1;
        p++;
        break;
      }
      const length = p + 1 < end && bytes[p + 1] === 0x75 ? 6 : 2;
      if (p + length > end) {
        if (!cut) return -1;
        p = end;
        break;
      }
      if (length === 2) {
        const meant = unescaped(bytes[p + 1]!);
        if (meant === 0) return -1;
        bytes[out++] = meant;
        p += 2;
      } else {
        let point = fourDigits(bytes, p + 2);
        if (point > 0xffff) return -1;
        p += 6;
        if ((point & 0xf800) === 0xd800) {
          const low =
            point < 0xdc00 && p + 6 <= end && bytes[p] === 0x5c && bytes[p + 1] === 0x75 ? fourDigits(bytes, p + 2) : 0;
          if (low >= 0xdc00 && low <= 0xdfff) {
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
            p += 6;
          } else point = 0xfffd;
        }
        out = storeUtf8(bytes, out, point);
      }
    }
    this.whole = out > target && bytes[out - 1] === 0x0a;
    this.start = target;
    this.end = this.whole ? out - 1 : out;
    this.#rows.keepArena(out);
    return p;
  }
}

export function skipBlanks(bytes: Uint8Array, p: number, end: number): number {
  while (p < end && (bytes[p] === 0x20 || bytes[p] === 0x09 || bytes[p] === 0x0d || bytes[p] === 0x0a)) p++;
  return p;
}

/** `"`, `\` and control characters. */
function isSpecial(byte: number): boolean {
  return byte > 0x22 ? byte === 0x5c : byte === 0x22 || byte < 0x20;
}

/** The next `"`, `\` or control character, else `end`. */
function findSpecial(bytes: Uint8Array, p: number, end: number): number {
  while (p < end && !isSpecial(bytes[p]!)) p++;
  return p;
}

/** The byte that `\letter` means, 0 for none. */
function unescaped(letter: number): number {
  switch (letter) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      return letter;
    case 0x6e:
      return 0x0a;
    case 0x74:
      return 0x09;
    case 0x72:
      return 0x0d;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    default:
      return 0;
  }
}

/** 0 to 0xffff, more where there are no four hex digits. */
function fourDigits(bytes: Uint8Array, p: number): number {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const digit = hexDigit(bytes[p + i]!);
    if (digit > 15) return 0x10000;
    value = value * 16 + digit;
  }
  return value;
}

function storeUtf8(bytes: Uint8Array, out: number, point: number): number {
  if (point < 0x80) {
    bytes[out++] = point;
    return out;
  }
  if (point < 0x800) bytes[out++] = 0xc0 | (point >> 6);
  else {
    if (point < 0x10000) bytes[out++] = 0xe0 | (point >> 12);
    else {
      bytes[out++] = 0xf0 | (point >> 18);
      bytes[out++] = 0x80 | ((point >> 12) & 63);
    }
    bytes[out++] = 0x80 | ((point >> 6) & 63);
  }
  bytes[out++] = 0x80 | (point & 63);
  return out;
}

/** Passes over a string whose first byte is at p; returns the place of its closing quote, -1 where it is broken. */
export function skipString(bytes: Uint8Array, p: number, end: number): number {
  while (true) {
    p = findSpecial(bytes, p, end);
    if (p >= end) return -1;
    if (bytes[p] === 0x22) return p;
    if (bytes[p] !== 0x5c || p + 2 > end) return -1;
    if (bytes[p + 1] === 0x75) {
      if (p + 6 > end || fourDigits(bytes, p + 2) > 0xffff) return -1;
      p += 6;
    } else {
      if (unescaped(bytes[p + 1]!) === 0) return -1;
      p += 2;
    }
  }
}

/** Passes over any value; returns the place behind it, -1 where it is none. */
export function skipValue(bytes: Uint8Array, p: number, end: number, depth: number): number {
  if (p >= end) return -1;
  switch (bytes[p]) {
    case 0x22: {
      const quote = skipString(bytes, p + 1, end);
      return quote < 0 ? -1 : quote + 1;
    }
    case 0x7b:
    case 0x5b:
      return skipNested(bytes, p, end, depth);
    case 0x74:
      return skipWord(bytes, p, end, "true");
    case 0x66:
      return skipWord(bytes, p, end, "false");
    case 0x6e:
      return skipWord(bytes, p, end, "null");
    default:
      return skipNumber(bytes, p, end);
  }
}

function skipNested(bytes: Uint8Array, p: number, end: number, depth: number): number {
  if (depth >= NESTING_MAX) return -1;
  const object = bytes[p] === 0x7b;
  const close = object ? 0x7d : 0x5d;
  p = skipBlanks(bytes, p + 1, end);
  if (p < end && bytes[p] === close) return p + 1;
  while (true) {
    if (object) {
      if (p >= end || bytes[p] !== 0x22) return -1;
      p = skipString(bytes, p + 1, end);
      if (p < 0) return -1;
      p = skipBlanks(bytes, p + 1, end);
      if (p >= end || bytes[p] !== 0x3a) return -1;
      p = skipBlanks(bytes, p + 1, end);
    }
    p = skipValue(bytes, p, end, depth + 1);
    if (p < 0) return -1;
    p = skipBlanks(bytes, p, end);
    if (p >= end) return -1;
    if (bytes[p] === close) return p + 1;
    if (bytes[p] !== 0x2c) return -1;
    p = skipBlanks(bytes, p + 1, end);
  }
}

function skipWord(bytes: Uint8Array, p: number, end: number, word: string): number {
  if (p + word.length > end) return -1;
  for (let i = 0; i < word.length; i++) if (bytes[p + i] !== word.charCodeAt(i)) return -1;
  return p + word.length;
}

function skipNumber(bytes: Uint8Array, p: number, end: number): number {
  if (bytes[p] === 0x2d) p++;
  const whole = skipDigits(bytes, p, end);
  if (whole === p || (bytes[p] === 0x30 && whole > p + 1)) return -1;
  p = whole;
  if (p < end && bytes[p] === 0x2e) {
    const fraction = skipDigits(bytes, p + 1, end);
    if (fraction === p + 1) return -1;
    p = fraction;
  }
  if (p < end && (bytes[p]! | 0x20) === 0x65) {
    p++;
    if (p < end && (bytes[p] === 0x2b || bytes[p] === 0x2d)) p++;
    const exponent = skipDigits(bytes, p, end);
    if (exponent === p) return -1;
    p = exponent;
  }
  return p;
}

function skipDigits(bytes: Uint8Array, p: number, end: number): number {
  while (p < end && bytes[p]! >= 0x30 && bytes[p]! <= 0x39) p++;
  return p;
}
