// Reads the layouts in which lines tell their time, byte by byte: what it has read stands in its fields.
import { DAY_SECONDS, dateOfDay, dayNumber, daysInMonth } from "../../query/calendar.ts";

/** How far ahead of the reader a clock without a year may be, its zone included. */
const AHEAD = 2 * DAY_SECONDS;
/** February 29 comes once in eight years at worst. */
const YEARS_BACK = 8;

/** `jan` to `dec` as numbers. */
const MONTHS = new Map(
  ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"].map((name, i) => [
    packed(Buffer.from(name), 0),
    i + 1,
  ]),
);

export class TimeScanner {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** Seconds since the epoch as the clock shows them: in its zone. */
  wall = 0;
  nsec = 0;
  /** Seconds east of UTC; undefined where the line does not say. */
  offset: number | undefined;
  private date = 0;
  private days = 0;

  reset(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.nsec = 0;
    this.offset = undefined;
  }

  /** `2026-11-21T10:47:32.084+01:00`, `2026/11/21 10:47:32,084`: any of the signs. */
  iso(): boolean {
    const year = this.number(4);
    const sign = this.bytes[this.at];
    if (year < 0 || (sign !== 0x2d && sign !== 0x2f)) return false;
    this.at++;
    const month = this.number(2);
    if (month < 0 || !this.takes(sign)) return false;
    const day = this.number(2);
    const between = this.bytes[this.at];
    if (between !== 0x20 && between !== 0x54 && between !== 0x74) return false;
    this.at++;
    return this.clock(year, month, day) && this.zone();
  }

  /** `Nov 21 10:47:32`: the year is that in which it lies in the past of `now`. */
  syslog(now: number): boolean {
    const month = this.month();
    if (month === undefined || !this.takes(0x20)) return false;
    const day = this.takes(0x20) ? this.number(1) : this.number(2);
    return this.takes(0x20) && this.yearless(month, day, now);
  }

  /** `I1121 10:47:32.084933`, from behind the letter. */
  klog(now: number): boolean {
    const month = this.number(2);
    const day = this.number(2);
    return this.takes(0x20) && this.yearless(month, day, now);
  }

  /** `21/Nov/2026:10:47:32 +0000`. */
  clf(): boolean {
    const day = this.number(2);
    if (!this.takes(0x2f)) return false;
    const month = this.month();
    if (month === undefined || !this.takes(0x2f)) return false;
    const year = this.number(4);
    return this.takes(0x3a) && this.clock(year, month, day) && this.zone();
  }

  /** Seconds, milli-, micro- or nanoseconds since the epoch, told apart by their length; with a fraction or without. */
  epoch(): boolean {
    const { bytes, at, end } = this;
    let i = at;
    while (i < end && isDigit(bytes[i]!)) i++;
    const beyond = i - at - 10;
    if (beyond < 0 || beyond > 9 || beyond % 3 !== 0) return false;
    this.wall = this.number(10);
    let scale = 1e9;
    for (let j = 0; j < beyond; j++) {
      scale /= 10;
      this.nsec += (bytes[this.at++]! - 0x30) * scale;
    }
    if (bytes[i] === 0x2e && i < end) {
      this.at++;
      this.fraction(scale);
    }
    this.offset = 0;
    return this.at >= end || !isWordByte(bytes[this.at]!);
  }

  private yearless(month: number, day: number, now: number): boolean {
    const { year } = dateOfDay(Math.floor(now / DAY_SECONDS));
    const { at } = this;
    for (let candidate = year + 1; candidate >= year - YEARS_BACK; candidate--) {
      this.at = at;
      this.nsec = 0;
      if (this.clock(candidate, month, day) && this.wall <= now + AHEAD) return true;
    }
    return false;
  }

  /** `10:47:32` and its fraction, on the given day. */
  private clock(year: number, month: number, day: number): boolean {
    const hour = this.number(2);
    if (hour < 0 || hour > 23 || !this.takes(0x3a)) return false;
    const minute = this.number(2);
    if (minute < 0 || minute > 59 || !this.takes(0x3a)) return false;
    const second = this.number(2);
    if (second < 0 || second > 60 || (this.at < this.end && isDigit(this.bytes[this.at]!))) return false;
    const date = (year * 16 + month) * 32 + day;
    if (date !== this.date) {
      if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return false;
      this.date = date;
      this.days = dayNumber(year, month, day);
    }
    this.wall = this.days * DAY_SECONDS + hour * 3600 + minute * 60 + second;
    const sign = this.bytes[this.at];
    if ((sign === 0x2e || sign === 0x2c) && this.at + 1 < this.end && isDigit(this.bytes[this.at + 1]!)) {
      this.at++;
      this.fraction(1e9);
    }
    return true;
  }

  /** Digits beyond the nanosecond are passed over. */
  private fraction(whole: number): void {
    let scale = whole;
    for (; this.at < this.end && isDigit(this.bytes[this.at]!); this.at++) {
      scale /= 10;
      if (scale >= 1) this.nsec += (this.bytes[this.at]! - 0x30) * scale;
    }
  }

  /** `Z`, `UTC`, `GMT`, `+01:00`, `+0100`, `+01`, with a blank before or without; or nothing. */
  private zone(): boolean {
    const { bytes, end } = this;
    const spaced = bytes[this.at] === 0x20;
    const at = spaced ? this.at + 1 : this.at;
    if (at >= end) return true;
    const sign = bytes[at];
    if (sign === 0x2b || sign === 0x2d) return this.numericZone(at + 1, sign === 0x2d ? -1 : 1, spaced);
    const word = at + 3 <= end && (at + 3 === end || !isWordByte(bytes[at + 3]!)) ? packed(bytes, at) : 0;
    const isZulu = bytes[at] === 0x5a && !spaced && (at + 1 === end || !isWordByte(bytes[at + 1]!));
    if (isZulu || word === UTC || word === GMT) this.offset = 0;
    return true;
  }

  private numericZone(at: number, sign: number, spaced: boolean): boolean {
    this.at = at;
    const hours = this.number(2);
    const colon = this.takes(0x3a);
    const minutes = this.number(2);
    const ended = this.at >= this.end || !isWordByte(this.bytes[this.at]!);
    // Behind a blank a sign may be the line's: ` -- ` and ` -1 ` are not zones.
    if (hours >= 0 && hours < 24 && (minutes >= 0 ? minutes < 60 : !colon && !spaced) && ended)
      this.offset = sign * (hours * 3600 + Math.max(0, minutes) * 60);
    return true;
  }

  private month(): number | undefined {
    if (this.at + 3 > this.end) return undefined;
    const month = MONTHS.get(packed(this.bytes, this.at));
    this.at += 3;
    return month;
  }

  /** -1 where there are not as many digits. */
  private number(digits: number): number {
    if (this.at + digits > this.end) return -1;
    let value = 0;
    for (let i = this.at; i < this.at + digits; i++) {
      const digit = this.bytes[i]! - 0x30;
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
    this.at += digits;
    return value;
  }

  private takes(byte: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }
}

const UTC = packed(Buffer.from("utc"), 0);
const GMT = packed(Buffer.from("gmt"), 0);

/** Three letters as one number, in any case. */
function packed(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! | 0x20) << 16) | ((bytes[at + 1]! | 0x20) << 8) | (bytes[at + 2]! | 0x20);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isWordByte(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x7a) || byte === 0x5f;
}
