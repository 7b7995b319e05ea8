// Finds the level among the fields of a JSON or logfmt line without parsing the line: src/record/level-fields.ts on bytes.
import { closingQuote, isDigit, isLetter, skipBlanks } from "./level-bytes";
import {
  DEBUG,
  ERROR,
  FATAL,
  folded,
  INFO,
  levelOfLetter,
  levelOfName,
  syslogLevel,
  TRACE,
  UNKNOWN,
  WARN,
} from "./level-names";
import { splat } from "./splat";

/** A level beyond this is not worth its search. */
const MAX_JSON_BYTES: usize = 65536;
const MAX_LOGFMT_BYTES: usize = 2048;
const MAX_KEY_BYTES: usize = 16;
const MAX_VALUE_BYTES: usize = 16;

const QUOTE: u8 = 0x22;

// What a number means under a key: 0 stands for a key that holds no level.
const NO_KEY: u8 = 0;
const TENS: u8 = 1;
const SYSLOG: u8 = 2;
const PYTHON: u8 = 3;
const OPEN_TELEMETRY: u8 = 4;

/** The level of a JSON object: of a key at the top, or of `{"log":{"level":…}}` as ECS nests it. */
export function jsonLevel(start: usize, lineEnd: usize): u8 {
  const end = min(lineEnd, start + MAX_JSON_BYTES);
  let depth: i32 = 0;
  let inLog = false;
  for (let i = start; i < end; i++) {
    const byte = load<u8>(i);
    if (byte == QUOTE) {
      const close = closingQuote(i + 1, end);
      if (depth == 1 || (depth == 2 && inLog)) {
        const colon = skipBlanks(close + 1, end);
        if (colon < end && load<u8>(colon) == 0x3a) {
          const value = skipBlanks(colon + 1, end);
          if (depth == 1) inLog = load<u8>(value) == 0x7b && close - i == 4 && isLog(i + 1);
          const level = levelAt(i + 1, close, value, end);
          if (level != UNKNOWN) return level;
          // The value is the next thing to look at; of a text, its closing quote.
          i = load<u8>(value) == QUOTE ? closingQuote(value + 1, end) : value - 1;
          continue;
        }
      }
      i = close;
    } else if (byte == 0x7b || byte == 0x5b) depth++;
    else if (byte == 0x7d || byte == 0x5d) depth--;
  }
  return UNKNOWN;
}

/** The level of `level=…` among the line's pairs; what stands inside a quoted value is not looked at. */
export function logfmtLevel(start: usize, lineEnd: usize): u8 {
  const end = min(lineEnd, start + MAX_LOGFMT_BYTES);
  const sign = splat(0x3d);
  for (let i = start + 1; i < end; ) {
    const equals = <u32>i8x16.bitmask(i8x16.eq(v128.load(i), sign));
    if (equals == 0) {
      i += 16;
      while (i + 64 <= end && !hasIn64(i, sign)) i += 64;
      continue;
    }
    i += ctz(equals);
    if (i >= end) break;
    if (mayEndKey(load<u8>(i - 1))) {
      let key = i;
      while (key > start && i - key < MAX_KEY_BYTES && isKeyByte(load<u8>(key - 1))) key--;
      if (key == start || isSeparator(load<u8>(key - 1))) {
        const level = levelAt(key, i, i + 1, end);
        if (level != UNKNOWN) return level;
      }
    }
    i = load<u8>(i + 1) == QUOTE ? closingQuote(i + 2, end) + 1 : i + 1;
  }
  return UNKNOWN;
}

// @ts-ignore: decorator
@inline
function hasIn64(at: usize, byte: v128): bool {
  const front = v128.or(i8x16.eq(v128.load(at), byte), i8x16.eq(v128.load(at + 16), byte));
  const back = v128.or(i8x16.eq(v128.load(at + 32), byte), i8x16.eq(v128.load(at + 48), byte));
  return v128.any_true(v128.or(front, back));
}

function levelAt(key: usize, keyEnd: usize, value: usize, end: usize): u8 {
  const kind = kindOfKey(key, keyEnd - key);
  if (kind == NO_KEY) return UNKNOWN;
  let from = load<u8>(value) == QUOTE ? value + 1 : value;
  let to = from;
  while (to < end && to - from <= MAX_VALUE_BYTES && isValueByte(load<u8>(to))) to++;
  // What `trim` takes of such a text as latin1: the blank that does not break.
  while (from < to && load<u8>(from) == 0xa0) from++;
  while (from < to && load<u8>(to - 1) == 0xa0) to--;
  if (from == to) return UNKNOWN;
  const first = load<u8>(from);
  if (isDigit(first)) return numericLevel(from, to, kind);
  if (to - from == 1) return isLetter(first) ? levelOfLetter(first) : UNKNOWN;
  return levelOfName(from, to - from);
}

