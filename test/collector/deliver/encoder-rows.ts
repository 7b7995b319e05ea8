// Rows for the encoder's tests: put into a batch, and what each must be on the wire.
import { type BatchMemory, createBatchMemory } from "../../../src/collector/decode/batch-memory.ts";
import { FLAG_DROPPED, FLAG_PARTIAL, FLAG_TRUNCATED, type RecordBatch } from "../../../src/collector/record-batch.ts";
import { type GenerationKey, type LogOrigin, type Target, UNKNOWN_ORIGIN } from "../../../src/collector/target.ts";
import { LEVELS } from "../../../src/record/level.ts";
import { loadWasm } from "../../../src/wasm.ts";

export interface Row {
  readonly message: Uint8Array;
  readonly sec: number;
  readonly nsec: number;
  readonly offset: number;
  readonly checksum: number;
  readonly level: number;
  readonly stream: number;
  readonly flags: number;
  readonly lines: number;
}

export const ROW: Row = {
  message: Buffer.from("hello"),
  sec: 1_795_258_052,
  nsec: 84_933_411,
  offset: 1024,
  checksum: 0x0badcafe,
  level: 3,
  stream: 1,
  flags: 0,
  lines: 1,
};

export const POD: LogOrigin = {
  ...UNKNOWN_ORIGIN,
  node: "node-1",
  namespace: "shop",
  pod: "web-7f9c-x2x4z",
  podUid: "0f2b8e9c-5a77-4b1e-9d57-0d7a1c5f9e11",
  container: "app",
  containerId: "3f1d2a".repeat(10),
  restart: 2,
  path: "/var/log/pods/shop_web-7f9c-x2x4z_0f2b8e9c/app/2.log",
};

export function generation(origin: LogOrigin, tags: Record<string, string> = {}): GenerationKey {
  const target: Target = {
    id: "pod/x",
    directory: "/",
    file: "0.log",
    siblings: "kubelet",
    format: "cri",
    firstRead: "beginning",
    tags,
    pipeline: "main",
    origin,
  };
  return { target, id: "00c0ffee00c0ffee", epoch: 1 };
}

/** A batch in a WASM module's memory. */
export function wasmMemory(): BatchMemory {
  const wasm = loadWasm<{ readonly memory: { readonly buffer: ArrayBuffer } }>("collector");
  if (wasm === undefined) throw new Error("these tests compare the twin with the module: unset KLOG_WASM");
  return createBatchMemory(wasm);
}

/** Messages stand one behind the other, from `start` on, as lines do; the bytes behind the last are 0xff. */
export function fill(batch: RecordBatch, of: GenerationKey, rows: readonly Row[], start = 3): void {
  let at = start;
  for (const [i, row] of rows.entries()) {
    batch.bytes.set(row.message, at);
    batch.start[i] = at;
    at += row.message.length;
    batch.end[i] = at;
    batch.sec[i] = row.sec;
    batch.nsec[i] = row.nsec;
    batch.offset[i] = row.offset;
    batch.checksum[i] = row.checksum;
    batch.level[i] = row.level;
    batch.stream[i] = row.stream;
    batch.flags[i] = row.flags;
    batch.lines[i] = row.lines;
  }
  batch.bytes.fill(0xff, at, at + 32);
  batch.generation = of;
  batch.count = rows.length;
}

/** What the row is, by the rules and nothing else. `tail` is what all records of the generation have. */
export function expected({ id, epoch }: GenerationKey, tail: object, row: Row): object | undefined {
  if ((row.flags & FLAG_DROPPED) !== 0) return undefined;
  const second = new Date(row.sec * 1000).toISOString().slice(0, 19);
  return {
    "@timestamp": `${second}.${String(row.nsec).padStart(9, "0")}Z`,
    message: new TextDecoder("utf-8", { ignoreBOM: true }).decode(row.message),
    ...(row.level === 0 ? {} : { level: LEVELS[row.level - 1] }),
    ...(row.stream === 0 ? {} : { stream: row.stream === 1 ? "stdout" : "stderr" }),
    ...tail,
    log_id: `${id}-${epoch}-${row.offset}-${row.checksum.toString(16).padStart(8, "0")}`,
    ...(row.lines > 1 ? { lines: row.lines } : {}),
    ...((row.flags & FLAG_PARTIAL) === 0 ? {} : { partial: true }),
    ...((row.flags & FLAG_TRUNCATED) === 0 ? {} : { truncated: true }),
  };
}
