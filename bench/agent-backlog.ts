// The agent's bench, logs that are there already: lines a CPU-second by format and sink, each line checked in the output.
import { join } from "node:path";
import { type Found, isWhole, readStoreBack } from "./agent-check.ts";
import { Consumer } from "./agent-consumer.ts";
import { EVENT_START, type LineKind } from "./agent-lines.ts";
import { type AgentRun, countedEvents, inFolder, inputFlags, runOnce } from "./agent-process.ts";
import type { Tree, Workload } from "./agent-workload.ts";
import type { Cost } from "./measure.ts";
import { median, table, verdict } from "./report.ts";

const FILES = 10;
const RSS_BAR = 120;

interface Task {
  readonly name: string;
  readonly kind: LineKind;
  readonly sink: "file" | "store" | "null";
  readonly flags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Lines a CPU-second. */
  readonly bar?: number;
  readonly memoryBar?: number;
}

const TASKS: readonly Task[] = [
  { name: "CRI -> file, metadata", kind: "cri", sink: "file", bar: 1_500_000, memoryBar: RSS_BAR },
  { name: "docker json-file -> file", kind: "docker", sink: "file", bar: 1_500_000, memoryBar: RSS_BAR },
  {
    name: "multiline, regexp -> file",
    kind: "multiline",
    sink: "file",
    flags: ["--multiline", EVENT_START],
    bar: 1_000_000,
  },
  { name: "CRI -> store", kind: "cri", sink: "store", bar: 400_000 },
  { name: "plain -> file", kind: "plain", sink: "file" },
  { name: "CRI -> null", kind: "cri", sink: "null" },
  { name: "CRI -> file, KLOG_WASM=off", kind: "cri", sink: "file", env: { KLOG_WASM: "off" } },
];

interface Result {
  readonly cost: Cost;
  readonly found: Found | undefined;
  readonly isWhole: boolean;
}

export interface BacklogOptions {
  readonly lines: number;
  readonly runs: number;
}

/** Lines a CPU-second of CRI to a file, for the peers to be compared with. */
export async function backlog(workload: Workload, { lines, runs }: BacklogOptions): Promise<number> {
  const rows: string[][] = [];
  const verdicts: (readonly [boolean, string])[] = [];
  const rates: number[] = [];
  for (const task of TASKS) {
    const tree = workload.tree({ kind: task.kind, files: FILES, lines });
    const results: Result[] = [];
    for (let i = 0; i < (task.bar === undefined ? 1 : runs); i++)
      results.push(await inFolder(workload, (folder) => runTask(task, tree, folder)));
    const rate = median(results.map(({ cost }) => tree.lines / cost.cpu));
    rates.push(rate);
    rows.push(rowOf(task, tree, results));
    verdicts.push(...verdictsOf(task, rate, results));
    if (task.kind !== "cri") workload.remove(tree.directory);
  }
  table(
    [
      "backlog",
      "k lines/CPU-s",
      "(range)",
      "MB/CPU-s",
      "of it system",
      "wall s",
      "max MB",
      "events",
      "missing",
      "doubled",
      "misplaced",
    ],
    rows,
  );
  for (const [isHeld, bar] of verdicts) verdict(isHeld, bar);
  return rates[0]!;
}

async function runTask({ kind, sink, flags = [], env }: Task, tree: Tree, folder: string): Promise<Result> {
  const input = inputFlags(tree, kind === "plain" ? "files" : kind === "docker" ? "docker" : "pods");
  const output = join(folder, "out");
  const to = sink === "null" ? sink : `${sink}:${output}`;
  const run: AgentRun = { flags: [...input, ...flags, "--sink", to], folder, ...(env === undefined ? {} : { env }) };
  const consumer = sink === "file" ? new Consumer(output, tree) : undefined;
  const cost = await runOnce(run);
  if (sink === "null") return { cost, found: undefined, isWhole: (await countedEvents(run)) === tree.events };
  const found = consumer === undefined ? readStoreBack(output, tree) : await consumer.finish();
  return { cost, found, isWhole: isWhole(found, tree) };
}

function rowOf({ name }: Task, tree: Tree, results: readonly Result[]): string[] {
  const rates = results.map(({ cost }) => tree.lines / cost.cpu / 1000).sort((a, b) => a - b);
  const rate = median(rates);
  const found = results.find((result) => !result.isWhole)?.found ?? results[0]!.found;
  const number = (value: number | undefined) => value?.toLocaleString("en") ?? "";
  return [
    name,
    rate.toFixed(0),
    `${rates[0]!.toFixed(0)}-${rates.at(-1)!.toFixed(0)}`,
    ((rate * 1000 * tree.bytes) / tree.lines / 1e6).toFixed(0),
    `${((100 * sum(results, ({ cost }) => cost.system)) / sum(results, ({ cost }) => cost.cpu)).toFixed(0)} %`,
    median(results.map(({ cost }) => cost.wall)).toFixed(1),
    Math.max(...results.map(({ cost }) => cost.maxRss)).toFixed(0),
    ...[found?.events, found?.missing, found?.doubled, found?.misplaced].map(number),
  ];
}

function verdictsOf(task: Task, rate: number, results: readonly Result[]): (readonly [boolean, string])[] {
  const { name, bar, memoryBar } = task;
  const rss = Math.max(...results.map(({ cost }) => cost.maxRss));
  const thousand = (value: number) => `${(value / 1000).toFixed(0)} k`;
  return [
    ...(bar === undefined
      ? []
      : [[rate >= bar, `${name}: ${thousand(rate)} lines a CPU-second (bar ${thousand(bar)})`] as const]),
    ...(memoryBar === undefined
      ? []
      : [[rss <= memoryBar, `${name}: at most ${rss.toFixed(0)} MB (bar ${memoryBar} MB)`] as const]),
    [results.every((result) => result.isWhole), `${name}: each line once, in order, in the right number of events`],
  ];
}

function sum(results: readonly Result[], of: (result: Result) => number): number {
  return results.reduce((total, result) => total + of(result), 0);
}
