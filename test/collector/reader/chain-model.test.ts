// Random lives of a log (writes, rotations, copies, cuts, deletions, kills, slow sinks), checked against what was written.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SiblingNames } from "../../../src/collector/target.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";
import { FILES, LogWriter } from "./log-writer.ts";
import { Rig, targetOf } from "./rig.ts";

const RUNS = Number(process.env["KLOG_TEST_RUNS"] ?? 350);
const BANNER = `${"=".repeat(700)}\n`.repeat(2);

type World =
  | { readonly op: "write"; readonly count: number; readonly half: boolean }
  | {
      readonly op: "rotate";
      readonly compress: boolean;
      readonly keep: number;
      readonly reopen: boolean;
      readonly reuseInode: boolean;
    }
  | { readonly op: "reopen"; readonly reuseInode: boolean }
  | { readonly op: "copytruncate"; readonly keep: number; readonly between: "nothing" | "agent" | "kill" | "write" }
  | { readonly op: "truncate" }
  | { readonly op: "remove"; readonly reuseInode: boolean }
  | { readonly op: "device" };

type Op =
  | World
  | { readonly op: "look" | "sync" | "kill" | "start" }
  | { readonly op: "read"; readonly times: number; readonly length: number }
  | { readonly op: "sink"; readonly write: number; readonly acknowledge: number }
  | { readonly op: "pass"; readonly ms: number }
  | { readonly op: "race"; readonly call: number; readonly world: World };

const write = fc.record({
  op: fc.constant("write" as const),
  count: fc.integer({ min: 1, max: 12 }),
  half: fc.boolean(),
});
const rotate = fc.record({
  op: fc.constant("rotate" as const),
  compress: fc.boolean(),
  keep: fc.integer({ min: 2, max: 5 }),
  reopen: fc.boolean(),
  reuseInode: fc.boolean(),
});
const common = [
  { weight: 6, arbitrary: write },
  { weight: 4, arbitrary: rotate },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("reopen" as const), reuseInode: fc.boolean() }) },
];
const agent = [
  { weight: 4, arbitrary: fc.constant({ op: "look" as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant("read" as const),
      times: fc.integer({ min: 1, max: 4 }),
      length: fc.constantFrom(80, 300, 4096),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant("sink" as const),
      write: fc.integer({ min: 0, max: 4 }),
      acknowledge: fc.integer({ min: 0, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ op: "sync" as const }) },
  { weight: 2, arbitrary: fc.constant({ op: "kill" as const }) },
  { weight: 3, arbitrary: fc.constant({ op: "start" as const }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("pass" as const), ms: fc.constantFrom(100, 2500, 6000) }) },
];
const cuts = [
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant("copytruncate" as const),
      keep: fc.integer({ min: 2, max: 5 }),
      between: fc.constantFrom("nothing" as const, "agent" as const, "kill" as const, "write" as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ op: "truncate" as const }) },
];
const removals = [
  { weight: 1, arbitrary: fc.record({ op: fc.constant("remove" as const), reuseInode: fc.boolean() }) },
];
const device = [{ weight: 1, arbitrary: fc.constant({ op: "device" as const }) }];

function opsOf(world: fc.WeightedArbitrary<World>[]): fc.Arbitrary<Op[]> {
  const race = {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant("race" as const),
      call: fc.integer({ min: 1, max: 12 }),
      world: fc.oneof(...world),
    }),
  };
  return fc.array(fc.oneof(...(world as fc.WeightedArbitrary<Op>[]), ...agent, race), { minLength: 4, maxLength: 30 });
}

class Life {
  readonly fs: ModelFileSystem;
  readonly rig: Rig;
  readonly writer: LogWriter;
  private devices = 1n;
  /** The collector is in the middle of a call. */
  private racing = false;
  private seen = new Set<bigint>();

  constructor(style: SiblingNames, banner: string, birthTimes: "exact" | "none" | "ctime") {
    this.fs = new ModelFileSystem({ clock: () => this.rig?.now ?? 1_790_000_000_000, birthTimes });
    this.rig = new Rig(this.fs, targetOf(style, FILES[style]));
    this.writer = new LogWriter(this.fs, style, banner);
    this.writer.holds = (ino) => this.rig.chain !== undefined && this.seen.has(ino);
    this.start();
  }

  async run(op: Op): Promise<void> {
    const { rig } = this;
    switch (op.op) {
      case "kill":
        return this.kill();
      case "start":
        return this.start();
      case "pass":
        // A line that stays half written for so long goes out half.
        if (op.ms > 1000) this.writer.finishLine();
        rig.now += op.ms;
        return;
      case "race":
        return this.race(op.call, op.world);
      case "look":
        return this.look();
      case "sync":
        if (rig.chain !== undefined) rig.sync();
        return;
      case "read":
        for (let i = 0; i < op.times && rig.chain !== undefined; i++) await rig.read(op.length);
        return this.balance();
      case "sink":
        if (rig.chain === undefined) return;
        rig.write(op.write);
        rig.acknowledge(op.acknowledge);
        return this.balance();
      default:
        return this.world(op);
    }
  }

  async end(): Promise<void> {
    this.writer.reopen(false);
    this.writer.write(1, false);
    this.start();
    await this.rig.drain();
    this.balance();
  }

  private balance(): void {
    if (this.rig.chain === undefined) return;
    const { seen, acked, inFlight, unread, lost } = this.rig.chain.balance;
    expect(acked + inFlight + unread + lost).toBe(seen);
  }

