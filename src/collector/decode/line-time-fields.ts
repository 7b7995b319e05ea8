// Where the field that holds a line's time has its value, in JSON and in logfmt.
import { ByteNames } from "../../record/byte-names.ts";

/** A time further back in the line is not worth its search. */
const MAX_BYTES = 2048;
const MAX_KEY_BYTES = 10;

const KEYS = new ByteNames(["time", "ts", "timestamp", "@timestamp", "t"].map((name) => [name, true]));

const QUOTE = 0x22;
const COLON = 0x3a;

/** Where the value of a JSON object's time begins, behind the quote of a text; -1 where there is none. Only keys at the top count. */
export function jsonTimeValue(bytes: Buffer, start: number, lineEnd: number): number {
  const end = Math.min(lineEnd, start + MAX_BYTES);
  let depth = 0;
  let i = start;
  while (i < end) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      const key = i + 1;
      const close = closingQuote(bytes, key, end);
      i = skipBlanks(bytes, close + 1, end);
      if (depth !== 1 || i >= end || bytes[i] !== COLON) continue;
      i = skipBlanks(bytes, i + 1, end);
      if (isTime(bytes, i, end) && KEYS.find(bytes, key, close) === true) return bytes[i] === QUOTE ? i + 1 : i;
      if (bytes[i] === QUOTE) i = closingQuote(bytes, i + 1, end) + 1;
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    i++;
  }
  return -1;
}

/** The same of `time=…` among a line's pairs. */
export function logfmtTimeValue(bytes: Buffer, start: number, lineEnd: number): number {
  const end = Math.min(lineEnd, start + MAX_BYTES);
  for (let i = start + 1; i < end; i++) {
    if (bytes[i] !== 0x3d) continue;
    let key = i;
    while (key > start && i - key <= MAX_KEY_BYTES && bytes[key - 1]! > 0x20) key--;
    const value = i + 1;
    if ((key === start || bytes[key - 1]! <= 0x20) && KEYS.find(bytes, key, i) === true && isTime(bytes, value, end))
      return bytes[value] === QUOTE ? value + 1 : value;
    if (bytes[value] === QUOTE) i = closingQuote(bytes, value + 1, end);
  }
  return -1;
}

/** Only a digit can begin it: `"time":"12ms"` is sorted out by who reads it. */
function isTime(bytes: Uint8Array, value: number, end: number): boolean {
  const at = bytes[value] === QUOTE ? value + 1 : value;
  return at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39;
}

function closingQuote(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end) {
    const byte = bytes[i]!;
    if (byte === QUOTE) return i;
    i += byte === 0x5c ? 2 : 1;
  }
  return end;
}

function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && (bytes[i] === 0x20 || bytes[i] === 0x09)) i++;
  return i;
}
