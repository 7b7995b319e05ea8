// The columns of a closed block that decide which rows a search finds, each decoded when it is first asked for.
import { ByteReader } from "./binary.ts";
import { type BlockColumns, ESCAPE, KEY_COLUMNS, unzigzag } from "./columns.ts";
import { packedWords, unpackColumn, unpackedFor, zerosFrom } from "./packed-column.ts";

const NANOS = 1_000_000_000;
/** Seconds and nanoseconds of a row whose time is no difference. */
const ESCAPE_BYTES = 12;
const HIGHEST_START = 2 ** 32 - 1;
const HIGHEST_WORD = Math.floor(ESCAPE / 2 ** 32);
const LOWEST_WORD = ESCAPE % 2 ** 32;

type Times = Pick<BlockColumns, "sec" | "nsec">;

/** All that can be wrong with its bytes shows when it is made; what is decoded later cannot fail. */
export class KeyColumns {
  readonly rows: number;
  readonly sec: Float64Array;
  readonly nsec: Uint32Array;
  readonly generation: Uint16Array;
  readonly #words: Uint32Array;
  /** Where each column begins. */
  readonly #at: readonly number[];
  #level: Uint8Array | undefined;
  #stream: Uint8Array | undefined;
  #flags: Uint8Array | undefined;
  #length: Uint32Array | undefined;
  #start: Uint32Array | undefined;

  /** `bytes` begin at a multiple of four. Throws RangeError where they are not what the writer makes. */
  constructor(bytes: Uint8Array, rows: number, generations: number) {
    this.rows = rows;
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
    const at: number[] = [];
    let next = 0;
    for (const _ of KEY_COLUMNS) {
      at.push(next);
      next += packedWords(this.#words, next, rows);
    }
    this.#at = at;
    const times = decodeTimes(this.#words, at[0]!, at[1]!, bytes.subarray(4 * next), rows);
    this.sec = times.sec;
    this.nsec = times.nsec;
    this.generation = new Uint16Array(rows);
    const highest = undoChanges16(unpackedFor(this.#words, at[2]!, rows), this.generation);
    if (highest >= generations) throw new RangeError("a row is of a generation that the index does not name");
  }

  get level(): Uint8Array {
    this.#level ??= unpackColumn(this.#words, this.#at[3]!, new Uint8Array(this.rows));
    return this.#level;
  }

  get stream(): Uint8Array {
    if (this.#stream === undefined) {
      this.#stream = new Uint8Array(this.rows);
      undoChanges8(unpackedFor(this.#words, this.#at[4]!, this.rows), this.#stream);
    }
    return this.#stream;
  }

  get flags(): Uint8Array {
    this.#flags ??= unpackColumn(this.#words, this.#at[5]!, new Uint8Array(this.rows));
    return this.#flags;
  }

  get length(): Uint32Array {
    this.#length ??= unpackColumn(this.#words, this.#at[6]!, new Uint32Array(this.rows));
    return this.#length;
  }

  /** Where each message begins in the text. */
  get start(): Uint32Array {
    if (this.#start === undefined) {
      this.#start = new Uint32Array(this.rows);
      const { length } = this;
      let at = 0;
      for (let row = 0; row < this.rows; row++) {
        // Lengths that no text can have: the last message ends nowhere then, which shows where the text is there.
        this.#start[row] = at < HIGHEST_START ? at : HIGHEST_START;
        at += length[row]!;
      }
    }
    return this.#start;
  }
}

// Each value is xor the one before. Two loops, since one for arrays of two kinds costs several times as much.

/** Gives the highest value. */
function undoChanges16(changes: Uint32Array, into: Uint16Array): number {
  let last = 0;
  let highest = 0;
  for (let row = 0; row < into.length; row++) {
    last ^= changes[row]!;
    if (last > highest) highest = last;
    into[row] = last;
  }
  return highest;
}

function undoChanges8(changes: Uint32Array, into: Uint8Array): void {
  let last = 0;
  for (let row = 0; row < into.length; row++) {
    last ^= changes[row]!;
    into[row] = last;
  }
}

function decodeTimes(words: Uint32Array, lowAt: number, highAt: number, behind: Uint8Array, rows: number): Times {
  const times = { sec: new Float64Array(rows), nsec: new Uint32Array(rows) };
  // The first time is never a difference, and of most blocks no other is more than two seconds from the one before it.
  const far = zerosFrom(words, highAt, rows);
  const high = unpackColumn(words, highAt, new Uint32Array(far));
  const low = unpackedFor(words, lowAt, rows);
  farTimes(low, high, far, new ByteReader(behind), times);
  nearTimes(low, far, times);
  return times;
}

/** Rows [0, count), whatever lies between them. */
function farTimes(low: Uint32Array, high: Uint32Array, count: number, escapes: ByteReader, { sec, nsec }: Times): void {
  // Nanoseconds since `base`, kept below 2^53.
  let [base, since] = [0, 0];
  for (let row = 0; row < count; row++) {
    if (high[row] === HIGHEST_WORD && low[row] === LOWEST_WORD) {
      if (escapes.left < ESCAPE_BYTES) throw new RangeError("a time is missing");
      base = escapes.f64();
      since = escapes.u32();
    } else since += unzigzag(low[row]! + high[row]! * 2 ** 32);
    const seconds = Math.floor(since / NANOS);
    base += seconds;
    since -= seconds * NANOS;
    sec[row] = base;
    nsec[row] = since;
  }
}

/** The rows from `from` on. */
function nearTimes(low: Uint32Array, from: number, { sec, nsec }: Times): void {
  let base = from === 0 ? 0 : sec[from - 1]!;
  let since = from === 0 ? 0 : nsec[from - 1]!;
  for (let row = from; row < low.length; row++) {
    since += (low[row]! >>> 1) ^ -(low[row]! & 1);
    for (; since >= NANOS; base++) since -= NANOS;
    for (; since < 0; base--) since += NANOS;
    sec[row] = base;
    nsec[row] = since;
  }
}
