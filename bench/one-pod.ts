// One pod that writes as fast as it can, followed by klog and by kubectl at the same time, each to a file.
// node bench/one-pod.ts [--lines 3000000] [--rate 0] [--width 100]: rate in lines a second, 0 = as fast as it can
import { parseArgs } from "node:util";
import { type Cluster, manifest, startCluster } from "../test/services/cluster.ts";
import { cpuShare, endsWith, GROWTH_BAR, memoryGrowth, rowsOf, sampleEachSecond } from "./follow.ts";
import { type Cost, type Sample, start } from "./measure.ts";
import { environment, klog, kubectl, outputFolder } from "./programs.ts";
import { table, title, verdict } from "./report.ts";
import { type Numbered, type Tally, tally } from "./tally.ts";

/** Nothing may be rotated away, as the log API reads the newest file only. */
const LOG_MAX = "4Gi";
/** Followers are there before the first line. */
const DELAY_S = 5;

const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "3000000" },
    rate: { type: "string", default: "0" },
    width: { type: "string", default: "100" },
  },
});
const lines = Number(values.lines);
const timeoutMs = 60_000 + lines / 5;

title(`one pod: ${lines.toLocaleString("en")} lines of ${values.width} bytes, followed while they are written`);
const cluster = await startCluster({ name: "node" });
try {
  // The kubelet is started anew with a greater limit, and at the end with the usual one again.
  await startCluster({ name: "node", logMax: LOG_MAX });
  const namespace = await cluster.namespace("fast");
  try {
    await run(cluster, namespace);
  } finally {
    await cluster.kubectl(["delete", "namespace", namespace, "--wait=false", "--grace-period=0", "--force"]);
    await startCluster({ name: "node" });
  }
} finally {
  await cluster.down();
}

interface Result {
  readonly name: string;
  readonly samples: readonly Sample[];
  readonly cost: Cost;
  readonly lines: Tally;
  /** From the first line to the last, seconds. */
  readonly seconds: number;
}

async function run(cluster: Cluster, namespace: string): Promise<void> {
  const env = { DELAY: DELAY_S, RATE: values.rate, TOTAL: lines, WIDTH: values.width };
  await cluster.apply(await manifest("rotation.yaml", { env }), { namespace });
  await cluster.kubectl(["wait", "-n", namespace, "pod/rotation", "--for=condition=Ready", "--timeout=60s"], {
    timeoutMs: 70_000,
  });
  using folder = outputFolder();
  const commands = {
    klog: klog("tail", "-n", namespace, "pod/rotation", "--tail=-1"),
    kubectl: kubectl(cluster, "logs", "-n", namespace, "rotation", "-f"),
  };
  const results = await Promise.all(
    Object.entries(commands).map(async ([name, command]): Promise<Result> => {
      const file = folder.path(name);
      const options = { env: environment(cluster), stdout: file, stderr: folder.path(`${name}.err`) };
      const program = await start(command, options);
      await program.during(endsWith(file, /line \d+/, 60_000));
      const sampling = sampleEachSecond(program);
      await program.during(endsWith(file, new RegExp(`line ${lines}\\b.*\\n$`), timeoutMs));
      sampling.stop();
      program.interrupt();
      const { samples } = sampling;
      const seconds = (samples.at(-1)!.at - samples[0]!.at) / 1000;
      return { name, samples, seconds, cost: await program.ended, lines: await tally(file, numberOf) };
    }),
  );
  report(results[0]!, results[1]!);
}

function numberOf(line: string): Numbered | undefined {
  const match = /(?:^|^rotation main )line (\d+)(?: |$)/.exec(line);
  return match === null ? undefined : { source: "rotation", number: Number(match[1]) };
}

function report(ofKlog: Result, ofKubectl: Result): void {
  const share = cpuShare(ofKlog.samples);
  const results = [ofKlog, ofKubectl];
  const expected = { sources: 1, first: 1, last: lines };
  table(
    ["follower", "CPU : kubectl's", "of a core", "lines/s", "lines/CPU-s", "max MB", "MB growth", "missing", "doubled"],
    results.map(({ name, samples, seconds, cost, lines: found }) => {
      const { missing, doubled } = found.check(expected);
      return [
        name,
        (cpuShare(samples) / cpuShare(ofKubectl.samples)).toFixed(2),
        cpuShare(samples).toFixed(2),
        Math.round(lines / seconds).toLocaleString("en"),
        Math.round(lines / (samples.at(-1)!.cpu - samples[0]!.cpu)).toLocaleString("en"),
        cost.maxRss.toFixed(0),
        memoryGrowth(samples).toFixed(2),
        String(missing),
        String(doubled),
      ];
    }),
  );
  table(["klog, second", "MB", "CPU s"], rowsOf(ofKlog.samples));
  const lacking = ofKlog.lines.lacks(ofKubectl.lines);
  const { doubled } = ofKlog.lines.check(expected);
  verdict(
    lacking === 0 && doubled === 0,
    `klog has each line that kubectl has, once (${lacking} not, ${doubled} twice)`,
  );
  verdict(share < 1, `${share.toFixed(2)} of a core (bar: under one)`);
  const growth = memoryGrowth(ofKlog.samples);
  verdict(growth <= GROWTH_BAR, `memory: last quarter ${growth.toFixed(2)} x the second (flat: ${GROWTH_BAR})`);
}
