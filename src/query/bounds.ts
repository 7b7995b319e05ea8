// What every match of a filter lies within: a stretch of time, a set of levels.
import { compareTimestamps, type Timestamp } from "../record/timestamp.ts";
import type { CompileContext } from "./compile-context.ts";
import { coreField } from "./field-place.ts";
import { ANY_LEVEL, levelsOfLeaf } from "./level-leaf.ts";
import type { Filter, Leaf } from "./query.ts";
import { spanOfLeaf, type TimeSpan } from "./time-leaf.ts";

const NOTHING: TimeSpan = { from: { sec: 0, nsec: 1 }, to: { sec: 0, nsec: 0 } };
const ALWAYS: TimeSpan = { from: undefined, to: undefined };

/**
 * The time of any match, both ends included; undefined: no bound. `from` is later than `to` where nothing can match. Records
 * without a time match only where there is no bound. Throws QUERY_INVALID.
 */
export function timeBounds(filter: Filter, context: CompileContext): TimeSpan {
  switch (filter.kind) {
    case "none":
      return NOTHING;
    case "and":
      return filter.parts.reduce((span, part) => intersection(span, timeBounds(part, context)), ALWAYS);
    case "or":
      return filter.parts.reduce((span, part) => union(span, timeBounds(part, context)), NOTHING);
    // A record without a time passes the opposite of any bound.
    case "all":
    case "not":
      return ALWAYS;
    default:
      return isOf(filter, "ts") ? (spanOfLeaf(filter, context) ?? ALWAYS) : ALWAYS;
  }
}

/** The levels that a match can have: bit 0 for none, bit 1 + i for LEVELS[i]. Throws QUERY_INVALID. */
export function levelMask(filter: Filter): number {
  return levelsOf(filter).some;
}

interface LevelSets {
  /** Levels of which some records may match. */
  readonly some: number;
  /** Levels of which all records match. */
  readonly all: number;
}

function levelsOf(filter: Filter): LevelSets {
  switch (filter.kind) {
    case "all":
      return { some: ANY_LEVEL, all: ANY_LEVEL };
    case "none":
      return { some: 0, all: 0 };
    case "not": {
      const { some, all } = levelsOf(filter.part);
      return { some: ANY_LEVEL & ~all, all: ANY_LEVEL & ~some };
    }
    case "and":
    case "or": {
      const parts = filter.parts.map(levelsOf);
      const joined = (of: (sets: LevelSets) => number) =>
        parts.map(of).reduce((a, b) => (filter.kind === "and" ? a & b : a | b));
      return { some: joined((sets) => sets.some), all: joined((sets) => sets.all) };
    }
    default: {
      const mask = isOf(filter, "level") ? levelsOfLeaf(filter, undefined) : undefined;
      return mask === undefined ? { some: ANY_LEVEL, all: 0 } : { some: mask, all: mask };
    }
  }
}

function isOf(leaf: Leaf, field: "ts" | "level"): boolean {
  return leaf.field !== undefined && coreField(leaf.field) === field;
}

function isEmpty({ from, to }: TimeSpan): boolean {
  return from !== undefined && to !== undefined && compareTimestamps(from, to) > 0;
}

function intersection(a: TimeSpan, b: TimeSpan): TimeSpan {
  return { from: pick(a.from, b.from, 1), to: pick(a.to, b.to, -1) };
}

function union(a: TimeSpan, b: TimeSpan): TimeSpan {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  return { from: a.from && b.from && pick(a.from, b.from, -1), to: a.to && b.to && pick(a.to, b.to, 1) };
}

/** The later one for `side` 1, the earlier one for -1; the one that there is. */
function pick(a: Timestamp | undefined, b: Timestamp | undefined, side: 1 | -1): Timestamp | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareTimestamps(a, b) * side >= 0 ? a : b;
}
