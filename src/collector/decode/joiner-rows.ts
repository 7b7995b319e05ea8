// Rows of a batch that become fewer in place: moved forward, taken out, and put in again at the front.
import type { RecordBatch } from "../record-batch.ts";

export function moveRow(batch: RecordBatch, from: number, to: number): void {
  if (from === to) return;
  batch.start[to] = batch.start[from]!;
  batch.end[to] = batch.end[from]!;
  batch.offset[to] = batch.offset[from]!;
  batch.sec[to] = batch.sec[from]!;
  batch.nsec[to] = batch.nsec[from]!;
  batch.stream[to] = batch.stream[from]!;
  batch.level[to] = batch.level[from]!;
  batch.flags[to] = batch.flags[from]!;
  batch.lines[to] = batch.lines[from]!;
  batch.checksum[to] = batch.checksum[from]!;
}

/** Moves all rows back by `rows`, so that as many fit in before them. The caller has seen to it that there is room. */
export function shiftRows(batch: RecordBatch, rows: number): void {
  const { count } = batch;
  batch.start.copyWithin(rows, 0, count);
  batch.end.copyWithin(rows, 0, count);
  batch.offset.copyWithin(rows, 0, count);
  batch.sec.copyWithin(rows, 0, count);
  batch.nsec.copyWithin(rows, 0, count);
  batch.stream.copyWithin(rows, 0, count);
  batch.level.copyWithin(rows, 0, count);
  batch.flags.copyWithin(rows, 0, count);
  batch.lines.copyWithin(rows, 0, count);
  batch.checksum.copyWithin(rows, 0, count);
}

/** A row of no lines stands for nothing. */
export function emptyRow(batch: RecordBatch, row: number): void {
  batch.lines[row] = 0;
}

/** Closes the gaps that empty rows leave among the first `count` rows; gives the number of rows left. */
export function closeGaps(batch: RecordBatch, first: number, count: number): number {
  let to = first;
  for (let row = first; row < count; row++) if (batch.lines[row] !== 0) moveRow(batch, row, to++);
  return to;
}

/** What a record keeps of its first row while it is not complete: everything but its text. */
export interface RowHead {
  generation: RecordBatch["generation"];
  offset: number;
  sec: number;
  nsec: number;
  stream: number;
  level: number;
  checksum: number;
}

export function readHead(batch: RecordBatch, row: number): RowHead {
  return {
    generation: batch.generation,
    offset: batch.offset[row]!,
    sec: batch.sec[row]!,
    nsec: batch.nsec[row]!,
    stream: batch.stream[row]!,
    level: batch.level[row]!,
    checksum: batch.checksum[row]!,
  };
}

export function writeHead(batch: RecordBatch, row: number, head: RowHead): void {
  batch.offset[row] = head.offset;
  batch.sec[row] = head.sec;
  batch.nsec[row] = head.nsec;
  batch.stream[row] = head.stream;
  batch.level[row] = head.level;
  batch.checksum[row] = head.checksum;
}
