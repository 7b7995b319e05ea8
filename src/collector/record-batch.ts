// Records on their way from a file to the sinks: columns over one stretch of bytes, so that nothing is allocated a record.
import type { GenerationKey } from "./target.ts";

/** `stream` of a row. */
export const STREAM_NONE = 0;
export const STREAM_STDOUT = 1;
export const STREAM_STDERR = 2;

/** Bits of `flags`. */
/** The record has no end: a fragment without its rest, or an unterminated last line. */
export const FLAG_PARTIAL = 1;
/** The record was longer than allowed; its first bytes are kept. */
export const FLAG_TRUNCATED = 2;
/** A processor dropped the row: sinks pass over it. */
export const FLAG_DROPPED = 4;
/** CRI's `P`, a docker line without `\n`: more of this line follows in the same stream. Gone behind the joiner. */
export const FLAG_FRAGMENT = 8;
/** The time is when the line was read: the line itself has none. */
export const FLAG_READ_TIME = 16;

/** `level` of a row: 0 unknown, else 1 + the index in LEVELS (record/level-names.ts). */
export const LEVEL_UNKNOWN = 0;

/** The most rows that a batch holds; a decoder stops there and is called again. */
export const MAX_ROWS = 65_536;

/**
 * Rows [0, count) in the order of the file. The message of row i is `bytes[start[i]..end[i])`: in the chunk as it was read,
 * or in the arena behind it where bytes had to be changed (escapes resolved, lines joined). All rows are of one generation.
 * The memory is used again for the next chunk: who keeps anything copies it.
 */
export interface RecordBatch {
  generation: GenerationKey;
  count: number;
  /** Chunk [0, chunkEnd) and arena [arenaStart, arenaEnd) lie in it. */
  readonly bytes: Uint8Array;
  readonly arenaStart: number;
  arenaEnd: number;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  /** Where the row's first physical line begins in its generation. */
  readonly offset: Float64Array;
  /** The row's time: whole seconds since the epoch (may be negative) and nanoseconds. */
  readonly sec: Float64Array;
  readonly nsec: Uint32Array;
  readonly stream: Uint8Array;
  readonly level: Uint8Array;
  readonly flags: Uint8Array;
  /** Physical lines in the row: 1, more behind the joiner. */
  readonly lines: Uint32Array;
  /** Checksum (record/line-checksum.ts) of the row's first physical line as it stands in the file, without line end. */
  readonly checksum: Uint32Array;
}
