// What goes wrong on a node (disks, rights, limits, a bad configuration) is a named state of the agent, and collecting goes on.
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { waitFor } from "../services/cluster.ts";
import { AgentRig, collecting, killed, stopped } from "./support/agent.ts";
import { append, criLines, NumberedLog, pause, podLog } from "./support/agent-logs.ts";
import { delivered, deliveredTexts, numberIn } from "./support/agent-store.ts";
import type { KlogProcess } from "./support/klog.ts";

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

/** Where the agent serves; it says so in its own log. */
function addressOf(agent: KlogProcess): string {
  return /"http":"([^"]+)"/.exec(agent.stderr)![1]!;
}

async function ask(agent: KlogProcess, path: string): Promise<{ readonly code: number; readonly text: string }> {
  const response = await fetch(`http://${addressOf(agent)}${path}`);
  return { code: response.status, text: await response.text() };
}

/** Waits until /healthz and /metrics name the trouble, or until they do not any more. */
async function names(agent: KlogProcess, kind: string, is = true): Promise<void> {
  await waitFor(
    `/healthz ${is ? "to name" : "to be without"} ${kind}`,
    async () => {
      const { code, text } = await ask(agent, "/healthz");
      expect(code).toBe(200);
      return text.includes(`degraded: ${kind}: `) === is ? true : undefined;
    },
    { timeoutMs: 45_000 },
  );
  const { text } = await ask(agent, "/metrics");
  expect(text.includes(`klog_agent_degraded{kind="${kind}"} 1`)).toBe(is);
}

/** Of a file sink's records. */
function numbersIn(path: string): number[] {
  if (!existsSync(path)) return [];
  const records = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return records.map((record) => numberIn(Buffer.from((JSON.parse(record) as { message: string }).message)));
}

function recordsIn(path: string): number {
  return numbersIn(path).length;
}

function linesThere(what: string, count: () => number, lines: number): Promise<true> {
  return waitFor(what, async () => (count() >= lines ? true : undefined), { timeoutMs: 100_000 });
}

const HTTP = ["--http", "127.0.0.1:0"];
/** Root without the right to read everything: as any user where files are root's. */
const WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];

