// Makes NDJSON in codec `klog` of a batch's rows: one interface over the WebAssembly encoder and its TypeScript twin.
import type { BatchMemory } from "../decode/batch-memory.ts";
import type { RecordBatch } from "../record-batch.ts";
import { TwinEncoder } from "./twin-encoder.ts";
import { isEncodeModule, WasmEncoder } from "./wasm-encoder.ts";

export interface Encoder {
  /**
   * Gives the bytes of the rows that are not FLAG_DROPPED to `emit`, whole lines at a time; nothing where all are
   * dropped. The bytes are good during the call of `emit` only.
   */
  encode(batch: RecordBatch, emit: (bytes: Uint8Array) => void): void;
}

/**
 * Encodes the batch of `memory` where it lies, with WebAssembly if the memory is a module's; any other batch with the twin.
 */
export function createEncoder(memory: BatchMemory): Encoder {
  const twin = new TwinEncoder();
  return isEncodeModule(memory.wasm) ? new WasmEncoder(memory, memory.wasm, twin) : twin;
}
