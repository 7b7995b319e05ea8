// The decoder of assembly/decode.ts.
import { FORMAT_CRI, FORMAT_DOCKER, FORMAT_PLAIN, FORMAT_S6 } from "../../../assembly/line-format.ts";
import { INPUT } from "../../../assembly/memory.ts";
import type { BatchMemory, WasmMemory } from "./batch-memory.ts";
import type { Decoder, LineFormat } from "./decoder.ts";
import { type LocalZone, placeLocalTimes } from "./local-times.ts";

interface Counter {
  readonly value: number;
}

export interface DecodeExports extends WasmMemory {
  decode(
    format: number,
    length: number,
    offset: number,
    maxMessage: number,
    final: number,
    skipping: number,
    readSec: number,
    readNsec: number,
  ): number;
  checksumRows(): void;
  detectLevels(): void;
  readonly skipping: Counter;
  readonly rows: Counter;
  readonly arenaEnd: Counter;
  readonly cutBytes: Counter;
  readonly malformedLines: Counter;
  readonly localTimes: Counter;
}

export function createWasmDecoder(memory: BatchMemory, wasm: DecodeExports, zone: LocalZone): Decoder {
  const { input, batch } = memory;
  return {
    memory,
    input,
    batch,
    decode(format, length, { generation, offset }, state, { final, maxLineBytes, readTime: { sec, nsec } }) {
      const flags = [final ? 1 : 0, state.skipping ? 1 : 0] as const;
      const done = wasm.decode(FORMAT_CODES[format], length, offset, maxLineBytes, ...flags, sec, nsec);
      wasm.checksumRows();
      wasm.detectLevels();
      batch.generation = generation;
      batch.count = wasm.rows.value;
      batch.arenaEnd = wasm.arenaEnd.value - INPUT;
      state.skipping = wasm.skipping.value !== 0;
      state.cutBytes += wasm.cutBytes.value;
      state.malformed += wasm.malformedLines.value;
      if (wasm.localTimes.value > 0) placeLocalTimes(batch, zone);
      return done;
    },
  };
}

const FORMAT_CODES: Readonly<Record<LineFormat, number>> = {
  cri: FORMAT_CRI,
  docker: FORMAT_DOCKER,
  s6: FORMAT_S6,
  plain: FORMAT_PLAIN,
};
