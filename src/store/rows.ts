// What the store takes and what its readers give: rows as columns over one stretch of bytes, each with its generation.

/** Bit of `flags`: the row was dropped on the way, and is not stored. */
export const FLAG_DROPPED = 4;

/** Who wrote the log; empty text where unknown. */
export interface StoreOrigin {
  readonly node: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly containerId: string;
  readonly restart: number;
  readonly image: string;
  readonly dockerApp: string;
  readonly dockerService: string;
  readonly dockerContainer: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly path: string;
}

/** The life of one file: with an offset it names a record. */
export interface StoreGeneration {
  /** 16 hex digits. */
  readonly id: string;
  /** Counts truncations of the same inode: 0 to 2^32 - 1. */
  readonly epoch: number;
  readonly origin: StoreOrigin;
}

/** The columns that the store keeps as they are, by row. */
export interface RowColumns {
  /** Whole seconds since the epoch (may be negative) and nanoseconds. */
  readonly sec: Float64Array;
  readonly nsec: Uint32Array;
  /** 0 unknown, else 1 + the index in LEVELS. */
  readonly level: Uint8Array;
  /** 0 none, 1 stdout, 2 stderr. */
  readonly stream: Uint8Array;
  readonly flags: Uint8Array;
  /** Physical lines in the row. */
  readonly lines: Uint32Array;
  /** Where the row's first physical line begins in its generation: a whole number below 2^53. */
  readonly offset: Float64Array;
  /** Checksum (record/line-checksum.ts) of that line. */
  readonly checksum: Uint32Array;
}

/** Rows [0, count): the message of row i is `bytes[start[i]..end[i])`. All are of one generation. */
export interface StoreRows extends RowColumns {
  readonly generation: StoreGeneration;
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
}

/** The most rows of a block. */
export const MAX_BLOCK_ROWS = 65_536;

/** Copies the rows from `from` on: for a store that cannot take them now. */
export function keepRows(rows: StoreRows, from: number): StoreRows {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (let row = from; row < rows.count; row++) {
    low = Math.min(low, rows.start[row]!);
    high = Math.max(high, rows.end[row]!);
  }
  const base = Math.min(low, high);
  return {
    generation: rows.generation,
    count: rows.count - from,
    bytes: rows.bytes.slice(base, high),
    start: rows.start.slice(from, rows.count).map((at) => at - base),
    end: rows.end.slice(from, rows.count).map((at) => at - base),
    sec: rows.sec.slice(from, rows.count),
    nsec: rows.nsec.slice(from, rows.count),
    level: rows.level.slice(from, rows.count),
    stream: rows.stream.slice(from, rows.count),
    flags: rows.flags.slice(from, rows.count),
    lines: rows.lines.slice(from, rows.count),
    offset: rows.offset.slice(from, rows.count),
    checksum: rows.checksum.slice(from, rows.count),
  };
}
