// Docker's json-file: `{"log":"message\n","stream":"stdout","attrs":{…},"time":"2026-11-21T10:47:32.084933411Z"}`.
import { readText, skipBlanks, skipString, skipValue, textEnd, textStart, textWhole } from "./json";
import {
  FLAG_FRAGMENT,
  FLAG_TRUNCATED,
  STREAM_NONE,
  STREAM_STDERR,
  STREAM_STDOUT,
  addMalformedRow,
  addRow,
  addTimelessRow,
  arenaEnd,
  keepArena,
} from "./rows";
import { parseTime } from "./time";

// Text as little-endian words. `{"log":"` begins the usual line; `,"stream":"stdout","time":"` is what follows its message.
const HEAD: u64 = 0x223a22676f6c227b;
const TAIL_STREAM: u64 = 0x6d6165727473222c;
const TAIL_STDOU: u64 = 0x756f647473223a22;
const TAIL_STDER: u64 = 0x7265647473223a22;
const TAIL_T_TIME: u64 = 0x656d6974222c2274;
const TAIL_R_TIME: u64 = 0x656d6974222c2272;
const TAIL_VALUE: u32 = 0x223a2265;
const TAIL_LENGTH: usize = 27;
// `"}`
const CLOSE: u32 = 0x7d22;
const LOG: u32 = 0x676f6c;
const TIME: u32 = 0x656d6974;
const STRE: u32 = 0x65727473;
const EAM: u32 = 0x6d6165;
const STDO: u32 = 0x6f647473;
const STDE: u32 = 0x65647473;
const OUT: u32 = 0x74756f;
const ERR: u32 = 0x727265;

// What the line that is parsed has said; the last of equal keys counts.
let texted: bool = false;
let timed: bool = false;
let stream: u32 = 0;
let messageStart: usize = 0;
let messageEnd: usize = 0;
let whole: bool = false;

// @ts-ignore: decorator
@inline
export function dockerRow(line: usize, end: usize, flags: u32): void {
  if (!parseUsualLine(line, end) && !parseLine(line, end)) return addMalformedRow(line, end, flags);
  if (!whole) flags |= FLAG_FRAGMENT;
  if (timed) addRow(line, end, messageStart, messageEnd, stream, flags);
  else addTimelessRow(line, end, messageStart, messageEnd, stream, flags);
}

/** A line that is longer than the whole input: what is there of its message. */
export function dockerCutRow(line: usize, end: usize): void {
  if (load<u64>(line) != HEAD || readText(line + 8, end, true) == 0) return addMalformedRow(line, end, FLAG_TRUNCATED);
  addTimelessRow(line, end, textStart, textEnd, STREAM_NONE, FLAG_TRUNCATED);
}

/** The line as Docker writes it where no `attrs` are asked for; says false for all others. */
// @ts-ignore: decorator
@inline
function parseUsualLine(line: usize, end: usize): bool {
  if (line + 8 > end || load<u64>(line) != HEAD) return false;
  const arena = arenaEnd;
  const p = readText(line + 8, end, false);
  if (p == 0 || !parseUsualTail(p, end)) {
    keepArena(arena);
    return false;
  }
  takeText();
  return true;
}

// @ts-ignore: decorator
@inline
function parseUsualTail(p: usize, end: usize): bool {
  if (p + TAIL_LENGTH > end || load<u64>(p) != TAIL_STREAM || load<u32>(p, 23) != TAIL_VALUE) return false;
  const name = load<u64>(p, 8);
  const time = load<u64>(p, 16);
  if (name == TAIL_STDOU && time == TAIL_T_TIME) stream = STREAM_STDOUT;
  else if (name == TAIL_STDER && time == TAIL_R_TIME) stream = STREAM_STDERR;
  else return false;
  const quote = parseTime(p + TAIL_LENGTH, end);
  timed = true;
  return quote != 0 && quote + 2 == end && load<u16>(quote) == CLOSE;
}

function parseLine(line: usize, end: usize): bool {
  texted = false;
  timed = false;
  stream = STREAM_NONE;
  let p = skipBlanks(line, end);
  if (p >= end || load<u8>(p) != 0x7b) return false;
  do {
    p = parseMember(skipBlanks(p + 1, end), end);
    if (p == 0) return false;
    p = skipBlanks(p, end);
  } while (p < end && load<u8>(p) == 0x2c);
  return texted && p < end && load<u8>(p) == 0x7d && skipBlanks(p + 1, end) == end;
}

/** `"key": value`; returns the address behind it, 0 where it is none. */
function parseMember(p: usize, end: usize): usize {
  if (p >= end || load<u8>(p) != 0x22) return 0;
  const key = p + 1;
  const keyEnd = skipString(key, end);
  if (keyEnd == 0) return 0;
  p = skipBlanks(keyEnd + 1, end);
  if (p >= end || load<u8>(p) != 0x3a) return 0;
  p = skipBlanks(p + 1, end);
  const length = keyEnd - key;
  const value = p + 1;
  const quoted = p < end && load<u8>(p) == 0x22;
  if (length == 3 && (load<u32>(key) & 0xffffff) == LOG) {
    texted = quoted;
    if (!quoted) return skipValue(p, end, 0);
    p = readText(value, end, false);
    takeText();
    return p;
  }
  p = skipValue(p, end, 0);
  if (p == 0) return 0;
  if (length == 4 && load<u32>(key) == TIME) timed = quoted && parseTime(value, p - 1) == p - 1;
  if (length == 6 && load<u32>(key) == STRE && (load<u32>(key, 3) & 0xffffff) == EAM) {
    stream = quoted ? streamAt(value, p - 1) : STREAM_NONE;
  }
  return p;
}

// @ts-ignore: decorator
@inline
function takeText(): void {
  messageStart = textStart;
  messageEnd = textEnd;
  whole = textWhole;
}

function streamAt(p: usize, end: usize): u32 {
  if (end - p != 6) return STREAM_NONE;
  const first = load<u32>(p);
  const last = load<u32>(p, 3) & 0xffffff;
  if (first == STDO && last == OUT) return STREAM_STDOUT;
  return first == STDE && last == ERR ? STREAM_STDERR : STREAM_NONE;
}
