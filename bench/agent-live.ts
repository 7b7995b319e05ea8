// The agent's bench, logs that are being written: lines a second and how old each line is when it comes out, on one core.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Found, foundText, isWhole } from "./agent-check.ts";
import { Consumer } from "./agent-consumer.ts";
import { inFolder, onCore, startAgent, stopAgent } from "./agent-process.ts";
import { podLog, type Workload } from "./agent-workload.ts";
import type { WriterSpec, Written, WrittenStream } from "./agent-writer.ts";
import { stopsGrowing } from "./follow.ts";
import type { Cost, Sample } from "./measure.ts";
import { quantile, table, verdict } from "./report.ts";

const RATE_GOAL = 1_000_000;
/** The agent has the last line some milliseconds behind the writer, so it never reads quite as many a second. */
const REACHED = 0.97;
/** A million lines a second are 600 MB/s of output, and the sink waits for the disk: more than many disks write. */
const MEMORY = "/dev/shm";
const LAG_GOAL_MS = 1000;
const QUIET_GOAL_MS = 2000;
const FILES = 10;
const MOST_LINES = 5_000_000;
const SETTLE_MS = 1000;
const WRITER = join(import.meta.dirname, "agent-writer.ts");

interface LiveRun {
  readonly streams: readonly Omit<WrittenStream, "files">[];
  readonly files: readonly number[];
  readonly seconds: number;
  readonly lines?: number;
  /** The output is in a file system that is no disk. */
  readonly inMemory?: boolean;
  /** Lags are of lines that have this. */
  readonly mark?: string;
}

interface LiveResult {
  readonly written: Written;
  readonly found: Found;
  readonly cost: Cost;
  readonly lags: readonly number[];
  /** From the writer's first line to the agent's last. */
  readonly seconds: number;
  readonly samples: readonly [Sample, Sample];
}

export async function live(workload: Workload, { seconds }: { seconds: number }): Promise<void> {
  const scenarios = [
    { name: "50,000 lines/s", rate: 50_000, inMemory: false },
    { name: "1,000,000 lines/s", rate: RATE_GOAL, inMemory: false },
    { name: "1,000,000 lines/s, output in memory", rate: RATE_GOAL, inMemory: true },
    { name: "as fast as it can, output in memory", rate: 0, inMemory: true },
  ];
  const results: (LiveResult & { readonly name: string })[] = [];
  for (const { name, rate, inMemory } of scenarios) {
    const run: LiveRun = { streams: [{ rate, mark: "" }], files: [FILES], seconds, lines: MOST_LINES, inMemory };
    results.push({ name, ...(await inFolder(workload, (folder) => runLive(run, folder))) });
  }
  table(
    ["live, 10 files, agent on one core", ...COLUMNS],
    results.map((result) => [result.name, ...cellsOf(result)]),
  );
  for (const { name, lags } of results.slice(0, -1)) {
    const p99 = quantile(lags, 0.99);
    verdict(p99 <= LAG_GOAL_MS, `live, ${name}: lag p99 ${p99.toFixed(0)} ms (goal ${LAG_GOAL_MS})`);
  }
  const rate = Math.max(...results.map(rateOf));
  verdict(
    rate >= RATE_GOAL * REACHED,
    `live: ${(rate / 1000).toFixed(0)} k lines/s read on one core (goal ${RATE_GOAL / 1000} k)`,
  );
  for (const { name, found, written } of results)
    verdict(isWhole(found, { events: written.lines }), `live, ${name}: ${foundText(found)}`);
}

/** One log of 50 MB/s beside 100 of 1 kB/s: do those wait for it? */
export async function quiet(workload: Workload, { seconds }: { seconds: number }): Promise<void> {
  const mark = "quiet";
  const run: LiveRun = {
    streams: [
      { rate: 250_000, mark: "" },
      { rate: 500, mark },
    ],
    files: [1, 100],
    seconds,
    mark,
  };
  const result = await inFolder(workload, (folder) => runLive(run, folder));
  table(["quiet logs beside a noisy one", ...COLUMNS], [["100 x 1 kB/s, 1 x 50 MB/s", ...cellsOf(result)]]);
  const p99 = quantile(result.lags, 0.99);
  verdict(
    p99 < QUIET_GOAL_MS,
    `quiet logs: lag p99 ${p99.toFixed(0)} ms of ${result.lags.length} lines (goal ${QUIET_GOAL_MS})`,
  );
  verdict(isWhole(result.found, { events: result.written.lines }), foundText(result.found));
}

const COLUMNS = [
  "written/s",
  "read/s",
  "lag p50 ms",
  "p99 ms",
  "max ms",
  "of a core",
  "k lines/CPU-s",
  "max MB",
] as const;

/** The writer gives its last line when it ends, and the agent has it a little later. */
function rateOf({ written, seconds }: LiveResult): number {
  return written.lines / seconds;
}

function cellsOf(result: LiveResult): string[] {
  const {
    written,
    cost,
    lags,
    samples: [first, last],
  } = result;
  const cpu = last.cpu - first.cpu;
  return [
    Math.round(written.lines / written.seconds).toLocaleString("en"),
    Math.round(rateOf(result)).toLocaleString("en"),
    ...[0.5, 0.99, 1].map((q) => quantile(lags, q).toFixed(0)),
    (cpu / ((last.at - first.at) / 1000)).toFixed(2),
    (written.lines / cpu / 1000).toFixed(0),
    cost.maxRss.toFixed(0),
  ];
}

async function runLive(
  { streams, files, seconds, lines, mark, inMemory = false }: LiveRun,
  folder: string,
): Promise<LiveResult> {
  const pods = join(folder, "pods");
  using memory = inMemory && existsSync(MEMORY) ? memoryFolder() : undefined;
  const output = join(memory?.path ?? folder, "out");
  let pod = 0;
  const spec: WriterSpec = {
    seconds,
    ...(lines === undefined ? {} : { lines }),
    streams: streams.map((stream, i) => {
      const paths = Array.from({ length: files[i]! }, () => podLog(pods, "live", pod++));
      for (const path of paths) writeFileSync(path, "");
      return { ...stream, files: paths };
    }),
  };
  // Numbers are the writer's own, over all files in turn: there is no order to check.
  const consumer = new Consumer(
    output,
    { numbers: mostLines(spec), numbersPerFile: 1 },
    mark === undefined ? {} : { mark },
  );
  const program = await startAgent({ flags: ["--pods-dir", pods, "--sink", `file:${output}`], folder, pinned: true });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const first = program.sample();
  const [before, ...after] = [...onCore(1), process.execPath, WRITER, JSON.stringify(spec)];
  const { stdout } = await promisify(execFile)(before!, after);
  await program.during(stopsGrowing(output, SETTLE_MS));
  const last = program.sample();
  const cost = await stopAgent(program);
  const written = JSON.parse(stdout) as Written;
  const read = await consumer.finish();
  // Numbers that were never written are not missing.
  const found = { ...read, missing: read.missing - (mostLines(spec) - written.lines) };
  const seen = (consumer.grewAt - written.begunAt) / 1000;
  return { written, found, cost, lags: consumer.lags, seconds: seen, samples: [first, last] };
}

function memoryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(MEMORY, "klog-bench-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

function mostLines({ streams, seconds, lines = Number.POSITIVE_INFINITY }: WriterSpec): number {
  const rate = streams.reduce((sum, stream) => sum + (stream.rate === 0 ? Number.POSITIVE_INFINITY : stream.rate), 0);
  // It looks at its limits before each round of blocks, and goes over by less than one.
  return Math.min(lines, rate * seconds) + 10_000;
}
