// How many rows a CPU-second get their level and become NDJSON, by WebAssembly and by its twin, beside JSON.stringify of an
// object a record. Run: node bench/agent-encode.ts
import { type BatchMemory, createBatchMemory, type WasmMemory } from "../src/collector/decode/batch-memory.ts";
import { createEncoder } from "../src/collector/deliver/encoder.ts";
import { constantTail, recordId } from "../src/collector/deliver/klog-codec.ts";
import type { RecordBatch } from "../src/collector/record-batch.ts";
import type { GenerationKey } from "../src/collector/target.ts";
import { LEVELS, levelOf } from "../src/record/level.ts";
import { toRfc3339Nano } from "../src/record/timestamp.ts";
import { loadWasm } from "../src/wasm.ts";

/** As many as a read of 256 KiB holds. */
const ROWS = 1_200;
const LENGTH = 200;
const SECOND = 1_795_258_052;
/** CPU time that each row of the table is given. */
const SECONDS = Number(process.env["KLOG_BENCH_SECONDS"] ?? 1);

interface Module extends WasmMemory {
  detectLevels(): void;
  readonly rows: { value: number };
}

const generation: GenerationKey = {
  id: "00c0ffee00c0ffee",
  epoch: 0,
  target: {
    id: "pod/x",
    directory: "/",
    file: "0.log",
    siblings: "kubelet",
    format: "cri",
    firstRead: "beginning",
    tags: { team: "shop" },
    pipeline: "main",
    origin: {
      node: "ip-10-0-12-34.eu-central-1.compute.internal",
      namespace: "shop",
      pod: "web-7d9f8c6b5d-x2x9k",
      podUid: "0f2b8e9c-5a77-4b1e-9d57-0d7a1c5f9e11",
      container: "app",
      containerId: "3f1d2a".repeat(10),
      restart: 0,
      image: "",
      dockerApp: "",
      dockerService: "",
      dockerContainer: "",
      labels: {},
      path: "/var/log/pods/shop_web-7d9f8c6b5d-x2x9k_0f2b8e9c-5a77-4b1e-9d57-0d7a1c5f9e11/app/0.log",
    },
  },
};

const KINDS: Readonly<Record<string, (i: number) => string>> = {
  JSON: (i) =>
    `{"level":"${LEVELS[2 + (i % 4)]}","ts":${SECOND}.${i},"caller":"http/server.go:${i % 500}","msg":"request served","path":"/api/v1/items/${i}","status":200,"pad":"`
      .padEnd(LENGTH - 2, "x")
      .concat('"}'),
  "access log": (i) =>
    `10.0.${i % 256}.${(i * 7) % 256} - - [21/Nov/2026:10:47:32 +0000] "GET /index/${i}?page=3&size=20 HTTP/1.1" 200 ${i % 10_000} "-" "Mozilla/5.0 (X11; Linux x86_64)"`,
  text: (i) =>
    `2026-11-21 10:47:32,084 ${["INFO", "WARN", "ERROR"][i % 3]} [worker-${i % 16}] com.example.Service - handled item ${i} in ${i % 900} ms`,
};
const MIX = ["JSON", "JSON", "JSON", "JSON", "access log", "access log", "access log", "text", "text", "text"];

function fill(memory: BatchMemory, message: (i: number) => string): void {
  const { batch } = memory;
  batch.generation = generation;
  batch.count = ROWS;
  let at = 0;
  for (let i = 0; i < ROWS; i++) {
    const bytes = Buffer.from(message(i).padEnd(LENGTH, " abcdefg"));
    memory.input.set(bytes, at);
    batch.start[i] = at;
    batch.end[i] = at + bytes.length;
    at += bytes.length + 1;
    batch.offset[i] = 123_456_789 + at;
    batch.sec[i] = SECOND + Math.floor(i / 500);
    batch.nsec[i] = 84_933_411 + i * 999;
    batch.stream[i] = 1;
    batch.level[i] = 3;
    batch.lines[i] = 1;
    batch.checksum[i] = Math.imul(i, 2_654_435_761);
  }
}

/** Million rows a CPU-second. */
function rate(run: () => void): number {
  for (let i = 0; i < 20; i++) run();
  const begun = process.cpuUsage();
  let turns = 0;
  let used = 0;
  do {
    for (let i = 0; i < 10; i++) run();
    turns += 10;
    const { user, system } = process.cpuUsage(begun);
    used = (user + system) / 1e6;
  } while (used < SECONDS);
  return (turns * ROWS) / used / 1e6;
}

let encoded = 0;
const count = (bytes: Uint8Array) => {
  encoded += bytes.length;
};

function twinLevels({ batch }: BatchMemory): void {
  const buffer = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length);
  for (let row = 0; row < batch.count; row++) {
    const level = levelOf(buffer, batch.start[row]!, batch.end[row]!);
    batch.level[row] = level === undefined ? 0 : LEVELS.indexOf(level) + 1;
  }
}

/** What one would write first: an object a record, and all of them joined. */
function stringify(batch: RecordBatch): void {
  const decoder = new TextDecoder();
  const { origin, tags } = batch.generation.target;
  let text = "";
  for (let row = 0; row < batch.count; row++) {
    const record = {
      "@timestamp": toRfc3339Nano({ sec: batch.sec[row]!, nsec: batch.nsec[row]! }),
      message: decoder.decode(batch.bytes.subarray(batch.start[row], batch.end[row])),
      level: LEVELS[batch.level[row]! - 1],
      stream: batch.stream[row] === 1 ? "stdout" : "stderr",
      ...tags,
      k8s_pod: origin.pod,
      k8s_pod_namespace: origin.namespace,
      k8s_node_name: origin.node,
      k8s_container_name: origin.container,
      k8s_pod_uid: origin.podUid,
      container_id: origin.containerId,
      restart: origin.restart,
      log_id: recordId(batch, row),
    };
    text += `${JSON.stringify(record)}\n`;
  }
  count(Buffer.from(text));
}

const wasm = loadWasm<Module>("collector");
const report: Record<string, Record<string, string>> = {};
const note = (lines: string, what: string, value: number) => {
  report[what] = { ...report[what], [lines]: value.toFixed(2) };
};

const workloads = { ...KINDS, mixed: (i: number) => KINDS[MIX[i % MIX.length]!]!(i) };
for (const [lines, message] of Object.entries(workloads)) {
  for (const [name, memory] of [
    ["WASM", wasm && createBatchMemory(wasm)],
    ["twin", createBatchMemory(undefined)],
  ] as const) {
    if (memory === undefined) continue;
    fill(memory, message);
    if (wasm !== undefined) wasm.rows.value = ROWS;
    const encoder = createEncoder(memory);
    const levels = name === "WASM" ? () => wasm!.detectLevels() : () => twinLevels(memory);
    const encode = () => encoder.encode(memory.batch, count);
    note(lines, `${name}: level`, rate(levels));
    note(lines, `${name}: encode`, rate(encode));
    const both = () => {
      levels();
      encode();
    };
    note(lines, `${name}: level and encode`, rate(both));
    if (name === "twin")
      note(
        lines,
        "JSON.stringify of each record",
        rate(() => stringify(memory.batch)),
      );
    encoded = 0;
    encode();
    note(lines, "bytes a record", encoded / ROWS);
  }
}
console.log(
  `Million rows a CPU-second: ${LENGTH} bytes a line, ${constantTail(generation).length} of fields that stay, one thread`,
);
console.table(report);
