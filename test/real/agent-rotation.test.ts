// T2: every way in which logs are rotated, with the agent up, down and restarting, and its sink open and blocked.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { AgentRig, collecting, killed, stopped } from "./support/agent.ts";
import type { SmallDisk } from "./support/agent-disk.ts";
import { criLines, NumberedLog, pause, podLog } from "./support/agent-logs.ts";
import { delivered, numberIn } from "./support/agent-store.ts";
import type { KlogProcess } from "./support/klog.ts";

/** The agent asks a directory every 2 s whether it has changed: what lives shorter may go unseen. */
const SEEN_MS = 3500;
const STEP = 50;

/** What is done to a log, and whether its bytes are there afterwards. */
const ROTATIONS: Readonly<Record<string, { readonly keeps: boolean; rotate(log: NumberedLog): void }>> = {
  rename: {
    keeps: true,
    rotate(log) {
      shift(log.path);
      renameSync(log.path, `${log.path}.1`);
      log.write(5); // before its writer is told to open the new file
      log.reopen();
    },
  },
  "rename and gzip": {
    keeps: true,
    rotate(log) {
      shift(log.path);
      if (existsSync(`${log.path}.2`)) {
        writeFileSync(`${log.path}.2.gz`, gzipSync(readFileSync(`${log.path}.2`)));
        rmSync(`${log.path}.2`);
      }
      renameSync(log.path, `${log.path}.1`);
      log.reopen();
    },
  },
  copytruncate: {
    keeps: true,
    rotate(log) {
      shift(log.path);
      copyFileSync(log.path, `${log.path}.1`);
      truncateSync(log.path);
    },
  },
  delete: {
    keeps: false,
    rotate(log) {
      rmSync(log.path);
      log.write(5);
      log.reopen();
    },
  },
  recreate: {
    keeps: false,
    rotate(log) {
      rmSync(log.path);
      log.reopen();
    },
  },
};

function shift(path: string): void {
  if (existsSync(`${path}.1`)) renameSync(`${path}.1`, `${path}.2`);
}

/** A store on a disk of its own, so that it can be blocked; the retention of the defaults would want more room than it has. */
function withDisk(rig: AgentRig, limits = ""): { readonly disk: SmallDisk; readonly config: readonly string[] } {
  const disk = rig.disk("disk", 16);
  const file = rig.path("agent.yaml");
  writeFileSync(
    file,
    `state_dir: ${rig.state}
http: {address: "off"}
${limits}
pipelines:
  - name: logs
    inputs: [{type: files, paths: ["${rig.path("logs")}/*/app.log"]}]
    sinks: [{type: store, directory: "${rig.path("disk/store")}", retention: {age: 7d}}]
`,
  );
  return { disk, config: ["--config", file] };
}

function allDelivered(rig: AgentRig, bytes: number): Promise<unknown> {
  return rig.until(`${bytes} bytes to be delivered`, ({ pipelines: [pipeline] }) => {
    const { unread, inFlight, acked } = pipeline!.balance;
    return unread === 0 && inFlight === 0 && acked >= bytes;
  });
}

const AGENT = ["up", "down", "restarting"] as const;
const SINK = ["open", "blocked"] as const;
type Numbers = Readonly<Record<string, readonly number[]>>;

/** Two rotations of each kind under the given conditions; resolves to the numbers that each log has in the store. */
async function rotateAll(agentIs: (typeof AGENT)[number], sinkIs: (typeof SINK)[number]) {
  await using rig = new AgentRig(`rotation-${agentIs}-${sinkIs}`);
  const { disk, config } = withDisk(rig);
  const logs = new Map<string, NumberedLog>();
  for (const kind of Object.keys(ROTATIONS)) {
    const path = rig.path("logs", kind, "app.log");
    mkdirSync(dirname(path), { recursive: true });
    logs.set(kind, new NumberedLog(path));
  }
  let agent: KlogProcess = rig.start({ args: config });
  const next = async () => {
    if (agentIs === "up") await pause(SEEN_MS);
    if (agentIs !== "restarting") return;
    await killed(agent);
    agent = rig.start({ args: config });
    await pause(400);
  };
  for (const log of logs.values()) log.write(STEP);
  await collecting(agent);
  await allDelivered(rig, 5 * Buffer.byteLength(criLines(1, STEP)));
  if (sinkIs === "blocked") disk.fill();
  if (agentIs === "down") await killed(agent);
  for (let round = 0; round < 2; round++) {
    for (const log of logs.values()) log.write(STEP);
    await next();
    for (const [kind, log] of logs) ROTATIONS[kind]!.rotate(log);
    await next();
  }
  for (const log of logs.values()) log.write(STEP);
  await next();
  if (sinkIs === "blocked") disk.free();
  if (agentIs === "down") agent = rig.start({ args: config });
  await collecting(agent);
  // Of what there is now, a process that was started meanwhile has delivered the newest files at least.
  const present = [...logs.values()].reduce((sum, { path }) => sum + statSync(path).size, 0);
  await allDelivered(rig, agentIs === "up" ? 0 : present);
  const { code, stderr } = await stopped(agent);
  const written = Object.fromEntries([...logs].map(([kind, log]) => [kind, log.next - 1]));
  for (const log of logs.values()) log.close();
  const numbers: Record<string, number[]> = {};
  for (const { origin, message } of delivered(rig.path("disk/store"))) {
    const kind = basename(dirname(origin.path));
    numbers[kind] ??= [];
    numbers[kind].push(numberIn(message));
  }
  return { code, stderr, written, numbers: numbers as Numbers, lost: rig.pipeline.balance.lost };
}

