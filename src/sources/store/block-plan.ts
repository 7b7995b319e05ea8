// Which blocks a search has to look into, and what is left to be tested in each: by time, levels and origins, then by its filters.

import { levelMask } from "../../query/bounds.ts";
import type { Literal } from "../../query/literals.ts";
import type { Filter } from "../../query/query.ts";
import type { Origin } from "../../record/log-line.ts";
import { compareTimestamps, type Timestamp } from "../../record/timestamp.ts";
import type { StoreGeneration } from "../../store/rows.ts";
import type { SegmentReader } from "../../store/segment-reader.ts";
import { type BlockFilters, mayContainToken, mayContainTrigrams } from "../../store/words.ts";
import { ALL, type FilterPlan, NONE, type OriginClass, type Residual } from "./filter-plan.ts";
import type { SearchBlock } from "./search-block.ts";
import type { StoredOrigins } from "./stored-origin.ts";

/** What may come of the rows of a block. */
export interface BlockVerdicts {
  /** What is left of the filter for all of its logs, where that is the same; undefined: it depends on the log. */
  readonly uniform: OriginClass | undefined;
  readonly verdicts: ReadonlySet<number>;
  readonly needsText: boolean;
  /** A row matches only where this does; undefined where some rows match by their columns alone. */
  readonly textual: Residual | undefined;
}

export interface PlannedBlock {
  readonly block: SearchBlock;
  readonly verdicts: BlockVerdicts;
}

/** By generation of a block; made when it is asked for, since a count over time needs none of it. */
export class BlockOrigins {
  readonly #block: SearchBlock;
  readonly #plan: FilterPlan;
  readonly #known: StoredOrigins;
  #generations: readonly StoreGeneration[] | undefined;
  #origins: readonly Origin[] | undefined;

  constructor(block: SearchBlock, plan: FilterPlan, known: StoredOrigins) {
    this.#block = block;
    this.#plan = plan;
    this.#known = known;
  }

  get generations(): readonly StoreGeneration[] {
    this.#generations ??= this.#block.generations();
    return this.#generations;
  }

  get origins(): readonly Origin[] {
    this.#origins ??= this.generations.map(({ origin }) => this.#known.of(origin));
    return this.#origins;
  }

  classes(): readonly OriginClass[] {
    return this.origins.map((origin) => this.#plan.classOf(origin));
  }
}

export interface Range {
  readonly from: Timestamp | undefined;
  readonly to: Timestamp | undefined;
}

/** Blocks that were ruled out, by what did it first. */
export interface Pruned {
  time: number;
  level: number;
  origin: number;
}

export class BlockPlan {
  readonly filter: FilterPlan;
  readonly range: Range;
  readonly #levels: number;
  readonly #origins: StoredOrigins;
  readonly #verdicts = new Map<string, BlockVerdicts>();

  constructor(filter: Filter, plan: FilterPlan, range: Range, origins: StoredOrigins) {
    this.filter = plan;
    this.range = range;
    this.#levels = levelMask(filter);
    this.#origins = origins;
  }

  /** In the order given. `ruledOut` hears of each block that is not among them. */
  select(blocks: readonly SearchBlock[], ruledOut: (block: SearchBlock, by: keyof Pruned) => void): PlannedBlock[] {
    const uniform = new Map<SegmentReader, OriginClass | undefined>();
    return blocks.flatMap((block) => {
      const { from, to } = this.range;
      const isBefore = from !== undefined && compareTimestamps(block.last, from) < 0;
      if (isBefore || (to !== undefined && compareTimestamps(block.first, to) > 0)) {
        ruledOut(block, "time");
        return [];
      }
      if ((block.levelMask & this.#levels) === 0) {
        ruledOut(block, "level");
        return [];
      }
      const verdicts = this.#verdictsOf(block, uniform);
      if (verdicts.verdicts.size > 0) return [{ block, verdicts }];
      ruledOut(block, "origin");
      return [];
    });
  }

  originsOf(block: SearchBlock): BlockOrigins {
    return new BlockOrigins(block, this.filter, this.#origins);
  }

  #verdictsOf(block: SearchBlock, uniform: Map<SegmentReader, OriginClass | undefined>): BlockVerdicts {
    const one = block.segment === undefined ? undefined : this.#classOfAll(block.segment, uniform);
    const classes = one === undefined ? new Set(this.originsOf(block).classes()) : new Set([one]);
    const numbers = Array.from(classes, ({ number }) => number).sort((a, b) => a - b);
    const key = `${numbers.join(",")} ${block.levelMask} ${block.streamMask}`;
    let verdicts = this.#verdicts.get(key);
    if (verdicts === undefined) {
      verdicts = this.#summary(classes, block);
      this.#verdicts.set(key, verdicts);
    }
    return verdicts;
  }

  /** Where all logs of a segment leave the same of the filter, nobody needs to know which of them a block has. */
  #classOfAll(segment: SegmentReader, known: Map<SegmentReader, OriginClass | undefined>): OriginClass | undefined {
    if (!known.has(segment)) {
      const classes = new Set(segment.generations.map(({ origin }) => this.filter.classOf(this.#origins.of(origin))));
      known.set(segment, classes.size === 1 ? [...classes][0] : undefined);
    }
    return known.get(segment);
  }

  #summary(classes: ReadonlySet<OriginClass>, { levelMask, streamMask }: SearchBlock): BlockVerdicts {
    const all = new Set<number>();
    for (const each of classes) {
      for (let level = 0; level < 8; level++) {
        if ((levelMask & (1 << level)) === 0) continue;
        for (let stream = 0; stream < 3; stream++) {
          if ((streamMask & (1 << stream)) !== 0) all.add(each.verdict(level, stream));
        }
      }
    }
    if (all.has(NONE) && all.size === 1) return { ...NOTHING, uniform: undefined };
    const residuals = [...all].flatMap((verdict) => this.filter.residual(verdict) ?? []);
    const needsText = residuals.some((residual) => residual.needsText);
    const isTextual = !all.has(ALL) && residuals.every((residual) => residual.needsText);
    const textual = !isTextual ? undefined : residuals.length === 1 ? residuals[0] : this.filter.whole;
    const uniform = classes.size === 1 ? [...classes][0] : undefined;
    return { uniform, verdicts: all, needsText, textual };
  }
}

const NOTHING = { verdicts: new Set<number>(), needsText: false, textual: undefined };

/** False where the block's filters say that no row holds what every match holds. */
export function mayHold(filters: BlockFilters, literals: readonly (readonly Literal[])[]): boolean {
  return literals.every((anyOf) => anyOf.some((literal) => mayHoldLiteral(filters, literal)));
}

function mayHoldLiteral(filters: BlockFilters, { text, word }: Literal): boolean {
  if (word && !mayContainToken(filters, text)) return false;
  return mayContainTrigrams(filters, text);
}
