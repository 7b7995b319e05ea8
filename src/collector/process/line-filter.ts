// Drops records by patterns over their text and by level.
import { KlogError } from "../../errors.ts";
import { LEVELS, parseLevel } from "../../record/level.ts";
import { compilePattern, type Pattern } from "../../regex/pattern.ts";
import { ChunkText } from "../decode/chunk-text.ts";
import { FLAG_DROPPED, LEVEL_UNKNOWN, type RecordBatch } from "../record-batch.ts";
import type { Processor } from "./processor.ts";

export interface LineFilterOptions {
  /** A record is kept when one of them matches its text, where there are any. */
  readonly include: readonly string[];
  /** It is dropped when one of these does. */
  readonly exclude: readonly string[];
  /** It is dropped when its level is lower; one whose level is not known is kept. */
  readonly minLevel: string | undefined;
}

/**
 * `onDisabled` hears once of a pattern that takes too long: it is not run any more, and drops nothing from then on. Throws
 * REGEXP_INVALID and CONFIG_INVALID.
 */
export function createLineFilter(
  options: LineFilterOptions,
  onDisabled: (pattern: string, reason: string) => void = () => {},
): LineFilter {
  const compiled = (source: string, whenDisabled: "match" | "no-match") =>
    compilePattern(source, { whenDisabled, onDisabled });
  return new LineFilter(
    options.include.map((source) => compiled(source, "match")),
    options.exclude.map((source) => compiled(source, "no-match")),
    options.minLevel === undefined ? LEVEL_UNKNOWN : numberOf(options.minLevel),
  );
}

class LineFilter implements Processor {
  readonly name = "filter";
  /** Records dropped so far, and the physical lines in them. */
  dropped = 0;
  droppedLines = 0;
  private readonly include: readonly Pattern[];
  private readonly exclude: readonly Pattern[];
  private readonly minLevel: number;
  private readonly text = new ChunkText();

  constructor(include: readonly Pattern[], exclude: readonly Pattern[], minLevel: number) {
    this.include = include;
    this.exclude = exclude;
    this.minLevel = minLevel;
  }

  process(batch: RecordBatch): void {
    const { level, flags, count } = batch;
    const byText = this.include.length + this.exclude.length > 0;
    if (byText) this.text.begin(batch);
    for (let row = 0; row < count; row++) {
      if ((flags[row]! & FLAG_DROPPED) !== 0) continue;
      const low = level[row]! < this.minLevel && level[row] !== LEVEL_UNKNOWN;
      if (!low && (!byText || this.keeps(this.text.of(batch.bytes, batch.start[row]!, batch.end[row]!)))) continue;
      flags[row]! |= FLAG_DROPPED;
      this.dropped++;
      this.droppedLines += batch.lines[row]!;
    }
  }

  private keeps(text: string): boolean {
    for (const pattern of this.exclude) if (pattern.test(text)) return false;
    if (this.include.length === 0) return true;
    for (const pattern of this.include) if (pattern.test(text)) return true;
    return false;
  }
}

/** As in a batch: one more than the index. */
function numberOf(name: string): number {
  const level = parseLevel(name);
  if (level !== undefined) return LEVELS.indexOf(level) + 1;
  throw new KlogError("CONFIG_INVALID", `the filter's min_level "${name}" is not a level`, {
    hint: `known levels: ${LEVELS.join(", ")}`,
  });
}
