// The columns of a block: as arrays while it is open, and as planes of bytes in the file, where equal bytes stand together.
import { ByteReader, ByteWriter } from "./binary.ts";
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
    crc: new Uint32Array(rows),
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
  "crc",
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
const ESCAPE = Number.MAX_SAFE_INTEGER;
/** Seconds: below it a difference in nanoseconds and its sign fit into 53 bits. */
const FAR = 4_000_000;

/** Planes of each column, in the order of the file: 31 in all, and a bit each in the mask. */
const PLANES = { time: 7, offset: 7, generation: 2, length: 4, lines: 4, crc: 4, level: 1, stream: 1, flags: 1 };
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
  out.narrow(columns.crc, PLANES.crc);
  out.narrow(columns.level, PLANES.level);
  out.narrow(columns.stream, PLANES.stream);
  out.narrow(columns.flags, PLANES.flags);
  return out.done(escapes.done());
}

export function decodeColumns(bytes: Uint8Array, count: number, generations: number): BlockColumns {
  const planes = new PlaneReader(bytes, count);
  const columns = createColumns(count);
  const time = planes.wide();
  const offset = planes.wide();
  for (const name of ["generation", "length", "lines", "crc", "level", "stream", "flags"] as const) {
    planes.narrow(columns[name]);
  }
  const escapes = planes.rest();
  decodeTimes(time, escapes, columns);
  const expect = new Expectation(generations);
  for (let row = 0; row < count; row++) {
    const [value, generation] = [offset[row]!, columns.generation[row]!];
    const at = value === ESCAPE ? escapes.f64() : expect.next(generation) + unzigzag(value);
    columns.offset[row] = at;
    expect.seen(generation, at, columns.length[row]!);
  }
  return columns;
}

/** What a count over time needs; the rest is passed over. */
export type CountColumns = Pick<BlockColumns, "sec" | "nsec" | "generation" | "level" | "stream" | "flags">;

export function decodeCountColumns(bytes: Uint8Array, count: number): CountColumns {
  const planes = new PlaneReader(bytes, count);
  const columns = {
    sec: new Float64Array(count),
    nsec: new Uint32Array(count),
    generation: new Uint16Array(count),
    level: new Uint8Array(count),
    stream: new Uint8Array(count),
    flags: new Uint8Array(count),
  };
  const time = planes.wide();
  planes.skip(PLANES.offset);
  planes.narrow(columns.generation);
  planes.skip(PLANES.length + PLANES.lines + PLANES.crc);
  for (const name of ["level", "stream", "flags"] as const) planes.narrow(columns[name]);
  decodeTimes(time, planes.rest(), columns);
  return columns;
}

function decodeTimes(time: Float64Array, escapes: ByteReader, columns: Pick<BlockColumns, "sec" | "nsec">): void {
  let [sec, nsec] = [0, 0];
  for (let row = 0; row < time.length; row++) {
    const value = time[row]!;
    if (value === ESCAPE) {
      sec = escapes.f64();
      nsec = escapes.u32();
    } else {
      nsec += unzigzag(value);
      if (nsec < 0 || nsec >= 1e9) {
        const seconds = Math.floor(nsec / 1e9);
        sec += seconds;
        nsec -= seconds * 1e9;
      }
    }
    columns.sec[row] = sec;
    columns.nsec[row] = nsec;
  }
}

/** Where a generation's next row should begin. */
class Expectation {
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

function unzigzag(value: number): number {
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

class PlaneReader {
  readonly #reader: ByteReader;
  readonly #count: number;
  readonly #mask: number;
  readonly #zeros: Uint8Array;
  #next = 0;

  constructor(bytes: Uint8Array, count: number) {
    this.#zeros = new Uint8Array(count);
    this.#reader = new ByteReader(bytes);
    this.#count = count;
    this.#mask = this.#reader.u32();
  }

  /** Seven planes. */
  wide(): Float64Array {
    const [a, b, c, d] = [this.#plane(), this.#plane(), this.#plane(), this.#plane()];
    const [e, f, g] = [this.#plane(), this.#plane(), this.#plane()];
    const values = new Float64Array(this.#count);
    for (let row = 0; row < this.#count; row++) {
      const low = a[row]! | (b[row]! << 8) | (c[row]! << 16) | (d[row]! << 24);
      const high = e[row]! | (f[row]! << 8) | (g[row]! << 16);
      values[row] = (low >>> 0) + high * 2 ** 32;
    }
    return values;
  }

  /** As many planes as a number of the column has bytes. */
  narrow(into: Uint32Array | Uint16Array | Uint8Array): void {
    const width = into.BYTES_PER_ELEMENT;
    if (width === 1) into.set(this.#plane());
    else if (width === 2) {
      const [a, b] = [this.#plane(), this.#plane()];
      for (let row = 0; row < this.#count; row++) into[row] = a[row]! | (b[row]! << 8);
    } else {
      const [a, b, c, d] = [this.#plane(), this.#plane(), this.#plane(), this.#plane()];
      for (let row = 0; row < this.#count; row++) {
        into[row] = a[row]! | (b[row]! << 8) | (c[row]! << 16) | (d[row]! << 24);
      }
    }
  }

  skip(planes: number): void {
    for (let plane = 0; plane < planes; plane++) {
      if ((this.#mask & (1 << this.#next++)) !== 0) this.#reader.bytes(this.#count);
    }
  }

  rest(): ByteReader {
    return this.#reader;
  }

  #plane(): Uint8Array {
    return (this.#mask & (1 << this.#next++)) === 0 ? this.#zeros : this.#reader.bytes(this.#count);
  }
}
