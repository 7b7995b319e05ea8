// How many rows of a batch the processors left for the sinks.
import { FLAG_DROPPED, type RecordBatch } from "../record-batch.ts";

export function keptRows({ flags, count }: RecordBatch): number {
  let kept = 0;
  for (let row = 0; row < count; row++) if ((flags[row]! & FLAG_DROPPED) === 0) kept++;
  return kept;
}
