// Calendar steps and edges in a time zone: a day is what its clocks say, be it 23, 24 or 25 hours long.
import type { Timestamp } from "../record/timestamp.ts";
import { DAY_SECONDS, dateOfDay, dayNumber, daysInMonth, weekdayOfDay } from "./calendar.ts";
import { instantOfWall, offsetAt } from "./time-zone.ts";

/** As Elasticsearch and Grafana write them: seconds, minutes, hours, days, weeks (from Monday), months, years. */
const CALENDAR_UNITS = ["s", "m", "h", "d", "w", "M", "y"] as const;
export type CalendarUnit = (typeof CALENDAR_UNITS)[number];

export function calendarUnit(letter: string): CalendarUnit | undefined {
  return CALENDAR_UNITS.find((unit) => unit === letter);
}

/** What the zone's clocks show, as seconds that are counted as if they were UTC. */
export function wallSeconds(time: Timestamp, zone: string): number {
  return time.sec + offsetAt(zone, time.sec);
}

/** The same time of day, so many units away; the 31st becomes a shorter month's last day. */
export function shiftCalendar(time: Timestamp, count: number, unit: CalendarUnit, zone: string): Timestamp {
  const wall = wallSeconds(time, zone);
  const day = Math.floor(wall / DAY_SECONDS);
  const moved = shiftDay(day, count, unit);
  return { sec: instantOfWall(zone, wall + (moved - day) * DAY_SECONDS), nsec: time.nsec };
}

export function startOfUnit(time: Timestamp, unit: CalendarUnit, zone: string): Timestamp {
  const seconds = clockUnit(unit);
  if (seconds !== undefined) {
    const wall = wallSeconds(time, zone);
    return { sec: time.sec - (wall - Math.floor(wall / seconds) * seconds), nsec: 0 };
  }
  return { sec: instantOfWall(zone, firstDay(time, unit, zone) * DAY_SECONDS), nsec: 0 };
}

/** The last nanosecond of the unit. */
export function endOfUnit(time: Timestamp, unit: CalendarUnit, zone: string): Timestamp {
  const seconds = clockUnit(unit);
  const next =
    seconds === undefined
      ? instantOfWall(zone, shiftDay(firstDay(time, unit, zone), 1, unit) * DAY_SECONDS)
      : startOfUnit(time, unit, zone).sec + seconds;
  return { sec: next - 1, nsec: 999_999_999 };
}

function clockUnit(unit: CalendarUnit): number | undefined {
  return unit === "s" ? 1 : unit === "m" ? 60 : unit === "h" ? 3600 : undefined;
}

function shiftDay(day: number, count: number, unit: CalendarUnit): number {
  if (unit === "w") return day + 7 * count;
  if (unit !== "M" && unit !== "y") return day + count;
  const date = dateOfDay(day);
  const months = date.year * 12 + date.month - 1 + count * (unit === "y" ? 12 : 1);
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  return dayNumber(year, month, Math.min(date.day, daysInMonth(year, month)));
}

function firstDay(time: Timestamp, unit: CalendarUnit, zone: string): number {
  const day = Math.floor(wallSeconds(time, zone) / DAY_SECONDS);
  if (unit === "w") return day - ((weekdayOfDay(day) + 6) % 7);
  if (unit === "M" || unit === "y") {
    const date = dateOfDay(day);
    return dayNumber(date.year, unit === "M" ? date.month : 1, 1);
  }
  return day;
}
