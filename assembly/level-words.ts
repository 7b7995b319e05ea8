// Finds the level as a word near the beginning of a plain line: src/record/level-words.ts on bytes. A line without colours
// goes by blocks of sixteen, and only words that may be a level are looked at.
import { isDigit, isLetter, isUpper, letters, lettersOfFolded } from "./level-bytes";
import { FATAL, folded, INFO, levelOfLetter, levelOfWord, UNKNOWN } from "./level-names";
import { splat } from "./splat";

/** Time stamp, thread and logger may stand before the level; what comes later is the message. */
const REACH: usize = 80;
/** No word of interest is so long. */
const LONG_WORD: usize = 16;

const NOTHING: u8 = 0;
const TAB: u8 = 0x09;
const ESCAPE: u8 = 0x1b;
const BLANK: u8 = 0x20;
const COLON: u8 = 0x3a;
const OPEN: u8 = 0x5b;
const CLOSE: u8 = 0x5d;
const BAR: u8 = 0x7c;

export function wordLevel(start: usize, end: usize): u8 {
  const reach = min(end, start + REACH);
  let letterBefore: u32 = 0;
  let markBefore: u32 = 0;
  // A line's first word, and the one behind `PHP`, may be a level where others may not.
  let wantsFirst = true;
  let first: usize = 0;
  const lowerCase = splat(0x20);
  const a = splat(0x61);
  const others = splat(25);
  const lastControl = splat(0x1f);
  const firstColon = splat(COLON);
  const colons = splat(2);
  const firstBracket = splat(0x7b);
  const brackets = splat(1);
  for (let block = start; block < reach; block += 16) {
    const bytes = v128.load(block);
    const inside: u32 = reach - block >= 16 ? 0xffff : (1 << <u32>(reach - block)) - 1;
    const control = i8x16.le_u(bytes, lastControl);
    if (v128.any_true(control) && hasEscape(bytes, inside)) return colouredLevel(start, end);
    const lower = v128.or(bytes, lowerCase);
    const letter = lettersOfFolded(lower, a, others) & inside;
    // The fifth bit tells capitals; shifting it to the top makes it the one that is gathered.
    const upper = ~(<u32>i8x16.bitmask(i16x8.shl(bytes, 2)));
    const begins = letter & ~((letter << 1) | letterBefore);
    // Ranges around what is looked for take in a few others; levelOfPlace looks closer. `:` to `<`, `[` and `|`, tab.
    const colon = i8x16.le_u(i8x16.sub(bytes, firstColon), colons);
    const bracket = i8x16.le_u(i8x16.sub(lower, firstBracket), brackets);
    const mark = <u32>i8x16.bitmask(v128.or(v128.or(colon, bracket), control));
    const closed = <u32>i8x16.bitmask(colon) & ((letter << 1) | letterBefore) & inside;
    const marked = (mark << 1) | markBefore;
    // Capitals come at least in pairs, or alone; what follows the block's last byte is not known here.
    const capitals = upper & ((upper >> 1) | ~(letter >> 1) | 0x8000);
    let places = (begins & (capitals | marked)) | closed;
    if (wantsFirst && begins != 0) places |= begins & (0 - begins);
    while (places != 0) {
      const bit = <usize>ctz(places);
      places &= places - 1;
      let from = block + bit;
      if ((closed & (1 << <u32>bit)) != 0) from = wordBefore(from, start);
      else if (wantsFirst) {
        // Any place before the first word's would be in `begins`, too.
        first = from;
        wantsFirst = false;
      }
      const length = wordLength(from, end);
      if (length >= LONG_WORD) continue;
      const level = levelOfPlace(start, from, length, end, from == first);
      if (level != UNKNOWN) return level;
      if (from == first && isPhp(from, length, end)) {
        wantsFirst = true;
        const rest = begins & ~((<u32>2 << <u32>bit) - 1);
        places |= rest & (0 - rest);
      }
    }
    letterBefore = letter >> 15;
    markBefore = mark >> 15;
  }
  // A word that leaves the reach: a colon behind it was not seen.
  if (reach > start && isLetter(load<u8>(reach - 1))) {
    const from = wordBefore(reach, start);
    const length = wordLength(from, end);
    const after = load<u8>(from + length);
    if (length < LONG_WORD && (after == COLON || after == ESCAPE)) {
      return levelOfPlace(start, from, length, end, from == first);
    }
  }
  return UNKNOWN;
}

