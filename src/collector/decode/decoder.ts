// Makes records of a chunk's bytes: one interface over the WebAssembly decoder and its TypeScript twin.
import type { Timestamp } from "../../record/timestamp.ts";
import { loadWasm } from "../../wasm.ts";
import type { RecordBatch } from "../record-batch.ts";
import type { GenerationKey, LogFormat } from "../target.ts";
import { type BatchMemory, createBatchMemory } from "./batch-memory.ts";
import { type LocalZone, systemZone } from "./local-times.ts";
import { createTwinDecoder } from "./twin-decoder.ts";
import { createWasmDecoder, type DecodeExports } from "./wasm-decoder.ts";

export type LineFormat = Exclude<LogFormat, "auto">;

/** What a generation's lines have left behind for the next chunk, and what was counted. One for each generation. */
export interface LineState {
  /** The last line was too long; its rest is dropped as it comes. */
  skipping: boolean;
  /** Bytes of messages that were too long to be kept. */
  cutBytes: number;
  /** Lines that are not in the format; each is kept whole as a message. */
  malformed: number;
}

export interface DecodeOptions {
  /** The file ends behind the chunk: an unterminated last line goes out with FLAG_PARTIAL. */
  readonly final: boolean;
  /** The longest message. What an input can hold (about 1.25 MiB) is the bound in any case. */
  readonly maxLineBytes: number;
  /** The time of lines that tell none. */
  readonly readTime: Timestamp;
}

/** Where the chunk's first byte lies. */
export interface ChunkPosition {
  readonly generation: GenerationKey;
  readonly offset: number;
}

export interface Decoder {
  readonly memory: BatchMemory;
  /** Where the caller reads the next chunk to. */
  readonly input: Uint8Array;
  /** What the last decode has made; good until the next one. */
  readonly batch: RecordBatch;
  /**
   * Makes rows of the lines in `input[0..length)` and returns how many of the bytes are done with: the rest is to be read again, with more
   * behind it. 0 means that not even one line is whole; never for an input that is full.
   */
  decode(format: LineFormat, length: number, at: ChunkPosition, state: LineState, options: DecodeOptions): number;
}

export function createLineState(): LineState {
  return { skipping: false, cutBytes: 0, malformed: 0 };
}

/** With WebAssembly where it can be had. `zone` is that of local times in s6's lines. */
export function createDecoder(zone: LocalZone = systemZone): Decoder {
  const wasm = loadWasm<DecodeExports>("collector");
  const memory = createBatchMemory(wasm);
  return wasm === undefined ? createTwinDecoder(memory, zone) : createWasmDecoder(memory, wasm, zone);
}
