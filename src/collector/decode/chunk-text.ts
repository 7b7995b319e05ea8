// Rows of a batch as text for people's patterns: one string for the whole chunk where it is plain ASCII, of which rows are
// slices that copy nothing, and UTF-8 row by row elsewhere.
import { isAscii } from "node:buffer";
import type { RecordBatch } from "../record-batch.ts";

export class ChunkText {
  private batch: RecordBatch | undefined;
  private bytes: Buffer = Buffer.alloc(0);
  /** Of bytes [0, chunk.length), and of those from `arenaStart` on; undefined where they are not ASCII. */
  private chunk: string | undefined;
  private arena: string | undefined;
  private arenaStart = 0;

  /** From now on rows of this batch are asked for, as it is at this moment. */
  begin(batch: RecordBatch): void {
    const { arenaStart, arenaEnd } = batch;
    if (this.batch !== batch || this.bytes.buffer !== batch.bytes.buffer) {
      this.batch = batch;
      this.bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length);
    }
    this.arenaStart = arenaStart;
    this.chunk = this.ascii(0, chunkEnd(batch));
    this.arena = this.ascii(arenaStart, arenaEnd);
  }

  /** `bytes[start..end)`: of the batch, or of any other memory. */
  of(bytes: Uint8Array, start: number, end: number): string {
    if (bytes !== this.batch?.bytes) return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    if (start < this.arenaStart) {
      if (this.chunk !== undefined && end <= this.chunk.length) return this.chunk.slice(start, end);
    } else if (this.arena !== undefined && end - this.arenaStart <= this.arena.length) {
      return this.arena.slice(start - this.arenaStart, end - this.arenaStart);
    }
    return this.bytes.toString("utf8", start, end);
  }

  private ascii(start: number, end: number): string | undefined {
    return start < end && isAscii(this.bytes.subarray(start, end))
      ? this.bytes.toString("latin1", start, end)
      : undefined;
  }
}

/** Where the last row of the chunk proper ends. Rows stand in the order of the file. */
function chunkEnd(batch: RecordBatch): number {
  let row = batch.count - 1;
  while (row >= 0 && batch.start[row]! >= batch.arenaStart) row--;
  return row < 0 ? 0 : batch.end[row]!;
}
