// The one grammar for points in time: what people type after --since-time, --until, --from, --to and in `ts:`.
import { KlogError } from "../errors.ts";
import { fromMillis, type Timestamp } from "../record/timestamp.ts";
import { DAY_SECONDS, dayNumber, daysInMonth, WEEKDAYS, weekdayOfDay } from "./calendar.ts";
import {
  type CalendarUnit,
  calendarUnit,
  endOfUnit,
  shiftCalendar,
  startOfUnit,
  wallSeconds,
} from "./calendar-arithmetic.ts";
import { scanDuration } from "./duration.ts";
import { TextScanner } from "./text-scanner.ts";
import { instantOfWall, parseTimezone } from "./time-zone.ts";

export interface TimeContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What a time without a zone is in: `Local`, `UTC`, `+05:30`, an IANA name. */
  readonly zone: string;
  /** The text is an upper bound: a day (`today`, `2026-11-21`, `now/d`) means its last nanosecond. */
  readonly endOfDay?: boolean;
}

const HINT =
  "examples: 15m, -1h30m, now-1d/d, today, yesterday 14:00, mon, 14:05, 2026-11-21, 2026-11-21 10:00, " +
  "2026-11-21T10:00:00.5Z, 1795257600, 30 min ago, PT30M";
const DAY_WORD =
  /(?:today|yesterday|tomorrow|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?)(?![a-z0-9])/iy;
