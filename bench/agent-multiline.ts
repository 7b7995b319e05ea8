// How many lines a CPU-second the joiner takes: with a person's start pattern, with the preset of a language, with all, and
// with nothing to join; and the times of plain lines. Each turn begins by putting the batch back as the decoder left it, which is in the
// figures (its own row: "the batch alone").
import { createBatchMemory } from "../src/collector/decode/batch-memory.ts";
import { createLineState } from "../src/collector/decode/decoder.ts";
import { JoinCounts, Joiner } from "../src/collector/decode/joiner.ts";
import { GroupBudget } from "../src/collector/decode/joiner-budget.ts";
import type { SegmentHold } from "../src/collector/decode/joiner-segments.ts";
import { refineTimes } from "../src/collector/decode/line-time.ts";
import { compileMultiline, type MultilineRule } from "../src/collector/decode/multiline.ts";
import { createTwinDecoder } from "../src/collector/decode/twin-decoder.ts";
import { createLineFilter } from "../src/collector/process/line-filter.ts";
import { FLAG_READ_TIME, type RecordBatch } from "../src/collector/record-batch.ts";

const CHUNK = 256 * 1024;
/** CPU time that each row of the table is given. */
const SECONDS = Number(process.env["KLOG_BENCH_SECONDS"] ?? 1);
const READ_TIME = { sec: 1_795_258_052, nsec: 0 };

/** Lines of some 200 bytes; a trace of 8 lines behind every tenth. */
function chunkOf(format: "cri" | "plain", letter: string): Buffer {
  const lines: string[] = [];
  let length = 0;
  for (let i = 0; ; i++) {
    const words = `com.example.${letter}rder.Service - handled item ${i} in ${i % 900} ms`;
    const message = `2026-11-21 10:47:32,084 INFO [worker-${i % 16}] ${words}`.padEnd(150, " abcdefg");
    const trace = [
      "java.lang.IllegalStateException: no item",
      ...Array(7).fill("\tat com.example.Repo.find(Repo.java:42)"),
    ];
    for (const text of i % 10 === 9 ? [message, ...trace] : [message]) {
      const line = format === "cri" ? `2026-11-21T10:47:32.084933411Z stdout F ${text}\n` : `${text}\n`;
      const bytes = Buffer.byteLength(line);
      if (length + bytes > CHUNK) return Buffer.from(lines.join(""));
      lines.push(line);
      length += bytes;
    }
  }
}

/** The chunk as rows, and what brings the batch back to that. */
function decoded(format: "cri" | "plain", letter: string): { batch: RecordBatch; restore: () => void } {
  const memory = createBatchMemory(undefined);
  const decoder = createTwinDecoder(memory, (seconds) => seconds);
  const chunk = chunkOf(format, letter);
  decoder.input.set(chunk);
  const at = { generation: decoder.batch.generation, offset: 0 };
  const options = { final: false, maxLineBytes: 1 << 20, readTime: READ_TIME };
  decoder.decode(format, chunk.length, at, createLineState(), options);
  const { batch } = decoder;
  const { count, arenaEnd } = batch;
  const columns = [batch.start, batch.end, batch.offset, batch.sec, batch.nsec, batch.stream, batch.level] as const;
  const all = [...columns, batch.flags, batch.lines, batch.checksum].map(
    (column) => [column, column.slice(0, count)] as const,
  );
  const restore = () => {
    for (const [column, copy] of all) column.set(copy);
    batch.count = count;
    batch.arenaEnd = arenaEnd;
  };
  return { batch, restore };
}

/** Million lines a CPU-second. */
function rate(lines: number, run: () => void): number {
  for (let i = 0; i < 50; i++) run();
  const begun = process.cpuUsage();
  let turns = 0;
  let used = 0;
  do {
    for (let i = 0; i < 20; i++) run();
    turns += 20;
    const { user, system } = process.cpuUsage(begun);
    used = (user + system) / 1e6;
  } while (used < SECONDS);
  return (turns * lines) / used / 1e6;
}

const hold: SegmentHold = { retain: () => {}, release: () => {}, split: () => hold };

function joining(work: ReturnType<typeof decoded>, rule: MultilineRule | undefined, filter?: string): number {
  const processor =
    filter === undefined ? undefined : createLineFilter({ include: [filter], exclude: [], minLevel: undefined });
  const joiner = new Joiner({
    multiline: rule === undefined ? undefined : compileMultiline(rule),
    budget: new GroupBudget(),
    counts: new JoinCounts(),
    emit: (batch) => processor?.process(batch),
  });
  const { batch, restore } = work;
  restore();
  return rate(batch.count, () => {
    restore();
    joiner.join(batch, hold, 0);
  });
}

const START = "^\\d{4}-\\d{2}-\\d{2} \\d{2}:";
const report: Record<string, Record<string, string>> = {};
for (const [name, work] of [
  ["CRI", decoded("cri", "o")],
  ["CRI, not ASCII", decoded("cri", "ø")],
  ["plain", decoded("plain", "o")],
] as const) {
  const note = (what: string, value: number) => {
    report[what] = { ...report[what], [name]: value.toFixed(2) };
  };
  const { batch, restore } = work;
  note("the batch alone", rate(batch.count, restore));
  note("nothing to join", joining(work, undefined));
  note(`start ${START}`, joining(work, { start: START }));
  note("start that must run in the thread", joining(work, { start: "^(\\d+-?)+ " }));
  note("preset java", joining(work, { preset: "java" }));
  note("preset auto", joining(work, { preset: "auto" }));
  note("preset json", joining(work, { preset: "json" }));
  note("filter item \\d+5, no joining", joining(work, undefined, "item \\d+5"));
  restore();
  const { count } = batch;
  note(
    "times of lines",
    rate(count, () => {
      restore();
      batch.flags.fill(FLAG_READ_TIME, 0, count);
      refineTimes(batch, READ_TIME);
    }),
  );
}
process.stdout.write("million lines a CPU-second\n");
console.table(report);
