// The one batch of a decoder and the memory it lies in: a WASM instance's, or a plain buffer with the same layout.
import {
  ARENA,
  BYTES_SIZE,
  CHECKSUM_COLUMN,
  END_COLUMN,
  FLAGS_COLUMN,
  INPUT,
  INPUT_SIZE,
  LEVEL_COLUMN,
  LINE_END_COLUMN,
  LINES_COLUMN,
  MAX_ROWS,
  MEMORY_SIZE,
  NSEC_COLUMN,
  OFFSET_COLUMN,
  OUTPUT,
  OUTPUT_SIZE,
  SCRATCH,
  SCRATCH_SIZE,
  SEC_COLUMN,
  START_COLUMN,
  STREAM_COLUMN,
} from "../../../assembly/memory.ts";
import type { RecordBatch } from "../record-batch.ts";
import { type GenerationKey, UNKNOWN_ORIGIN } from "../target.ts";

/** What a module of assembly/collector.ts exports at least. The memory never grows, so views of it stay good. */
export interface WasmMemory {
  readonly memory: { readonly buffer: ArrayBuffer };
}

export interface BatchMemory {
  /** The module whose memory it is: who works on the batch finds the other exports here. Undefined for plain memory. */
  readonly wasm: WasmMemory | undefined;
  readonly batch: RecordBatch;
  /** Where the next chunk is read to: the first part of `batch.bytes`. */
  readonly input: Uint8Array;
  /** Where the physical line of each row ends in `batch.bytes`, for its checksum. */
  readonly lineEnd: Uint32Array;
  /** The encoder's output region. */
  readonly output: Uint8Array;
  /** Constants that the encoder is given. */
  readonly scratch: Uint8Array;
}

/** A batch over the instance's memory, or without one over plain memory of the same layout. */
export function createBatchMemory(wasm: WasmMemory | undefined): BatchMemory {
  const buffer = wasm === undefined ? new ArrayBuffer(MEMORY_SIZE) : wasm.memory.buffer;
  const bytes = (at: number, length: number) => new Uint8Array(buffer, at, length);
  const words = (at: number) => new Uint32Array(buffer, at, MAX_ROWS);
  const doubles = (at: number) => new Float64Array(buffer, at, MAX_ROWS);
  const batch: RecordBatch = {
    generation: NO_GENERATION,
    count: 0,
    bytes: bytes(INPUT, BYTES_SIZE),
    arenaStart: ARENA - INPUT,
    arenaEnd: ARENA - INPUT,
    start: words(START_COLUMN),
    end: words(END_COLUMN),
    offset: doubles(OFFSET_COLUMN),
    sec: doubles(SEC_COLUMN),
    nsec: words(NSEC_COLUMN),
    stream: bytes(STREAM_COLUMN, MAX_ROWS),
    level: bytes(LEVEL_COLUMN, MAX_ROWS),
    flags: bytes(FLAGS_COLUMN, MAX_ROWS),
    lines: words(LINES_COLUMN),
    checksum: words(CHECKSUM_COLUMN),
  };
  return {
    wasm,
    batch,
    input: bytes(INPUT, INPUT_SIZE),
    lineEnd: words(LINE_END_COLUMN),
    output: bytes(OUTPUT, OUTPUT_SIZE),
    scratch: bytes(SCRATCH, SCRATCH_SIZE),
  };
}

/** What a batch belongs to before the first decode. */
const NO_GENERATION: GenerationKey = {
  id: "",
  epoch: 0,
  target: {
    id: "",
    directory: "",
    file: "",
    siblings: "none",
    format: "plain",
    firstRead: "beginning",
    tags: {},
    pipeline: "",
    origin: UNKNOWN_ORIGIN,
  },
};
