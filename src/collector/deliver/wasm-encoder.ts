// The encoder of assembly/encode.ts, which works on the batch in the module's own memory.
import { PIECE, TAIL_AT, TAIL_SLACK } from "../../../assembly/encode-layout.ts";
import type { BatchMemory, WasmMemory } from "../decode/batch-memory.ts";
import type { RecordBatch } from "../record-batch.ts";
import type { Encoder } from "./encoder.ts";
import { AFTER_MESSAGE, constantTail } from "./klog-codec.ts";
import type { TwinEncoder } from "./twin-encoder.ts";

interface EncodeModule extends WasmMemory {
  /** Returns the first row that was not encoded. */
  encodeRows(first: number, count: number, tail: number, size: number): number;
  readonly encoded: { readonly value: number };
}

const COLUMNS = [
  "bytes",
  "start",
  "end",
  "offset",
  "sec",
  "nsec",
  "stream",
  "level",
  "flags",
  "lines",
  "checksum",
] as const satisfies readonly (keyof RecordBatch)[];

export function isEncodeModule(wasm: WasmMemory | undefined): wasm is EncodeModule {
  return wasm !== undefined && "encodeRows" in wasm;
}

export class WasmEncoder implements Encoder {
  readonly #memory: BatchMemory;
  readonly #wasm: EncodeModule;
  readonly #twin: TwinEncoder;

  constructor(memory: BatchMemory, wasm: EncodeModule, twin: TwinEncoder) {
    this.#memory = memory;
    this.#wasm = wasm;
    this.#twin = twin;
  }

  encode(batch: RecordBatch, emit: (bytes: Uint8Array) => void): void {
    const { output, scratch, batch: own } = this.#memory;
    const tail = constantTail(batch.generation);
    if (
      TAIL_AT + tail.length + TAIL_SLACK > scratch.length ||
      COLUMNS.some((column) => batch[column] !== own[column])
    ) {
      this.#twin.encode(batch, emit);
      return;
    }
    // The memory is another encoder's, too: what it holds is known only while this one works.
    for (const [i, piece] of AFTER_MESSAGE.entries()) {
      scratch.set(piece, i * PIECE);
      scratch[(i + 1) * PIECE - 1] = piece.length;
    }
    scratch.set(tail, TAIL_AT);
    for (let row = 0; row < batch.count; ) {
      const next = this.#wasm.encodeRows(row, batch.count, tail.length, output.length);
      if (this.#wasm.encoded.value > 0) emit(output.subarray(0, this.#wasm.encoded.value));
      if (next > row) row = next;
      else {
        // It may be longer than the whole output.
        this.#twin.encodeRows(batch, row, row + 1, emit);
        row++;
      }
    }
  }
}
