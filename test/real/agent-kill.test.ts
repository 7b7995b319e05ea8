// T1: killed at random under load while the logs rotate, the agent loses no line, and the store has none twice.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, createReadStream, existsSync, rmSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { Journal } from "../../src/collector/commit/journal.ts";
import { nodeFileSystem } from "../../src/collector/node-file-system.ts";
import { imbalance, type LedgerStatus } from "../../src/collector/operation/agent-status.ts";
import type { GenerationRecord } from "../../src/collector/reader/generation.ts";
import { Random } from "../support/random.ts";
import { AgentRig, collecting, killed } from "./support/agent.ts";
import { pause } from "./support/agent-logs.ts";
import { eachDelivered, numberIn } from "./support/agent-store.ts";
import type { WriterOptions } from "./support/kubelet-writer.ts";

const WRITER = fileURLToPath(new URL("support/kubelet-writer.ts", import.meta.url));
/** KLOG_TEST_MINUTES: the whole test of a release takes 10. */
const SECONDS = Number(process.env["KLOG_TEST_MINUTES"] ?? 2) * 60;
const LOAD = { containers: 20, linesPerSecond: 50_000, maxFiles: 5 };
/** The writer keeps to its rate less well where the machine has other work. */
const SLACK_MS = 600_000;

let writer: ChildProcess | undefined;

afterEach(() => {
  writer?.kill("SIGKILL");
});

/** Resolves to the number of lines that each container has written in the end. */
function write(options: WriterOptions): Promise<number[]> {
  const child = spawn(process.execPath, [WRITER, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  writer = child;
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(text) as number[]);
      else reject(new Error(`the writer ended with ${code}`));
    });
  });
}

interface Kill {
  /** Size of the sink's file when the agent had died. */
  readonly written: number;
  /** What the journal said is delivered, by `id-epoch`. */
  readonly acked: ReadonlyMap<string, number>;
}

/** Starts and kills the agent until `until` settles; resolves to what was found behind each kill. */
async function killAgain(
  rig: AgentRig,
  sink: string,
  seed: number,
  until: Promise<unknown>,
  look?: () => Kill,
): Promise<Kill[]> {
  const random = new Random(seed);
  const kills: Kill[] = [];
  let over = false;
  void until.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  while (!over) {
    const agent = rig.start({ sink });
    await Promise.race([pause(200 + random.below(1800)), agent.exited]);
    if (agent.code !== undefined) throw new Error(`the agent ended with ${agent.code}\n${agent.stderr.slice(-2000)}`);
    await killed(agent);
    kills.push(look?.() ?? { written: 0, acked: new Map() });
  }
  return kills;
}

/** As the next process would find them. The dead one's files are left alone: recovery may mend them. */
function ackedPositions(rig: AgentRig): Map<string, number> {
  const copy = rig.path("journal-copy");
  rmSync(copy, { recursive: true, force: true });
  if (!existsSync(`${rig.state}/journal`)) return new Map();
  cpSync(`${rig.state}/journal`, copy, { recursive: true });
  const records = [...Journal.open(nodeFileSystem, copy).records.values()] as GenerationRecord[];
  return new Map(records.map(({ id, epoch, ackPos }) => [`${id}-${epoch}`, ackPos]));
}

/** The writer's two streams share a file, so all lines of a container come in order. */
class Rows {
  /** By container: the last number. */
  private readonly last = new Map<string, number>();
  private readonly missing: string[] = [];
  readonly generations = new Set<string>();
  count = 0;

  take(pod: string, number: number, generation: string): void {
    const last = this.last.get(pod) ?? -1;
    if (number <= last) throw new Error(`${pod}: line ${number} behind line ${last}`);
    if (number > last + 1) this.missing.push(`${pod}: lines ${last + 1} to ${number - 1}`);
    this.last.set(pod, number);
    this.generations.add(generation);
    this.count++;
  }

  lost(lines: readonly number[]): string[] {
    const ends = lines.flatMap((written, i) => {
      const last = this.last.get(`writer-${i}`) ?? -1;
      return last === written - 1 ? [] : [`writer-${i}: lines ${last + 1} to ${written - 1}`];
    });
    return [...this.missing, ...ends];
  }
}

interface Audited {
  readonly clean: boolean;
  readonly pipelines: readonly [LedgerStatus];
}

