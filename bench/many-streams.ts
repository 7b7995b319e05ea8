// 200 streams (fake pods of kwok, a log file each) of 50 lines a second, followed for minutes.
// node bench/many-streams.ts [--streams 200] [--rate 50] [--seconds 60]: the bar is for 300 seconds
import { execFile } from "node:child_process";
import { truncateSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { type Cluster, startCluster, waitFor } from "../test/services/cluster.ts";
import { fakePods } from "./fake-pods.ts";
import { cpuShare, GROWTH_BAR, memoryGrowth, rowsOf, sampleEachSecond, stopsGrowing } from "./follow.ts";
import { type Cost, type Sample, start } from "./measure.ts";
import { environment, klog, outputFolder } from "./programs.ts";
import { print, table, title, verdict } from "./report.ts";
import { linesOf, type Numbered, Tally } from "./tally.ts";

const RSS_BAR = 200;
/** From the first request for a stream's log to the one that follows it. */
const SETTLE_MS = 5000;
const WRITER = join(import.meta.dirname, "..", "test", "services", "kubernetes", "kwok-writer.mjs");

const { values } = parseArgs({
  options: {
    streams: { type: "string", default: "200" },
    rate: { type: "string", default: "50" },
    seconds: { type: "string", default: "60" },
  },
});
const streams = Number(values.streams);

title(`many streams: ${streams} x ${values.rate} lines/s, followed for ${values.seconds} s`);
const cluster = await startCluster({ name: "scale", kwokStreams: streams });
try {
  await fakePods(cluster, { pods: 0, streams });
  await run(cluster);
} finally {
  await cluster.down();
}

async function run(cluster: Cluster): Promise<void> {
  if (cluster.runDir === undefined) throw new Error("the log files of a cluster that was given cannot be written");
  const logs = join(cluster.runDir, "kwok", "streams");
  // The writer appends, and numbers from 1.
  for (let i = 0; i < streams; i++) truncateSync(join(logs, String(i), "app.log"));

  using folder = outputFolder();
  const file = folder.path("out");
  const program = await start(klog("tail", "-n", "streams", "-l", "app=stream", "--tail=-1", "--stats"), {
    env: environment(cluster),
    stdout: file,
    stderr: folder.path("err"),
  });
  await waitFor("all streams to be opened", async () => {
    const opened = (await readFile(folder.path("err"), "utf8")).match(/^\+ stream-/gm)?.length ?? 0;
    return opened >= streams ? true : undefined;
  });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const sampling = sampleEachSecond(program);
  const { stdout } = await promisify(execFile)(process.execPath, [
    WRITER,
    logs,
    String(streams),
    values.rate,
    values.seconds,
  ]);
  sampling.stop();
  await stopsGrowing(file, 3000);
  program.interrupt();
  const cost = await program.ended;

  const written = JSON.parse(stdout) as { lines: number; seconds: number };
  const { found, gaps } = await readBack(file);
  report(sampling.samples, cost, written, found, gaps);
  print((await readFile(folder.path("err"), "utf8")).replace(/^[+-] stream-.*\n/gm, "").trim());
}

async function readBack(file: string): Promise<{ found: Tally; gaps: number }> {
  const found = new Tally();
  let gaps = 0;
  for await (const line of linesOf(file)) {
    if (line.startsWith("--- gap")) gaps++;
    else found.add(numberOf(line));
  }
  return { found, gaps };
}

function numberOf(line: string): Numbered | undefined {
  const match = /^stream-(\d+) app \{"level":"info","stream":\1,"seq":(\d+),"msg":"live"\}$/.exec(line);
  return match === null ? undefined : { source: match[1]!, number: Number(match[2]) };
}

function report(
  samples: readonly Sample[],
  cost: Cost,
  written: { lines: number; seconds: number },
  found: Tally,
  gaps: number,
): void {
  const growth = memoryGrowth(samples);
  const { missing, doubled } = found.check({ sources: streams, first: 1, last: Math.round(written.lines / streams) });
  table(
    ["klog", "of a core", "MB growth", "max MB", "lines/s", "CPU s", "missing", "doubled", "gaps"],
    [
      [
        `${streams} streams`,
        cpuShare(samples).toFixed(2),
        growth.toFixed(2),
        cost.maxRss.toFixed(0),
        Math.round(written.lines / written.seconds).toLocaleString("en"),
        cost.cpu.toFixed(2),
        String(missing),
        String(doubled),
        String(gaps),
      ],
    ],
  );
  table(["second", "MB", "CPU s"], rowsOf(samples));
  verdict(cost.maxRss <= RSS_BAR, `at most ${cost.maxRss.toFixed(0)} MB (bar ${RSS_BAR} MB)`);
  verdict(growth <= GROWTH_BAR, `memory: last quarter ${growth.toFixed(2)} x the second (flat: ${GROWTH_BAR})`);
  const isWhole = missing === 0 && doubled === 0 && gaps === 0 && found.other === 0;
  verdict(isWhole, `each of ${written.lines.toLocaleString("en")} lines once, no gap (${found.other} strange lines)`);
}