function upTo(last: number, from = 1): number[] {
  return Array.from({ length: last - from + 1 }, (_, i) => from + i);
}

describe("rotation", () => {
  test.concurrent.each(AGENT.flatMap((agent) => SINK.map((sink) => [agent, sink] as const)))(
    "with the agent %s and its sink %s loses and doubles nothing that is there",
    async (agent, sink) => {
      const { code, stderr, written, numbers, lost } = await rotateAll(agent, sink);
      expect(code, stderr.slice(-1500)).toBe(0);
      for (const [kind, { keeps }] of Object.entries(ROTATIONS)) {
        const have = numbers[kind] ?? [];
        const all = upTo(written[kind]!);
        if (keeps || agent === "up") expect(have, kind).toEqual(all);
        else {
          // What was deleted while nobody held it is gone. All else is there, once and in order.
          const gone = new Set(upTo(written[kind]! - STEP, STEP + 1));
          expect(have, kind).toEqual(all.filter((n) => !gone.has(n) || (agent === "restarting" && have.includes(n))));
        }
      }
      if (agent === "up") expect(lost).toBe(0);
    },
    120_000,
  );
});

describe("a gap", () => {
  test("is told to the byte when a deleted file is larger than may be held", async () => {
    await using rig = new AgentRig("held");
    const { disk, config } = withDisk(rig, "limits: {held_bytes: 64KiB, in_flight: 1MiB}");
    const path = rig.path("logs/a/app.log");
    mkdirSync(dirname(path), { recursive: true });
    const log = new NumberedLog(path);
    const agent = rig.start({ args: config });
    log.write(STEP);
    const known = statSync(path).size;
    await collecting(agent);
    await allDelivered(rig, known);
    disk.fill();
    log.write(20_000, 200);
    const { size } = statSync(path);
    await rig.until("the sink to be blocked", ({ degraded }) => degraded.some(({ kind }) => kind === "sink-blocked"));
    rmSync(path);
    await rig.until("a gap", ({ pipelines: [pipeline] }) => pipeline!.gapCount > 0);
    disk.free();
    await allDelivered(rig, known);
    const { balance, gaps } = rig.pipeline;
    expect(gaps).toHaveLength(1);
    expect(balance.lost).toBe(gaps[0]!.bytes);
    expect(balance.acked + balance.lost).toBe(size);
    expect((await rig.ask("audit")).code).toBe(3);
    await stopped(agent);
    const numbers = delivered(rig.path("disk/store")).map(({ message }) => numberIn(message));
    expect(numbers).toEqual(upTo(numbers.length));
    log.close();
  }, 120_000);

  test("is told to the byte when an agent that was killed with its sink blocked finds another file in place", async () => {
    await using rig = new AgentRig("killed-blocked");
    const { disk, config } = withDisk(rig);
    const path = rig.path("logs/a/app.log");
    mkdirSync(dirname(path), { recursive: true });
    const log = new NumberedLog(path);
    let agent = rig.start({ args: config });
    log.write(STEP);
    const known = statSync(path).size;
    await collecting(agent);
    await allDelivered(rig, known);
    disk.fill();
    log.write(20_000, 200);
    const { size } = statSync(path);
    await rig.until("the file to be seen whole", ({ pipelines: [pipeline] }) => pipeline!.balance.seen >= size);
    // Longer than the journal waits.
    await pause(1500);
    await killed(agent);
    rmSync(path);
    log.reopen();
    const next = log.next;
    log.write(STEP);
    disk.free();
    agent = rig.start({ args: config });
    await collecting(agent);
    await rig.until("a gap", ({ pipelines: [pipeline] }) => pipeline!.gapCount > 0, 60_000);
    expect((await stopped(agent)).code).toBe(0);
    const numbers = delivered(rig.path("disk/store")).map(({ message }) => numberIn(message));
    const first = numbers.indexOf(next);
    expect(numbers).toEqual([...upTo(first), ...upTo(log.next - 1, next)]);
    expect(rig.pipeline.balance.lost).toBe(size - Buffer.byteLength(textOf(first)));
    log.close();
  }, 120_000);

  function textOf(lines: number): string {
    return criLines(1, STEP) + criLines(STEP + 1, lines, 200);
  }
});

describe("the kubelet's rotation", () => {
  test("goes on inside the archive when the agent was down for two rotations", async () => {
    await using rig = new AgentRig("gz");
    const path = podLog(rig.pods, "gz");
    const log = new NumberedLog(path);
    log.write(STEP);
    await rig.finish();
    log.write(STEP);
    renameSync(path, `${path}.20261121-100000`);
    log.reopen();
    log.write(STEP);
    writeFileSync(`${path}.20261121-100000.gz`, gzipSync(readFileSync(`${path}.20261121-100000`)));
    rmSync(`${path}.20261121-100000`);
    renameSync(path, `${path}.20261121-100010`);
    log.reopen();
    log.write(STEP);
    await rig.finish();
    expect(delivered(rig.store).map(({ message }) => numberIn(message))).toEqual(upTo(4 * STEP));
    expect(rig.pipeline.counters.gzContinuations).toBe(1);
    log.close();
  });
});
