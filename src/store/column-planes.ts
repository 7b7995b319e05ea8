// The columns of a closed block, each decoded when it is first asked for: a count over time needs three of ten.
import { ByteReader } from "./binary.ts";
import { type BlockColumns, ESCAPE, Expectation, PLANES, unzigzag } from "./columns.ts";

const NANOS = 1_000_000_000;

/** Throws RangeError, at once or when a column is asked for, where the bytes are not what the writer makes. */
export class ColumnPlanes {
  readonly rows: number;
  readonly #bytes: Uint8Array;
  readonly #mask: number;
  readonly #zeros: Uint8Array;
  #times: Pick<BlockColumns, "sec" | "nsec"> | undefined;
  /** Where the escapes of the offsets begin, behind those of the times. */
  #offsetEscapes = 0;
  #generation: Uint16Array | undefined;
  #length: Uint32Array | undefined;
  #start: Uint32Array | undefined;
  #lines: Uint32Array | undefined;
  #checksum: Uint32Array | undefined;
  #offset: Float64Array | undefined;

  constructor(bytes: Uint8Array, rows: number) {
    this.rows = rows;
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#mask = new ByteReader(bytes).u32();
    this.#zeros = new Uint8Array(rows);
    if (this.#escapesAt > bytes.length) throw new RangeError("planes are missing");
  }

  get sec(): Float64Array {
    return this.#decodedTimes().sec;
  }

  get nsec(): Uint32Array {
    return this.#decodedTimes().nsec;
  }

  get generation(): Uint16Array {
    if (this.#generation === undefined) {
      const [a, b] = [this.#plane(FIRST.generation), this.#plane(FIRST.generation + 1)];
      this.#generation = new Uint16Array(this.rows);
      for (let row = 0; row < this.rows; row++) this.#generation[row] = a[row]! | (b[row]! << 8);
    }
    return this.#generation;
  }

  get length(): Uint32Array {
    this.#length ??= this.#four(FIRST.length);
    return this.#length;
  }

  /** Where each message begins in the text, and behind the last row where the text ends. */
  get start(): Uint32Array {
    if (this.#start === undefined) {
      const start = new Uint32Array(this.rows + 1);
      const { length } = this;
      let at = 0;
      for (let row = 0; row < this.rows; row++) {
        start[row] = at;
        at += length[row]!;
      }
      start[this.rows] = at;
      if (at !== start[this.rows]) throw new RangeError("the text is longer than a block's can be");
      this.#start = start;
    }
    return this.#start;
  }

  get level(): Uint8Array {
    return this.#plane(FIRST.level);
  }

  get stream(): Uint8Array {
    return this.#plane(FIRST.stream);
  }

  get flags(): Uint8Array {
    return this.#plane(FIRST.flags);
  }

  get lines(): Uint32Array {
    this.#lines ??= this.#four(FIRST.lines);
    return this.#lines;
  }

  get checksum(): Uint32Array {
    this.#checksum ??= this.#four(FIRST.checksum);
    return this.#checksum;
  }

  /** `generations`: how many the block has. */
  offsets(generations: number): Float64Array {
    this.#offset ??= this.#decodeOffsets(generations);
    return this.#offset;
  }

  all(generations: number): BlockColumns {
    const { sec, nsec, generation, length, lines, checksum, level, stream, flags } = this;
    const offset = this.offsets(generations);
    return { sec, nsec, generation, offset, length, lines, checksum, level, stream, flags };
  }

  #decodeOffsets(generations: number): Float64Array {
    const [low, high] = [this.#four(FIRST.offset), this.#three(FIRST.offset + 4)];
    this.#decodedTimes();
    const escapes = this.#escapes(this.#offsetEscapes);
    const expect = new Expectation(generations);
    const { generation, length } = this;
    const offset = new Float64Array(this.rows);
    for (let row = 0; row < this.rows; row++) {
      const value = low[row]! + high[row]! * 2 ** 32;
      const at = value === ESCAPE ? escapes.f64() : expect.next(generation[row]!) + unzigzag(value);
      offset[row] = at;
      expect.seen(generation[row]!, at, length[row]!);
    }
    return offset;
  }

  #decodedTimes(): Pick<BlockColumns, "sec" | "nsec"> {
    this.#times ??= this.#decodeTimes();
    return this.#times;
  }

  #decodeTimes(): Pick<BlockColumns, "sec" | "nsec"> {
    const planes = Array.from({ length: PLANES.time }, (_, index) => this.#plane(FIRST.time + index));
    const escapes = this.#escapes(this.#escapesAt);
    const times = { sec: new Float64Array(this.rows), nsec: new Uint32Array(this.rows) };
    const isNear = planes.slice(4).every((plane) => Buffer.compare(plane.subarray(1), this.#zeros.subarray(1)) === 0);
    const far = isNear ? Math.min(1, this.rows) : this.rows;
    farTimes(planes, far, escapes, times);
    if (far < this.rows) nearTimes(planes, times);
    this.#offsetEscapes = escapes.at;
    return times;
  }

  #four(first: number): Uint32Array {
    const [a, b, c, d] = [this.#plane(first), this.#plane(first + 1), this.#plane(first + 2), this.#plane(first + 3)];
    const values = new Uint32Array(this.rows);
    for (let row = 0; row < this.rows; row++) {
      values[row] = a[row]! | (b[row]! << 8) | (c[row]! << 16) | (d[row]! << 24);
    }
    return values;
  }

  #three(first: number): Uint32Array {
    const [a, b, c] = [this.#plane(first), this.#plane(first + 1), this.#plane(first + 2)];
    const values = new Uint32Array(this.rows);
    for (let row = 0; row < this.rows; row++) values[row] = a[row]! | (b[row]! << 8) | (c[row]! << 16);
    return values;
  }

  /** A view; planes of zeros are not in the file. */
  #plane(plane: number): Uint8Array {
    if ((this.#mask & (1 << plane)) === 0) return this.#zeros;
    const from = 4 + this.rows * ones(this.#mask & ((1 << plane) - 1));
    return this.#bytes.subarray(from, from + this.rows);
  }

  get #escapesAt(): number {
    return 4 + this.rows * ones(this.#mask);
  }

  #escapes(from: number): ByteReader {
    const reader = new ByteReader(this.#bytes);
    reader.at = from;
    return reader;
  }
}

/** The number of each column's first plane. */
const FIRST = firstPlanes();

function firstPlanes(): Record<keyof typeof PLANES, number> {
  let next = 0;
  const first: Partial<Record<keyof typeof PLANES, number>> = {};
  for (const name of Object.keys(PLANES) as (keyof typeof PLANES)[]) {
    first[name] = next;
    next += PLANES[name];
  }
  return first as Record<keyof typeof PLANES, number>;
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

type Times = Pick<BlockColumns, "sec" | "nsec">;

/** Rows [0, count), whatever lies between them. */
function farTimes(planes: readonly Uint8Array[], count: number, escapes: ByteReader, { sec, nsec }: Times): void {
  // Nanoseconds since `base`, kept below 2^53.
  let [base, since] = [0, 0];
  for (let row = 0; row < count; row++) {
    const byte = (plane: number) => planes[plane]![row]!;
    const low = (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
    const value = low + (byte(4) | (byte(5) << 8) | (byte(6) << 16)) * 2 ** 32;
    if (value === ESCAPE) {
      base = escapes.f64();
      since = escapes.u32();
    } else since += unzigzag(value);
    const seconds = Math.floor(since / NANOS);
    base += seconds;
    since -= seconds * NANOS;
    sec[row] = base;
    nsec[row] = since;
  }
}

/** The rows behind the first, none more than two seconds from the one before: in numbers of 32 bits, as almost all blocks are. */
function nearTimes([a, b, c, d]: readonly Uint8Array[], { sec, nsec }: Times): void {
  const base = sec[0]!;
  let since = nsec[0]!;
  for (let row = 1; row < sec.length; row++) {
    const low = a![row]! | (b![row]! << 8) | (c![row]! << 16) | (d![row]! << 24);
    since += (low >>> 1) ^ -(low & 1);
    const seconds = Math.floor(since / NANOS);
    sec[row] = base + seconds;
    nsec[row] = since - seconds * NANOS;
  }
}
