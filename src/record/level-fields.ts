// Finds the level among the fields of a JSON or logfmt line without parsing the line.
import { ByteNames } from "./byte-names.ts";
import { LEVEL_KEYS, LEVEL_NAMES, type Level, parseLevel } from "./level-names.ts";

/** A level beyond this is not worth its search. */
const MAX_JSON_BYTES = 65_536;
const MAX_LOGFMT_BYTES = 2048;
const MAX_KEY_BYTES = 16;
const MAX_VALUE_BYTES = 16;

const KEYS = new ByteNames(LEVEL_KEYS.map((key) => [key, key]));
const NAMES = new ByteNames(LEVEL_NAMES);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The level of a JSON object: of a key at the top, or of `{"log":{"level":…}}` as ECS nests it. */
export function jsonLevel(buffer: Buffer, start: number, lineEnd: number): Level | undefined {
  const end = Math.min(lineEnd, start + MAX_JSON_BYTES);
  let depth = 0;
  let inLog = false;
  for (let i = start; i < end; i++) {
    const byte = buffer[i]!;
    if (byte === QUOTE) {
      const close = closingQuote(buffer, i + 1, end);
      if (depth === 1 || (depth === 2 && inLog)) {
        const colon = skipBlanks(buffer, close + 1, end);
        if (buffer[colon] === 0x3a && colon < end) {
          const value = skipBlanks(buffer, colon + 1, end);
          if (depth === 1) inLog = buffer[value] === 0x7b && isLog(buffer, i + 1, close);
          const level = levelAt(buffer, i + 1, close, value, end);
          if (level !== undefined) return level;
          // The value is the next thing to look at; of a text, its closing quote.
          i = buffer[value] === QUOTE ? closingQuote(buffer, value + 1, end) : value - 1;
          continue;
        }
      }
      i = close;
    } else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return undefined;
}

/** The level of `level=…` among the line's pairs; what stands inside a quoted value is not looked at. */
export function logfmtLevel(buffer: Buffer, start: number, lineEnd: number): Level | undefined {
  const end = Math.min(lineEnd, start + MAX_LOGFMT_BYTES);
  for (let i = start + 1; i < end; i++) {
    if (buffer[i] !== 0x3d) continue;
    let key = i;
    while (key > start && i - key < MAX_KEY_BYTES && isKeyByte(buffer[key - 1]!)) key--;
    if (key === start || isSeparator(buffer[key - 1]!)) {
      const level = levelAt(buffer, key, i, i + 1, end);
      if (level !== undefined) return level;
    }
    if (buffer[i + 1] === QUOTE) i = closingQuote(buffer, i + 2, end);
  }
  return undefined;
}

function levelAt(buffer: Buffer, key: number, keyEnd: number, value: number, end: number): Level | undefined {
  const name = KEYS.find(buffer, key, keyEnd);
  if (name === undefined) return undefined;
  const from = buffer[value] === QUOTE ? value + 1 : value;
  let to = from;
  while (to < end && to - from <= MAX_VALUE_BYTES && isValueByte(buffer[to]!)) to++;
  return NAMES.find(buffer, from, to) ?? parseLevel(buffer.toString("latin1", from, to), name);
}

function isLog(buffer: Buffer, from: number, to: number): boolean {
  return to - from === 3 && buffer[from] === 0x6c && buffer[from + 1] === 0x6f && buffer[from + 2] === 0x67;
}

/** Where the string ends that begins at `at`, or `end`. */
function closingQuote(buffer: Buffer, at: number, end: number): number {
  for (let i = at; i < end; i++) {
    const byte = buffer[i]!;
    if (byte === QUOTE) return i;
    if (byte === BACKSLASH) i++;
  }
  return end;
}

function skipBlanks(buffer: Buffer, at: number, end: number): number {
  let i = at;
  while (i < end && (buffer[i] === 0x20 || buffer[i] === 0x09)) i++;
  return i;
}

function isKeyByte(byte: number): boolean {
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || byte === 0x5f || byte === 0x2e || byte === 0x40;
}

/** Blank, tab, and the `{` and `,` of `{level=info, …}`. */
function isSeparator(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x7b || byte === 0x2c;
}

function isValueByte(byte: number): boolean {
  return byte > 0x20 && byte !== QUOTE && byte !== 0x2c && byte !== 0x7d && byte !== 0x5d;
}
