// The text of the open block: messages one behind the other, with the words and trigrams that were seen in them.
import { loadWasm } from "../wasm.ts";
import { TextTwin } from "./text-twin.ts";
import { type TextExports, WasmText } from "./wasm-text.ts";
import type { BlockFilters } from "./words.ts";

/** The most bytes, from the first row's start to the last one's end, that a run of rows may span. */
export const MAX_RUN_SPAN = 262_144;

export interface BlockText {
  /** Bytes so far. */
  readonly used: number;
  /** Distinct words so far, nearly: one whose bits others have set is not counted. */
  readonly words: number;
  readonly ascii: boolean;
  /** Where each message of the run begins, counted from `from`, and its length: filled by the caller before `takeRun`. */
  readonly runStart: Uint32Array;
  readonly runLength: Uint32Array;
  /** Appends `count` rows, `length` bytes in all, that lie in `bytes[from..to)`; the span is at most MAX_RUN_SPAN. */
  takeRun(bytes: Uint8Array, from: number, to: number, count: number, length: number): void;
  /** Appends one message of any length. */
  takeLong(message: Uint8Array): void;
  /** A view: it holds until the next call. */
  text(from: number): Uint8Array;
  /** Copies of their own. Nothing may be taken after it, before a reset. */
  filters(): BlockFilters;
  reset(): void;
}

/** In WebAssembly where the engine has it. */
export function createBlockText(): BlockText {
  const exports = loadWasm<TextExports>("store");
  return exports === undefined ? new TextTwin() : new WasmText(exports);
}
