// How many lines a CPU-second makes records of: decoding alone, by WebAssembly and by its twin, beside finding line ends.
import { FORMAT_CRI, FORMAT_DOCKER } from "../assembly/line-format.ts";
import { createBatchMemory } from "../src/collector/decode/batch-memory.ts";
import { createLineState, type Decoder, type LineFormat } from "../src/collector/decode/decoder.ts";
import { createTwinDecoder } from "../src/collector/decode/twin-decoder.ts";
import { createWasmDecoder, type DecodeExports } from "../src/collector/decode/wasm-decoder.ts";
import { LEVELS, levelOf } from "../src/record/level.ts";
import { lineChecksum } from "../src/record/line-checksum.ts";
import { loadWasm } from "../src/wasm.ts";

const CHUNK = 256 * 1024;
/** CPU time that each row of the table is given. */
const SECONDS = Number(process.env["KLOG_BENCH_SECONDS"] ?? 1);
const AT = { sec: 1_795_258_052, nsec: 0 };

interface Workload {
  readonly format: LineFormat;
  readonly chunk: Buffer;
  readonly lines: number;
}

/** 200 bytes a line: 40 % JSON, 30 % access log, 30 % text with a level. */
function messages(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const kind = i % 10;
    const text =
      kind < 4
        ? `{"level":"${LEVELS[2 + (i % 4)]}","ts":${AT.sec}.${i},"caller":"http/server.go:${i % 500}","msg":"request served","path":"/api/v1/items/${i}","status":200`
        : kind < 7
          ? `10.0.${i % 256}.${(i * 7) % 256} - - [21/Nov/2026:10:47:32 +0000] "GET /index/${i} HTTP/1.1" 200 ${i % 10_000} "-" "Mozilla/5.0 (X11; Linux`
          : `2026-11-21 10:47:32,084 ${["INFO", "WARN", "ERROR"][i % 3]} [worker-${i % 16}] com.example.Service - handled item ${i} in ${i % 900} ms`;
    return kind < 4 ? `${text},"pad":"`.padEnd(158, "x").concat('"}') : text.padEnd(160, " abcdefg");
  });
}

function workload(format: "cri" | "docker"): Workload {
  const lines: string[] = [];
  let length = 0;
  for (const [i, message] of messages(2_000).entries()) {
    const time = `2026-11-21T10:47:${String(32 + Math.floor(i / 500)).padStart(2, "0")}.${String(84_933_411 + i * 999).padStart(9, "0")}Z`;
    const line =
      format === "cri"
        ? `${time} stdout F ${message}\n`
        : `${JSON.stringify({ log: `${message}\n`, stream: "stdout", time })}\n`;
    if (length + line.length > CHUNK) break;
    lines.push(line);
    length += line.length;
  }
  return { format, chunk: Buffer.from(lines.join("")), lines: lines.length };
}

/** Million lines a CPU-second. */
function rate(lines: number, run: () => void): number {
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
  return (turns * lines) / used / 1e6;
}

function decodeAll(decoder: Decoder, { format, chunk }: Workload): () => void {
  const at = { generation: decoder.batch.generation, offset: 0 };
  const options = { final: false, maxLineBytes: 1024 * 1024, readTime: AT };
  const state = createLineState();
  decoder.input.set(chunk);
  return () => decoder.decode(format, chunk.length, at, state, options);
}

function findLineEnds(chunk: Buffer): void {
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1));
}

const zone = (seconds: number) => seconds;
const wasm = loadWasm<DecodeExports>("collector");
const report: Record<string, Record<string, string>> = {};

for (const work of [workload("cri"), workload("docker")]) {
  const { format, chunk, lines } = work;
  const note = (what: string, value: number) => {
    report[what] = { ...report[what], [format]: value.toFixed(2) };
    return value;
  };
  const measure = (what: string, run: () => void) => note(what, rate(lines, run));

  note("bytes a line", chunk.length / lines);
  measure("Buffer.indexOf for each line end", () => findLineEnds(chunk));
  if (wasm !== undefined) {
    const memory = createBatchMemory(wasm);
    const whole = decodeAll(createWasmDecoder(memory, wasm, zone), work);
    whole();
    const code = format === "cri" ? FORMAT_CRI : FORMAT_DOCKER;
    const rows = () => wasm.decode(code, chunk.length, 0, 1024 * 1024, 0, 0, AT.sec, AT.nsec);
    measure("WASM: rows", rows);
    measure("WASM: checksums", () => wasm.checksumRows());
    measure("WASM: levels", () => wasm.detectLevels());
    measure("WASM: rows and checksums", () => {
      rows();
      wasm.checksumRows();
    });
    measure("WASM: all (Decoder.decode)", whole);
  }
  const memory = createBatchMemory(undefined);
  const whole = decodeAll(createTwinDecoder(memory, zone), work);
  whole();
  const { batch, lineEnd } = memory;
  const buffer = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length);
  const checksums = measure("twin: checksums", () => {
    for (let row = 0; row < batch.count; row++) lineChecksum(buffer, batch.offset[row]!, lineEnd[row]!);
  });
  const levels = measure("twin: levels", () => {
    for (let row = 0; row < batch.count; row++) levelOf(buffer, batch.start[row]!, batch.end[row]!);
  });
  const all = measure("twin: all (Decoder.decode)", whole);
  note("twin: rows (all less levels and checksums)", 1 / (1 / all - 1 / checksums - 1 / levels));
}
console.log("Million lines a CPU-second, chunks of 256 KiB, one thread:");
console.table(report);
