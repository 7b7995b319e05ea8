// What else reads the same lines: rsyslog (imfile to omfile, with the agent's fields) as a peer, cat and wc as what the machine can do.
import { execFileSync } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../test/services/cluster.ts";
import { type Found, foundText } from "./agent-check.ts";
import { Consumer } from "./agent-consumer.ts";
import { inFolder, inputFlags, runOnce } from "./agent-process.ts";
import type { Tree, Workload } from "./agent-workload.ts";
import { type Cost, measure, start } from "./measure.ts";
import { print, table } from "./report.ts";

const FILES = 10;
const RSYSLOG_MS = 300_000;
const RAW = join(import.meta.dirname, "agent-raw.ts");

interface PeersOptions {
  readonly lines: number;
  /** rsyslog reads so many of them. */
  readonly peerLines: number;
  /** Lines a CPU-second of klog on the same task, when it was measured. */
  readonly rate: number | undefined;
}

export async function peers(workload: Workload, { lines, peerLines, rate }: PeersOptions): Promise<void> {
  const tree = workload.tree({ kind: "cri", files: FILES, lines });
  const rows = await inFolder(workload, (folder) => limits(tree, folder));
  const part = workload.tree({ kind: "cri", files: 2, lines: peerLines });
  const peer = await inFolder(workload, (folder) => rsyslog(part, folder));
  if (peer !== undefined) rows.unshift(rowOf("rsyslog imfile -> omfile", part.lines, part.bytes, peer.cost));
  table(["peers and limits", "k lines/CPU-s", "MB/CPU-s", "of it system", "CPU s", "wall s", "max MB"], rows);
  if (peer === undefined) print("rsyslogd is not there: apt-get install rsyslog (its service need not run)");
  else {
    print(`rsyslog: ${foundText(peer.found)} of ${part.lines.toLocaleString("en")} lines`);
    const its = part.lines / peer.cost.cpu;
    if (rate !== undefined) print(`klog, CRI -> file: ${(rate / its).toFixed(1)} x rsyslog's lines a CPU-second`);
  }
}

async function limits(tree: Tree, folder: string): Promise<string[][]> {
  const env = { PATH: process.env["PATH"] };
  const [copied, records, copy, rest] = ["copied", "records", "copy", "rest"].map((name) => join(folder, name));
  const cat = await consumedCat(tree.files, copied!);
  const count = await measure(["wc", "-l", ...tree.files], { env, stdout: rest!, stderr: rest! });
  // The agent writes three bytes for each that it reads.
  await runOnce({ flags: [...inputFlags(tree, "pods"), "--sink", `file:${records}`], folder });
  const { size } = statSync(records!);
  const catRecords = await consumedCat([records!], copy!);
  const raw = (sync: boolean) => consumedRaw({ files: tree.files, bytes: size, sync }, join(folder, `raw-${sync}`));
  const synced = await raw(true);
  const unsynced = await raw(false);
  return [
    rowOf("raw: node:fs reads and writes the same bytes, synced", tree.lines, tree.bytes, synced),
    rowOf("raw, not synced", tree.lines, tree.bytes, unsynced),
    rowOf("cat to a file", tree.lines, tree.bytes, cat),
    rowOf("cat of the agent's output to a file", tree.lines, size, catRecords),
    rowOf("wc -l", tree.lines, tree.bytes, count),
  ];
}

/** Its output is taken away while it is written, as the agent's is. */
async function consumedCat(files: readonly string[], output: string): Promise<Cost> {
  const consumer = new Consumer(output, { numbers: 0, numbersPerFile: 1 });
  try {
    const env = { PATH: process.env["PATH"] };
    return await measure(["cat", ...files], { env, stdout: output, stderr: `${output}.stderr` });
  } finally {
    await consumer.finish();
  }
}

/** What an agent in Node cannot go below on this machine, whatever it does with the lines. */
async function consumedRaw(spec: { files: readonly string[]; bytes: number; sync: boolean }, output: string) {
  const consumer = new Consumer(output, { numbers: 0, numbersPerFile: 1 });
  try {
    const env = { PATH: process.env["PATH"] };
    const command = [process.execPath, RAW, JSON.stringify({ ...spec, output })];
    return await measure(command, { env, stdout: `${output}.stdout`, stderr: `${output}.stderr` });
  } finally {
    await consumer.finish();
  }
}

/** Undefined where it is not installed. */
async function rsyslog(tree: Tree, folder: string): Promise<{ cost: Cost; found: Found } | undefined> {
  const program = rsyslogPath();
  if (program === undefined) return undefined;
  const output = join(folder, "out");
  const config = join(folder, "rsyslog.conf");
  mkdirSync(join(folder, "work"));
  writeFileSync(config, rsyslogConfig(tree, folder, output));
  const consumer = new Consumer(output, tree);
  const running = await start([program, "-n", "-i", join(folder, "pid"), "-f", config], {
    env: { PATH: process.env["PATH"] },
    stdout: join(folder, "stdout"),
    stderr: join(folder, "stderr"),
  });
  const whole = waitFor("rsyslog's lines", async () => (consumer.events >= tree.lines ? true : undefined), {
    timeoutMs: RSYSLOG_MS,
  });
  await running.during(whole);
  process.kill(running.pid, "SIGTERM");
  const cost = await running.ended;
  return { cost, found: await consumer.finish() };
}

function rsyslogPath(): string | undefined {
  try {
    const found = execFileSync("sh", ["-c", "command -v rsyslogd || ls /usr/sbin/rsyslogd"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return found.trim();
  } catch {
    return undefined;
  }
}

/** The prefix of a CRI line has fixed columns, so it needs no parser; fields are as many as klog writes, all constant but the path. */
function rsyslogConfig(tree: Tree, folder: string, output: string): string {
  const constant = (text: string) => `  constant(value="${text.replaceAll('"', '\\"')}")`;
  const fields = {
    level: "info",
    k8s_pod: "web-7d9f8c6b5d-00000",
    k8s_pod_namespace: "shop",
    k8s_node_name: "node-1",
    k8s_container_name: "app",
    k8s_pod_uid: "0f2b8e9c-5a77-4b1e-9d57-000000000000",
  };
  return [
    `global(workDirectory="${join(folder, "work")}")`,
    'module(load="imfile")',
    'template(name="record" type="list") {',
    constant('{"@timestamp":"'),
    '  property(name="msg" position.from="1" position.to="30")',
    constant('","stream":"'),
    '  property(name="msg" position.from="32" position.to="37")',
    constant('","message":"'),
    '  property(name="msg" position.from="41" format="json")',
    constant(`",${JSON.stringify(fields).slice(1, -1)},"offset":"`),
    '  property(name="$!metadata!fileoffset")',
    constant('"}'),
    '  constant(value="\\n")',
    "}",
    'ruleset(name="records") {',
    `  action(type="omfile" file="${output}" template="record")`,
    "}",
    ...tree.files.map((file) => `input(type="imfile" file="${file}" tag="web" addMetadata="on" ruleset="records")`),
    "",
  ].join("\n");
}

function rowOf(name: string, lines: number, bytes: number, { cpu, system, wall, maxRss }: Cost): string[] {
  return [
    name,
    (lines / cpu / 1000).toFixed(0),
    (bytes / cpu / 1e6).toFixed(0),
    `${((100 * system) / cpu).toFixed(0)} %`,
    cpu.toFixed(2),
    wall.toFixed(1),
    maxRss.toFixed(0),
  ];
}
