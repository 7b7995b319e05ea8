// Where everything lies in the collector's linear memory, in bytes. Fixed: it is reserved once, nothing is allocated and it
// never grows. Plain constants, so that src/collector/decode/batch-memory.ts imports this same file.

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** As MAX_ROWS of src/collector/record-batch.ts (a test holds them equal). */
export const MAX_ROWS = 65536;

/** Below lie the compiler's constants (tables, strings); collector.ts checks that they fit. */
export const INPUT = 256 * KIB;
/** One long line of 1 MiB, and what stands before and behind it. */
export const INPUT_SIZE = 1280 * KIB;

/** Right behind the input: a row's `start` and `end` count from INPUT in both. */
export const ARENA = INPUT + INPUT_SIZE;
export const ARENA_SIZE = 5 * MIB;

/** `batch.bytes` is [INPUT, INPUT + BYTES_SIZE). */
export const BYTES_SIZE = INPUT_SIZE + ARENA_SIZE;

// The columns, eight-byte ones first, so that each is aligned.
export const OFFSET_COLUMN = ARENA + ARENA_SIZE;
export const SEC_COLUMN = OFFSET_COLUMN + 8 * MAX_ROWS;
export const START_COLUMN = SEC_COLUMN + 8 * MAX_ROWS;
export const END_COLUMN = START_COLUMN + 4 * MAX_ROWS;
export const NSEC_COLUMN = END_COLUMN + 4 * MAX_ROWS;
export const LINES_COLUMN = NSEC_COLUMN + 4 * MAX_ROWS;
export const CHECKSUM_COLUMN = LINES_COLUMN + 4 * MAX_ROWS;
/** Not part of the batch: where the physical line ends that `checksum` is taken of, counted from INPUT. */
export const LINE_END_COLUMN = CHECKSUM_COLUMN + 4 * MAX_ROWS;
export const STREAM_COLUMN = LINE_END_COLUMN + 4 * MAX_ROWS;
export const LEVEL_COLUMN = STREAM_COLUMN + MAX_ROWS;
export const FLAGS_COLUMN = LEVEL_COLUMN + MAX_ROWS;

/** The encoder's records, ready to be written out. */
export const OUTPUT = FLAGS_COLUMN + MAX_ROWS;
export const OUTPUT_SIZE = 8 * MIB;

/** What the encoder is given for a generation: the constant tail of each record, say. */
export const SCRATCH = OUTPUT + OUTPUT_SIZE;
export const SCRATCH_SIZE = 256 * KIB;

/** SIMD loads may read this far past the end of what they look at. */
export const MEMORY_SIZE = SCRATCH + SCRATCH_SIZE + 64 * KIB;
