// A log of several files that is read through the joiner in any batches, with crashes, over the real acknowledgement of segments.
import { isDeepStrictEqual } from "node:util";
import { AckTracker, InFlight } from "../../../src/collector/commit/segment.ts";
import { JoinCounts, Joiner } from "../../../src/collector/decode/joiner.ts";
import { GroupBudget } from "../../../src/collector/decode/joiner-budget.ts";
import type { Multiline } from "../../../src/collector/decode/multiline.ts";
import { createPlainBatch } from "../../../src/collector/decode/plain-batch.ts";
import { FLAG_FRAGMENT, type RecordBatch } from "../../../src/collector/record-batch.ts";
import type { GenerationKey, Target } from "../../../src/collector/target.ts";

export interface Row {
  readonly stream: 0 | 1 | 2;
  readonly text: string;
  readonly flags?: number;
}

export interface Event {
  readonly id: string;
  readonly file: string;
  readonly offset: number;
  readonly stream: number;
  readonly text: string;
  readonly lines: number;
  readonly flags: number;
  readonly sec: number;
  readonly level: number;
}

export const stdout = (text: string): Row => ({ stream: 1, text });
export const stderr = (text: string): Row => ({ stream: 2, text });
export const fragment = (row: Row): Row => ({ ...row, flags: FLAG_FRAGMENT });

/** One file. In `plain` lines stand one behind the other; in `cri` each has a header. */
export class LogFile {
  readonly generation: GenerationKey;
  readonly rows: readonly Row[];
  readonly raw: Buffer;
  /** Where each row's line begins, and behind them the file's end. */
  readonly offsets: number[] = [0];
  private readonly header: string;

  constructor(id: string, rows: readonly Row[], style: "plain" | "cri" = "cri") {
    this.generation = { id, epoch: 0, target: undefined as unknown as Target };
    this.rows = rows;
    this.header = style === "cri" ? "2026-11-21T10:00:00.000000000Z stdout F " : "";
    this.raw = Buffer.concat(rows.map((row) => Buffer.from(`${this.header}${row.text}\n`)));
    for (const row of rows)
      this.offsets.push(this.offsets.at(-1)! + this.header.length + Buffer.byteLength(row.text) + 1);
  }

  /** Rows [from, to), with room for more rows and text as a decoder's batch has. */
  batch(from: number, to: number, arena = 8192, spareRows = 8): RecordBatch {
    const begin = this.offsets[from]!;
    const chunk = this.raw.subarray(begin, this.offsets[to]!);
    const plain = createPlainBatch(this.generation, to - from + spareRows, chunk.length + arena);
    const batch = { ...plain, count: to - from, arenaStart: chunk.length, arenaEnd: chunk.length };
    batch.bytes.set(chunk);
    for (let row = from; row < to; row++) {
      const i = row - from;
      const { stream, text, flags = 0 } = this.rows[row]!;
      batch.start[i] = this.offsets[row]! - begin + this.header.length;
      batch.end[i] = batch.start[i]! + Buffer.byteLength(text);
      batch.offset[i] = this.offsets[row]!;
      batch.sec[i] = row;
      batch.nsec[i] = row + 1;
      batch.stream[i] = stream;
      batch.level[i] = row % 7;
      batch.flags[i] = flags;
      batch.checksum[i] = row + 7;
    }
    return batch;
  }
}

interface Reading {
  readonly multiline: Multiline | undefined;
  /** Whether a batch ends behind this row (counted over all files). */
  readonly cut?: (row: number) => boolean;
  /** The agent dies behind the batch that has this row; once. */
  readonly crash?: number | undefined;
  /** Deliveries that are still on their way at any time. */
  readonly late?: number;
  readonly arena?: number;
  readonly spareRows?: number;
  readonly lineBytes?: number;
}

interface Read {
  /** In the order in which they begin. */
  readonly events: Event[];
  /** Deliveries of an id that did not equal the one before. */
  readonly differing: [Event, Event][];
  readonly counts: JoinCounts;
  /** Bytes of the files that nobody acknowledged in the end. */
  readonly unacknowledged: number;
}

/** Reads all files to their ends, in their order, and flushes. */
export function read(files: readonly LogFile[], reading: Reading): Read {
  const events = new Map<string, Event>();
  const differing: [Event, Event][] = [];
  const acknowledged = files.map(() => 0);
  const counts = new JoinCounts();
  const sink = (batch: RecordBatch) => {
    let before = -1;
    for (let row = 0; row < batch.count; row++) {
      if (batch.offset[row]! <= before) throw new Error("rows of a batch are out of order");
      before = batch.offset[row]!;
      const event = eventOf(batch, row);
      const known = events.get(event.id);
      if (known === undefined) events.set(event.id, event);
      else if (!isDeepStrictEqual(known, event)) differing.push([known, event]);
    }
  };
  let crash = reading.crash;
  for (let done = false; !done; ) {
    const deliveries: (() => void)[] = [];
    const inFlight = new InFlight();
    const trackers = files.map((_, i) => new AckTracker(inFlight, (position) => (acknowledged[i] = position)));
    const { multiline, lineBytes } = reading;
    const joiner = new Joiner({
      multiline,
      counts,
      budget: new GroupBudget(),
      ...(lineBytes === undefined ? {} : { lineBytes }),
      emit: (batch, segments) => {
        sink(batch);
        deliveries.push(() => {
          for (const segment of segments) segment.release();
        });
      },
    });
    const settle = (left: number) => {
      while (deliveries.length > left) deliveries.shift()!();
    };
    done = true;
    let first = 0;
    chain: for (const [i, file] of files.entries()) {
      let from = file.offsets.findIndex((offset) => offset >= acknowledged[i]!);
      for (let row = from; row < file.rows.length; row++) {
        if (row < file.rows.length - 1 && !(reading.cut ?? (() => false))(first + row)) continue;
        const segment = trackers[i]!.open(file.offsets[from]!, file.offsets[row + 1]!);
        joiner.join(file.batch(from, row + 1, reading.arena, reading.spareRows), segment, 0);
        segment.release();
        settle(reading.late ?? 0);
        from = row + 1;
        if (crash !== undefined && first + row >= crash) {
          crash = undefined;
          done = false;
          break chain;
        }
      }
      first += file.rows.length;
    }
    if (done) {
      joiner.flushAll();
      settle(0);
    }
  }
  const unacknowledged = files.reduce((sum, file, i) => sum + file.raw.length - acknowledged[i]!, 0);
  const inOrder = [...events.values()].sort((a, b) => compare(a.file, b.file) || a.offset - b.offset);
  return { events: inOrder, differing, counts, unacknowledged };
}

export function eventOf(batch: RecordBatch, row: number): Event {
  return {
    file: batch.generation.id,
    offset: batch.offset[row]!,
    id: `${batch.generation.id}-${batch.offset[row]}-${batch.checksum[row]}-${batch.nsec[row]}`,
    stream: batch.stream[row]!,
    text: Buffer.from(batch.bytes.subarray(batch.start[row], batch.end[row])).toString(),
    lines: batch.lines[row]!,
    flags: batch.flags[row]!,
    sec: batch.sec[row]!,
    level: batch.level[row]!,
  };
}

/** Two files with the rows before and from `at`. */
export function rotated(rows: readonly Row[], at: number, style: "plain" | "cri" = "cri"): LogFile[] {
  return [new LogFile("a", rows.slice(0, at), style), new LogFile("b", rows.slice(at), style)].filter(
    (file) => file.rows.length > 0,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
