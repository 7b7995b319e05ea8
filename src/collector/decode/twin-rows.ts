// Twin of assembly/rows.ts: the batch that is being filled, and what was counted beside it.
import { FLAG_PARTIAL, FLAG_READ_TIME, FLAG_TRUNCATED, type RecordBatch, STREAM_NONE } from "../record-batch.ts";
import type { BatchMemory } from "./batch-memory.ts";
import { FLAG_LOCAL_TIME } from "./local-times.ts";

export class TwinRows {
  readonly bytes: Uint8Array;
  cutBytes = 0;
  malformed = 0;
  localTimes = 0;
  /** The time of the next row. */
  sec = 0;
  nsec = 0;
  readonly #batch: RecordBatch;
  readonly #lineEnd: Uint32Array;
  #offset = 0;
  #messageMax = 0;
  #readSec = 0;
  #readNsec = 0;

  constructor({ batch, lineEnd }: BatchMemory) {
    this.#batch = batch;
    this.#lineEnd = lineEnd;
    this.bytes = batch.bytes;
  }

  begin(offset: number, messageMax: number, readSec: number, readNsec: number): void {
    this.#batch.count = 0;
    this.#batch.arenaEnd = this.#batch.arenaStart;
    this.cutBytes = 0;
    this.malformed = 0;
    this.localTimes = 0;
    this.#offset = offset;
    this.#messageMax = messageMax;
    this.#readSec = readSec;
    this.#readNsec = readNsec;
  }

  get count(): number {
    return this.#batch.count;
  }

  get arenaEnd(): number {
    return this.#batch.arenaEnd;
  }

  keepArena(end: number): void {
    this.#batch.arenaEnd = end;
  }

  add(line: number, lineEnd: number, start: number, end: number, stream: number, flags: number): void {
    const batch = this.#batch;
    if (end - start > this.#messageMax) {
      this.cutBytes += end - start - this.#messageMax;
      // What was cut is not part of the checksum: it would depend on how much of the line one read has brought.
      if (end === lineEnd) lineEnd = start + this.#messageMax;
      end = start + this.#messageMax;
      flags = (flags | FLAG_TRUNCATED) & ~FLAG_PARTIAL;
    }
    const row = batch.count;
    batch.offset[row] = this.#offset + line;
    batch.sec[row] = this.sec;
    batch.nsec[row] = this.nsec;
    batch.start[row] = start;
    batch.end[row] = end;
    batch.lines[row] = 1;
    batch.stream[row] = stream;
    batch.flags[row] = flags;
    this.#lineEnd[row] = lineEnd;
    batch.count = row + 1;
  }

  /** The whole line is the message, and it is as old as its reading. */
  addPlain(line: number, end: number, flags: number): void {
    this.addTimeless(line, end, line, end, STREAM_NONE, flags);
  }

  addMalformed(line: number, end: number, flags: number): void {
    this.malformed++;
    this.addPlain(line, end, flags);
  }

  /** Its stream and message are known, its time is not. */
  addTimeless(line: number, lineEnd: number, start: number, end: number, stream: number, flags: number): void {
    this.sec = this.#readSec;
    this.nsec = this.#readNsec;
    this.add(line, lineEnd, start, end, stream, flags | FLAG_READ_TIME);
  }

  addLocal(line: number, end: number, start: number, flags: number): void {
    this.localTimes++;
    this.add(line, end, start, end, STREAM_NONE, flags | FLAG_LOCAL_TIME);
  }
}
