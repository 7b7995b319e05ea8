// What else reads the same lines: rsyslog (imfile to omfile, with the agent's fields) as a peer, cat and wc as what the machine can do.
import { execFileSync } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, openSync, readSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../test/services/cluster.ts";
import { type Found, foundText, readFileBack } from "./agent-check.ts";
import { inFolder, inputFlags, runOnce, warmMemory } from "./agent-process.ts";
import type { Tree, Workload } from "./agent-workload.ts";
import { type Cost, measure, start } from "./measure.ts";
import { print, table } from "./report.ts";

const FILES = 10;
const RSYSLOG_MS = 300_000;

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
  await warmMemory(copied!, tree.bytes);
  const cat = await measure(["cat", ...tree.files], { env, stdout: copied!, stderr: rest! });
  const count = await measure(["wc", "-l", ...tree.files], { env, stdout: rest!, stderr: rest! });
  // The agent writes three bytes for each that it reads.
  await runOnce({ flags: [...inputFlags(tree, "pods"), "--sink", `file:${records}`], folder });
  const { size } = statSync(records!);
  await warmMemory(copied!, size);
  const catRecords = await measure(["cat", records!], { env, stdout: copy!, stderr: rest! });
  return [
    rowOf("cat to a file", tree.lines, tree.bytes, cat),
    rowOf("cat of the agent's output to a file", tree.lines, size, catRecords),
    rowOf("wc -l", tree.lines, tree.bytes, count),
  ];
}

/** Undefined where it is not installed. */
async function rsyslog(tree: Tree, folder: string): Promise<{ cost: Cost; found: Found } | undefined> {
  const program = rsyslogPath();
  if (program === undefined) return undefined;
  const output = join(folder, "out");
  const config = join(folder, "rsyslog.conf");
  mkdirSync(join(folder, "work"));
  writeFileSync(config, rsyslogConfig(tree, folder, output));
  writeFileSync(output, "");
  await warmMemory(join(folder, "warm"), tree.bytes * 2.3);
  const running = await start([program, "-n", "-i", join(folder, "pid"), "-f", config], {
    env: { PATH: process.env["PATH"] },
    stdout: join(folder, "stdout"),
    stderr: join(folder, "stderr"),
  });
  const lines = new LineCount(output);
  const whole = waitFor("rsyslog's lines", async () => (lines.count() >= tree.lines ? true : undefined), {
    timeoutMs: RSYSLOG_MS,
  });
  await running.during(whole).finally(() => lines.close());
  process.kill(running.pid, "SIGTERM");
  const cost = await running.ended;
  return { cost, found: readFileBack(output, tree) };
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
    constant(`",${JSON.stringify(fields).slice(1, -1)},"source":"`),
    '  property(name="$!metadata!filename")',
    constant('","offset":"'),
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

/** Lines of a file that grows. */
class LineCount {
  private readonly file: number;
  private readonly buffer = Buffer.allocUnsafe(1 << 20);
  private position = 0;
  private lines = 0;

  constructor(path: string) {
    this.file = openSync(path, "r");
  }

  count(): number {
    const { size } = fstatSync(this.file);
    while (this.position < size) {
      const read = readSync(this.file, this.buffer, 0, this.buffer.length, this.position);
      if (read === 0) break;
      this.position += read;
      const bytes = this.buffer.subarray(0, read);
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) this.lines++;
    }
    return this.lines;
  }

  close(): void {
    closeSync(this.file);
  }
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
