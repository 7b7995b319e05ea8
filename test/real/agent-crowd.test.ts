// T7, T8, T11: pods that live for a moment, thousands of files with a sink that takes nothing, and thousands of logs that come and go.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { waitFor } from "../services/cluster.ts";
import { AgentRig, collecting, stopped } from "./support/agent.ts";
import { append, criLines, pause, podDirectory, podLog } from "./support/agent-logs.ts";
import { delivered, eachDelivered, numberIn } from "./support/agent-store.ts";
import type { KlogProcess } from "./support/klog.ts";

const MIB = 1024 * 1024;
/** As deploy/kubernetes/daemonset.yaml runs it, in a container of 256 MiB. */
const DEPLOYED = { NODE_OPTIONS: "--max-old-space-size=160 --max-semi-space-size=4" };
const MEMORY = "200MiB";

/** In bytes, of `VmRSS` or `VmHWM` of a process. */
function memoryOf({ child }: KlogProcess, field: string): number {
  const text = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)![1]) * 1024;
}

function openFiles({ child }: KlogProcess): number {
  return readdirSync(`/proc/${child.pid}/fd`).length;
}

function bytesBelow(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.reduce(
    (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
    0,
  );
}

test.concurrent("500 pods that live for 200 ms under 25 names arrive whole and under their own uids", async () => {
  await using rig = new AgentRig("short");
  const agent = rig.start();
  await collecting(agent);
  const lives: Promise<void>[] = [];
  for (let i = 0; i < 500; i++) {
    const names = { uid: `uid-${i}` };
    const path = podLog(rig.pods, `pod-${i % 25}`, names);
    append(path, criLines(1, 10));
    lives.push(
      pause(200).then(() => {
        append(path, criLines(11, 12));
        rmSync(podDirectory(rig.pods, `pod-${i % 25}`, names), { recursive: true });
      }),
    );
    await pause(10);
  }
  await Promise.all(lives);
  await rig.until("all to be delivered", ({ pipelines: [pipeline] }) => {
    const { unread, inFlight } = pipeline!.balance;
    return unread === 0 && inFlight === 0 && pipeline!.counters.events >= 6000;
  });
  expect((await stopped(agent)).code).toBe(0);
  const byUid = Map.groupBy(delivered(rig.store), ({ origin }) => `${origin.pod} ${origin.podUid}`);
  const numbers = Array.from({ length: 12 }, (_, i) => i + 1);
  for (let i = 0; i < 500; i++) {
    expect(
      byUid.get(`pod-${i % 25} uid-${i}`)?.map(({ message }) => numberIn(message)),
      `pod ${i}`,
    ).toEqual(numbers);
  }
  expect(byUid.size).toBe(500);
}, 90_000);

test("5,000 files are caught up with inside 256 MiB after the sink was dead, and nothing is lost", async () => {
  await using rig = new AgentRig("many");
  const disk = rig.disk("disk", 192);
  const config = rig.path("agent.yaml");
  writeFileSync(
    config,
    `state_dir: ${rig.state}
http: {address: "off"}
roots: {pods: ${rig.pods}, docker: "off", containers: "off"}
limits: {memory: ${MEMORY}}
pipelines:
  - name: pods
    inputs: [{type: container_stdout}]
    sinks: [{type: store, directory: "${rig.path("disk/store")}", retention: {age: 7d}}]
`,
  );
  const FILES = 5000;
  const LINES = 60;
  const paths = Array.from({ length: FILES }, (_, i) => podLog(rig.pods, `pod-${i}`));
  const agent = rig.start({ args: ["--config", config], env: DEPLOYED });
  await collecting(agent);
  disk.fill();
  for (const path of paths) writeFileSync(path, criLines(1, LINES / 2, 250));
  await rig.degraded("sink-blocked");
  for (const path of paths) append(path, criLines(LINES / 2 + 1, LINES, 250));
  // Dead for so long that everything which may be held in memory is.
  await pause(5000);
  const whileDead = memoryOf(agent, "VmRSS");
  disk.free();
  await rig.until(
    "all to be delivered",
    ({ pipelines: [pipeline] }) => pipeline!.balance.acked === FILES * Buffer.byteLength(criLines(1, LINES, 250)),
    120_000,
  );
  const most = memoryOf(agent, "VmHWM");
  process.stdout.write(
    `T8: ${FILES} files, ${Math.round(whileDead / MIB)} MiB while dead, ${Math.round(most / MIB)} MiB at most\n`,
  );
  expect(most).toBeLessThan(256 * MIB);
  expect((await stopped(agent)).code).toBe(0);
  const last = new Map<string, number>();
  eachDelivered(rig.path("disk/store"), ({ origin, message }) => {
    const number = numberIn(message);
    if (number !== (last.get(origin.pod) ?? 0) + 1) throw new Error(`${origin.pod}: line ${number} out of order`);
    last.set(origin.pod, number);
  });
  expect(last.size).toBe(FILES);
  expect([...last.values()].every((number) => number === LINES)).toBe(true);
}, 200_000);

test.concurrent("2,000 logs that come and go leave neither descriptors nor state behind", async () => {
  await using rig = new AgentRig("soak");
  const agent = rig.start();
  await collecting(agent);
  const idle = openFiles(agent);
  const ROUNDS = 4;
  const PODS = 500;
  const bytes = Buffer.byteLength(criLines(1, 5));
  for (let round = 1; round <= ROUNDS; round++) {
    const pods = Array.from({ length: PODS }, (_, i) => podLog(rig.pods, `pod-${i}`, { uid: `${round}-${i}` }));
    for (const path of pods) append(path, criLines(1, 5));
    await rig.until(`round ${round} to be delivered`, ({ pipelines: [pipeline] }) => {
      return pipeline!.balance.acked === round * PODS * bytes;
    });
    for (const path of pods) rmSync(dirname(dirname(path)), { recursive: true });
    await waitFor("the deleted files to be closed", async () => (openFiles(agent) <= idle + 20 ? true : undefined), {
      timeoutMs: 45_000,
    });
  }
  expect(bytesBelow(rig.state)).toBeLessThan(10 * MIB);
  await rig.until("its own count of descriptors to fall", ({ openDescriptors }) => openDescriptors <= 20);
  // Two looks of the whole tree forget what is gone for good.
  await rig.until("the logs to be forgotten", ({ pipelines: [pipeline] }) => pipeline!.chains.length === 0, 80_000);
  expect((await stopped(agent)).code).toBe(0);
  expect((await rig.ask("audit")).code).toBe(0);
  expect(delivered(rig.store)).toHaveLength(ROUNDS * PODS * 5);
}, 240_000);
