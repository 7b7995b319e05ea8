// A small batch in memory of its own, for records that cannot go out with the chunk that is being worked on.
import type { RecordBatch } from "../record-batch.ts";
import type { GenerationKey } from "../target.ts";

/** Room for `rows` rows over `bytes` bytes; the arena behind them is empty. */
export function createPlainBatch(generation: GenerationKey, rows: number, bytes: number): RecordBatch {
  return {
    generation,
    count: rows,
    bytes: new Uint8Array(bytes),
    arenaStart: bytes,
    arenaEnd: bytes,
    start: new Uint32Array(rows),
    end: new Uint32Array(rows),
    offset: new Float64Array(rows),
    sec: new Float64Array(rows),
    nsec: new Uint32Array(rows),
    stream: new Uint8Array(rows),
    level: new Uint8Array(rows),
    flags: new Uint8Array(rows),
    lines: new Uint32Array(rows).fill(1),
    checksum: new Uint32Array(rows),
  };
}
