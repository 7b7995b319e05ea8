// How many rows of a batch the processors left for the sinks.
import { firstFlagged } from "../decode/flagged-rows.ts";
import { FLAG_DROPPED, type RecordBatch } from "../record-batch.ts";

export function keptRows(batch: RecordBatch): number {
  const { flags, count } = batch;
  let kept = count;
  for (let row = firstFlagged(batch, FLAG_DROPPED); row < count; row++) if ((flags[row]! & FLAG_DROPPED) !== 0) kept--;
  return kept;
}