// @ts-ignore: decorator
@inline
function hasEscape(bytes: v128, inside: u32): bool {
  return (<u32>i8x16.bitmask(i8x16.eq(bytes, splat(ESCAPE))) & inside) != 0;
}

/** The same, byte for byte: colour sequences stand between the words. */
function colouredLevel(start: usize, end: usize): u8 {
  const reach = min(end, start + REACH);
  let before: u8 = NOTHING;
  let beforeThat: u8 = NOTHING;
  let first = true;
  for (let i = start; i < reach; ) {
    const byte = load<u8>(i);
    if (byte == ESCAPE) {
      i = afterColour(i, end);
      continue;
    }
    if (!isLetter(byte)) {
      beforeThat = before;
      before = byte;
      i++;
      continue;
    }
    let to = i + 1;
    while (to < end && isLetter(load<u8>(to))) to++;
    const length = to - i;
    const level = levelOfWordAt(start, i, length, end, first, before, beforeThat);
    if (level != UNKNOWN) return level;
    first = first && isPhp(i, length, end);
    beforeThat = length > 1 ? load<u8>(to - 2) : before;
    before = load<u8>(to - 1);
    i = to;
  }
  return UNKNOWN;
}

// @ts-ignore: decorator
@inline
function levelOfPlace(start: usize, from: usize, length: usize, end: usize, first: bool): u8 {
  const before: u8 = from > start ? load<u8>(from - 1) : NOTHING;
  const beforeThat: u8 = from > start + 1 ? load<u8>(from - 2) : NOTHING;
  return levelOfWordAt(start, from, length, end, first, before, beforeThat);
}

function levelOfWordAt(
  start: usize,
  from: usize,
  length: usize,
  end: usize,
  first: bool,
  before: u8,
  beforeThat: u8,
): u8 {
  const to = from + length;
  const next = load<u8>(to) == ESCAPE ? afterColour(to, end) : to;
  const after: u8 = next < end ? load<u8>(next) : NOTHING;
  const upper = isUpper(load<u8>(from));
  if (length >= 3) {
    if (upper && isUpper(load<u8>(from + 1)) && isUpper(load<u8>(to - 1))) {
      if (!capitalsFit(before, beforeThat, after)) return UNKNOWN;
      const level = levelOfWord(from, length);
      if (level != UNKNOWN) return level;
      // Postgres: `LOG:  …`.
      return after == COLON && length == 3 && folded(from, 3) == 0x676f6c ? INFO : UNKNOWN;
    }
    if (after == COLON || isMark(before)) {
      if (!layoutFits(before, beforeThat, after, next, end, first)) return UNKNOWN;
      const level = levelOfWord(from, length);
      if (level != UNKNOWN) return level;
      // MySQL writes its ordinary lines as `[Note]`.
      return before == OPEN && length == 4 && folded(from, 4) == 0x65746f6e ? INFO : UNKNOWN;
    }
    return first && after == BLANK && isFatalError(from, length, end) ? FATAL : UNKNOWN;
  }
  if (length == 1 && upper && letterFits(start, before, beforeThat, after, next, end)) return levelOfLetter(load<u8>(from));
  return UNKNOWN;
}

function capitalsFit(before: u8, beforeThat: u8, after: u8): bool {
  if (isBeforeCapitals(before) && isAfterCapitals(after)) return true;
  // Monolog's `app.INFO: …` and Celery's `…: INFO/MainProcess]`.
  return (before == 0x2e && after == COLON) || (before == BLANK && beforeThat == COLON && after == 0x2f);
}

// @ts-ignore: decorator
@inline
function isBeforeCapitals(byte: u8): bool {
  return byte == BLANK || byte == OPEN || byte == NOTHING || byte == TAB || isOneOf(byte);
}

