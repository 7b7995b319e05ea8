// The past of 20 pods of 20,000 lines each, read to a file by klog and by kubectl in turn.
// node bench/backlog.ts [--pods 20] [--lines 20000] [--runs 5] [--namespace READY]
import { parseArgs } from "node:util";
import { type Cluster, manifest, startCluster, waitFor } from "../test/services/cluster.ts";
import { type Cost, measure } from "./measure.ts";
import { environment, klog, kubectl, outputFolder } from "./programs.ts";
import { median, print, table, title, verdict } from "./report.ts";
import { linesOf } from "./tally.ts";

const CPU_BAR = 0.7;
const WALL_BAR = 1;

const { values } = parseArgs({
  options: {
    pods: { type: "string", default: "20" },
    lines: { type: "string", default: "20000" },
    runs: { type: "string", default: "5" },
    namespace: { type: "string" },
  },
});
const pods = Number(values.pods);
const lines = Number(values.lines);

title(`backlog: ${pods} pods x ${lines.toLocaleString("en")} lines, whole, to a file`);
const cluster = await startCluster({ name: "node" });
try {
  const namespace = values.namespace ?? (await preparePods(cluster));
  try {
    await compare(cluster, namespace);
  } finally {
    if (values.namespace === undefined)
      await cluster.kubectl(["delete", "namespace", namespace, "--wait=false", "--grace-period=0", "--force"]);
  }
} finally {
  await cluster.down();
}

async function preparePods(cluster: Cluster): Promise<string> {
  const namespace = await cluster.namespace("bench");
  const text = await manifest("bench.yaml", { env: { TOTAL: lines } });
  await cluster.apply(text.replace("replicas: 20", `replicas: ${pods}`), { namespace });
  const last = ["logs", "-n", namespace, "-l", "app=bench", "--tail=1", "--max-log-requests", String(pods)];
  await waitFor(
    "the last line of every pod",
    async () => {
      const written = (await cluster.kubectl(last)).split("\n").filter((line) => line.includes(`"seq":${lines},`));
      return written.length === pods ? true : undefined;
    },
    { timeoutMs: 180_000, everyMs: 1000 },
  );
  return namespace;
}

interface Round {
  readonly klog: Cost;
  readonly kubectl: Cost;
}

async function compare(cluster: Cluster, namespace: string): Promise<void> {
  using folder = outputFolder();
  const env = environment(cluster);
  const where = ["-n", namespace, "-l", "app=bench"];
  const requests = ["--prefix", "--max-log-requests", String(pods)];
  const runs = {
    klog: (tail: number) =>
      measure(klog("tail", ...where, "--no-follow", `--tail=${tail}`), {
        env,
        stdout: folder.path("klog"),
        stderr: folder.path("klog.err"),
      }),
    kubectl: (tail: number) =>
      measure(kubectl(cluster, "logs", ...where, `--tail=${tail}`, ...requests), {
        env,
        stdout: folder.path("kubectl"),
        stderr: folder.path("kubectl.err"),
      }),
  };
  // Caches of both, in files and in the kernel, are warm from here on.
  await runs.klog(1);
  await runs.kubectl(1);

  const rounds: Round[] = [];
  let isSame = true;
  for (let round = 0; round < Number(values.runs); round++) {
    // Interleaved, each first in turn, so that a slow moment of the machine meets both.
    let ofKlog: Cost | undefined;
    if (round % 2 === 0) ofKlog = await runs.klog(-1);
    const ofKubectl = await runs.kubectl(-1);
    ofKlog ??= await runs.klog(-1);
    rounds.push({ klog: ofKlog, kubectl: ofKubectl });
    isSame = (await sameLines(folder.path("klog"), folder.path("kubectl"))) && isSame;
  }
  report(rounds, isSame);
}

/** Both have each line of each pod as often as the other. */
async function sameLines(ofKlog: string, ofKubectl: string): Promise<boolean> {
  const [ours, theirs] = [await sorted(ofKlog, /^(\S+) main /), await sorted(ofKubectl, /^\[pod\/(\S+)\/main\] /)];
  const expected = pods * lines;
  if (ours.length !== expected || theirs.length !== expected) {
    print(`lines: klog ${ours.length}, kubectl ${theirs.length}, written ${expected}`);
    return false;
  }
  const at = ours.findIndex((line, i) => line !== theirs[i]);
  if (at >= 0) print(`klog and kubectl differ: ${ours[at]} / ${theirs[at]}`);
  return at < 0;
}

async function sorted(file: string, prefix: RegExp): Promise<string[]> {
  const all: string[] = [];
  for await (const line of linesOf(file)) all.push(line.replace(prefix, "$1 "));
  return all.sort();
}

function report(rounds: readonly Round[], isSame: boolean): void {
  const row = (name: string, of: (pick: (round: Round) => number) => number): string[] => {
    const cost = (who: keyof Round, what: "cpu" | "wall" | "maxRss") => of((round) => round[who][what]);
    return [
      name,
      of((round) => round.klog.cpu / round.kubectl.cpu).toFixed(2),
      of((round) => round.klog.wall / round.kubectl.wall).toFixed(2),
      cost("klog", "cpu").toFixed(2),
      cost("kubectl", "cpu").toFixed(2),
      cost("klog", "wall").toFixed(2),
      cost("kubectl", "wall").toFixed(2),
      cost("klog", "maxRss").toFixed(0),
      cost("kubectl", "maxRss").toFixed(0),
    ];
  };
  table(
    [
      "run",
      "CPU ratio",
      "wall ratio",
      "klog CPU s",
      "kubectl CPU s",
      "klog wall s",
      "kubectl wall s",
      "klog MB",
      "kubectl MB",
    ],
    [
      ...rounds.map((round, i) => row(String(i + 1), (pick) => pick(round))),
      row("median", (pick) => median(rounds.map(pick))),
    ],
  );
  const ratio = (what: "cpu" | "wall") => median(rounds.map((round) => round.klog[what] / round.kubectl[what]));
  verdict(ratio("cpu") <= CPU_BAR, `CPU ${ratio("cpu").toFixed(2)} x kubectl's (bar ${CPU_BAR})`);
  verdict(ratio("wall") <= WALL_BAR, `wall ${ratio("wall").toFixed(2)} x kubectl's (bar ${WALL_BAR})`);
  verdict(isSame, `all ${(pods * lines).toLocaleString("en")} lines, the same as kubectl's, in every run`);
}
