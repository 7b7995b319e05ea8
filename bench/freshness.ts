// How old a line is when the store gives it: from the write into a container's log, through a real agent, to `klog search -f`
// and to a search that begins anew every 20 ms.
// node bench/freshness.ts [--lines 200] (KLOG_BENCH_PROGRAM: another build)
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { parseQuery } from "../src/query/parse.ts";
import { compilePredicate } from "../src/query/predicate.ts";
import { createStoreSource } from "../src/sources/store/store-source.ts";
import { inFolder, startAgent, stopAgent } from "./agent-process.ts";
import { podLog, Workload } from "./agent-workload.ts";
import { start } from "./measure.ts";
import { klog } from "./programs.ts";
import { quantile, table, title, verdict } from "./report.ts";

const { values } = parseArgs({ options: { lines: { type: "string", default: "200" } } });
const LINES = Number(values.lines);
const GOAL_MS = 1000;
/** Of no period of the agent's or the store's. */
const PAUSES_MS = [13, 57, 101, 211, 7, 149];
const LOOK_MS = 20;
const LATEST_MS = 10_000;

const context = { now: Date.now(), zone: "UTC", regexp: (source: string, flags: string) => new RegExp(source, flags) };
const wordOf = (number: number) => `fresh_${number}_line`;

/** When the new searches and the follower had each line, ms after it was written. */
interface Ages {
  readonly searched: number[];
  readonly followed: number[];
}

title("freshness: a line's age when the store gives it");
using workload = new Workload();
const ages = await inFolder(workload, measureAges);
table(
  ["ms", "lines", "p50", "p99", "most"],
  [
    ["klog search -f", ages.followed],
    ["a new search", ages.searched],
  ].map(([name, of]) => {
    const numbers = of as number[];
    return [name as string, `${numbers.length}`, ...[0.5, 0.99, 1].map((q) => quantile(numbers, q).toFixed(0))];
  }),
);
for (const [name, of] of Object.entries(ages)) {
  verdict(of.length === LINES && quantile(of, 0.99) <= GOAL_MS, `${name}: every line, p99 within ${GOAL_MS} ms`);
}

async function measureAges(folder: string): Promise<Ages> {
  const [store, log] = [join(folder, "store"), podLog(join(folder, "pods"), "fresh", 0)];
  writeFileSync(log, "");
  const flags = ["--pods-dir", join(folder, "pods"), "--sink", `store:${store}`];
  const agent = await startAgent({ flags, folder });
  const written = new Map<number, number>();
  const followed: number[] = [];
  // Something is there to begin with, so that the follower says when it follows.
  append(log, 0);
  let isFollowing = false;
  const follower = await start(klog("search", "-f", "--source", `store:${store}`, "-o", "raw"), {
    env: { PATH: process.env["PATH"], HOME: folder, TZ: "UTC" },
    stderr: join(folder, "follower-stderr"),
    onData: (chunk) => {
      const now = performance.now();
      for (const [, number] of chunk.toString("latin1").matchAll(/fresh_(\d+)_line/g)) {
        const at = written.get(Number(number));
        if (at === undefined) isFollowing = true;
        else followed.push(now - at);
      }
    },
  });
  await follower.during(until(() => isFollowing));
  const searched: number[] = [];
  for (let number = 1; number <= LINES; number++) {
    await sleep(PAUSES_MS[number % PAUSES_MS.length]);
    const at = performance.now();
    written.set(number, at);
    append(log, number);
    await until(async () => (await search(store, wordOf(number))) > 0);
    searched.push(performance.now() - at);
  }
  await until(() => followed.length === LINES);
  follower.interrupt();
  await follower.ended;
  await stopAgent(agent);
  return { searched, followed };
}

function append(log: string, number: number): void {
  appendFileSync(log, `${new Date().toISOString().replace("Z", "000000Z")} stdout F ${wordOf(number)}\n`);
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const begun = performance.now(); performance.now() - begun < LATEST_MS; await sleep(LOOK_MS)) {
    if (await isSo()) return;
  }
  throw new Error(`nothing after ${LATEST_MS} ms`);
}

async function search(directory: string, word: string): Promise<number> {
  const { filter } = parseQuery(word);
  const source = createStoreSource({ directory, context });
  let found = 0;
  const pages = source.search({
    ...{ filter, matches: compilePredicate(filter, context), accepts: () => true, from: undefined, to: undefined },
    ...{ order: "newest", limit: 1, follow: false, resume: undefined, signal: new AbortController().signal },
    work: { records: 0, bytes: 0, totalBytes: undefined, skippedBytes: 0, lostBytes: 0 },
    note: () => {},
  });
  for await (const { hits } of pages) found += hits.length;
  return found;
}