// @ts-ignore: decorator
@inline
function isOneOf(byte: u8): bool {
  return byte == 0x28 || byte == BAR || byte == COLON || byte == 0x3c || byte == 0x3e || byte == 0x2a; // ( | : < > *
}

// @ts-ignore: decorator
@inline
function isAfterCapitals(byte: u8): bool {
  if (byte == BLANK || byte == CLOSE || byte == NOTHING || byte == TAB || byte == COLON) return true;
  return byte == 0x29 || byte == BAR || byte == 0x3e || byte == 0x2c || byte == 0x21; // ) | > , !
}

/** What may stand before a level in other spellings; else a colon must follow it. */
// @ts-ignore: decorator
@inline
function isMark(byte: u8): bool {
  return byte == OPEN || byte == COLON || byte == TAB || byte == BAR || byte == 0x3c;
}

function layoutFits(before: u8, beforeThat: u8, after: u8, next: usize, end: usize, first: bool): bool {
  if (before == OPEN || (before == COLON && beforeThat != BLANK)) {
    // `[error]`, `[warn ]`, and Apache's `[core:error]`.
    let close = next;
    while (close < end && load<u8>(close) == BLANK) close++;
    if (close < end && load<u8>(close) == CLOSE) return true;
  }
  if (before == TAB && after == TAB) return true;
  if (before == BAR && after == BAR) return true;
  if (before == 0x3c && after == 0x3e) return next + 1 < end && load<u8>(next + 1) == BLANK;
  if (after != COLON) return false;
  // `warning: …` begins a line, or follows a time stamp or a program's name.
  if (first) return true;
  return before == BLANK && (isDigit(beforeThat) || beforeThat == COLON || beforeThat == CLOSE || beforeThat == 0x5a);
}

/** `[I 10:47:32 app]`, `[E]`, and MongoDB's and etcd's letter behind the time stamp. */
function letterFits(start: usize, before: u8, beforeThat: u8, after: u8, next: usize, end: usize): bool {
  if (before == OPEN) return after == CLOSE || (after == BLANK && next + 1 < end && isDigit(load<u8>(next + 1)));
  if (before != BLANK || after != BLANK) return false;
  return (isDigit(beforeThat) || beforeThat == 0x5a) && isDigit(load<u8>(start)) && start + 4 < end && load<u8>(start + 4) == 0x2d;
}

/** Go's and PHP's `fatal error: …`. */
function isFatalError(from: usize, length: usize, end: usize): bool {
  const to = from + length;
  if (length != 5 || end - to < 7 || load<u8>(to + 6) != COLON) return false;
  return folded(from, 5) == 0x6c61746166 && folded(to + 1, 5) == 0x726f727265;
}

/** `PHP Warning:  …` has its layout one word further on. */
function isPhp(from: usize, length: usize, end: usize): bool {
  if (length != 3 || folded(from, 3) != 0x706870) return false;
  const to = from + 3;
  const next = load<u8>(to) == ESCAPE ? afterColour(to, end) : to;
  return next < end && load<u8>(next) == BLANK;
}

/** Goes over colour sequences. */
function afterColour(at: usize, end: usize): usize {
  let i = at;
  while (i < end && load<u8>(i) == ESCAPE) {
    i++;
    if (load<u8>(i) != OPEN) continue;
    i++;
    while (i < end && !isLetter(load<u8>(i))) i++;
    i++;
  }
  return i;
}

/** Where the word begins that ends before `to`; where it is too long to matter, a place inside of it. */
function wordBefore(to: usize, start: usize): usize {
  let from = to;
  const stop = to - start > LONG_WORD ? to - LONG_WORD : start;
  while (from > stop && isLetter(load<u8>(from - 1))) from--;
  return from;
}

/** LONG_WORD stands for all that are longer. */
// @ts-ignore: decorator
@inline
function wordLength(from: usize, end: usize): usize {
  const length = <usize>ctz(~letters(v128.load(from)) | 0x10000);
  return min(length, end - from);
}
