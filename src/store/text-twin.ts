// A block's text in plain TypeScript: what assembly/store.ts does, slower. The oracle in tests, and where WebAssembly is off.
import type { BlockText } from "./block-text.ts";
import { MAX_BLOCK_ROWS } from "./rows.ts";
import {
  addToBloom,
  BITMAP_BYTES,
  type BlockFilters,
  FILTER_BYTES,
  foldBloom,
  isWordByte,
  lowerByte,
  trigramBit,
  wordHash,
} from "./words.ts";

const FIRST_CAPACITY = 1_310_720;

export class TextTwin implements BlockText {
  used = 0;
  ascii = true;
  readonly runStart = new Uint32Array(MAX_BLOCK_ROWS);
  readonly runLength = new Uint32Array(MAX_BLOCK_ROWS);
  #bytes = new Uint8Array(FIRST_CAPACITY);
  readonly #bitmap = new Uint8Array(BITMAP_BYTES);
  readonly #bloom = new Uint8Array(FILTER_BYTES);
  words = 0;

  takeRun(bytes: Uint8Array, from: number, _to: number, count: number): void {
    for (let row = 0; row < count; row++) {
      const start = from + this.runStart[row]!;
      this.takeLong(bytes.subarray(start, start + this.runLength[row]!));
    }
  }

  takeLong(message: Uint8Array): void {
    const needed = this.used + message.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.used));
      this.#bytes = grown;
    }
    this.#bytes.set(message, this.used);
    this.used = needed;
    this.#gather(message);
  }

  text(from: number): Uint8Array {
    return this.#bytes.subarray(from, this.used);
  }

  filters(): BlockFilters {
    return { bloom: foldBloom(this.#bloom, this.words), bitmap: this.#bitmap.slice() };
  }

  reset(): void {
    this.used = 0;
    this.ascii = true;
    this.#bitmap.fill(0);
    this.#bloom.fill(0);
    this.words = 0;
  }

  #gather(message: Uint8Array): void {
    let three = 0;
    let start = -1;
    for (let at = 0; at <= message.length; at++) {
      const byte = message[at] ?? 0;
      if (byte >= 128) this.ascii = false;
      three = (three >>> 8) | (lowerByte(byte) << 16);
      if (at >= 2 && at < message.length) {
        const bit = trigramBit(three);
        this.#bitmap[bit >>> 3]! |= 1 << (bit & 7);
      }
      if (isWordByte(byte)) {
        if (start < 0) start = at;
      } else if (start >= 0) {
        if (at - start > 1 && addToBloom(this.#bloom, wordHash(message, start, at))) this.words++;
        start = -1;
      }
    }
  }
}