describe("kill -9 at random under 50,000 lines a second with rotation", () => {
  test(
    "the store has every line once and in order",
    async () => {
      await using rig = new AgentRig("kill");
      const seconds = SECONDS * 0.75;
      const writing = write({ ...LOAD, root: rig.pods, seconds, maxBytes: 3 << 20, seed: 1 });
      const kills = await killAgain(rig, `store:${rig.store}`, 1, writing);
      const lines = await writing;
      await rig.finish();
      expect((await rig.ask("audit")).code).toBe(0);

      const seen = new Rows();
      eachDelivered(rig.store, ({ message, origin, generation: { id, epoch } }) => {
        seen.take(origin.pod, numberIn(message), `${id}-${epoch}`);
      });
      const rotations = seen.generations.size - LOAD.containers;
      process.stdout.write(`T1 store: ${seen.count} lines, ${kills.length} kills, ${rotations} rotations\n`);
      expect(seen.lost(lines)).toEqual([]);
      expect(seen.count).toBe(lines.reduce((a, b) => a + b, 0));
      expect(kills.length).toBeGreaterThanOrEqual(seconds * 0.5);
      expect(rotations).toBeGreaterThanOrEqual(seconds);
    },
    SECONDS * 1000 + SLACK_MS,
  );

  test(
    "a file has every line, and twice only what was not acknowledged",
    async () => {
      await using rig = new AgentRig("kill-file");
      const out = rig.path("out.ndjson");
      const seconds = SECONDS * 0.25;
      const writing = write({ ...LOAD, root: rig.pods, seconds, maxBytes: 3 << 20, seed: 2 });
      const kills = await killAgain(rig, `file:${out}`, 2, writing, () => ({
        written: existsSync(out) ? statSync(out).size : 0,
        acked: ackedPositions(rig),
      }));
      const lines = await writing;
      await rig.finish({ sink: `file:${out}` });
      expect((await rig.ask("audit")).code).toBe(0);

      const numbers = new Map<string, Uint8Array>(lines.map((n, i) => [`writer-${i}`, new Uint8Array(n)]));
      const faults: string[] = [];
      let [position, kill, rows, doubled] = [0, -1, 0, 0];
      for await (const line of createInterface({ input: createReadStream(out), crlfDelay: Number.POSITIVE_INFINITY })) {
        while (kill + 1 < kills.length && kills[kill + 1]!.written <= position) kill++;
        position += Buffer.byteLength(line) + 1;
        rows++;
        const record = JSON.parse(line) as { k8s_pod: string; message: string; log_id: string };
        const [id = "", epoch = "", offset = ""] = record.log_id.split("-");
        const acked = kills[kill]?.acked.get(`${id}-${epoch}`) ?? 0;
        if (Number(offset) < acked)
          faults.push(`${record.message} was acknowledged (${acked}) before kill ${kill + 1}`);
        const times = numbers.get(record.k8s_pod)!;
        const number = numberIn(Buffer.from(record.message));
        if (times[number]! > 0) doubled++;
        times[number]!++;
      }
      const lost = [...numbers].flatMap(([pod, times]) => {
        const missing = times.indexOf(0);
        return missing < 0 ? [] : [`${pod}: line ${missing} of ${times.length}`];
      });
      process.stdout.write(`T1 file: ${rows} lines, ${kills.length} kills, ${doubled} twice\n`);
      expect(lost).toEqual([]);
      expect(faults.slice(0, 5)).toEqual([]);
      expect(rows - doubled).toBe(lines.reduce((a, b) => a + b, 0));
      expect(kills.length).toBeGreaterThanOrEqual(seconds / 2);
    },
    SECONDS * 1000 + SLACK_MS,
  );
});

test("what is rotated away while no agent runs is told: the bytes that were known, and that more may have come and gone", async () => {
  await using rig = new AgentRig("kill-late");
  const load = { containers: 4, linesPerSecond: 20_000, maxFiles: 3, seconds: 14 };
  const writing = write({ ...load, root: rig.pods, maxBytes: 256 << 10, seed: 3 });
  for (let i = 0; i < 2; i++) {
    const agent = rig.start();
    await collecting(agent);
    await pause(1500);
    await killed(agent);
    await pause(4500);
  }
  const lines = await writing;
  const { code, stderr } = await rig.once();
  expect(code).toBe(3);
  expect(stderr).toContain(" gaps (klog agent audit)");
  const audit = await rig.ask("audit", ["-o", "json"]);
  const { clean, pipelines } = JSON.parse(audit.stdout) as Audited;
  expect([audit.code, clean]).toEqual([3, false]);

  const seen = new Rows();
  eachDelivered(rig.store, ({ message, origin, generation: { id, epoch } }) => {
    seen.take(origin.pod, numberIn(message), `${id}-${epoch}`);
  });
  const missing = seen.lost(lines);
  const { total, gaps, gapCount } = pipelines[0];
  process.stdout.write(`T1 late: ${missing.length} stretches missing, ${gapCount} gaps, ${total.balance.lost} bytes\n`);
  expect(missing.length).toBeGreaterThan(0);
  for (const stretch of missing) {
    const [pod] = stretch.split(":");
    const told = gaps.filter(({ path }) => path.includes(`_${pod}_`));
    expect(told.map(({ reason }) => reason)).toContain("unseen");
  }
  expect(imbalance(total.balance)).toBe(0);
});
