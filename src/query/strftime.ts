// strftime patterns for time stamps, with the sub-second fields that date(1), hl and Ruby know: %N %3N %L %f.
import { KlogError } from "../errors.ts";
import type { Timestamp } from "../record/timestamp.ts";
import { type CivilDate, DAY_SECONDS, dateOfDay, dayNumber, MONTHS, WEEKDAYS, weekdayOfDay } from "./calendar.ts";
import { offsetAt, zoneAbbreviation } from "./time-zone.ts";

/** A compiled pattern: literal text and fields in turn. */
export interface StrftimePattern {
  readonly parts: readonly (string | Field)[];
}

interface Moment {
  readonly t: Timestamp;
  readonly zone: string;
  readonly offset: number;
  readonly day: number;
  readonly date: CivilDate;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

type Field = (m: Moment) => string;

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));
const spaced = (n: number): string => String(n).padStart(2);
const hour12 = (m: Moment): number => m.hour % 12 || 12;
const fraction =
  (digits: number): Field =>
  (m) =>
    String(1e9 + m.t.nsec).slice(1, 1 + digits);

function offsetText(m: Moment, colon: string): string {
  const minutes = Math.abs(Math.trunc(m.offset / 60));
  return `${m.offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`;
}

const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ["Y", (m) => String(m.date.year).padStart(4, "0")],
  ["y", (m) => two(m.date.year % 100)],
  ["m", (m) => two(m.date.month)],
  ["d", (m) => two(m.date.day)],
  ["e", (m) => spaced(m.date.day)],
  ["j", (m) => String(m.day - dayNumber(m.date.year, 1, 1) + 1).padStart(3, "0")],
  ["H", (m) => two(m.hour)],
  ["k", (m) => spaced(m.hour)],
  ["I", (m) => two(hour12(m))],
  ["l", (m) => spaced(hour12(m))],
  ["M", (m) => two(m.minute)],
  ["S", (m) => two(m.second)],
  ["p", (m) => (m.hour < 12 ? "AM" : "PM")],
  ["a", (m) => WEEKDAYS[weekdayOfDay(m.day)]!.slice(0, 3)],
  ["A", (m) => WEEKDAYS[weekdayOfDay(m.day)]!],
  ["u", (m) => String(weekdayOfDay(m.day) || 7)],
  ["w", (m) => String(weekdayOfDay(m.day))],
  ["b", (m) => MONTHS[m.date.month - 1]!],
  ["h", (m) => MONTHS[m.date.month - 1]!],
  ["z", (m) => offsetText(m, "")],
  [":z", (m) => offsetText(m, ":")],
  ["Z", (m) => zoneAbbreviation(m.zone, m.t.sec)],
  ["s", (m) => String(m.t.sec)],
  ["N", fraction(9)],
  ["3N", fraction(3)],
  ["6N", fraction(6)],
  ["9N", fraction(9)],
  ["L", fraction(3)],
  ["f", fraction(6)],
]);

const COMPOUNDS: ReadonlyMap<string, string> = new Map([
  ["F", "%Y-%m-%d"],
  ["T", "%H:%M:%S"],
  ["D", "%m/%d/%y"],
  ["R", "%H:%M"],
  ["r", "%I:%M:%S %p"],
  ["c", "%a %b %e %H:%M:%S %Y"],
]);

/** Throws TIME_INVALID for a field that is unknown, with its position and the known ones. */
export function parseStrftime(pattern: string): StrftimePattern {
  const parts: (string | Field)[] = [];
  let literal = "";
  const flush = (): void => {
    if (literal !== "") parts.push(literal);
    literal = "";
  };
  for (let at = 0; at < pattern.length; ) {
    const percent = pattern.indexOf("%", at);
    if (percent < 0 || percent > at) {
      const end = percent < 0 ? pattern.length : percent;
      literal += pattern.slice(at, end);
      at = end;
      continue;
    }
    const name = /(?::?[a-zA-Z]|\d[a-zA-Z]|%)/y;
    name.lastIndex = at + 1;
    const spec = name.exec(pattern)?.[0] ?? "";
    const field = FIELDS.get(spec);
    const compound = COMPOUNDS.get(spec);
    const text = { "%": "%", t: "\t", n: "\n" }[spec];
    if (text !== undefined) literal += text;
    else {
      flush();
      if (field !== undefined) parts.push(field);
      else if (compound !== undefined) parts.push(...parseStrftime(compound).parts);
      else throw unknownField(pattern, at, spec);
    }
    at += 1 + spec.length;
  }
  flush();
  return { parts };
}

export function formatStrftime(t: Timestamp, pattern: StrftimePattern, zone: string): string {
  const offset = offsetAt(zone, t.sec);
  const wall = t.sec + offset;
  const day = Math.floor(wall / DAY_SECONDS);
  const ofDay = wall - day * DAY_SECONDS;
  const hour = Math.floor(ofDay / 3600);
  const minute = Math.floor((ofDay - hour * 3600) / 60);
  const second = ofDay % 60;
  const moment: Moment = { t, zone, offset, day, date: dateOfDay(day), hour, minute, second };
  let out = "";
  for (const part of pattern.parts) out += typeof part === "string" ? part : part(moment);
  return out;
}

function unknownField(pattern: string, at: number, spec: string): KlogError {
  const known = [...FIELDS.keys(), ...COMPOUNDS.keys()].map((name) => `%${name}`).join(" ");
  const what = `the time format "${pattern}" has an unknown field %${spec} at position ${at + 1}`;
  return new KlogError("TIME_INVALID", what, { hint: `known fields: ${known} %%` });
}
