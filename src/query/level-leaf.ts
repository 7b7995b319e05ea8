// A test of the level as the set of levels that pass it: bit 0 for no level, bit 1 + i for LEVELS[i].
import { LEVELS, parseLevel } from "../record/level-names.ts";
import type { CompileContext } from "./compile-context.ts";
import { leafError } from "./leaf-error.ts";
import type { Bound, Leaf } from "./query.ts";
import { valueTest } from "./value-tests.ts";

export const NO_LEVEL = 1;
export const ANY_LEVEL = (1 << (LEVELS.length + 1)) - 1;

/** Throws QUERY_INVALID where a name is no level. Without a context, undefined for a regexp: nothing can run it. */
export function levelsOfLeaf(leaf: Leaf, context: CompileContext): number;
export function levelsOfLeaf(leaf: Leaf, context: CompileContext | undefined): number | undefined;
export function levelsOfLeaf(leaf: Leaf, context: CompileContext | undefined): number | undefined {
  switch (leaf.kind) {
    case "exists":
      return ANY_LEVEL & ~NO_LEVEL;
    case "equals":
      if (leaf.prefix) break;
      return leaf.value.toLowerCase() === "none" ? NO_LEVEL : bitOf(rankOf(leaf, leaf.value, context));
    case "range":
      return withBound(leaf, leaf.low, 1, context) & withBound(leaf, leaf.high, -1, context);
    case "regexp":
      if (context === undefined) return undefined;
  }
  const test = valueTest(leaf, context ?? NO_REGEXPS);
  return LEVELS.reduce((mask, level, rank) => (test(level) ? mask | bitOf(rank) : mask), 0);
}

const NO_REGEXPS: CompileContext = { now: 0, zone: "UTC", regexp: () => ({ test: () => false }) };

function bitOf(rank: number): number {
  return 1 << (rank + 1);
}

/** The levels on the right side of a bound: `side` 1 above it, -1 below it. A record without a level is on no side. */
function withBound(leaf: Leaf, bound: Bound | undefined, side: 1 | -1, context: CompileContext | undefined): number {
  if (bound === undefined) return ANY_LEVEL & ~NO_LEVEL;
  const rank = rankOf(leaf, bound.value, context);
  return LEVELS.reduce((mask, _, other) => {
    const distance = (other - rank) * side;
    return distance > 0 || (distance === 0 && bound.inclusive) ? mask | bitOf(other) : mask;
  }, 0);
}

function rankOf(leaf: Leaf, name: string, context: CompileContext | undefined): number {
  const level = parseLevel(name);
  if (level !== undefined) return LEVELS.indexOf(level);
  throw leafError(leaf, context, {
    problem: `"${name}" is not a level`,
    value: name,
    expected: `one of ${LEVELS.join(", ")}`,
    hint: "write level:warn, level:>=warn or level:(warn OR error); level:none has no level; the line's own field is attrs.level",
  });
}
