// Which part of the logs is read: follow, since, until, tail, head, and how they go together.
import { KlogError } from "../errors.ts";
import { parseDuration } from "../query/duration.ts";
import { parseTime } from "../query/time-expression.ts";
import { parseTimezone } from "../query/time-zone.ts";
import { compareTimestamps, fromMillis, type Timestamp } from "../record/timestamp.ts";
import type { TailWindow as SourceWindow } from "../sources/pods/log-query.ts";
import type { FlagValues } from "./flag-values.ts";
import type { FlagName, TailFlag } from "./flags.ts";

/** The window of the sources, and where it came from. */
export interface TailWindow extends SourceWindow {
  /** Nobody chose `tail`: a note may say that older lines exist. */
  readonly tailIsDefault: boolean;
}

type TimezoneFlag = Extract<TailFlag, { readonly name: "timezone" }>;
type WindowStart = NonNullable<SourceWindow["since"]>;

const DEFAULT_TAIL = 10;
const MEBIBYTE = 1024 * 1024;

/** `now` is in milliseconds since the epoch. */
export function parseWindow(flags: FlagValues, now: number): TailWindow {
  const startFlag = flags.oneOf(["since", "since-time"], "both say where to begin: leave one out");
  const since = startFlag === undefined ? undefined : parseStart(startFlag, flags, now);
  const untilText = flags.text("until");
  const until = untilText === undefined ? undefined : timeOf("until", untilText, flags, now, true);
  const amount = flags.oneOf(["head", "tail"], "--head counts from the beginning, --tail from the end: leave one out");
  const head = amount === "head" ? flags.number("head") : undefined;
  const tail = amount === "tail" ? flags.number("tail") : undefined;
  const previous = flags.boolean("previous") ?? false;
  const bounded = head !== undefined || (until !== undefined && compareTimestamps(until, fromMillis(now)) <= 0);
  // The instance before a restart has ended, so there is nothing to follow; -f beside -p is a habit, not a contradiction.
  const follow = !previous && (typedFollow(flags) ?? (!bounded && (flags.boolean("follow") ?? true)));
  rejectEmptyWindow(since, until, now, flags);
  if (tail === 0 && !follow && flags.boolean("dry-run") !== true) {
    throw new KlogError("USAGE", `${flags.where("tail")} 0 without following would print nothing`, {
      hint: "leave out --no-follow to wait for new lines, or ask for some lines: --tail 10",
    });
  }
  const isDefault = tail === undefined && since === undefined && until === undefined && head === undefined && !previous;
  return {
    follow,
    since: since === "everything" ? undefined : since,
    until,
    tail: isDefault ? DEFAULT_TAIL : tail === -1 ? undefined : tail,
    tailIsDefault: isDefault,
    head,
    limitBytes: flags.bytes("limit-bytes") || undefined,
    maxLineBytes: flags.bytes("max-line-bytes") ?? MEBIBYTE,
    previous,
    stream: flags.text("stream") as TailWindow["stream"],
  };
}

/** `-f` on the command line also follows where klog would end by itself; in the config file it only repeats the default. */
function typedFollow(flags: FlagValues): boolean | undefined {
  return flags.origin("follow") === "command line" ? flags.boolean("follow") : undefined;
}

function parseStart(name: "since" | "since-time", flags: FlagValues, now: number): WindowStart | "everything" {
  const text = flags.text(name)!;
  const ms = durationOf(text);
  // kubectl's default, which scripts write out.
  if (ms === 0) return "everything";
  return ms !== undefined ? { seconds: ms / 1000 } : { time: timeOf(name, text, flags, now, false) };
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof KlogError) return undefined;
    throw error;
  }
}

function timeOf(name: FlagName, text: string, flags: FlagValues, now: number, endOfDay: boolean): Timestamp {
  const zone = timezoneOf(flags);
  return flags.reading(name, () => parseTime(text, { now, zone, endOfDay }));
}

/** The zone in which times are read and printed, as Intl calls it. */
export function timezoneOf(flags: FlagValues<TimezoneFlag>): string {
  const text = flags.text("timezone") ?? "Local";
  // Resolving the local zone loads all of Intl, which most runs never need.
  return /^local$/i.test(text) ? "Local" : flags.reading("timezone", () => parseTimezone(text));
}

function rejectEmptyWindow(
  since: WindowStart | "everything" | undefined,
  until: Timestamp | undefined,
  now: number,
  flags: FlagValues,
): void {
  if (since === undefined || since === "everything" || until === undefined) return;
  const start = "time" in since ? since.time : fromMillis(now - since.seconds * 1000);
  if (compareTimestamps(start, until) < 0) return;
  throw new KlogError("USAGE", `the window ends (${flags.where("until")} ${flags.text("until")}) before it begins`, {
    hint: "--until 5m means five minutes ago, so --since has to reach further back",
  });
}
