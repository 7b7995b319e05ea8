// Rows of a store as the collector's encoders take them.
import type { RecordBatch } from "../../collector/record-batch.ts";
import type { GenerationKey, Target } from "../../collector/target.ts";
import type { StoreGeneration } from "../../store/rows.ts";
import type { RowRun } from "../../store/stored-rows.ts";

/** The encoders keep what they know of a generation by its object. */
const keys = new WeakMap<StoreGeneration, GenerationKey>();

export function recordBatch(run: RowRun): RecordBatch {
  let key = keys.get(run.generation);
  if (key === undefined) {
    key = keyOf(run.generation);
    keys.set(run.generation, key);
  }
  return { ...run, generation: key, arenaStart: run.bytes.length, arenaEnd: run.bytes.length };
}

function keyOf({ id, epoch, origin }: StoreGeneration): GenerationKey {
  const { tags, ...rest } = origin;
  const target: Target = {
    ...{ id, directory: "", file: "", siblings: "none", format: "auto", origin: rest, firstRead: "beginning" },
    ...{ tags, pipeline: "" },
  };
  return { id, epoch, target };
}
