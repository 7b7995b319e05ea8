// A test of `ts` as a stretch of time. A day is a whole day on either side: `ts:>2026-11-21` begins after it.
import { KlogError, messageOf } from "../errors.ts";
import { compareTimestamps, type Timestamp } from "../record/timestamp.ts";
import type { CompileContext } from "./compile-context.ts";
import { leafError } from "./leaf-error.ts";
import type { Leaf } from "./query.ts";
import { parseTime } from "./time-expression.ts";

/** Both ends belong to it; undefined: no bound on that side. Nothing lies between where `from` is later than `to`. */
export interface TimeSpan {
  readonly from: Timestamp | undefined;
  readonly to: Timestamp | undefined;
}

/** Undefined for leaves that look at the time as text. Throws QUERY_INVALID where a value is no time. */
export function spanOfLeaf(leaf: Leaf, context: CompileContext): TimeSpan | undefined {
  switch (leaf.kind) {
    case "exists":
      return { from: undefined, to: undefined };
    case "equals":
      return leaf.prefix ? undefined : unitOf(leaf, leaf.value, context);
    case "range": {
      const { low, high } = leaf;
      return {
        from: low && (low.inclusive ? at(leaf, low.value, context) : next(endOf(leaf, low.value, context), 1)),
        to: high && (high.inclusive ? at(leaf, high.value, context, true) : next(at(leaf, high.value, context), -1)),
      };
    }
    default:
      return undefined;
  }
}

export function isWithin({ from, to }: TimeSpan, time: Timestamp): boolean {
  if (from !== undefined && compareTimestamps(time, from) < 0) return false;
  return to === undefined || compareTimestamps(time, to) <= 0;
}

const TIME_OF_DAY = /\d:\d{2}(?<seconds>:\d{2}(?:[.,](?<fraction>\d{1,9}))?)?/;
const EPOCH = /^@?-?(?<whole>\d{9,})(?:\.(?<fraction>\d{1,9}))?$/;

/** As much as the value names: a day, the minute of `14:05`, the second of `14:05:30`, the millisecond of `14:05:30.123`. */
function unitOf(leaf: Leaf, value: string, context: CompileContext): TimeSpan {
  const from = at(leaf, value, context);
  const nanos = nanosOf(value);
  const to = nanos === undefined ? at(leaf, value, context, true) : next(from, nanos - 1);
  return { from, to };
}

/** The length of what a time of day, or seconds since the epoch, name; undefined for other times. */
function nanosOf(value: string): number | undefined {
  const clock = TIME_OF_DAY.exec(value)?.groups;
  if (clock !== undefined) return clock["seconds"] === undefined ? 60e9 : fractionNanos(clock["fraction"]);
  const epoch = EPOCH.exec(value.trim())?.groups;
  if (epoch === undefined) return undefined;
  // As the time expression reads them: seconds, milliseconds, microseconds or nanoseconds by the number of digits.
  const digits = epoch["whole"]!.length;
  const below = digits <= 11 ? 0 : digits <= 14 ? 3 : digits <= 17 ? 6 : 9;
  return 10 ** Math.max(0, 9 - below - (epoch["fraction"]?.length ?? 0));
}

function fractionNanos(fraction: string | undefined): number {
  return 10 ** (9 - (fraction?.length ?? 0));
}

/** The last nanosecond of a day, or the instant. */
function endOf(leaf: Leaf, value: string, context: CompileContext): Timestamp {
  return at(leaf, value, context, !TIME_OF_DAY.test(value));
}

function at(leaf: Leaf, value: string, context: CompileContext, endOfDay = false): Timestamp {
  try {
    return parseTime(value, { now: context.now, zone: context.zone, endOfDay });
  } catch (error) {
    const hint = error instanceof KlogError ? error.hint : undefined;
    // The caret says where; the number would count from the value's beginning, and the message counts from the query's.
    const [problem = "", position] = messageOf(error).split(/ at position (\d+)$/);
    const place = position === undefined || context.query === undefined ? {} : { at: Number(position) - 1 };
    const text = context.query === undefined ? messageOf(error) : problem;
    throw leafError(leaf, context, { problem: text, expected: "", hint, value, ...place });
  }
}

/** `nanos` later; fewer than 2^53 of them. */
function next(time: Timestamp, nanos: number): Timestamp {
  const sum = time.nsec + nanos;
  const carry = Math.floor(sum / 1e9);
  return { sec: time.sec + carry, nsec: sum - carry * 1e9 };
}
