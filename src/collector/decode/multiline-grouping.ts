// What a grouping says about a line: whether it is an event of its own, or begins, continues or ends one.
import type { RecordBatch } from "../record-batch.ts";

export type Verdict = 0 | 1 | 2 | 3;
/** An event of its own, complete at once. */
export const ALONE = 0;
/** The first line of an event. */
export const BEGINS = 1;
/** A further line of the open event. */
export const CONTINUES = 2;
/** Its last line. */
export const ENDS = 3;

/** What a grouping remembers of the stream between lines. 0 where nothing is open. */
export interface GroupingState {
  state: number;
}

/** Decides about lines, one stream's after the other; keeps no state of its own but the batch's text. */
export interface Grouping {
  /** The next lines are this batch's. */
  begin(batch: RecordBatch): void;
  /** The line `bytes[start..end)`. ALONE or BEGINS where no event is open. */
  decide(stream: GroupingState, open: boolean, bytes: Uint8Array, start: number, end: number): Verdict;
}
