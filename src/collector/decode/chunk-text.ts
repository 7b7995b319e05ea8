// Rows of a batch as text for people's patterns: slices, which copy nothing, of strings for many rows where these are plain
// ASCII, and UTF-8 row by row elsewhere.
import { isAscii } from "node:buffer";
import type { RecordBatch } from "../record-batch.ts";

/** A string of a whole chunk would be one of V8's large objects: memory of its own, mapped and given back each time. */
const WINDOW_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

export class ChunkText {
  private batch: RecordBatch | undefined;
  private bytes: Buffer = NOTHING;
  private arenaStart = 0;
  private readonly chunk = new TextWindow();
  private readonly arena = new TextWindow();

  /** From now on rows of this batch are asked for, as it is at this moment. */
  begin(batch: RecordBatch): void {
    if (this.batch !== batch || this.bytes.buffer !== batch.bytes.buffer) {
      this.batch = batch;
      this.bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length);
    }
    this.arenaStart = batch.arenaStart;
    this.chunk.begin(chunkEnd(batch));
    this.arena.begin(batch.arenaEnd);
  }

  /** `bytes[start..end)`: of the batch, or of any other memory. */
  of(bytes: Uint8Array, start: number, end: number): string {
    if (bytes !== this.batch?.bytes) return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    const window = start < this.arenaStart ? this.chunk : this.arena;
    return window.of(this.bytes, start, end);
  }
}

/** The string of bytes [start, end). Rows are asked for one behind the other, mostly. */
class TextWindow {
  private start = 0;
  private end = 0;
  /** Undefined where they are not ASCII. */
  private text: string | undefined;
  /** What lies behind belongs to no row. */
  private limit = 0;

  begin(limit: number): void {
    this.limit = limit;
    this.end = 0;
    this.text = undefined;
  }

  of(bytes: Buffer, start: number, end: number): string {
    if (start < this.start || end > this.end) {
      if (end - start > WINDOW_BYTES || end > this.limit) return bytes.toString("utf8", start, end);
      this.move(bytes, start);
    }
    return this.text === undefined
      ? bytes.toString("utf8", start, end)
      : this.text.slice(start - this.start, end - this.start);
  }

  private move(bytes: Buffer, start: number): void {
    this.start = start;
    this.end = Math.min(start + WINDOW_BYTES, this.limit);
    this.text = isAscii(bytes.subarray(start, this.end)) ? bytes.toString("latin1", start, this.end) : undefined;
  }
}

/** Where the last row of the chunk proper ends. Rows stand in the order of the file. */
function chunkEnd(batch: RecordBatch): number {
  let row = batch.count - 1;
  while (row >= 0 && batch.start[row]! >= batch.arenaStart) row--;
  return row < 0 ? 0 : batch.end[row]!;
}
