// Leaves a pipeline only the stream that it takes: the rows of the other one are another pipeline's, or nobody's.
import { FLAG_DROPPED, type RecordBatch, STREAM_STDERR } from "../record-batch.ts";

/** Drops the rows of the other stream, and tells how many. Lines of a file without streams count as stdout. */
export function keepStream(batch: RecordBatch, stream: "stdout" | "stderr"): number {
  const { count, flags, stream: streams } = batch;
  const wantsStderr = stream === "stderr";
  let dropped = 0;
  for (let row = 0; row < count; row++) {
    if ((streams[row] === STREAM_STDERR) === wantsStderr) continue;
    flags[row] = flags[row]! | FLAG_DROPPED;
    dropped++;
  }
  return dropped;
}
