// Measures searches of the store with the whole language, from the query's text to the lines, beside grep over the same lines
// and SQLite's FTS5. CPU of this process (grep: of its own), the least of five and the first.
// node bench/search.ts [--records 2000000] [--only NAME] [--peers]
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseQuery } from "../src/query/parse.ts";
import { compilePredicate } from "../src/query/predicate.ts";
import type { SearchRequest } from "../src/sources/source.ts";
import { createStoreSource } from "../src/sources/store/store-source.ts";
import { searchData } from "./search-data.ts";
import { measurePeers } from "./search-peers.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "2000000" },
    only: { type: "string", default: "" },
    /** Beside grep and FTS5, whose database takes as long to make as all else. */
    peers: { type: "boolean", default: false },
  },
});
const ROUNDS = 5;
const records = Number(values.records);
const data = await searchData(join(tmpdir(), `klog-bench-search-2-${records}`), records);
const context = { now: Date.now(), zone: "UTC", regexp: (source: string, flags: string) => new RegExp(source, flags) };

interface Case {
  readonly name: string;
  readonly query: string;
  readonly limit?: number;
  /** Counts a minute, as a histogram does, and makes no lines. */
  readonly fold?: true;
  /** Milliseconds for 2,000,000 records. */
  readonly bar?: number;
}

const CASES: readonly Case[] = [
  { name: "rare word", query: "declined", bar: 60 },
  { name: "latest 100", query: "", limit: 100, bar: 40 },
  { name: "histogram, level:>=warn", query: "level:>=warn", fold: true, bar: 120 },
  { name: "rare id", query: data.rareId, bar: 50 },
  { name: "three conditions, latest 100", query: 'ns:payments level:error "connection refused"', limit: 100, bar: 57 },
  { name: "three conditions, all", query: 'ns:payments level:error "connection refused"', bar: 1100 },
  { name: "level:>=warn, latest 100", query: "level:>=warn", limit: 100, bar: 15 },
  { name: "attribute and namespace, latest 100", query: "status:>=500 ns:shop", limit: 100, bar: 66 },
  { name: "every line parsed", query: "status:>=500", fold: true, bar: 3900 },
  { name: "rare substring", query: "*ned by iss*" },
  { name: "common word, latest 100", query: "timed", limit: 100 },
];

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How many were found. */
async function run({ query, limit, fold }: Case): Promise<number> {
  const { filter } = parseQuery(query);
  const source = createStoreSource({ directory: data.store, context });
  const work = { records: 0, bytes: 0, totalBytes: undefined, skippedBytes: 0, lostBytes: 0 };
  const request: SearchRequest = {
    ...{ filter, matches: compilePredicate(filter, context), accepts: () => true, from: undefined, to: undefined },
    ...{ order: "newest", limit, follow: false, resume: undefined, signal: new AbortController().signal, work },
    note: (text) => console.log(text),
  };
  let found = 0;
  if (fold) {
    const minutes = new Map<number, number>();
    await source.fold!(request, { text: false }, ({ sec }) => {
      const minute = Math.floor(sec / 60);
      minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
    });
    for (const count of minutes.values()) found += count;
  } else for await (const { hits } of source.search(request)) found += hits.length;
  return found;
}

const cell = (text: string | number, width: number) =>
  (typeof text === "string" ? text : text.toFixed(0)).padStart(width);

console.log(`${records} records, ${(data.rawBytes / 1e6).toFixed(0)} MB of lines; ms of CPU\n`);
console.log(`${"".padEnd(38)}${["hits", "least", "first", "wall", "bar"].map((title) => cell(title, 9)).join("")}`);
for (const each of CASES) {
  if (!each.name.includes(values.only)) continue;
  const costs: number[] = [];
  let [found, wall] = [0, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    const [cpu, begun] = [cpuMs(), performance.now()];
    found = await run(each);
    costs.push(cpuMs() - cpu);
    wall = Math.min(wall, performance.now() - begun);
  }
  const bar = each.bar === undefined || records !== 2_000_000 ? "" : `${each.bar}`;
  const cells = [found, Math.min(...costs), costs[0]!, wall, bar];
  console.log(`${each.name.padEnd(38)}${cells.map((value) => cell(value, 9)).join("")}`);
}
if (values.peers) await measurePeers(data);