describe.concurrent("a fault", () => {
  test("of the sink's disk, which is full, blocks that sink, and all arrives when there is room", async () => {
    await using rig = new AgentRig("sink-full");
    const disk = rig.disk("disk", 2);
    const out = rig.path("disk/out.ndjson");
    const log = new NumberedLog(podLog(rig.pods, "full"));
    const agent = rig.start({ sink: `file:${out}`, extra: HTTP });
    log.write(10);
    await collecting(agent);
    disk.fill();
    log.write(500);
    await names(agent, "sink-blocked");
    expect((await ask(agent, "/metrics")).text).toMatch(/klog_agent_sink_blocked\{.*\} 1/);
    const status = await waitFor("the status to say so", async () => {
      const told = await rig.ask("status");
      return /degraded \(sink-blocked\)/.test(told.stdout) ? told : undefined;
    });
    expect(status.code).toBe(3);
    expect(status.stdout).toMatch(/the disk is full/);
    disk.free();
    await names(agent, "sink-blocked", false);
    log.write(10);
    await rig.until(
      "all to be delivered",
      ({ pipelines: [p] }) => p!.balance.unread === 0 && p!.counters.events === 520,
    );
    expect((await stopped(agent)).code).toBe(0);
    expect(numbersIn(out)).toEqual(upTo(520));
    log.close();
  }, 120_000);

  test("of the state's disk, which is full, is told, and lines arrive all the same", async () => {
    await using rig = new AgentRig("state-full");
    const disk = rig.disk("disk", 2);
    const log = new NumberedLog(podLog(rig.pods, "full"));
    const start = {
      args: ["--pods-dir", rig.pods, "--state-dir", rig.path("disk/state"), "--sink", `store:${rig.store}`, ...HTTP],
    };
    const agent = rig.start(start);
    log.write(10);
    await collecting(agent);
    await linesThere("the first lines", () => delivered(rig.store).length, 10);
    disk.fill();
    let lines = 10;
    await waitFor("the full disk to be told", async () => {
      // Small records may still fit into what is left of the last page.
      log.write(50);
      lines += 50;
      await pause(500);
      return (await ask(agent, "/healthz")).text.includes("degraded: state-unwritable: ") ? true : undefined;
    });
    log.write(50);
    lines += 50;
    await linesThere("lines behind the full disk", () => delivered(rig.store).length, lines);
    disk.free();
    await names(agent, "state-unwritable", false);
    expect((await stopped(agent)).code).toBe(0);
    const { code, stderr } = await rig.once(start);
    expect(code, stderr).toBe(0);
    expect(delivered(rig.store).map(({ message }) => numberIn(message))).toEqual(upTo(lines));
    log.close();
  }, 120_000);

  test("of the state's disk, which turns read-only, is told, and an agent does not start on it", async () => {
    await using rig = new AgentRig("state-ro");
    const disk = rig.disk("disk", 2);
    const log = new NumberedLog(podLog(rig.pods, "ro"));
    const start = {
      args: ["--pods-dir", rig.pods, "--state-dir", rig.path("disk/state"), "--sink", `store:${rig.store}`, ...HTTP],
    };
    log.write(10);
    expect((await rig.once(start)).code).toBe(0);
    disk.readOnly(true);
    const refused = await rig.once(start);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/state directory .* cannot be written: the file system is read-only/);
    disk.readOnly(false);
    log.write(10);
    expect((await rig.once(start)).code).toBe(0);
    expect(delivered(rig.store).map(({ message }) => numberIn(message))).toEqual(upTo(20));
    log.close();
  }, 60_000);

  test("of one file, which may not be read, is told by name, and the others are read", async () => {
    await using rig = new AgentRig("unreadable");
    const hidden = podLog(rig.pods, "hidden");
    append(hidden, criLines(1, 10));
    chmodSync(hidden, 0o000);
    append(podLog(rig.pods, "open"), criLines(1, 10));
    const agent = rig.start({ extra: HTTP, under: WITHOUT_RIGHTS });
    await collecting(agent);
    await names(agent, "files-access");
    await linesThere("the other file", () => deliveredTexts(rig.store).length, 10);
    const { pipelines } = await rig.until("the status", ({ degraded }) => degraded.length > 0);
    expect(pipelines[0]!.chains.filter(({ problems }) => problems.length > 0).map(({ path }) => path)).toEqual([
      hidden,
    ]);
    chmodSync(hidden, 0o640);
    await names(agent, "files-access", false);
    await linesThere("the file that may be read now", () => deliveredTexts(rig.store).length, 20);
    expect((await stopped(agent)).code).toBe(0);
  }, 120_000);

  test("of the limit of open files, which is 64, is told, and 16 logs arrive nevertheless", async () => {
    await using rig = new AgentRig("descriptors");
    const paths = upTo(16).map((i) => podLog(rig.pods, `pod-${i}`));
    for (const path of paths) append(path, criLines(1, 10));
    const agent = rig.start({ extra: HTTP, under: ["prlimit", "--nofile=64:64"] });
    await collecting(agent);
    await names(agent, "descriptors");
    await linesThere("all that is there", () => delivered(rig.store).length, 160);
    for (const path of paths) append(path, criLines(11, 20));
    await linesThere("what was written later", () => delivered(rig.store).length, 320);
    const byPod = Map.groupBy(delivered(rig.store), ({ origin }) => origin.pod);
    for (const rows of byPod.values()) expect(rows.map(({ message }) => numberIn(message))).toEqual(upTo(20));
    expect(byPod.size).toBe(16);
    expect((await stopped(agent)).code).toBe(0);
  }, 150_000);

  test("of the kernel, which allows no more watches, is told, and new logs are found by looking", async () => {
    await using rig = new AgentRig("inotify");
    append(podLog(rig.pods, "first"), criLines(1, 10));
    // The limit of a user namespace of its own: nobody else on this machine is touched.
    const few = 'echo 1 >/proc/sys/user/max_inotify_watches; exec "$@"';
    const agent = rig.start({ extra: HTTP, under: ["unshare", "--user", "--map-root-user", "sh", "-c", few, "--"] });
    await collecting(agent);
    await names(agent, "inotify");
    expect((await ask(agent, "/healthz")).text).toMatch(/max_user_watches/);
    for (let i = 0; i < 5; i++) append(podLog(rig.pods, `later-${i}`), criLines(1, 10));
    await linesThere("pods that came later", () => delivered(rig.store).length, 60);
    expect((await stopped(agent)).code).toBe(0);
  }, 120_000);

  test("of the person, who starts a second agent on one state directory, is refused, and the first goes on", async () => {
    await using rig = new AgentRig("second");
    const log = new NumberedLog(podLog(rig.pods, "shared"));
    const agent = rig.start();
    log.write(10);
    await collecting(agent);
    const second = await rig.once();
    expect(second.code).not.toBe(0);
    expect(second.stderr).toMatch(
      new RegExp(`state directory .* is in use by the klog agent with pid ${agent.child.pid}`),
    );
    log.write(10);
    await linesThere("the first agent's lines", () => delivered(rig.store).length, 20);
    // Whoever held it is killed: nothing has to be cleaned up by hand.
    await killed(agent);
    await rig.finish();
    expect(delivered(rig.store).map(({ message }) => numberIn(message))).toEqual(upTo(20));
    log.close();
  }, 60_000);

  test("in a changed configuration keeps the old one in force until it is mended", async () => {
    await using rig = new AgentRig("reload");
    const config = rig.path("agent.yaml");
    const pipelines = (...names: string[]) =>
      names
        .map(
          (name) =>
            `  - {name: ${name}, inputs: [{type: container_stdout, pod: "^${name}$"}], sinks: [{type: file, path: "${rig.path(name)}"}]}`,
        )
        .join("\n");
    const write = (text: string) => {
      writeFileSync(
        config,
        `state_dir: ${rig.state}\nroots: {pods: ${rig.pods}, docker: "off"}\nhttp: {address: "127.0.0.1:0"}\n${text}\n`,
      );
    };
    write(`pipelines:\n${pipelines("first")}`);
    const logs = ["first", "later"].map((pod) => new NumberedLog(podLog(rig.pods, pod)));
    for (const log of logs) log.write(10);
    const agent = rig.start({ args: ["--config", config] });
    await collecting(agent);
    await linesThere("the first pipeline's lines", () => recordsIn(rig.path("first")), 10);

    write("pipelines: [{name: first, sinks: 7}]");
    await names(agent, "config-invalid");
    logs[0]!.write(10);
    await linesThere("lines under the old configuration", () => recordsIn(rig.path("first")), 20);

    write(`pipelines:\n${pipelines("first", "later")}`);
    agent.child.kill("SIGHUP");
    await names(agent, "config-invalid", false);
    await linesThere("the new pipeline's lines", () => recordsIn(rig.path("later")), 10);
    for (const log of logs) log.write(10);
    await linesThere("both", () => recordsIn(rig.path("first")) + recordsIn(rig.path("later")), 50);
    expect((await stopped(agent)).code).toBe(0);
    expect([recordsIn(rig.path("first")), recordsIn(rig.path("later"))]).toEqual([30, 20]);
    for (const log of logs) log.close();
  }, 120_000);

  test("of the sink, which takes nothing, does not keep SIGTERM waiting, and the next process delivers", async () => {
    await using rig = new AgentRig("drain");
    const disk = rig.disk("disk", 2);
    const log = new NumberedLog(podLog(rig.pods, "drain"));
    const sink = `file:${rig.path("disk/out.ndjson")}`;
    const agent = rig.start({ sink });
    log.write(10);
    await collecting(agent);
    await rig.until("the first lines", ({ pipelines: [p] }) => p!.balance.acked > 0);
    disk.fill();
    log.write(500);
    await rig.degraded("sink-blocked");
    const asked = performance.now();
    const { code, stderr } = await stopped(agent);
    // Kubernetes kills after 30 s.
    expect(performance.now() - asked).toBeLessThan(30_000);
    expect(code).toBe(3);
    expect(stderr).toMatch(/stopped before all was delivered/);
    disk.free();
    await rig.finish({ sink });
    // Whole records had still found room before the disk was full: they were not acknowledged, so they come again.
    expect([...new Set(numbersIn(rig.path("disk/out.ndjson")))]).toEqual(upTo(510));
    log.close();
  }, 120_000);
});

test("SIGTERM under load delivers and remembers all that was read", async () => {
  await using rig = new AgentRig("sigterm");
  const log = new NumberedLog(podLog(rig.pods, "busy"));
  const sink = `file:${rig.path("out.ndjson")}`;
  for (let round = 0; round < 5; round++) {
    const agent = rig.start({ sink });
    await collecting(agent);
    for (let i = 0; i < 20; i++) {
      log.write(200, 100);
      await pause(10);
    }
    const { code, stderr } = await stopped(agent);
    expect(code, stderr).toBe(0);
  }
  await rig.finish({ sink });
  // A file cannot tell what it has: that nothing is there twice shows that every position was saved.
  expect(numbersIn(rig.path("out.ndjson"))).toEqual(upTo(20_000));
  log.close();
}, 60_000);