const TIME = /(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?/y;

/** The instant that `text` means. Throws TIME_INVALID with the position and what was expected there. */
export function parseTime(text: string, context: TimeContext): Timestamp {
  const expression = new Expression(text.trim(), context);
  const time = expression.parse();
  expression.scan.end();
  return time;
}

class Expression {
  readonly scan: TextScanner;
  private readonly zone: string;
  private readonly now: Timestamp;
  private readonly upper: boolean;

  constructor(text: string, context: TimeContext) {
    this.scan = new TextScanner(text, timeError);
    this.zone = parseTimezone(context.zone);
    this.now = fromMillis(context.now);
    this.upper = context.endOfDay ?? false;
  }

  parse(): Timestamp {
    const { scan } = this;
    if (scan.take(/now(?![a-z])/iy)) return this.aroundNow();
    if (scan.sees(DAY_WORD)) return this.namedDay();
    if (scan.sees(/@|-?\d{9,}(?:\.|$)/y)) return this.epoch();
    if (scan.sees(/\d{4}[-/]/y)) return this.dated();
    if (scan.sees(/\d{1,2}:/y)) return this.at(this.today());
    if (scan.sees(/[+-]?\s*(?:[\d.]|p[\dt])/iy)) return this.distance();
    throw scan.error("a duration, a date, a time of day, a day's name, now, or seconds since the epoch");
  }

  /** `now`, `now-15m`, `now-1d/d`: days and longer units move the calendar, so that `now-1d/d` is yesterday on any day. */
  private aroundNow(): Timestamp {
    let time = this.now;
    for (;;) {
      const sign = this.scan.take(/\s*([+-])\s*/y);
      if (sign === undefined) break;
      const factor = sign[1] === "-" ? -1 : 1;
      const calendar = this.scan.take(/(\d{1,6})([dwMy])(?![a-z\d.])/y);
      time = calendar
        ? shiftCalendar(time, factor * Number(calendar[1]), calendarUnit(calendar[2]!)!, this.zone)
        : shift(time, factor * this.duration());
    }
    if (!this.scan.take(/\//y)) return time;
    const unit = this.scan.take(/[smhdwMy](?![a-z])/y);
    if (unit === undefined) throw this.scan.error("a unit to round to: s, m, h, d, w, M or y");
    return this.edge(time, calendarUnit(unit[0])!);
  }

  /** `yesterday`, `fri 09:30`: a week-day is its latest that has begun. */
  private namedDay(): Timestamp {
    const word = this.scan.take(DAY_WORD)![0].toLowerCase();
    const weekday = WEEKDAYS.findIndex((name) => name.toLowerCase().startsWith(word.slice(0, 3)));
    const day = this.today() + (word === "yesterday" ? -1 : word === "tomorrow" ? 1 : 0);
    this.scan.take(/\s+(?:at\s+)?(?=\d)/iy);
    if (weekday < 0) return this.at(day);
    const latest = day - ((weekdayOfDay(day) - weekday + 7) % 7);
    const time = this.at(latest);
    return latest === day && !this.upper && time.sec > this.now.sec ? shiftCalendar(time, -7, "d", this.zone) : time;
  }

  private epoch(): Timestamp {
    const found = this.scan.take(/@?(-?)(\d+)(?:\.(\d{1,9})\d*)?/y);
    if (found === undefined) throw this.scan.error("seconds since the epoch");
    // The number of digits tells the unit: seconds have ten until the year 2286.
    const digits = found[2]!;
    const below = digits.length <= 11 ? 0 : digits.length <= 14 ? 3 : digits.length <= 17 ? 6 : 9;
    if (digits.length > 20) throw this.scan.error("at most 20 digits", -found[0].length);
    const whole = digits.slice(0, digits.length - below);
    const fraction = (digits.slice(digits.length - below) + (found[3] ?? "")).slice(0, 9).padEnd(9, "0");
    const nsec = Number(fraction);
    if (found[1] !== "-") return { sec: Number(whole), nsec };
    return nsec === 0 ? { sec: -Number(whole), nsec } : { sec: -Number(whole) - 1, nsec: 1e9 - nsec };
  }

  private dated(): Timestamp {
    const found = this.scan.take(/(\d{4})([-/])(\d{1,2})\2(\d{1,2})/y);
    if (found === undefined) throw this.scan.error("a date such as 2026-11-21");
    const [year, month, day] = [Number(found[1]), Number(found[3]), Number(found[4])];
    const dayAt = -found[4]!.length;
    if (month < 1 || month > 12) throw this.scan.error("a month from 1 to 12", dayAt - 1 - found[3]!.length);
    const last = daysInMonth(year, month);
    if (day < 1 || day > last) throw this.scan.error(`a day from 1 to ${last}`, dayAt);
    this.scan.take(/[t_\s]\s*(?=\d)/iy);
    return this.at(dayNumber(year, month, day));
  }

  /** The time of day that follows, on the day given; a day alone is its beginning, or its end for an upper bound. */
  private at(day: number): Timestamp {
    const start = day * DAY_SECONDS;
    const found = this.scan.take(TIME);
    if (found === undefined) {
      if (this.scan.sees(/\d/y)) throw this.scan.error("a time of day such as 14:05");
      return this.edge({ sec: instantOfWall(this.zone, start), nsec: 0 }, "d");
    }
    const [hour, minute, second] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
    if (hour > 23) throw this.scan.error("an hour from 0 to 23", -found[0].length);
    if (minute > 59) throw this.scan.error("a minute from 0 to 59", found[1]!.length + 1 - found[0].length);
    if (second > 60) throw this.scan.error("a second from 0 to 59", found[1]!.length + 4 - found[0].length);
    const wall = start + hour * 3600 + minute * 60 + second;
    const nsec = Number((found[4] ?? "").padEnd(9, "0"));
    const offset = this.offset();
    return { sec: typeof offset === "number" ? wall - offset : instantOfWall(offset, wall, this.upper), nsec };
  }

  /** A zone behind the time, as seconds or as a zone's name; without one, the context's. */
  private offset(): number | string {
    if (this.scan.take(/\s*(?:z|utc|gmt)(?![a-z+-])/iy)) return 0;
    const found = this.scan.take(/\s*([+-])(\d{2})(?::?(\d{2}))?(?!\d)/y);
    if (found !== undefined) {
      const seconds = Number(found[2]) * 3600 + Number(found[3] ?? 0) * 60;
      if (seconds > 18 * 3600 || Number(found[3] ?? 0) > 59)
        throw this.scan.error("an offset up to 18:00", -found[0].trimStart().length);
      return found[1] === "-" ? -seconds : seconds;
    }
    const name = this.scan.take(/\s+([a-z][a-z0-9_+-]*(?:\/[a-z0-9_+-]+)*)/iy);
    return name === undefined ? this.zone : parseTimezone(name[1]!);
  }

  /** `1h`, `-15m`, `30 min ago` lie before now; `+15m` after it. */
  private distance(): Timestamp {
    const sign = this.scan.take(/([+-])\s*/y)?.[1];
    const ms = this.duration();
    const ago = sign === undefined && this.scan.take(/\s+ago(?![a-z])/iy) !== undefined;
    return shift(this.now, sign === "+" && !ago ? ms : -ms);
  }

  private duration(): number {
    const found = scanDuration(this.scan.text, this.scan.position);
    if (found === undefined) {
      const number = this.scan.take(/[\d.]+\s*/y);
      throw this.scan.error(number === undefined ? "a duration such as 15m" : "a unit: ms, s, m, h, d or w");
    }
    this.scan.position = found.end;
    return found.ms;
  }

  private edge(time: Timestamp, unit: CalendarUnit): Timestamp {
    return this.upper ? endOfUnit(time, unit, this.zone) : startOfUnit(time, unit, this.zone);
  }

  private today(): number {
    return Math.floor(wallSeconds(this.now, this.zone) / DAY_SECONDS);
  }
}

function shift(time: Timestamp, ms: number): Timestamp {
  const seconds = Math.trunc(ms / 1000);
  const nsec = time.nsec + Math.round((ms - seconds * 1000) * 1e6);
  const carry = Math.floor(nsec / 1e9);
  return { sec: time.sec + seconds + carry, nsec: nsec - carry * 1e9 };
}

function timeError(text: string, position: number, expected: string): KlogError {
  if (text === "") return new KlogError("TIME_INVALID", "the time is empty", { hint: HINT });
  const what = `"${text}" is not a time: ${expected} was expected at position ${position + 1}`;
  return new KlogError("TIME_INVALID", what, { hint: HINT });
}
