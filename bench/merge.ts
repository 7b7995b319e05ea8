// Speed of the search's merge: 4 sources without a common line, beside putting all lines into one array and sorting it.
// node bench/merge.ts
import type { LogLine, Origin } from "../src/record/log-line.ts";
import { compareTimestamps } from "../src/record/timestamp.ts";
import { systemClock } from "../src/sources/clock.ts";
import { mergeSources } from "../src/sources/merge/search-merge.ts";
import type { SearchPage, SearchRequest, Source } from "../src/sources/source.ts";
import { table, title, verdict } from "./report.ts";

const SOURCES = 4;
const LINES = 250_000;
const PAGE = 2000;
const ROUNDS = 5;
/** Million lines per CPU second. */
const BAR = 2;

const buffer = Buffer.from('{"level":"info","msg":"request served","path":"/api/v1/orders","status":200,"took_ms":12}');

function linesOf(source: number): LogLine[] {
  const origin = { podUid: `uid-${source}`, pod: `web-${source}`, namespace: "shop", container: "app" } as Origin;
  return Array.from({ length: LINES }, (_, i) => {
    // 5,000 lines a second and source, interleaved.
    const ns = i * 200_000 + source * 40_000 + ((i * 7919) % 39_989);
    return {
      kind: "line",
      origin,
      sec: 1_790_000_000 + Math.floor(ns / 1e9),
      nsec: ns % 1e9,
      buffer,
      start: 0,
      end: buffer.length,
      cut: 0,
      arrival: 0,
      rest: undefined,
      late: false,
    };
  });
}

function sourceOf(name: string, lines: readonly LogLine[]): Source {
  return {
    name,
    holdBackMs: 500,
    explain: () => Promise.resolve([]),
    async *search(): AsyncIterable<SearchPage> {
      for (let at = 0; at < lines.length; at += PAGE) {
        const hits = lines.slice(at, at + PAGE);
        yield { hits, reached: hits.at(-1), live: false, resume: (index) => at + index + 1 };
      }
    },
    describe: () => Promise.reject(new Error("not asked")),
    close() {},
  };
}

async function merge(sources: readonly Source[], dedupe: boolean): Promise<number> {
  const signal = new AbortController().signal;
  const request: SearchRequest = {
    filter: { kind: "all" },
    matches: () => true,
    accepts: () => true,
    from: undefined,
    to: undefined,
    order: "oldest",
    limit: undefined,
    follow: false,
    resume: undefined,
    signal,
    work: { records: 0, bytes: 0, totalBytes: undefined, skippedBytes: 0, lostBytes: 0 },
    note: () => undefined,
  };
  let count = 0;
  for await (const { hits } of mergeSources(
    sources.map((source) => ({ source, request })),
    {
      order: "oldest",
      limit: undefined,
      follow: false,
      dedupe,
      sourceTimeoutMs: 10_000,
      clock: systemClock,
      onNote: () => undefined,
      signal,
    },
  ))
    count += hits.length;
  return count;
}

/** Lines per CPU second in millions, the best of some runs. */
async function speedOf(run: () => Promise<number> | number): Promise<number> {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    const count = await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, count / (user + system));
  }
  return best;
}

title("merge of searches");
const lines = Array.from({ length: SOURCES }, (_, source) => linesOf(source));
const sources = lines.map((of, i) => sourceOf(`s${i}`, of));
const copies = [lines[0]!, lines[0]!.map((l) => ({ ...l })), lines[1]!, lines[1]!.map((l) => ({ ...l }))];
const speed = await speedOf(() => merge(sources, true));
const others = {
  "the same, dedupe off": await speedOf(() => merge(sources, false)),
  "4 sources, each line from two":
    2 *
    (await speedOf(() =>
      merge(
        copies.map((of, i) => sourceOf(`s${i}`, of)),
        true,
      ),
    )),
  "one array, sorted": await speedOf(() => lines.flat().sort(compareTimestamps).length),
};
table(
  ["way", "M lines read/CPU-s"],
  Object.entries({ "4 sources without a common line": speed, ...others }).map(([name, of]) => [name, of.toFixed(1)]),
);
verdict(speed >= BAR, `4 sources without a common line: at least ${BAR} M lines per CPU second`);
