// What the way of a line costs without the network: 400,000 lines of 140 bytes in 20 sources, through the splitter, the
// cursor, the joiner, the timeline and the formatter, one stage more in each row. node bench/cursor.ts [--runs 5]
import { parseArgs } from "node:util";
import { WorkloadColors } from "../src/output/colors.ts";
import { createFormatter } from "../src/output/formatter.ts";
import { OutputBuffer } from "../src/output/output-buffer.ts";
import { createStyles } from "../src/output/theme.ts";
import type { LogLine, Origin } from "../src/record/log-line.ts";
import { createLineJoiner } from "../src/record/multiline.ts";
import { systemClock } from "../src/sources/clock.ts";
import { Timeline } from "../src/sources/merge/timeline.ts";
import { Cursor } from "../src/sources/pods/cursor.ts";
import { LineSplitter } from "../src/sources/pods/line-splitter.ts";
import { median, table, title, verdict } from "./report.ts";

const SOURCES = 20;
const LINES = 20_000;
const LENGTH = 140;
/** As HTTP/2 hands it on. */
const CHUNK = 16 * 1024;
const BAR = 1e6;
const NEWLINE = 10;

const { values } = parseArgs({ options: { runs: { type: "string", default: "5" } } });

interface Source {
  readonly origin: Origin;
  readonly chunks: readonly Buffer[];
}

/** Every source writes a line each millisecond, so that the merge has all of its work to do. */
function makeSource(index: number): Source {
  const stamps = Array.from({ length: LINES }, (_, i) => {
    const time = new Date(1_700_000_000_000 + i).toISOString().slice(0, -1);
    return `${time}${String(index).padStart(3, "0")}${String(i % 1000).padStart(3, "0")}Z `;
  });
  const text = (i: number) =>
    `{"level":"info","seq":${i},"msg":"request served","path":"/api/v1/items/${(i * 7919) % 10_007}","status":200,"pad":"`;
  const bytes = Buffer.from(
    stamps
      .map(
        (stamp, i) =>
          `${stamp}${text(i)
            .padEnd(LENGTH - 2, "x")
            .slice(0, LENGTH - 2)}"}\n`,
      )
      .join(""),
  );
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) chunks.push(bytes.subarray(at, at + CHUNK));
  const pod = `bench-7d9f8c6b5d-x${index}x9k`;
  const origin: Origin = {
    source: "pod",
    cluster: "test",
    node: "node-1",
    namespace: "bench",
    pod,
    podUid: pod,
    container: "main",
    containerKind: "container",
    containerId: `containerd://${index}`,
    restart: 0,
    labels: {},
    annotations: {},
    workload: "deployment/bench",
  };
  return { origin, chunks };
}

type Stage = "split" | "cursor" | "join" | "merge" | "format";
const STAGES: readonly Stage[] = ["split", "cursor", "join", "merge", "format"];

/** Chunks of all sources in turn, as they come from the server. Resolves to what went out at the end. */
function pass(sources: readonly Source[], last: Stage): number {
  const has = (stage: Stage) => STAGES.indexOf(stage) <= STAGES.indexOf(last);
  const styles = createStyles("dark", 0);
  const formatter = createFormatter({
    format: "default",
    template: undefined,
    timestamps: "off",
    timezone: "UTC",
    now: () => 0,
    prefix: "auto",
    showNamespace: false,
    showCluster: false,
    columns: [],
    styles,
    colors: new WorkloadColors({ slots: styles.slots, diffContainer: false }),
    isColoured: false,
    highlight: [],
    fields: [],
    hideFields: [],
    ansi: "auto",
    isTerminal: false,
    isAligned: false,
    onProblem: () => {},
  });
  const out = new OutputBuffer();
  let count = 0;
  const emit = (line: LogLine) => {
    count++;
    if (!has("format")) return;
    formatter.line(line, out);
    if (out.length >= 64 * 1024) out.clear();
  };
  const timeline = new Timeline({
    order: "time",
    windowMs: 200,
    clock: systemClock,
    emit: (item) => {
      if (item.kind === "line") emit(item);
    },
    ready: () => true,
  });
  const feeds = sources.map(({ origin }) => {
    const lane = timeline.open({ awaited: true, flow: () => {} });
    const cursor = new Cursor({ fromFirstLine: true });
    const joiner = createLineJoiner(has("join") ? "auto" : "off");
    const hand = (line: LogLine) => (has("merge") ? lane.push(line) : emit(line));
    const arrival = systemClock.monotonic();
    const splitter = new LineSplitter({ maxLineBytes: 1 << 20 }, (buffer, start, end, sec, nsec, hashA, hashB, cut) => {
      if (!has("cursor")) {
        count++;
        return;
      }
      cursor.consume(sec, nsec, hashA, hashB);
      const line: LogLine = {
        kind: "line",
        origin,
        sec,
        nsec,
        buffer,
        start,
        end,
        cut,
        arrival,
        rest: undefined,
        late: false,
      };
      const event = joiner.push(line);
      if (event !== undefined) hand(event);
    });
    const finish = () => {
      const event = joiner.flush();
      if (event !== undefined) hand(event);
      lane.close();
    };
    return { splitter, finish };
  });
  for (let i = 0; i < sources[0]!.chunks.length; i++) {
    for (const [index, feed] of feeds.entries()) {
      const chunk = sources[index]!.chunks[i];
      if (chunk !== undefined) feed.splitter.feed(chunk);
      timeline.drain();
    }
  }
  for (const feed of feeds) feed.finish();
  timeline.flush();
  return count;
}

/** The least that anything can do with lines. */
function bare(sources: readonly Source[]): number {
  let count = 0;
  for (const { chunks } of sources) {
    for (const chunk of chunks)
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count++;
  }
  return count;
}

function cpuSeconds(work: () => number): number {
  const begin = process.cpuUsage();
  const count = work();
  const { user, system } = process.cpuUsage(begin);
  if (count !== SOURCES * LINES) throw new Error(`${count} lines came out, not ${SOURCES * LINES}`);
  return (user + system) / 1e6;
}

title(`hot path: ${(SOURCES * LINES).toLocaleString("en")} lines of ${LENGTH} bytes in memory, ${SOURCES} sources`);
const sources = Array.from({ length: SOURCES }, (_, i) => makeSource(i));
const works: { name: string; work: () => number; seconds: number[] }[] = [
  { name: "Buffer.indexOf only", work: () => bare(sources), seconds: [] },
  ...STAGES.map((stage, i) => ({
    name: i === 0 ? "split" : `+ ${stage}`,
    work: () => pass(sources, stage),
    seconds: [],
  })),
];
for (const { work } of works) work(); // compiled from here on
for (let run = 0; run < Number(values.runs); run++)
  for (const { work, seconds } of works) seconds.push(cpuSeconds(work));

const floor = median(works[0]!.seconds);
table(
  ["stages", "x indexOf", "k lines/CPU-s", "µs a line", ...works[0]!.seconds.map((_, i) => `run ${i + 1} s`)],
  works.map(({ name, seconds }) => [
    name,
    (median(seconds) / floor).toFixed(1),
    (((SOURCES * LINES) / median(seconds)) * 1e-3).toFixed(0),
    ((median(seconds) / (SOURCES * LINES)) * 1e6).toFixed(3),
    ...seconds.map((value) => value.toFixed(2)),
  ]),
);
const rate = (SOURCES * LINES) / median(works.at(-1)!.seconds);
verdict(rate >= BAR, `${Math.round(rate / 1000)} k lines a CPU-second, all stages (goal ${BAR / 1000} k)`);
