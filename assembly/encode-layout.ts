// How the encoder's constants lie in SCRATCH: the pieces between message and tail, one for each level and stream, then the
// tail. Plain constants, so that src/collector/deliver/wasm-encoder.ts imports this same file.

export const LEVELS = 8;
export const STREAMS = 3;

/** A piece has its text at its beginning and how long that is in its last byte. */
export const PIECE = 48;

export const TAIL_AT = LEVELS * STREAMS * PIECE;

/** Copies of the tail go by blocks and may read this far past its end. */
export const TAIL_SLACK = 32;
