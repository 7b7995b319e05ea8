// Finds the level as a word near the beginning of a plain line: `[WARN]`, ` ERROR `, `\tinfo\t`, `warning: …`, ` INF `.
// Capitals count by their neighbours alone; other spellings only where a logger's layout stands around them, since
// "no errors found" is not an error.
import { ByteNames } from "./byte-names.ts";
import { LEVEL_LETTERS, LEVEL_WORDS, type Level } from "./level-names.ts";

/** Time stamp, thread and logger may stand before the level; what comes later is the message. */
const REACH = 80;
const WORDS = new ByteNames(LEVEL_WORDS);
/** MySQL writes its ordinary lines as `[Note]`. */
const NOTE = new ByteNames<Level>([["note", "info"]]);
/** Postgres: `LOG:  …`. */
const LOG = new ByteNames<Level>([["log", "info"]]);
const FATAL = new ByteNames([["fatal", true]]);
const ERROR = new ByteNames([["error", true]]);
const PHP = new ByteNames([["php", true]]);

const ESCAPE = 0x1b;
const TAB = 0x09;
const BLANK = 0x20;
const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BAR = 0x7c;
const NOTHING = 0;

const BEFORE_CAPITALS = bytes("\0\t [(|:<>*");
const AFTER_CAPITALS = bytes("\0\t ])|:>,!");

/** What may stand before a level in other spellings; else a colon must follow it. */
const MARKS_BEFORE = bytes("[:\t|<");

export function wordLevel(buffer: Buffer, start: number, end: number): Level | undefined {
  const reach = Math.min(end, start + REACH);
  let before = NOTHING;
  let beforeThat = NOTHING;
  let first = true;
  for (let i = start; i < reach; ) {
    const byte = buffer[i]!;
    if (byte === ESCAPE) {
      i = afterColour(buffer, i, end);
      continue;
    }
    if (!isLetter(byte)) {
      beforeThat = before;
      before = byte;
      i++;
      continue;
    }
    let to = i + 1;
    while (to < end && isLetter(buffer[to]!)) to++;
    const next = buffer[to] === ESCAPE ? afterColour(buffer, to, end) : to;
    const after = next < end ? buffer[next]! : NOTHING;
    if (to - i >= 3) {
      if (isUpper(byte) && isUpper(buffer[i + 1]!) && isUpper(buffer[to - 1]!)) {
        if (capitalsFit(before, beforeThat, after)) {
          const level = WORDS.find(buffer, i, to) ?? (after === COLON ? LOG.find(buffer, i, to) : undefined);
          if (level !== undefined) return level;
        }
      } else if (after === COLON || MARKS_BEFORE[before] === 1) {
        if (layoutFits(buffer, { before, beforeThat, after, next, end, first })) {
          const level = WORDS.find(buffer, i, to) ?? (before === OPEN ? NOTE.find(buffer, i, to) : undefined);
          if (level !== undefined) return level;
        }
      } else if (first && after === BLANK && isFatalError(buffer, i, to, end)) return "fatal";
    } else if (to - i === 1 && isUpper(byte) && letterFits(buffer, start, { before, beforeThat, after, next, end })) {
      const level = LEVEL_LETTERS.get(String.fromCharCode(byte | 0x20));
      if (level !== undefined) return level;
    }
    // `PHP Warning:  …` has its layout one word further on.
    first = first && after === BLANK && PHP.find(buffer, i, to) === true;
    beforeThat = to - i > 1 ? buffer[to - 2]! : before;
    before = buffer[to - 1]!;
    i = to;
  }
  return undefined;
}

function capitalsFit(before: number, beforeThat: number, after: number): boolean {
  if (BEFORE_CAPITALS[before] === 1 && AFTER_CAPITALS[after] === 1) return true;
  // Monolog's `app.INFO: …` and Celery's `…: INFO/MainProcess]`.
  return (before === 0x2e && after === COLON) || (before === BLANK && beforeThat === COLON && after === 0x2f);
}

interface Place {
  readonly before: number;
  readonly beforeThat: number;
  readonly after: number;
  /** Where `after` stands. */
  readonly next: number;
}

function layoutFits(buffer: Buffer, place: Place & { readonly end: number; readonly first: boolean }): boolean {
  const { before, beforeThat, after, next, end } = place;
  if (before === OPEN || (before === COLON && beforeThat !== BLANK)) {
    // `[error]`, `[warn ]`, and Apache's `[core:error]`.
    let close = next;
    while (close < end && buffer[close] === BLANK) close++;
    if (buffer[close] === CLOSE && close < end) return true;
  }
  if (before === TAB && after === TAB) return true;
  if (before === BAR && after === BAR) return true;
  if (before === 0x3c && after === 0x3e) return next + 1 < end && buffer[next + 1] === BLANK;
  if (after !== COLON) return false;
  // `warning: …` begins a line, or follows a time stamp or a program's name.
  return (
    place.first ||
    (before === BLANK && (isDigit(beforeThat) || beforeThat === COLON || beforeThat === CLOSE || beforeThat === 0x5a))
  );
}

/** `[I 10:47:32 app]`, `[E]`, and MongoDB's and etcd's letter behind the time stamp. */
function letterFits(
  buffer: Buffer,
  start: number,
  { before, beforeThat, after, next, end }: Place & { readonly end: number },
): boolean {
  if (before === OPEN) return after === CLOSE || (after === BLANK && next + 1 < end && isDigit(buffer[next + 1]!));
  if (before !== BLANK || after !== BLANK) return false;
  return (
    (isDigit(beforeThat) || beforeThat === 0x5a) &&
    isDigit(buffer[start]!) &&
    start + 4 < end &&
    buffer[start + 4] === 0x2d
  );
}

/** Go's and PHP's `fatal error: …`. */
function isFatalError(buffer: Buffer, from: number, to: number, end: number): boolean {
  return (
    FATAL.find(buffer, from, to) === true &&
    end - to >= 7 &&
    buffer[to + 6] === COLON &&
    ERROR.find(buffer, to + 1, to + 6) === true
  );
}

/** Goes over colour sequences. */
function afterColour(buffer: Buffer, at: number, end: number): number {
  let i = at;
  while (i < end && buffer[i] === ESCAPE) {
    i++;
    if (buffer[i] !== OPEN) continue;
    i++;
    while (i < end && !isLetter(buffer[i]!)) i++;
    i++;
  }
  return i;
}

function bytes(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of Buffer.from(characters, "latin1")) set[byte] = 1;
  return set;
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
