// Which part of time is searched: --since, --until, --around; and how that is told.
import { KlogError } from "../../errors.ts";
import { formatDuration } from "../../query/duration.ts";
import { parseTime } from "../../query/time-expression.ts";
import { formatTime } from "../../query/time-format.ts";
import { compareTimestamps, fromMillis, type Timestamp, toMillis } from "../../record/timestamp.ts";
import type { FlagValues } from "../flag-values.ts";
import type { SearchFlag } from "../search-flags.ts";

/** Both bounds are inclusive; undefined: none. */
export interface TimeRange {
  readonly from: Timestamp | undefined;
  readonly to: Timestamp | undefined;
}

const AROUND_MS = 5 * 60_000;

/** undefined where nothing was said about time. `now` in milliseconds since the epoch, `zone` as parseTimezone gives it. */
export function parseRange(flags: FlagValues<SearchFlag>, now: number, zone: string): TimeRange | undefined {
  const start = flags.oneOf(["since", "since-time", "around"], "each says where to begin: leave all but one out");
  flags.oneOf(["until", "around"], "--around has an end of its own: --window says how far it reaches");
  if (flags.text("window") !== undefined && start !== "around") {
    throw new KlogError("USAGE", `${flags.where("window")} belongs to --around`, {
      hint: "write --around '14:05' --window 2m, or --since and --until",
    });
  }
  const time = (name: "since" | "since-time" | "until" | "around", endOfDay: boolean): Timestamp | undefined => {
    const text = flags.text(name);
    if (text === undefined || (name === "since" && /^0[a-z]*$/.test(text))) return undefined;
    return flags.reading(name, () => pointed(text, () => parseTime(text, { now, zone, endOfDay })));
  };
  if (start === "around") {
    const middle = time("around", false)!;
    const reach = flags.milliseconds("window") ?? AROUND_MS;
    return { from: moved(middle, -reach), to: moved(middle, reach) };
  }
  const until = time("until", true);
  if (start === undefined && until === undefined) return undefined;
  const from = start === undefined ? undefined : time(start, false);
  if (from !== undefined && until !== undefined && compareTimestamps(from, until) > 0) {
    throw new KlogError("USAGE", `the range ends (${flags.where("until")} ${flags.text("until")}) before it begins`, {
      hint: "--until 5m means five minutes ago, so --since has to reach further back",
    });
  }
  return { from, to: until };
}

/** An error about a place in `text` shows the place. */
function pointed<T>(text: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof KlogError)) throw error;
    const place = /at position (\d+)$/.exec(error.message);
    if (place === null) throw error;
    const caret = `${" ".repeat(text.length - text.trimStart().length + Number(place[1]) - 1)}^`;
    throw new KlogError(error.code, `${error.message}\n  ${text}\n  ${caret}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

export function moved(time: Timestamp, ms: number): Timestamp {
  const { sec, nsec } = fromMillis(ms);
  const carry = time.nsec + nsec >= 1e9 ? 1 : 0;
  return { sec: time.sec + sec + carry, nsec: time.nsec + nsec - carry * 1e9 };
}

/** The part that both have. */
export function within(a: TimeRange, b: TimeRange): TimeRange {
  const from =
    a.from === undefined || (b.from !== undefined && compareTimestamps(b.from, a.from) > 0) ? b.from : a.from;
  const to = a.to === undefined || (b.to !== undefined && compareTimestamps(b.to, a.to) < 0) ? b.to : a.to;
  return { from, to };
}

/** `the last 1h, from 2026-11-21T10:00:00+01:00 (09:00:00Z) on`: in the zone that was asked for and in UTC. */
export function rangeText({ from, to }: TimeRange, zone: string, now: number): string {
  if (from === undefined && to === undefined) return "all times";
  if (from === undefined) return `everything up to ${instant(to!, zone)}`;
  if (to !== undefined) return `${instant(from, zone)} to ${instant(to, zone)}`;
  // From the start of the command: by the time that it is said, some more has passed.
  const back = Math.round(now / 1000 - toMillis(from) / 1000);
  return `${back > 0 ? `the last ${formatDuration(back * 1000)}, ` : ""}from ${instant(from, zone)} on`;
}

function instant(time: Timestamp, zone: string): string {
  const local = formatTime(time, "rfc3339", zone);
  return local.endsWith("Z") ? local : `${local} (${formatTime(time, "rfc3339", "UTC")})`;
}
