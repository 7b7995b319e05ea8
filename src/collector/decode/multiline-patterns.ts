// Groups lines by people's patterns for first, further and last lines, in all combinations.
//
//   start              an event from each match to the next; lines before the first match stand alone
//   start, continue    begins at `start` and goes on while lines match `continue`; other lines stand alone
//   start, end         from `start` to the next line that matches `end`
//   start, continue, end   as the two before: the first line that is neither ends the event, and is looked at anew
//   continue           a matching line joins the one before it
//   continue, end      lines that match `continue`, and the one behind them that matches `end`
//   end                everything up to each match
//
// A line is tested against `continue` first, then `end`, then `start`; the first line of an event is not tested against `end`.
import { compilePattern } from "../../regex/pattern.ts";
import type { RecordBatch } from "../record-batch.ts";
import { ChunkText } from "./chunk-text.ts";
import {
  ALONE,
  BEGINS,
  CONTINUES,
  ENDS,
  type Grouping,
  type GroupingState,
  type Verdict,
} from "./multiline-grouping.ts";

/** Regular expressions, sought anywhere in a line's message (`^` and `$` are its ends). At least one of the three. */
export interface MultilinePatterns {
  /** A line that begins an event. */
  readonly start?: string | undefined;
  /** A line that continues the event before it. */
  readonly continue?: string | undefined;
  /** A line that is the last of its event. */
  readonly end?: string | undefined;
  /** The lines that a pattern does not match are meant, by each of them. */
  readonly negate?: boolean | undefined;
}

interface LinePattern {
  test(text: string): boolean;
}

export function patternGrouping(
  patterns: MultilinePatterns,
  onDisabled: (pattern: string, reason: string) => void,
): Grouping {
  // Once a pattern does not run any more, its answers are those that join nothing.
  const compiled = (source: string | undefined, whenDisabled: boolean): LinePattern | undefined => {
    if (source === undefined) return undefined;
    const negate = patterns.negate === true;
    const pattern = compilePattern(source, {
      onDisabled,
      whenDisabled: whenDisabled !== negate ? "match" : "no-match",
    });
    return negate ? { test: (text) => !pattern.test(text) } : pattern;
  };
  return new PatternGrouping(
    compiled(patterns.start, true),
    compiled(patterns.continue, false),
    compiled(patterns.end, true),
  );
}

class PatternGrouping implements Grouping {
  private readonly first: LinePattern | undefined;
  private readonly further: LinePattern | undefined;
  private readonly last: LinePattern | undefined;
  private readonly text = new ChunkText();

  constructor(first: LinePattern | undefined, further: LinePattern | undefined, last: LinePattern | undefined) {
    this.first = first;
    this.further = further;
    this.last = last;
  }

  begin(batch: RecordBatch): void {
    this.text.begin(batch);
  }

  decide(_stream: GroupingState, open: boolean, bytes: Uint8Array, start: number, end: number): Verdict {
    const text = this.text.of(bytes, start, end);
    return open ? this.behind(text) : this.anew(text);
  }

  private behind(text: string): Verdict {
    const { first, further, last } = this;
    if (further?.test(text)) return CONTINUES;
    if (last?.test(text)) return ENDS;
    if (further !== undefined) return this.anew(text);
    return last === undefined && first?.test(text) ? BEGINS : CONTINUES;
  }

  private anew(text: string): Verdict {
    const { first, further, last } = this;
    if (first !== undefined) return first.test(text) ? BEGINS : ALONE;
    if (further === undefined) return last?.test(text) ? ALONE : BEGINS;
    return last === undefined || further.test(text) ? BEGINS : ALONE;
  }
}
