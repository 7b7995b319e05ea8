// Timestamps at the head of a line: RFC 3339 with nanoseconds, s6's local ISO form, TAI64N labels.
import { LEAP_SECONDS, SECONDS_MAX, SECONDS_MIN, TAI_LEAD } from "./line-format";

/** What was parsed last. */
export let timeSec: f64 = 0;
export let timeNsec: u32 = 0;

export function setTime(sec: f64, nsec: u32): void {
  timeSec = sec;
  timeNsec = nsec;
}

// Lines of one second follow each other: where its nineteen bytes stand in the chunk, and what they mean.
let sameAt: usize = 0;
let sameSec: i64 = 0;

/** To be called for each chunk: it lies where the last one was. */
export function forgetSecond(): void {
  sameAt = 0;
}

/** `2026-11-21T10:47:32.084933411Z` or `…+08:00`; returns the address behind it, 0 where there is none. Sets the time. */
// @ts-ignore: decorator
@inline
export function parseTime(p: usize, end: usize): usize {
  if (p + 20 > end || !parseSecond(p, 0x54)) return 0;
  let q = parseFraction(p + 19, end);
  if (q == 0 || q >= end) return 0;
  const zone = load<u8>(q++);
  let sec = sameSec;
  if (zone != 0x5a) {
    if ((zone != 0x2b && zone != 0x2d) || q + 5 > end || load<u8>(q, 2) != 0x3a) return 0;
    const hours = twoDigits(q);
    const minutes = twoDigits(q + 3);
    if (hours > 23 || minutes > 59) return 0;
    const ahead = <i64>(hours * 3600 + minutes * 60);
    sec += zone == 0x2b ? -ahead : ahead;
    q += 5;
  }
  timeSec = <f64>sec;
  return q;
}

/** `2026-11-21 10:47:32.084933411` as s6-log's `T` writes it: counted as if it were UTC. */
export function parseLocalTime(p: usize, end: usize): usize {
  if (p + 19 > end || !parseSecond(p, 0x20)) return 0;
  timeSec = <f64>sameSec;
  return parseFraction(p + 19, end);
}

/** `@` and 24 hex digits. skalibs, hence s6-log, counts leap seconds in; daemontools and runit would be 27 s off. */
export function parseTai(p: usize, end: usize): usize {
  if (p + 25 > end || load<u8>(p) != 0x40) return 0;
  let label: u64 = 0;
  for (let i: usize = 1; i <= 16; i++) {
    const digit = hexDigit(load<u8>(p + i));
    if (digit > 15) return 0;
    label = (label << 4) | digit;
  }
  let nsec: u64 = 0;
  for (let i: usize = 17; i <= 24; i++) {
    const digit = hexDigit(load<u8>(p + i));
    if (digit > 15) return 0;
    nsec = (nsec << 4) | digit;
  }
  const tai = <i64>label - ((<i64>1) << 62);
  if (nsec > 999999999 || <i64>label < 0 || <f64>tai < SECONDS_MIN || <f64>tai > SECONDS_MAX) return 0;
  let leaps = LEAP_SECONDS.length;
  while (leaps > 0 && tai < <i64>unchecked(LEAP_SECONDS[leaps - 1]) + TAI_LEAD + leaps) leaps--;
  setTime(<f64>(tai - TAI_LEAD - leaps), <u32>nsec);
  return p + 25;
}

/** 0 to 15, else 255. */
// @ts-ignore: decorator
@inline
export function hexDigit(byte: u32): u32 {
  const digit = byte - 0x30;
  if (digit < 10) return digit;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : 255;
}

/** `YYYY-MM-DD?HH:MM:SS` at p; sets `sameSec`. */
// @ts-ignore: decorator
@inline
function parseSecond(p: usize, separator: u32): bool {
  if (sameAt != 0) {
    const differ = v128.xor(v128.load(p), v128.load(sameAt));
    if (!v128.any_true(differ) && load<u32>(p, 15) == load<u32>(sameAt, 15)) return true;
  }
  return parseNewSecond(p, separator);
}

function parseNewSecond(p: usize, separator: u32): bool {
  if (load<u8>(p, 4) != 0x2d || load<u8>(p, 7) != 0x2d || load<u8>(p, 10) != separator) return false;
  if (load<u8>(p, 13) != 0x3a || load<u8>(p, 16) != 0x3a) return false;
  const century = twoDigits(p);
  const years = twoDigits(p + 2);
  const month = twoDigits(p + 5);
  const day = twoDigits(p + 8);
  const hour = twoDigits(p + 11);
  const minute = twoDigits(p + 14);
  const second = twoDigits(p + 17);
  if (century > 99 || years > 99 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return false;
  const year = <i32>(century * 100 + years);
  if (day < 1 || <i32>day > daysOfMonth(year, month)) return false;
  const days = daysFromEpoch(year, <i32>month, <i32>day);
  sameSec = <i64>days * 86400 + <i64>(hour * 3600 + minute * 60 + second);
  sameAt = p;
  return true;
}

/** 0 to 99, more where there are no two digits. */
// @ts-ignore: decorator
@inline
function twoDigits(p: usize): u32 {
  const tens = <u32>load<u8>(p) - 0x30;
  const ones = <u32>load<u8>(p, 1) - 0x30;
  return tens > 9 || ones > 9 ? 255 : tens * 10 + ones;
}

/** `.` and digits, of which nine count; nothing is a fraction too. Returns the address behind, 0 where no digit follows. */
// @ts-ignore: decorator
@inline
function parseFraction(p: usize, end: usize): usize {
  timeNsec = 0;
  if (p >= end || load<u8>(p) != 0x2e) return p;
  let q = p + 1;
  let nsec: u32 = 0;
  let digits = 0;
  // Eight digits at a step: pairs, then fours, then all, each in its own part of the word.
  if (q + 8 <= end) {
    const word = load<u64>(q) ^ 0x3030303030303030;
    if (((word + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) == 0 && (word & 0xf0f0f0f0f0f0f0f0) == 0) {
      const pairs = (word * 10 + (word >> 8)) & 0x00ff00ff00ff00ff;
      const fours = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffff;
      nsec = <u32>(fours * 10000 + (fours >> 32));
      digits = 8;
      q += 8;
    }
  }
  while (q < end) {
    const digit = <u32>load<u8>(q) - 0x30;
    if (digit > 9) break;
    if (digits < 9) {
      nsec = nsec * 10 + digit;
      digits++;
    }
    q++;
  }
  if (digits == 0) return 0;
  while (digits < 9) {
    nsec *= 10;
    digits++;
  }
  timeNsec = nsec;
  return q;
}

function daysOfMonth(year: i32, month: u32): i32 {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the Gregorian calendar; a year is counted from March, so that its leap day is the last. */
function daysFromEpoch(year: i32, month: i32, day: i32): i32 {
  const y = month > 2 ? year : year - 1;
  const m = month > 2 ? month - 3 : month + 9;
  // 719468 days lie between the first of March of the year 0 and the epoch; y is -1 for the first months of the year 0.
  return 365 * y + floorQuotient(y, 4) - floorQuotient(y, 100) + floorQuotient(y, 400) + (153 * m + 2) / 5 + day - 1 - 719468;
}

function floorQuotient(y: i32, by: i32): i32 {
  return y < 0 ? -1 : y / by;
}
