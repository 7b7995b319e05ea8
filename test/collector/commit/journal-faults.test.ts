// T5: a crash between every two calls of the journal, loss of what was not synced, and failing calls, on the model file system.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Journal } from "../../../src/collector/commit/journal.ts";
import { fault, ModelFileSystem } from "../../support/model-file-system.ts";
import { Random } from "../../support/random.ts";

const STATE = "/var/lib/klog";
/** So small that a few batches bring a compaction. */
const LIMIT = 260;
const TURNS = 24;
const RUNS = Number(process.env["KLOG_TEST_RUNS"] ?? 300);

/** The journal's life in turns: each changes a few records and syncs, or changes more while the sync is on its way. */
class Life {
  readonly fs = new ModelFileSystem();
  /** What the records were at the end of each turn, as text; the last one that a sync has said to be durable. */
  readonly states: string[] = [];
  durable = 0;
  journal: Journal;
  private readonly random: Random;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.fs.directory(STATE);
    this.journal = Journal.open(this.fs, STATE, LIMIT);
    this.mark();
  }

  async turn(): Promise<boolean> {
    this.change();
    const asked = this.mark();
    const synced = this.journal.sync();
    if (this.random.chance(0.4)) {
      // Between the first wait of the sync and its end.
      await undefined;
      await undefined;
      this.change();
      this.mark();
    }
    const durable = await synced;
    if (durable) this.durable = Math.max(this.durable, asked);
    return durable;
  }

  recovered(): string {
    this.journal = Journal.open(this.fs, STATE, LIMIT);
    return textOf(this.journal.records);
  }

  /** After power was lost, what is recovered is durable; after a mere kill it may be lost yet, back to what was durable before. */
  checkRecovery(after: "kill" | "crash"): void {
    const found = this.recovered();
    const from = this.states.lastIndexOf(found);
    expect(from, `recovered ${found}, durable was ${this.states[this.durable]}`).toBeGreaterThanOrEqual(this.durable);
    if (after === "kill") return;
    this.states.length = 0;
    this.durable = 0;
    this.mark();
  }

  private change(): void {
    for (let n = 1 + this.random.below(3); n > 0; n--) {
      const key = `gen${this.random.below(5)}`;
      if (this.random.chance(0.2)) this.journal.remove(key);
      else this.journal.put(key, { ackPos: this.random.below(1e9), lastName: "0.log" });
    }
  }

  private mark(): number {
    return this.states.push(textOf(this.journal.records)) - 1;
  }
}

function textOf(records: ReadonlyMap<string, unknown>): string {
  return JSON.stringify([...records].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Calls of a life in which nothing goes wrong. */
async function callsOf(seed: number): Promise<string[]> {
  const calls: string[] = [];
  const life = new Life(seed);
  life.fs.beforeCall = (name) => calls.push(name);
  for (let i = 0; i < TURNS; i++) expect(await life.turn()).toBe(true);
  return calls;
}

/** From call `at` on the process is dead: no call has an effect any more. */
async function liveUntil(life: Life, at: number): Promise<void> {
  let calls = 0;
  life.fs.beforeCall = () => {
    if (calls++ >= at) throw fault("EIO", "dead");
  };
  for (let i = 0; i < TURNS && calls <= at; i++) await life.turn();
  life.fs.beforeCall = undefined;
}

/** How much of what was not synced survives a loss of power. */
const LOSSES: Record<string, (random: Random) => (most: number) => number> = {
  nothing: () => () => 0,
  "all of it": () => (most) => most,
  "some of it, torn anywhere": (random) => (most) => random.below(most + 1),
  "some of it, torn elsewhere": (random) => (most) => most - random.below(Math.min(most, 9) + 1),
};

describe("a crash between every two calls", () => {
  test("the life that is tried has compactions, late changes and removals in it", async () => {
    const calls = await callsOf(1);
    expect(calls.filter((name) => name === "rename").length).toBeGreaterThanOrEqual(6);
    expect(calls.filter((name) => name === "remove").length).toBeGreaterThanOrEqual(4);
  });

  test("of the process leaves a state between the last durable one and the newest", async () => {
    const { length } = await callsOf(1);
    for (let at = 0; at <= length; at++) {
      const life = new Life(1);
      await liveUntil(life, at);
      life.fs.kill();
      life.checkRecovery("kill");
      life.fs.crash(() => 0);
      life.checkRecovery("crash");
    }
  });

  test.each(Object.keys(LOSSES))(
    "of the machine that keeps %s of the writes that were not synced does too",
    async (kept) => {
      const { length } = await callsOf(2);
      for (let at = 0; at <= length; at++) {
        const life = new Life(2);
        await liveUntil(life, at);
        life.fs.crash(LOSSES[kept]!(new Random(at)));
        life.checkRecovery("crash");
        // And the journal goes on from there: what it says now to be durable is found again after the next loss.
        expect(await life.turn()).toBe(true);
        life.fs.crash(() => 0);
        life.checkRecovery("crash");
      }
    },
  );
});

describe("a call that fails", () => {
  test.each(["ENOSPC", "EIO", "EROFS"])(
    "with %s at any place costs nothing that was durable, and the next sync makes up for it",
    async (code) => {
      const { length } = await callsOf(3);
      for (let at = 0; at < length; at++) {
        const life = new Life(3);
        let calls = 0;
        life.fs.beforeCall = () => {
          if (calls++ === at) throw fault(code);
        };
        for (let i = 0; i < TURNS; i++) {
          const durable = await life.turn();
          if (!durable) expect(life.journal.problem).toContain(code);
        }
        life.fs.beforeCall = undefined;
        expect(await life.turn()).toBe(true);
        life.fs.crash(() => 0);
        life.checkRecovery("crash");
      }
    },
  );

  test(
    "again and again, with crashes between, at random",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(1e6), async (seed) => {
          const random = new Random(seed);
          const life = new Life(seed);
          for (let lives = 0; lives < 4; lives++) {
            const failing = random.pick([0, 0.02, 0.1, 0.4]);
            life.fs.freeBytes = random.chance(0.3) ? random.below(3000) : Number.POSITIVE_INFINITY;
            let left = random.below(120);
            life.fs.beforeCall = () => {
              if (left-- <= 0 || random.chance(failing)) throw fault("EIO");
            };
            for (let i = 0; i < TURNS && left > 0; i++) {
              await life.turn();
              if (random.chance(0.2)) life.fs.freeBytes = Number.POSITIVE_INFINITY;
            }
            life.fs.beforeCall = undefined;
            life.fs.freeBytes = Number.POSITIVE_INFINITY;
            const end = random.chance(0.3) ? "kill" : "crash";
            if (end === "kill") life.fs.kill();
            else life.fs.crash((most) => random.below(most + 1));
            life.checkRecovery(end);
          }
          expect(await life.turn()).toBe(true);
          expect(life.journal.problem).toBe(undefined);
        }),
        { numRuns: RUNS },
      );
    },
    20_000 + RUNS * 20,
  );
});
