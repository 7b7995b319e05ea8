// The columns of a block: as arrays while it is open; in the file, what searches ask in bits, and the rest as planes of bytes,
// where equal bytes stand together.
import { ByteWriter } from "./binary.ts";
import { packColumn, type WholeNumbers } from "./packed-column.ts";
import type { RowColumns } from "./rows.ts";

/** Rows of several generations; their messages stand one behind the other. */
export interface BlockColumns extends RowColumns {
  /** Number of the generation among those of the block. */
  readonly generation: Uint16Array;
  readonly length: Uint32Array;
}

export function createColumns(rows: number): BlockColumns {
  return {
    sec: new Float64Array(rows),
    nsec: new Uint32Array(rows),
    generation: new Uint16Array(rows),
    offset: new Float64Array(rows),
    length: new Uint32Array(rows),
    lines: new Uint32Array(rows),
    checksum: new Uint32Array(rows),
    level: new Uint8Array(rows),
    stream: new Uint8Array(rows),
    flags: new Uint8Array(rows),
  };
}

const COLUMNS = [
  "sec",
  "nsec",
  "generation",
  "offset",
  "length",
  "lines",
  "checksum",
  "level",
  "stream",
  "flags",
] as const satisfies readonly (keyof BlockColumns)[];

/** Rows [from, to) as they are, column by column: for the frames of the open block. */
export function rawColumns(columns: BlockColumns, from: number, to: number): Uint8Array[] {
  return COLUMNS.map((name) => {
    const part = columns[name].subarray(from, to);
    return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  });
}

/** Puts what rawColumns gave behind the first `at` rows; says how many bytes it took. */
export function readRawColumns(bytes: Uint8Array, rows: number, columns: BlockColumns, at: number): number {
  let from = 0;
  for (const name of COLUMNS) {
    const column = columns[name];
    const length = rows * column.BYTES_PER_ELEMENT;
    const into = new Uint8Array(column.buffer, column.byteOffset + at * column.BYTES_PER_ELEMENT, length);
    into.set(bytes.subarray(from, from + length));
    from += length;
  }
  return from;
}

/** Numbers that are too far apart for one delta: the row stands in full behind the columns. */
export const ESCAPE = Number.MAX_SAFE_INTEGER;
/** Seconds: below it a difference in nanoseconds and its sign fit into 53 bits. */
const FAR = 4_000_000;

/** The columns that decide which rows a search finds, in the order of the file; the time has two. */
export const KEY_COLUMNS = ["timeLow", "timeHigh", "generation", "level", "stream", "flags", "length"] as const;

/** Packed (packed-column.ts) one behind the other, then the times that are no difference: seconds (f64), nanoseconds. */
export function encodeKeys(columns: BlockColumns, count: number): Uint8Array {
  const [low, high] = [new Uint32Array(count), new Uint32Array(count)];
  const escapes = new ByteWriter();
  let [lastSec, lastNsec] = [0, 0];
  for (let row = 0; row < count; row++) {
    const [sec, nsec] = [columns.sec[row]!, columns.nsec[row]!];
    const seconds = sec - lastSec;
    const isNear = seconds > -FAR && seconds < FAR;
    if (!isNear) escapes.f64(sec).u32(nsec);
    const value = isNear ? zigzag(seconds * 1e9 + (nsec - lastNsec)) : ESCAPE;
    low[row] = value >>> 0;
    high[row] = value / 2 ** 32;
    lastSec = sec;
    lastNsec = nsec;
  }
  const { level, flags, length } = columns;
  const generation = changes(columns.generation, new Uint16Array(count));
  const stream = changes(columns.stream, new Uint8Array(count));
  const packed = [low, high, generation, level, stream, flags, length].map((column) => {
    const words = packColumn(column, count);
    return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  });
  return Buffer.concat([...packed, escapes.done()]);
}

/** Each value xor the one before: rows of one log come one behind the other, and cost no bits then. */
function changes<T extends WholeNumbers>(values: T, into: T): T {
  let last = 0;
  for (let row = 0; row < into.length; row++) {
    const value = values[row]!;
    into[row] = value ^ last;
    last = value;
  }
  return into;
}

