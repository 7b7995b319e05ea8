// Decoders of both kinds, and what they make of bytes as plain objects.
import { createBatchMemory } from "../../../src/collector/decode/batch-memory.ts";
import {
  createLineState,
  type DecodeOptions,
  type Decoder,
  type LineFormat,
  type LineState,
} from "../../../src/collector/decode/decoder.ts";
import { createTwinDecoder } from "../../../src/collector/decode/twin-decoder.ts";
import { createWasmDecoder, type DecodeExports } from "../../../src/collector/decode/wasm-decoder.ts";
import type { RecordBatch } from "../../../src/collector/record-batch.ts";
import { loadWasm } from "../../../src/wasm.ts";

/** Local clocks are two hours ahead in these tests. */
const zone = (clockSeconds: number) => clockSeconds - 7200;

function wasmDecoder(): Decoder {
  const wasm = loadWasm<DecodeExports>("collector");
  if (wasm === undefined) throw new Error("these tests compare with WebAssembly: unset KLOG_WASM");
  return createWasmDecoder(createBatchMemory(wasm), wasm, zone);
}

export const DECODERS: readonly (readonly [string, Decoder])[] = [
  ["WASM", wasmDecoder()],
  ["twin", createTwinDecoder(createBatchMemory(undefined), zone)],
];

export const READ_TIME = { sec: 1_795_258_052, nsec: 7 };
export const OPTIONS: DecodeOptions = { final: false, maxLineBytes: 1024 * 1024, readTime: READ_TIME };

export interface Row {
  readonly message: Buffer;
  readonly offset: number;
  readonly sec: number;
  readonly nsec: number;
  readonly stream: number;
  readonly flags: number;
  readonly level: number;
  readonly lines: number;
  readonly checksum: number;
}

export function rowsOf(batch: RecordBatch): Row[] {
  return Array.from({ length: batch.count }, (_, row) => ({
    message: Buffer.from(batch.bytes.slice(batch.start[row]!, batch.end[row]!)),
    offset: batch.offset[row]!,
    sec: batch.sec[row]!,
    nsec: batch.nsec[row]!,
    stream: batch.stream[row]!,
    flags: batch.flags[row]!,
    level: batch.level[row]!,
    lines: batch.lines[row]!,
    checksum: batch.checksum[row]!,
  }));
}

export interface Decoded {
  readonly rows: Row[];
  readonly state: LineState;
  /** Bytes that were done with at the end. */
  readonly done: number;
}

/**
 * Reads `file` as the collector does: at most `chunkBytes` at a time, more while not one line is whole; `chunkBytes` may
 * change from read to read.
 */
export function decodeFile(
  decoder: Decoder,
  format: LineFormat,
  file: Uint8Array,
  options: Partial<DecodeOptions> = {},
  chunkBytes: (read: number) => number = () => 256 * 1024,
): Decoded {
  const state = createLineState();
  const rows: Row[] = [];
  let offset = 0;
  for (let read = 0; offset < file.length; read++) {
    let length = chunkBytes(read);
    let done = 0;
    while (done === 0) {
      const chunk = file.subarray(offset, offset + Math.min(length, decoder.input.length));
      decoder.input.set(chunk);
      const last = offset + chunk.length === file.length;
      const at = { generation: decoder.batch.generation, offset };
      done = decoder.decode(format, chunk.length, at, state, {
        ...OPTIONS,
        ...options,
        final: last && options.final === true,
      });
      rows.push(...rowsOf(decoder.batch));
      if (done === 0 && last) return { rows, state, done: offset };
      if (done === 0 && chunk.length === decoder.input.length) throw new Error("a full input was not consumed");
      length *= 2;
    }
    offset += done;
  }
  return { rows, state, done: offset };
}

/** Each message of a file that is given as text. */
export function messages(
  decoder: Decoder,
  format: LineFormat,
  text: string,
  options?: Partial<DecodeOptions>,
): string[] {
  return decodeFile(decoder, format, Buffer.from(text), options).rows.map((row) => row.message.toString());
}
