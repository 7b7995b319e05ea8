// A block's text in WebAssembly memory (assembly/store.ts).
import type { BlockText } from "./block-text.ts";
import { MAX_BLOCK_ROWS } from "./rows.ts";
import { BITMAP_BYTES, type BlockFilters } from "./words.ts";

export interface TextExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  rowStartAt(): number;
  rowLengthAt(): number;
  stagingAt(): number;
  textAt(): number;
  bloomAt(): number;
  bitmapAt(): number;
  wordsKept(): number;
  allAscii(): number;
  reserve(length: number): number;
  reset(): void;
  takeRows(count: number, used: number): number;
  takeLong(used: number, length: number): void;
  makeFilters(): number;
}

const FIRST_CAPACITY = 1_310_720;

export class WasmText implements BlockText {
  used = 0;
  readonly #wasm: TextExports;
  readonly #staging: number;
  readonly #text: number;
  #capacity = 0;
  #memory!: Uint8Array;
  #runStart!: Uint32Array;
  #runLength!: Uint32Array;

  constructor(exports: TextExports) {
    this.#wasm = exports;
    this.#staging = exports.stagingAt();
    this.#text = exports.textAt();
    this.#reserve(FIRST_CAPACITY);
    exports.reset();
  }

  get words(): number {
    return this.#wasm.wordsKept();
  }

  get ascii(): boolean {
    return this.#wasm.allAscii() !== 0;
  }

  get runStart(): Uint32Array {
    return this.#runStart;
  }

  get runLength(): Uint32Array {
    return this.#runLength;
  }

  takeRun(bytes: Uint8Array, from: number, to: number, count: number, length: number): void {
    this.#reserve(this.used + length);
    this.#memory.set(bytes.subarray(from, to), this.#staging);
    this.used = this.#wasm.takeRows(count, this.used);
  }

  takeLong(message: Uint8Array): void {
    this.#reserve(this.used + message.length);
    this.#memory.set(message, this.#text + this.used);
    this.#wasm.takeLong(this.used, message.length);
    this.used += message.length;
  }

  text(from: number): Uint8Array {
    return this.#memory.subarray(this.#text + from, this.#text + this.used);
  }

  filters(): BlockFilters {
    const length = this.#wasm.makeFilters();
    const [bloom, bitmap] = [this.#wasm.bloomAt(), this.#wasm.bitmapAt()];
    return {
      bloom: this.#memory.slice(bloom, bloom + length),
      bitmap: this.#memory.slice(bitmap, bitmap + BITMAP_BYTES),
    };
  }

  reset(): void {
    this.used = 0;
    this.#wasm.reset();
  }

  #reserve(length: number): void {
    if (length <= this.#capacity) return;
    if (this.#wasm.reserve(length) === 0) throw new RangeError(`a block of ${length} bytes does not fit into memory`);
    this.#capacity = length;
    const { buffer } = this.#wasm.memory;
    this.#memory = new Uint8Array(buffer);
    this.#runStart = new Uint32Array(buffer, this.#wasm.rowStartAt(), MAX_BLOCK_ROWS);
    this.#runLength = new Uint32Array(buffer, this.#wasm.rowLengthAt(), MAX_BLOCK_ROWS);
  }
}
