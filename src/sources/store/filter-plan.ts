// What a filter leaves to be tested of a row once its origin, level and stream are known: nothing, everything, or a smaller filter.
import { chunkPattern, type Literal, requiredLiterals } from "../../query/literals.ts";
import { type CompileContext, compilePredicate } from "../../query/predicate.ts";
import type { Filter, Leaf } from "../../query/query.ts";
import type { Predicate, QueryRecord } from "../../query/query-record.ts";
import { coreField } from "../../query/record-fields.ts";
import { type Decide, decideByOrigin, simplify } from "../../query/simplify.ts";
import { LEVELS } from "../../record/level-names.ts";
import type { Origin } from "../../record/log-line.ts";
import { UNKNOWN_ORIGIN } from "../../record/unknown-origin.ts";
import { STREAMS } from "./row-record.ts";

/** Verdicts of rows: from 2 on it is the number of a residual, plus 2. */
export const NONE = 0;
export const ALL = 1;
const FIRST_RESIDUAL = 2;

/** A filter that origin, level and stream did not decide. */
export interface Residual {
  readonly matches: Predicate;
  /** False where time alone decides. */
  readonly needsText: boolean;
  /** Finds the rows that may match in a whole block's text. */
  readonly pattern: RegExp | undefined;
  readonly literals: readonly (readonly Literal[])[];
}

/** Origins that leave the same of the filter. */
export class OriginClass {
  readonly number: number;
  readonly #verdicts = new Int16Array(32).fill(-1);
  readonly #decide: (level: number, stream: number) => number;

  constructor(number: number, decide: (level: number, stream: number) => number) {
    this.number = number;
    this.#decide = decide;
  }

  /** Level and stream as the store numbers them. */
  verdict(level: number, stream: number): number {
    const at = ((level & 7) << 2) | (stream & 3);
    const known = this.#verdicts[at]!;
    if (known >= 0) return known;
    const verdict = this.#decide(level, stream);
    this.#verdicts[at] = verdict;
    return verdict;
  }
}

export class FilterPlan {
  readonly #filter: Filter;
  readonly #context: CompileContext;
  readonly #accepts: (origin: Origin) => boolean;
  readonly #residuals: Residual[] = [];
  readonly #verdicts = new Map<string, number>();
  readonly #classes = new Map<string, OriginClass>();
  readonly #byOrigin = new WeakMap<Origin, OriginClass>();
  #whole: Residual | undefined;

  constructor(filter: Filter, accepts: (origin: Origin) => boolean, context: CompileContext) {
    this.#filter = filter;
    this.#accepts = accepts;
    this.#context = context;
  }

  residual(verdict: number): Residual | undefined {
    return this.#residuals[verdict - FIRST_RESIDUAL];
  }

  /** The filter as it was given. */
  get whole(): Residual {
    this.#whole ??= this.#compiled(this.#filter);
    return this.#whole;
  }

  classOf(origin: Origin): OriginClass {
    let found = this.#byOrigin.get(origin);
    if (found === undefined) {
      const left: Filter = this.#accepts(origin)
        ? simplify(this.#filter, decideByOrigin(origin, this.#context))
        : { kind: "none" };
      found = this.#classFor(left);
      this.#byOrigin.set(origin, found);
    }
    return found;
  }

  #classFor(filter: Filter): OriginClass {
    const key = keyOf(filter);
    let found = this.#classes.get(key);
    if (found === undefined) {
      const decides = leavesOf(filter).some(isOfColumns);
      const same = decides ? undefined : this.#verdict(filter);
      found = new OriginClass(this.#classes.size, (level, stream) => {
        return same ?? this.#verdict(simplify(filter, this.#decideByColumns(level, stream)));
      });
      this.#classes.set(key, found);
    }
    return found;
  }

  #verdict(filter: Filter): number {
    if (filter.kind === "none") return NONE;
    if (filter.kind === "all") return ALL;
    const key = keyOf(filter);
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      verdict = FIRST_RESIDUAL + this.#residuals.length;
      this.#residuals.push(this.#compiled(filter));
      this.#verdicts.set(key, verdict);
    }
    return verdict;
  }

  #compiled(filter: Filter): Residual {
    return {
      matches: compilePredicate(filter, this.#context),
      needsText: leavesOf(filter).some((leaf) => coreOf(leaf) !== "ts"),
      pattern: chunkPattern(filter),
      literals: requiredLiterals(filter),
    };
  }

  #decideByColumns(level: number, stream: number): Decide {
    const details = { ...NO_DETAILS, level: LEVELS[level - 1], stream: STREAMS[stream] ?? "" };
    const record: QueryRecord = { ...NO_TEXT, details };
    return (leaf) => (isOfColumns(leaf) ? compilePredicate(leaf, this.#context)(record) : undefined);
  }
}

const NO_DETAILS = { id: undefined, lines: 1, attrs: undefined, sources: [] } as const;
const NOBODY: Origin = { ...UNKNOWN_ORIGIN, source: "store" };
const NO_TEXT = {
  sec: -1,
  nsec: 0,
  origin: NOBODY,
  buffer: Buffer.alloc(0),
  start: 0,
  end: 0,
  rest: undefined,
} as const;

function isOfColumns(leaf: Leaf): boolean {
  const core = coreOf(leaf);
  return core === "level" || core === "stream";
}

function coreOf({ field }: Leaf): string | undefined {
  return field === undefined ? undefined : coreField(field);
}

function leavesOf(filter: Filter): readonly Leaf[] {
  switch (filter.kind) {
    case "all":
    case "none":
      return [];
    case "and":
    case "or":
      return filter.parts.flatMap(leavesOf);
    case "not":
      return leavesOf(filter.part);
    default:
      return [filter];
  }
}

/** The same for filters that mean the same, leaf by leaf. */
function keyOf(filter: Filter): string {
  return JSON.stringify(filter, (name, value: unknown) => (name === "span" ? undefined : value));
}
