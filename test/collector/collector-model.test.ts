// Random lives of a whole agent: writers, rotations, sinks that hold back, drains, restarts and reloads, held against what was written.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AgentConfig, PipelineConfig } from "../../src/collector/declare/agent-config.ts";
import { AgentRig, pipeline } from "./agent-rig.ts";

const RUNS = Number(process.env["KLOG_TEST_RUNS"] ?? 60);
const LOGS = ["a", "b", "c"] as const;
const ALL = ["/logs/*.log"];
const MULTILINE = { start: "^[abc] " };

/** Ways to share out the same logs. */
const SETTINGS: readonly (readonly PipelineConfig[])[] = [
  [pipeline("p", ALL)],
  [pipeline("p", ["/logs/a.log"]), pipeline("q", ALL)],
  [pipeline("q", ["/logs/[ab].log"], { tags: { team: "shop" } }), pipeline("p", ALL)],
  [pipeline("p", ALL, { multiline: MULTILINE })],
];

const log = fc.constantFrom(...LOGS);
const op = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant("write" as const), log, count: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("half" as const), log }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("rotate" as const), log }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant("pass" as const), ms: fc.constantFrom(30, 300, 1500, 7000) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("hold" as const) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("release" as const), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("restart" as const) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("reload" as const), to: fc.nat(SETTINGS.length - 1) }) },
);
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never;

class Life {
  readonly rig = new AgentRig();
  readonly written = new Map<string, string[]>(LOGS.map((name) => [name, []]));
  private readonly rests = new Map<string, string>();
  private setting = 0;
  private readonly gentle: boolean;

  /** `gentle`: nobody ends before what it has read is delivered, so that nothing may come twice. */
  constructor(gentle: boolean) {
    this.gentle = gentle;
  }

  get config(): AgentConfig {
    return this.rig.config(SETTINGS[this.setting]!, { inFlight: 64 << 10 });
  }

  async run(next: Op): Promise<void> {
    const { rig } = this;
    switch (next.op) {
      case "write":
        for (let i = 0; i < next.count; i++) this.write(next.log, true);
        break;
      case "half":
        this.write(next.log, false);
        break;
      case "rotate":
        this.rotate(next.log);
        break;
      case "pass":
        await rig.pass(next.ms);
        break;
      case "hold":
        rig.output.held = true;
        break;
      case "release":
        rig.output.release(next.count);
        break;
      case "restart":
        if (this.gentle) await this.settle();
        await rig.drain(this.gentle ? 25_000 : 200);
        rig.output.lose();
        rig.fs.kill();
        await rig.start(this.config);
        break;
      case "reload":
        if (this.gentle) await this.settle();
        this.setting = next.to;
        await rig.until(rig.collector!.reload(this.config));
        if (this.gentle) await this.settle();
        break;
    }
    // Two changes never have one time here; whether that can be told apart is the directory's matter.
    await rig.pass(1);
    expect(rig.imbalance).toBe(0);
  }

  async settle(): Promise<void> {
    this.rig.output.held = false;
    this.rig.output.release();
    await this.rig.pass(300);
  }

  private write(name: string, whole: boolean): void {
    const path = `/logs/${name}.log`;
    const rest = this.rests.get(name);
    if (rest !== undefined) this.rig.fs.append(path, rest);
    this.rests.delete(name);
    const lines = this.written.get(name)!;
    const line = `${name} ${lines.length} ${"x".repeat((lines.length * 37) % 400)}`;
    lines.push(line);
    const text = `${line}\n`;
    const end = whole ? text.length : Math.floor(text.length / 2);
    this.rig.fs.append(path, text.slice(0, end));
    if (!whole) this.rests.set(name, text.slice(end));
  }

  finish(): void {
    for (const [name, rest] of this.rests) this.rig.fs.append(`/logs/${name}.log`, rest);
    this.rests.clear();
  }

  private rotate(name: string): void {
    const { fs } = this.rig;
    const path = `/logs/${name}.log`;
    if (fs.content(path) === undefined) return;
    this.finish();
    for (let n = 30; n >= 1; n--)
      if (fs.content(`${path}.${n}`) !== undefined) fs.move(`${path}.${n}`, `${path}.${n + 1}`);
    fs.move(path, `${path}.1`);
  }
}

async function live(gentle: boolean, ops: readonly Op[]): Promise<void> {
  const life = new Life(gentle);
  const { rig, written } = life;
  try {
    await rig.start(life.config);
    for (const next of ops) await life.run(next);
    life.finish();
    for (let i = 0; i < 8; i++) {
      await life.settle();
      await rig.pass(5000);
    }
    for (const [name, lines] of written) {
      const delivered = rig.output.messages.filter((message) => message.startsWith(`${name} `));
      expect(gentle ? delivered : [...new Set(delivered)]).toEqual(lines);
    }
    const { pipelines, former, degraded } = rig.collector!.status();
    const bytes = [...written.values()].flat().reduce((sum, line) => sum + line.length + 1, 0);
    expect([...pipelines, ...former].reduce((sum, { total }) => sum + total.balance.acked, 0)).toBe(bytes);
    expect([rig.lost, rig.imbalance, degraded]).toEqual([0, 0, []]);
    for (const { balance } of pipelines) expect([balance.inFlight, balance.unread]).toEqual([0, 0]);
  } finally {
    await rig.end();
  }
}

const lives = fc.array(op, { minLength: 4, maxLength: 25 });

test("every line is delivered once and in the order of its log, through rotations, slow sinks, restarts and reloads", async () => {
  await fc.assert(
    fc.asyncProperty(lives, (ops) => live(true, ops)),
    { numRuns: RUNS },
  );
});

test("at least once and in order, where agents end and pipelines stop before all is delivered", async () => {
  await fc.assert(
    fc.asyncProperty(lives, (ops) => live(false, ops)),
    { numRuns: RUNS },
  );
});