/** Planes of each of the other columns, in the order of the file: 15 in all, and a bit each in the mask. */
export const PLANES = { offset: 7, lines: 4, checksum: 4 };
const ALL_PLANES = Object.values(PLANES).reduce((sum, planes) => sum + planes);

/**
 * offset: zigzag difference from what the generation's row before lets expect, which is the same room between two messages
 * as last time: 0 for line after line of one file. The others as they are.
 */
export function encodeDetails(columns: BlockColumns, count: number, generations: number): Uint8Array {
  const out = new PlaneWriter(count);
  const escapes = new ByteWriter();
  const scratch = new Float64Array(count);
  const expect = new Expectation(generations);
  for (let row = 0; row < count; row++) {
    const [generation, offset, length] = [columns.generation[row]!, columns.offset[row]!, columns.length[row]!];
    const next = expect.next(generation);
    const difference = offset - next;
    if (Math.abs(difference) < 2 ** 51 && Math.abs(next) < 2 ** 52) scratch[row] = zigzag(difference);
    else {
      scratch[row] = ESCAPE;
      escapes.f64(offset);
    }
    expect.seen(generation, offset, length);
  }
  out.wide(scratch, PLANES.offset);
  out.narrow(columns.lines, PLANES.lines);
  out.narrow(columns.checksum, PLANES.checksum);
  return out.done(escapes.done());
}

/** Where a generation's next row should begin. */
export class Expectation {
  readonly #last: Float64Array;
  readonly #end: Float64Array;
  readonly #room: Float64Array;

  constructor(generations: number) {
    this.#last = new Float64Array(generations).fill(-1);
    this.#end = new Float64Array(generations);
    this.#room = new Float64Array(generations);
  }

  next(generation: number): number {
    return this.#end[generation]! + this.#room[generation]!;
  }

  seen(generation: number, offset: number, length: number): void {
    if (this.#last[generation]! >= 0) this.#room[generation] = offset - this.#end[generation]!;
    this.#last[generation] = offset;
    this.#end[generation] = offset + length;
  }
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

export function unzigzag(value: number): number {
  const half = Math.floor(value / 2);
  return value === 2 * half ? half : -half - 1;
}

function bitsOf(values: Uint32Array, count: number): number {
  let all = 0;
  for (let row = 0; row < count; row++) all |= values[row]!;
  return all;
}

/** Planes of zero bytes are left out; a bit of the mask says which are there. */
class PlaneWriter {
  readonly #count: number;
  /** Made for all planes: one piece of memory a block, whatever is left out. */
  readonly #bytes: Uint8Array;
  #length = 4;
  #mask = 0;
  #next = 0;

  constructor(count: number) {
    this.#count = count;
    this.#bytes = new Uint8Array(4 + ALL_PLANES * count);
  }

  wide(values: Float64Array, planes: number): void {
    const low = new Uint32Array(this.#count);
    const high = new Uint32Array(this.#count);
    for (let row = 0; row < this.#count; row++) {
      const value = values[row]!;
      low[row] = value >>> 0;
      high[row] = value / 2 ** 32;
    }
    this.narrow(low, 4);
    this.narrow(high, planes - 4);
  }

  narrow(values: Uint32Array, planes: number): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const used = bitsOf(values, this.#count);
    for (let plane = 0; plane < planes; plane++) {
      const bit = this.#next++;
      if (((used >>> (8 * plane)) & 255) === 0) continue;
      const end = this.#length + this.#count;
      let all = 0;
      for (let to = this.#length, at = plane; to < end; to++, at += 4) {
        const byte = bytes[at]!;
        this.#bytes[to] = byte;
        all |= byte;
      }
      if (all === 0) continue;
      this.#mask |= 1 << bit;
      this.#length = end;
    }
  }

  done(escapes: Uint8Array): Uint8Array {
    this.#bytes.set(new ByteWriter(4).u32(this.#mask >>> 0).done());
    const planes = this.#bytes.subarray(0, this.#length);
    return escapes.length === 0 ? planes : Buffer.concat([planes, escapes]);
  }
}
