// The encoder in plain TypeScript: for batches in plain memory, and the oracle of assembly/encode.ts.
import { FLAG_DROPPED, FLAG_PARTIAL, FLAG_TRUNCATED, type RecordBatch } from "../record-batch.ts";
import type { Encoder } from "./encoder.ts";
import { MAX_GROWTH, putString } from "./json-bytes.ts";
import { AFTER_MESSAGE, constantTail } from "./klog-codec.ts";

/** So much is gathered before it is given on. */
const OUTPUT_BYTES = 1024 * 1024;
/** What a record has besides its message and its tail, at most. */
const ROW_OVERHEAD = 256;

/** Years 0 to 9999: what lies outside is their first or last second. */
const FIRST_SECOND = -62_167_219_200;
const LAST_SECOND = 253_402_300_799;

const OPENING = '{"@timestamp":"';
const MESSAGE = Buffer.from('Z","message":"');
const LINES = Buffer.from(',"lines":');
const PARTIAL = Buffer.from(',"partial":true');
const TRUNCATED = Buffer.from(',"truncated":true');
const HEX = Buffer.from("0123456789abcdef");

export class TwinEncoder implements Encoder {
  readonly #out = new Uint8Array(OUTPUT_BYTES);
  /** The line's beginning up to the point of the second; of the second that was written last. */
  #opening: Uint8Array = Buffer.alloc(0);
  #second = Number.NaN;

  encode(batch: RecordBatch, emit: (bytes: Uint8Array) => void): void {
    this.encodeRows(batch, 0, batch.count, emit);
  }

  /** The same for rows [first, end). */
  encodeRows(batch: RecordBatch, first: number, end: number, emit: (bytes: Uint8Array) => void): void {
    const tail = constantTail(batch.generation);
    let at = 0;
    for (let row = first; row < end; row++) {
      if ((batch.flags[row]! & FLAG_DROPPED) !== 0) continue;
      const most = (batch.end[row]! - batch.start[row]!) * MAX_GROWTH + tail.length + ROW_OVERHEAD;
      if (at + most > OUTPUT_BYTES) {
        if (at > 0) emit(this.#out.subarray(0, at));
        at = 0;
      }
      const opening = this.#openingOf(batch.sec[row]!);
      if (most <= OUTPUT_BYTES) at = putRow(batch, row, opening, tail, this.#out, at);
      else {
        // Rare, and not worth to be kept.
        const out = new Uint8Array(most);
        emit(out.subarray(0, putRow(batch, row, opening, tail, out, 0)));
      }
    }
    if (at > 0) emit(this.#out.subarray(0, at));
  }

  #openingOf(second: number): Uint8Array {
    if (second !== this.#second) {
      this.#second = second;
      const within = Math.max(FIRST_SECOND, Math.min(LAST_SECOND, second));
      this.#opening = Buffer.from(`${OPENING}${new Date(within * 1000).toISOString().slice(0, 19)}.`);
    }
    return this.#opening;
  }
}

function putRow(
  batch: RecordBatch,
  row: number,
  opening: Uint8Array,
  tail: Uint8Array,
  out: Uint8Array,
  at: number,
): number {
  let o = put(opening, out, at);
  o = putNanoseconds(batch.nsec[row]!, out, o);
  o = put(MESSAGE, out, o);
  o = putString(batch.bytes, batch.start[row]!, batch.end[row]!, out, o);
  o = put(AFTER_MESSAGE[batch.level[row]! * 3 + batch.stream[row]!]!, out, o);
  o = putNumber(batch.offset[row]!, out, put(tail, out, o));
  out[o++] = 0x2d;
  o = putHex(batch.checksum[row]!, out, o);
  out[o++] = 0x22;
  const lines = batch.lines[row]!;
  const flags = batch.flags[row]!;
  if (lines > 1) o = putNumber(lines, out, put(LINES, out, o));
  if ((flags & FLAG_PARTIAL) !== 0) o = put(PARTIAL, out, o);
  if ((flags & FLAG_TRUNCATED) !== 0) o = put(TRUNCATED, out, o);
  out[o++] = 0x7d;
  out[o++] = 0x0a;
  return o;
}

function put(piece: Uint8Array, out: Uint8Array, at: number): number {
  out.set(piece, at);
  return at + piece.length;
}

function putNanoseconds(value: number, out: Uint8Array, at: number): number {
  let rest = value;
  for (let o = at + 8; o >= at; o--) {
    const tenth = (rest / 10) | 0;
    out[o] = rest - tenth * 10 + 0x30;
    rest = tenth;
  }
  return at + 9;
}

function putNumber(value: number, out: Uint8Array, at: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  let rest = value;
  for (let o = at + digits - 1; o >= at; o--) {
    const tenth = Math.floor(rest / 10);
    out[o] = rest - tenth * 10 + 0x30;
    rest = tenth;
  }
  return at + digits;
}

function putHex(value: number, out: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) out[at + i] = HEX[(value >>> (28 - 4 * i)) & 15]!;
  return at + 8;
}