  private world(op: World): void {
    switch (op.op) {
      case "write":
        return this.writer.write(op.count, op.half);
      case "rotate":
        return this.writer.rotate(op);
      case "reopen":
        return this.writer.reopen(op.reuseInode);
      case "copytruncate":
        return this.writer.copyTruncate(op.keep, () => {
          if (op.between === "agent" && !this.racing) this.look();
          else if (op.between === "kill") this.kill();
          else if (op.between === "write") this.writer.write(2, false);
        });
      case "truncate":
        return this.writer.truncate();
      case "remove":
        this.writer.finishLine();
        this.writer.remove();
        return this.writer.reopen(op.reuseInode);
      case "device":
        // A remount: nothing is open then.
        this.kill();
        return this.fs.setDevice(++this.devices);
    }
  }

  /** The world moves between two calls of one look at the directory. */
  private race(call: number, world: World): void {
    if (this.rig.chain === undefined) return;
    let calls = 0;
    this.fs.beforeCall = () => {
      if (++calls !== call) return;
      this.fs.beforeCall = undefined;
      this.racing = true;
      this.world(world);
      this.racing = false;
      if (this.rig.chain === undefined) throw new Error("killed");
    };
    try {
      this.rig.chain.reconcile();
    } catch (error) {
      if (this.rig.chain !== undefined) throw error;
    } finally {
      this.fs.beforeCall = undefined;
    }
    this.seeAll();
  }

  private look(): void {
    if (this.rig.chain === undefined) return;
    this.rig.chain.poll();
    this.rig.chain.reconcile();
    this.seeAll();
  }

  private start(): void {
    if (this.rig.chain === undefined) this.rig.start();
    this.seeAll();
  }

  /** What the collector has open by now. */
  private seeAll(): void {
    this.seen = this.fs.openInodes;
  }

  private kill(): void {
    this.rig.kill();
    this.fs.kill();
    this.seen.clear();
    this.writer.collectorDied();
  }
}

async function live(style: SiblingNames, banner: boolean, birthTimes: "exact" | "none" | "ctime", ops: readonly Op[]) {
  const life = new Life(style, banner ? BANNER : "", birthTimes);
  for (const op of ops) await life.run(op);
  await life.end();
  return life;
}

/**
 * What was read since the last checkpoint has no mark in the journal. If the process dies then, and the file is cut short and
 * grows past the last mark with the same beginning, nobody can tell: its lines may go out again, and the checksum in a record's
 * id is what tells two of them apart. Nothing is lost even so.
 */
function isForgetful(ops: readonly Op[]): boolean {
  const worlds = ops.map((op) => (op.op === "race" ? op.world : op));
  const cut = worlds.some(({ op }) => op === "copytruncate" || op === "truncate");
  return cut && worlds.some((op) => op.op === "kill" || (op.op === "copytruncate" && op.between === "kill"));
}

function check({ rig, writer }: Life, forgetful: boolean): void {
  const numbered = rig.written.filter(({ text }) => text.startsWith("line "));
  const texts = new Set(numbered.map(({ text }) => text));
  expect(writer.lines.filter((line) => !texts.has(line) && !writer.excused.has(line))).toEqual([]);
  if (forgetful) return;
  // One id, one text: always. One text, one id: nothing was taken for something else.
  const byId = new Map<string, string>();
  const byText = new Map<string, string>();
  for (const { id, text } of rig.written) {
    expect([id, text]).toEqual([id, byId.get(id) ?? text]);
    byId.set(id, text);
  }
  for (const { id, text } of numbered) {
    expect([text, id]).toEqual([text, byText.get(text) ?? id]);
    byText.set(text, id);
  }
}

/** Nothing here makes the collector take anything twice, or find anything late. */
const inOrder: readonly Op["op"][] = ["write", "rotate", "reopen", "remove", "look", "read", "sink", "sync", "pass"];

/** Oldest generation first: the order of the writing. */
function checkOrder({ rig, writer }: Life): void {
  const had = new Set(rig.texts);
  expect(rig.texts.filter((text) => text.startsWith("line "))).toEqual(writer.lines.filter((line) => had.has(line)));
}

describe("the life of a log", () => {
  const styles: [string, SiblingNames, fc.WeightedArbitrary<World>[], birthTimes: "exact" | "none" | "ctime"][] = [
    ["the kubelet's", "kubelet", [...common, ...removals, ...device], "exact"],
    ["docker's", "docker", [...common, ...removals], "exact"],
    ["s6-log's", "s6", [...common, ...removals], "exact"],
    ["logrotate's, with copytruncate", "logrotate", [...common, ...removals, ...cuts], "exact"],
    ["the kubelet's, without birth times", "kubelet", [...common, ...removals], "none"],
    ["docker's, with birth times that move", "docker", [...common, ...removals], "ctime"],
  ];
  for (const [whose, style, world, birthTimes] of styles) {
    test(`${whose}: every line that still exists goes out, under one id`, async () => {
      await fc.assert(
        fc.asyncProperty(opsOf(world), fc.boolean(), async (ops, banner) => {
          const life = await live(style, banner, birthTimes, ops);
          check(life, isForgetful(ops));
          if (ops.every(({ op }) => inOrder.includes(op))) checkOrder(life);
        }),
        { numRuns: RUNS },
      );
    });
  }
});
