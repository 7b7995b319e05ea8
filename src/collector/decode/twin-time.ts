// Twin of assembly/time.ts: RFC 3339 with nanoseconds, s6's local ISO form, TAI64N labels.
import { LEAP_SECONDS, SECONDS_MAX, SECONDS_MIN, TAI_LEAD } from "../../../assembly/line-format.ts";

const SECOND_LENGTH = "2026-11-21T10:47:32".length;

/** Parses at a place and keeps what it found. Remembers the last second: lines of one second follow each other. */
export class TimeParser {
  sec = 0;
  nsec = 0;
  readonly #bytes: Uint8Array;
  readonly #second = new Uint8Array(SECOND_LENGTH);
  #secondAt = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** `2026-11-21T10:47:32.084933411Z` or `…+08:00`; returns the place behind it, -1 where there is none. */
  parseInstant(p: number, end: number): number {
    const bytes = this.#bytes;
    if (p + SECOND_LENGTH + 1 > end || !this.#parseSecond(p, 0x54)) return -1;
    let q = this.#parseFraction(p + SECOND_LENGTH, end);
    if (q < 0 || q >= end) return -1;
    const zone = bytes[q++];
    this.sec = this.#secondAt;
    if (zone === 0x5a) return q;
    if ((zone !== 0x2b && zone !== 0x2d) || q + 5 > end || bytes[q + 2] !== 0x3a) return -1;
    const hours = twoDigits(bytes, q);
    const minutes = twoDigits(bytes, q + 3);
    if (hours > 23 || minutes > 59) return -1;
    const ahead = hours * 3600 + minutes * 60;
    this.sec += zone === 0x2b ? -ahead : ahead;
    q += 5;
    return q;
  }

  /** `2026-11-21 10:47:32.084933411` as s6-log's `T` writes it: counted as if it were UTC. */
  parseLocal(p: number, end: number): number {
    if (p + SECOND_LENGTH > end || !this.#parseSecond(p, 0x20)) return -1;
    this.sec = this.#secondAt;
    return this.#parseFraction(p + SECOND_LENGTH, end);
  }

  /** `@` and 24 hex digits. skalibs, hence s6-log, counts leap seconds in; daemontools and runit would be 27 s off. */
  parseTai(p: number, end: number): number {
    const bytes = this.#bytes;
    if (p + 25 > end || bytes[p] !== 0x40) return -1;
    const words = [0, 0, 0];
    for (let i = 0; i < 24; i++) {
      const digit = hexDigit(bytes[p + 1 + i]!);
      if (digit > 15) return -1;
      words[i >> 3] = words[i >> 3]! * 16 + digit;
    }
    const [high = 0, low = 0, nsec = 0] = words;
    // A double holds every label between the bounds exactly; beyond 2^63 none is one.
    const tai = (high - 0x40000000) * 0x100000000 + low;
    if (nsec > 999_999_999 || high >= 0x80000000 || tai < SECONDS_MIN || tai > SECONDS_MAX) return -1;
    let leaps = LEAP_SECONDS.length;
    while (leaps > 0 && tai < LEAP_SECONDS[leaps - 1]! + TAI_LEAD + leaps) leaps--;
    this.sec = tai - TAI_LEAD - leaps;
    this.nsec = nsec;
    return p + 25;
  }

  #parseSecond(p: number, separator: number): boolean {
    const bytes = this.#bytes;
    const second = this.#second;
    let i = SECOND_LENGTH - 1;
    while (i >= 0 && bytes[p + i] === second[i]) i--;
    // The remembered one may have had another separator.
    if (i < 0) return second[10] === separator;
    if (bytes[p + 4] !== 0x2d || bytes[p + 7] !== 0x2d || bytes[p + 10] !== separator) return false;
    if (bytes[p + 13] !== 0x3a || bytes[p + 16] !== 0x3a) return false;
    const century = twoDigits(bytes, p);
    const years = twoDigits(bytes, p + 2);
    const month = twoDigits(bytes, p + 5);
    const day = twoDigits(bytes, p + 8);
    const hour = twoDigits(bytes, p + 11);
    const minute = twoDigits(bytes, p + 14);
    const seconds = twoDigits(bytes, p + 17);
    if (century > 99 || years > 99 || month < 1 || month > 12 || hour > 23 || minute > 59 || seconds > 59) return false;
    const year = century * 100 + years;
    if (day < 1 || day > daysOfMonth(year, month)) return false;
    this.#secondAt = daysFromEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + seconds;
    for (let i = 0; i < SECOND_LENGTH; i++) second[i] = bytes[p + i]!;
    return true;
  }

  /** `.` and digits, of which nine count; nothing is a fraction too. */
  #parseFraction(p: number, end: number): number {
    const bytes = this.#bytes;
    this.nsec = 0;
    if (p >= end || bytes[p] !== 0x2e) return p;
    let q = p + 1;
    let nsec = 0;
    let digits = 0;
    for (; q < end; q++) {
      const digit = bytes[q]! - 0x30;
      if (digit < 0 || digit > 9) break;
      if (digits === 9) continue;
      nsec = nsec * 10 + digit;
      digits++;
    }
    if (digits === 0) return -1;
    for (; digits < 9; digits++) nsec *= 10;
    this.nsec = nsec;
    return q;
  }
}

/** 0 to 15, else 255. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : 255;
}

/** 0 to 99, more where there are no two digits. */
function twoDigits(bytes: Uint8Array, p: number): number {
  const tens = bytes[p]! - 0x30;
  const ones = bytes[p + 1]! - 0x30;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? 255 : tens * 10 + ones;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the Gregorian calendar; a year is counted from March, so that its leap day is the last. */
function daysFromEpoch(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const m = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * y + leapDays + Math.floor((153 * m + 2) / 5) + day - 1 - 719_468;
}
