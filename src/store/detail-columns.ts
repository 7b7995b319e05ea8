// The columns of a closed block that make the ids of its rows: planes of bytes, looked at for hits only.
import { ByteReader } from "./binary.ts";
import { type BlockColumns, ESCAPE, Expectation, PLANES, unzigzag } from "./columns.ts";

export type DetailColumns = Pick<BlockColumns, "offset" | "lines" | "checksum">;

const FIRST_LINES = PLANES.offset;
const FIRST_CHECKSUM = PLANES.offset + PLANES.lines;

/** `generations`: how many the block has. Throws RangeError where the bytes are not what the writer makes. */
export function decodeDetails(
  bytes: Uint8Array,
  { generation, length }: Pick<BlockColumns, "generation" | "length">,
  generations: number,
): DetailColumns {
  const planes = new PlaneReader(bytes, generation.length);
  const [low, high] = [planes.four(0), planes.three(4)];
  const escapes = planes.escapes();
  const expect = new Expectation(generations);
  const offset = new Float64Array(generation.length);
  for (let row = 0; row < offset.length; row++) {
    const value = low[row]! + high[row]! * 2 ** 32;
    const at = value === ESCAPE ? escapes.f64() : expect.next(generation[row]!) + unzigzag(value);
    offset[row] = at;
    expect.seen(generation[row]!, at, length[row]!);
  }
  return { offset, lines: planes.four(FIRST_LINES), checksum: planes.four(FIRST_CHECKSUM) };
}

class PlaneReader {
  readonly #bytes: Uint8Array;
  readonly #rows: number;
  readonly #mask: number;
  readonly #zeros: Uint8Array;

  constructor(bytes: Uint8Array, rows: number) {
    this.#bytes = bytes;
    this.#rows = rows;
    this.#mask = new ByteReader(bytes).u32();
    this.#zeros = new Uint8Array(rows);
    if (this.#end > bytes.length) throw new RangeError("planes are missing");
  }

  four(first: number): Uint32Array {
    const [a, b, c, d] = [this.#plane(first), this.#plane(first + 1), this.#plane(first + 2), this.#plane(first + 3)];
    const values = new Uint32Array(this.#rows);
    for (let row = 0; row < this.#rows; row++) {
      values[row] = a[row]! | (b[row]! << 8) | (c[row]! << 16) | (d[row]! << 24);
    }
    return values;
  }

  three(first: number): Uint32Array {
    const [a, b, c] = [this.#plane(first), this.#plane(first + 1), this.#plane(first + 2)];
    const values = new Uint32Array(this.#rows);
    for (let row = 0; row < this.#rows; row++) values[row] = a[row]! | (b[row]! << 8) | (c[row]! << 16);
    return values;
  }

  escapes(): ByteReader {
    const reader = new ByteReader(this.#bytes);
    reader.at = this.#end;
    return reader;
  }

  /** A view; planes of zeros are not in the file. */
  #plane(plane: number): Uint8Array {
    if ((this.#mask & (1 << plane)) === 0) return this.#zeros;
    const from = 4 + this.#rows * ones(this.#mask & ((1 << plane) - 1));
    return this.#bytes.subarray(from, from + this.#rows);
  }

  get #end(): number {
    return 4 + this.#rows * ones(this.#mask);
  }
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
