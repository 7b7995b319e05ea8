// A step between reading and delivering, for one pipeline. It works on whole batches, in place.
import type { RecordBatch } from "../record-batch.ts";

export interface Processor {
  readonly name: string;
  /** May set FLAG_DROPPED and level, and rewrite messages into the arena. Must not keep the batch. */
  process(batch: RecordBatch): void;
}
