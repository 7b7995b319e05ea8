// The agent's bench, logs that are being written: lines a second and how old each line is when it comes out, on one core.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
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
  const rates = [50_000, RATE_GOAL, 0];
  const rows: string[][] = [];
  const results: LiveResult[] = [];
  for (const rate of rates) {
    const run: LiveRun = { streams: [{ rate, mark: "" }], files: [FILES], seconds, lines: MOST_LINES };
    const result = await inFolder(workload, (folder) => runLive(run, folder));
    results.push(result);
    rows.push([rate === 0 ? "as fast as it can" : `${rate.toLocaleString("en")} lines/s`, ...cellsOf(result)]);
  }
  table(["live, 10 files, agent on one core", ...COLUMNS], rows);
  const [slow, fast, full] = results as [LiveResult, LiveResult, LiveResult];
  const lag = ({ lags }: LiveResult) => quantile(lags, 0.99);
  verdict(lag(slow) <= LAG_GOAL_MS, `live, 50,000 lines/s: lag p99 ${lag(slow).toFixed(0)} ms (goal ${LAG_GOAL_MS})`);
  verdict(
    lag(fast) <= LAG_GOAL_MS,
    `live, 1,000,000 lines/s: lag p99 ${lag(fast).toFixed(0)} ms (goal ${LAG_GOAL_MS})`,
  );
  const rate = Math.max(rateOf(fast), rateOf(full));
  verdict(
    rate >= RATE_GOAL,
    `live: ${(rate / 1000).toFixed(0)} k lines/s read on one core (goal ${RATE_GOAL / 1000} k)`,
  );
  for (const { found, written } of results) verdict(isWhole(found, { events: written.lines }), foundText(found));
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

async function runLive({ streams, files, seconds, lines, mark }: LiveRun, folder: string): Promise<LiveResult> {
  const pods = join(folder, "pods");
  const output = join(folder, "out");
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
  const consumer = new Consumer(output, { numbers: mostLines(spec), numbersPerFile: 1 }, mark === undefined ? {} : { mark });
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

function mostLines({ streams, seconds, lines = Number.POSITIVE_INFINITY }: WriterSpec): number {
  const rate = streams.reduce((sum, stream) => sum + (stream.rate === 0 ? Number.POSITIVE_INFINITY : stream.rate), 0);
  // It looks at its limits before each round of blocks, and goes over by less than one.
  return Math.min(lines, rate * seconds) + 10_000;
}
