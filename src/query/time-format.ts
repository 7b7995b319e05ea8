// Time stamps as people want to see them: fixed styles, and strftime patterns.
import { KlogError } from "../errors.ts";
import type { Timestamp } from "../record/timestamp.ts";
import { DAY_SECONDS, dateOfDay } from "./calendar.ts";
import { formatStrftime, parseStrftime, type StrftimePattern } from "./strftime.ts";
import { offsetAt } from "./time-zone.ts";

/**
 * `default`: 2026-11-21T10:47:32.084933411+01:00 · `short`: 11-21 10:47:32 · `rfc3339`: 2026-11-21T10:47:32+01:00
 * `relative`: 3m ago · `delta`: +0.012345, seconds since the line before · or a compiled strftime pattern.
 */
export type TimeStyle = (typeof STYLES)[number] | StrftimePattern;

const STYLES = ["default", "short", "rfc3339", "relative", "delta"] as const;

export interface FormatContext {
  /** Milliseconds since the epoch; `relative` counts from it. */
  readonly now: number;
  /** The line before; `delta` counts from it. */
  readonly previous: Timestamp | undefined;
}

const PAIRS = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, "0"));

// Neighbouring lines share their day and their offset: their text is built once.
let lastDay = Number.NaN;
let lastDate = "";
let lastOffset = Number.NaN;
let lastSuffix = "";

/** A style by its name, or a strftime pattern. Throws TIME_INVALID. */
export function parseTimeStyle(text: string): TimeStyle {
  const style = STYLES.find((name) => name === text);
  if (style !== undefined) return style;
  if (text.includes("%")) return parseStrftime(text);
  throw new KlogError("TIME_INVALID", `the time format "${text}" is unknown`, {
    hint: `use ${STYLES.join(", ")}, or a pattern such as "%H:%M:%S.%3N"`,
  });
}

/** `relative` and `delta` need the context; without it they print as `default` and `+0.000000`. */
export function formatTime(t: Timestamp, style: TimeStyle, zone: string, context?: FormatContext): string {
  if (typeof style !== "string") return formatStrftime(t, style, zone);
  switch (style) {
    case "relative":
      return context === undefined ? absolute(t, zone, true) : relative(t, context.now);
    case "delta":
      return delta(t, context?.previous);
    case "short":
      return short(t, zone);
    case "default":
      return absolute(t, zone, true);
    case "rfc3339":
      return absolute(t, zone, false);
  }
}

function absolute(t: Timestamp, zone: string, nanos: boolean): string {
  const offset = offsetAt(zone, t.sec);
  const wall = t.sec + offset;
  const date = dateText(wall);
  const fraction = nanos ? `.${String(1e9 + t.nsec).slice(1)}` : "";
  return `${date}T${clockText(wall)}${fraction}${offsetSuffix(offset)}`;
}

function short(t: Timestamp, zone: string): string {
  const wall = t.sec + offsetAt(zone, t.sec);
  return `${dateText(wall).slice(-5)} ${clockText(wall)}`;
}

function dateText(wall: number): string {
  const day = Math.floor(wall / DAY_SECONDS);
  if (day !== lastDay) {
    const date = dateOfDay(day);
    lastDay = day;
    lastDate = `${String(date.year).padStart(4, "0")}-${PAIRS[date.month]!}-${PAIRS[date.day]!}`;
  }
  return lastDate;
}

function clockText(wall: number): string {
  const second = wall - Math.floor(wall / DAY_SECONDS) * DAY_SECONDS;
  const minute = Math.floor(second / 60);
  const hour = Math.floor(minute / 60);
  return `${PAIRS[hour]!}:${PAIRS[minute - hour * 60]!}:${PAIRS[second - minute * 60]!}`;
}

function offsetSuffix(offset: number): string {
  if (offset !== lastOffset) {
    const minutes = Math.abs(Math.trunc(offset / 60));
    lastOffset = offset;
    lastSuffix =
      offset === 0 ? "Z" : `${offset < 0 ? "-" : "+"}${PAIRS[Math.floor(minutes / 60)]!}:${PAIRS[minutes % 60]!}`;
  }
  return lastSuffix;
}

function relative(t: Timestamp, now: number): string {
  const seconds = now / 1000 - t.sec - t.nsec / 1e9;
  const distance = Math.abs(seconds);
  if (distance < 1) return "now";
  const text =
    distance < 60
      ? `${Math.floor(distance)}s`
      : distance < 3600
        ? `${Math.floor(distance / 60)}m`
        : distance < DAY_SECONDS
          ? `${Math.floor(distance / 3600)}h`
          : `${Math.floor(distance / DAY_SECONDS)}d`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

function delta(t: Timestamp, previous: Timestamp | undefined): string {
  const nanos = previous === undefined ? 0 : (t.sec - previous.sec) * 1e9 + (t.nsec - previous.nsec);
  const micros = Math.trunc(nanos / 1e3);
  const size = Math.abs(micros);
  return `${micros < 0 ? "-" : "+"}${Math.floor(size / 1e6)}.${String(1e6 + (size % 1e6)).slice(1)}`;
}
