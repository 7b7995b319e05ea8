// The columns of a block: as arrays while it is open, and as planes of bytes in the file, where equal bytes stand together.
import { ByteWriter } from "./binary.ts";
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

/** Numbers that are too far apart for one delta: the row stands in full behind the planes. */
export const ESCAPE = Number.MAX_SAFE_INTEGER;
/** Seconds: below it a difference in nanoseconds and its sign fit into 53 bits. */
const FAR = 4_000_000;

/** Planes of each column, in the order of the file: 31 in all, and a bit each in the mask. */
export const PLANES = {
  time: 7,
  offset: 7,
  generation: 2,
  length: 4,
  lines: 4,
  checksum: 4,
  level: 1,
  stream: 1,
  flags: 1,
};
const ALL_PLANES = Object.values(PLANES).reduce((sum, planes) => sum + planes);

/**
 * time: zigzag difference in ns from the row before. offset: zigzag difference from what the generation's row before lets
 * expect, which is the same room between two messages as last time: 0 for line after line of one file. The others as they are.
 */
export function encodeColumns(columns: BlockColumns, count: number, generations: number): Uint8Array {
  const out = new PlaneWriter(count);
  const escapes = new ByteWriter();
  const scratch = new Float64Array(count);

  let [lastSec, lastNsec] = [0, 0];
  for (let row = 0; row < count; row++) {
    const [sec, nsec] = [columns.sec[row]!, columns.nsec[row]!];
    const seconds = sec - lastSec;
    if (seconds > -FAR && seconds < FAR) scratch[row] = zigzag(seconds * 1e9 + (nsec - lastNsec));
    else {
      scratch[row] = ESCAPE;
      escapes.f64(sec).u32(nsec);
    }
    lastSec = sec;
    lastNsec = nsec;
  }
  out.wide(scratch, PLANES.time);

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

  out.narrow(columns.generation, PLANES.generation);
  out.narrow(columns.length, PLANES.length);
  out.narrow(columns.lines, PLANES.lines);
  out.narrow(columns.checksum, PLANES.checksum);
  out.narrow(columns.level, PLANES.level);
  out.narrow(columns.stream, PLANES.stream);
  out.narrow(columns.flags, PLANES.flags);
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

  /** Byte by byte, so that one loop serves columns of all widths. */
  narrow(values: Uint32Array | Uint16Array | Uint8Array, planes: number): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const stride = values.BYTES_PER_ELEMENT;
    const used = values instanceof Uint32Array ? bitsOf(values, this.#count) : 0xffffffff;
    for (let plane = 0; plane < planes; plane++) {
      const bit = this.#next++;
      if (((used >>> (8 * plane)) & 255) === 0) continue;
      const end = this.#length + this.#count;
      let all = 0;
      for (let to = this.#length, at = plane; to < end; to++, at += stride) {
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