/** The keys of LEVEL_KEYS, folded: `@` becomes 0x60 and `_` 0x7f. */
function kindOfKey(at: usize, length: usize): u8 {
  if (length < 2 || length > 15) return NO_KEY;
  const key = folded(at, length);
  switch (<i32>length) {
    case 2:
      return key == 0x6c60 ? TENS : NO_KEY; // @l
    case 3:
      return key == 0x6c766c ? TENS : NO_KEY; // lvl
    case 5:
      return key == 0x6c6576656c ? TENS : NO_KEY; // level
    case 7:
      return key == 0x6f6e6c6576656c ? PYTHON : NO_KEY; // levelno
    case 8:
      if (key == 0x7974697265766573 || key == 0x797469726f697270) return SYSLOG; // severity priority
      return key == 0x6c6576656c676f6c ? TENS : NO_KEY; // loglevel
    case 9:
      if (key == 0x6d616e6c6576656c) return ends(at, 1, 0x65) ? TENS : NO_KEY; // levelname
      if (key != 0x6576656c2e676f6c && key != 0x6576656c7f676f6c) return NO_KEY; // log.level log_level
      return ends(at, 1, 0x6c) ? TENS : NO_KEY;
    case 10:
      return key == 0x616e7f6c6576656c && ends(at, 2, 0x656d) ? TENS : NO_KEY; // level_name
    case 12:
      return key == 0x7974697265766573 && ends(at, 4, 0x74786574) ? TENS : NO_KEY; // severitytext
    case 13:
      return key == 0x7974697265766573 && ends(at, 5, 0x747865747f) ? TENS : NO_KEY; // severity_text
    case 14:
      return key == 0x7974697265766573 && ends(at, 6, 0x7265626d756e) ? OPEN_TELEMETRY : NO_KEY; // severitynumber
    case 15:
      return key == 0x7974697265766573 && ends(at, 7, 0x7265626d756e7f) ? OPEN_TELEMETRY : NO_KEY; // severity_number
    default:
      return NO_KEY;
  }
}

// @ts-ignore: decorator
@inline
function ends(key: usize, length: usize, with_: u64): bool {
  return folded(key + 8, length) == with_;
}

/** pino's and bunyan's tens, and, by the field's name, syslog's 0 to 7 and OpenTelemetry's 1 to 24. */
function numericLevel(from: usize, to: usize, kind: u8): u8 {
  let value: u64 = 0;
  for (let i = from; i < to; i++) {
    const byte = load<u8>(i);
    if (!isDigit(byte)) return UNKNOWN;
    value = value * 10 + (byte - 0x30);
  }
  if (kind == OPEN_TELEMETRY) return value < 1 || value > 24 ? UNKNOWN : ofSix((value - 1) / 4);
  if (kind == PYTHON) return value < 10 || value >= 60 ? UNKNOWN : ofSix(value / 10);
  if (kind == SYSLOG && value <= 7) return syslogLevel(<u32>value);
  return value < 10 || value >= 70 ? UNKNOWN : ofSix(value / 10 - 1);
}

/** The levels that all number systems know: no notice. */
function ofSix(index: u64): u8 {
  switch (<i32>index) {
    case 0:
      return TRACE;
    case 1:
      return DEBUG;
    case 2:
      return INFO;
    case 3:
      return WARN;
    case 4:
      return ERROR;
    default:
      return FATAL;
  }
}

// @ts-ignore: decorator
@inline
function isLog(at: usize): bool {
  return load<u8>(at) == 0x6c && load<u8>(at + 1) == 0x6f && load<u8>(at + 2) == 0x67;
}

/** The last letters of the keys, so that most pairs are passed over at once. */
// @ts-ignore: decorator
@inline
function mayEndKey(byte: u8): bool {
  const folded = byte | 0x20;
  return folded == 0x6c || folded == 0x79 || folded == 0x65 || folded == 0x74 || folded == 0x6f || folded == 0x72;
}

// @ts-ignore: decorator
@inline
function isKeyByte(byte: u8): bool {
  return isLetter(byte) || byte == 0x5f || byte == 0x2e || byte == 0x40;
}

/** Blank, tab, and the `{` and `,` of `{level=info, …}`. */
// @ts-ignore: decorator
@inline
function isSeparator(byte: u8): bool {
  return byte == 0x20 || byte == 0x09 || byte == 0x7b || byte == 0x2c;
}

// @ts-ignore: decorator
@inline
function isValueByte(byte: u8): bool {
  return byte > 0x20 && byte != QUOTE && byte != 0x2c && byte != 0x7d && byte != 0x5d;
}
