// The past of 1,000 pods (fake ones, of kwok) of 1,000 lines each, read to a file.
// node bench/many-pods.ts [--pods 1000] [--lines 1000] [--runs 3] [--with-kubectl]: kubectl takes 199 s.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Cluster, startCluster } from "../test/services/cluster.ts";
import { fakePods } from "./fake-pods.ts";
import { type Cost, measure } from "./measure.ts";
import { environment, klog, kubectl, outputFolder } from "./programs.ts";
import { median, print, table, title, verdict } from "./report.ts";
import { type Numbered, tally } from "./tally.ts";

const BARS = { wall: 12, cpu: 2, rss: 200 };

const RAW = join(import.meta.dirname, "raw-streams.ts");

const { values } = parseArgs({
  options: {
    pods: { type: "string", default: "1000" },
    lines: { type: "string", default: "1000" },
    runs: { type: "string", default: "3" },
    "with-kubectl": { type: "boolean", default: false },
  },
});
const pods = Number(values.pods);
const lines = Number(values.lines);

title(`many pods: ${pods.toLocaleString("en")} fake pods x ${lines.toLocaleString("en")} lines, whole, to a file`);
const cluster = await startCluster({ name: "scale", kwokLines: lines });
try {
  await fakePods(cluster, { pods, streams: 0 });
  await run(cluster);
} finally {
  await cluster.down();
}

async function run(cluster: Cluster): Promise<void> {
  using folder = outputFolder();
  const options = { env: environment(cluster), stdout: folder.path("out"), stderr: folder.path("err") };
  const rows: { name: string; cost: Cost }[] = [];
  let isWhole = true;
  for (let i = 1; i <= Number(values.runs); i++) {
    const cost = await measure(klog("tail", "-A", "-l", "scale=1", "--no-follow", "--tail=-1"), options);
    rows.push({ name: `klog ${i}`, cost });
    isWhole = (await hasAll("klog", folder.path("out"), ofKlog)) && isWhole;
  }
  const runs = rows.map(({ cost }) => cost);
  const middle = (what: keyof Cost) => median(runs.map((cost) => cost[what]));
  const [wall, cpu, system, maxRss] = [middle("wall"), middle("cpu"), middle("system"), middle("maxRss")];
  const total: Cost = { wall, cpu, system, maxRss, status: 0 };
  rows.push({ name: "klog, median", cost: total });
  const raw = await measure([process.execPath, RAW, "scale", "scale=1"], options);
  rows.push({ name: "node:http2 alone", cost: raw });
  if (values["with-kubectl"]) {
    const requests = ["--prefix", "--max-log-requests", String(pods)];
    const args = ["logs", "-n", "scale", "-l", "scale=1", "--tail=-1", ...requests];
    rows.push({ name: "kubectl", cost: await measure(kubectl(cluster, ...args), options) });
    await hasAll("kubectl", folder.path("out"), ofKubectl);
  }

  table(
    ["run", "wall : klog", "CPU : klog", "wall s", "CPU s", "lines/CPU-s", "max MB"],
    rows.map(({ name, cost }) => [
      name,
      (cost.wall / total.wall).toFixed(2),
      (cost.cpu / total.cpu).toFixed(2),
      cost.wall.toFixed(2),
      cost.cpu.toFixed(2),
      Math.round((pods * lines) / cost.cpu).toLocaleString("en"),
      cost.maxRss.toFixed(0),
    ]),
  );
  const worst = Math.max(...runs.map((cost) => cost.maxRss));
  verdict(total.wall <= BARS.wall, `wall ${total.wall.toFixed(1)} s (bar ${BARS.wall} s; kubectl and stern: 199 s)`);
  verdict(total.cpu <= BARS.cpu, `CPU ${total.cpu.toFixed(2)} s (bar ${BARS.cpu} s)`);
  print(
    `      CPU ${(total.cpu / raw.cpu).toFixed(2)} x, wall ${(total.wall / raw.wall).toFixed(2)} x node:http2 alone`,
  );
  verdict(worst <= BARS.rss, `at most ${worst.toFixed(0)} MB (bar ${BARS.rss} MB)`);
  verdict(isWhole, `each of ${(pods * lines).toLocaleString("en")} lines once, in every run`);
}

function ofKlog(line: string): Numbered | undefined {
  const match = /^scale (\S+) app \{.*"seq":(\d+),/.exec(line);
  return match === null ? undefined : { source: match[1]!, number: Number(match[2]) };
}

function ofKubectl(line: string): Numbered | undefined {
  const match = /^\[pod\/(\S+)\/app\] \{.*"seq":(\d+),/.exec(line);
  return match === null ? undefined : { source: match[1]!, number: Number(match[2]) };
}

async function hasAll(name: string, file: string, read: (line: string) => Numbered | undefined): Promise<boolean> {
  const found = await tally(file, read);
  const { missing, doubled } = found.check({ sources: pods, first: 0, last: lines - 1 });
  const isWhole = missing === 0 && doubled === 0 && found.other === 0 && found.lines === pods * lines;
  if (!isWhole)
    print(`${name}: ${found.lines} lines, ${missing} missing, ${doubled} doubled, ${found.other} without a number`);
  return isWhole;
}
