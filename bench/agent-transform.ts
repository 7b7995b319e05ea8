// How many lines a CPU-second makes records of: decoding alone, by WebAssembly and by its twin, beside finding line ends.
import { FORMAT_CRI, FORMAT_DOCKER } from "../assembly/line-format.ts";
import { createBatchMemory } from "../src/collector/decode/batch-memory.ts";
import { createLineState, type Decoder, type LineFormat } from "../src/collector/decode/decoder.ts";
import { createTwinDecoder } from "../src/collector/decode/twin-decoder.ts";
import { createWasmDecoder, type DecodeExports } from "../src/collector/decode/wasm-decoder.ts";
import { levelOf } from "../src/record/level.ts";
import { lineChecksum } from "../src/record/line-checksum.ts";
import { loadWasm } from "../src/wasm.ts";
import { LineBlock } from "./agent-lines.ts";

/** Less than a read of 256 KiB. */
const LINES = 1000;
/** CPU time that each row of the table is given. */
const SECONDS = Number(process.env["KLOG_BENCH_SECONDS"] ?? 1);
const AT = { sec: 1_795_258_052, nsec: 0 };

interface Workload {
  readonly format: LineFormat;
  readonly chunk: Buffer;
  readonly lines: number;
}

function workload(format: "cri" | "docker"): Workload {
  const block = new LineBlock(format, LINES);
  block.stamp(AT.sec, 84_933_411, 999);
  return { format, chunk: block.bytes, lines: block.size.lines };
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
