// The one syntax for lengths of time: `90s`, `1h30m`, Go's `48h0m0s`, `30 min`, ISO 8601's `PT30M`.
import { KlogError } from "../errors.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

const UNITS: ReadonlyMap<string, number> = new Map([
  ...["ns", "nanosecond", "nanoseconds"].map((name) => [name, 1e-6] as const),
  ...["us", "µs", "μs", "microsecond", "microseconds"].map((name) => [name, 1e-3] as const),
  ...["ms", "msec", "millisecond", "milliseconds"].map((name) => [name, 1] as const),
  ...["s", "sec", "secs", "second", "seconds"].map((name) => [name, SECOND] as const),
  ...["m", "min", "mins", "minute", "minutes"].map((name) => [name, MINUTE] as const),
  ...["h", "hr", "hrs", "hour", "hours"].map((name) => [name, HOUR] as const),
  ...["d", "day", "days"].map((name) => [name, DAY] as const),
  ...["w", "week", "weeks"].map((name) => [name, WEEK] as const),
]);

const TERM = /(\d+(?:\.\d*)?|\.\d+)\s*([a-zµμ]+)/iy;
const ISO = /p(?:([\d.]+)w)?(?:([\d.]+)d)?(?:t(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?)?/iy;
const HINT = "write a number and a unit (ms, s, m, h, d, w), such as 90s, 1h30m, 2d or PT30M";

/** Milliseconds, with a fraction for units below one. Throws TIME_INVALID. */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  if (trimmed === "0") return 0;
  const found = scanDuration(trimmed, 0);
  if (found === undefined || found.end < trimmed.length) throw durationError(trimmed, found?.end ?? 0);
  return found.ms;
}

/**
 * Reads the duration that starts at `at`, as far as it goes: a caller with a longer grammar goes on from `end`.
 * Undefined when none starts there.
 */
export function scanDuration(text: string, at: number): { readonly ms: number; readonly end: number } | undefined {
  if (text[at] === "p" || text[at] === "P") return scanIso(text, at);
  let ms = 0;
  let end = at;
  for (;;) {
    // Blanks may stand between the terms (`1h 30m`), but a trailing blank is the caller's.
    TERM.lastIndex = end === at ? at : end + /^\s*/.exec(text.slice(end))![0].length;
    const term = TERM.exec(text);
    const unit = term === null ? undefined : UNITS.get(unitName(term[2]!));
    if (term === null || unit === undefined) break;
    ms += decimalTimes(term[1]!, unit);
    end = TERM.lastIndex;
  }
  return end === at ? undefined : { ms, end };
}

/** The shortest exact spelling that `parseDuration` reads back: `1h30m`, `2d`, `1.5s`, `250ms`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms === 0) return "0s";
  if (ms < 1e-3) return `${trimmed(ms * 1e6)}ns`;
  if (ms < 1) return `${trimmed(ms * 1e3)}us`;
  if (ms < SECOND) return `${trimmed(ms)}ms`;
  let rest = ms;
  let out = "";
  for (const [unit, letter] of [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "m"],
  ] as const) {
    const count = Math.floor(rest / unit);
    if (count > 0) out += `${count}${letter}`;
    rest -= count * unit;
  }
  const seconds = trimmed(rest / SECOND);
  return seconds === "0" ? out : `${out}${seconds}s`;
}

function scanIso(text: string, at: number): { ms: number; end: number } | undefined {
  ISO.lastIndex = at;
  const found = ISO.exec(text);
  if (found === null) return undefined;
  const values = found.slice(1);
  const units = [WEEK, DAY, HOUR, MINUTE, SECOND];
  const ms = values.reduce((sum, value, i) => sum + (value === undefined ? 0 : decimalTimes(value, units[i]!)), 0);
  const empty = values.every((value) => value === undefined) || /t$/i.test(found[0]);
  return empty || Number.isNaN(ms) ? undefined : { ms, end: ISO.lastIndex };
}

/** Capital units are common (`5 Min`, `2H`); only `M` is refused, as months in half of all tools. */
function unitName(text: string): string {
  return text === "M" ? "" : text.toLowerCase();
}

/** `0.1` times an hour is 360,000 and not 360,000.00000000006. */
function decimalTimes(decimal: string, unit: number): number {
  return Number((Number(decimal) * unit).toPrecision(15));
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(6)));
}

function durationError(text: string, at: number): KlogError {
  if (text === "") return new KlogError("TIME_INVALID", "the duration is empty", { hint: HINT });
  const rest = /^\s*[\d.]+\s*([a-zµμ]*)/i.exec(text.slice(at));
  if (rest === null) {
    const what = `"${text}" is not a duration: a number was expected at position ${at + 1}`;
    return new KlogError("TIME_INVALID", what, { hint: HINT });
  }
  const unit = rest[1] === "" ? "a unit is missing" : `the unit "${rest[1]}" is unknown`;
  return new KlogError("TIME_INVALID", `"${text}" is not a duration: ${unit} at position ${at + rest[0].length}`, {
    hint: HINT,
  });
}
