import { describe, expect, test } from "vitest";
import { Checkpoint, type CheckpointOptions } from "../../../src/collector/commit/checkpoint.ts";
import { Journal } from "../../../src/collector/commit/journal.ts";
import type { CheckpointRecord } from "../../../src/collector/commit/tombstones.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { fault, ModelFileSystem } from "../../support/model-file-system.ts";

const STATE = "/var/lib/klog";
const MIB = 1 << 20;

interface Saved extends CheckpointRecord {
  readonly ackPos: number;
}

function opened(fs = new ModelFileSystem(), options: Partial<CheckpointOptions> = {}) {
  fs.directory(STATE);
  const clock = new FakeClock({ startMs: 1_000_000 });
  const timer = (ms: number, run: () => void) => clock.timer(ms, run);
  const checkpoint = new Checkpoint<Saved>(Journal.open(fs, STATE), { timer, now: () => clock.now(), ...options });
  return { fs, clock, checkpoint };
}

function keysOf(checkpoint: Checkpoint<Saved>): string[] {
  return [...checkpoint.positions()].map(([key]) => key);
}

function live(ackPos: number, target = "pod/1"): Saved {
  return { target, state: "LIVE", ackPos };
}

function done(target = "pod/1"): Saved {
  return { target, state: "DONE", ackPos: 100 };
}

/** What an agent that starts after a loss of power would find. */
function durable(fs: ModelFileSystem): Record<string, unknown> {
  return Object.fromEntries(Journal.open(fs, STATE).records);
}

function countSyncs(fs: ModelFileSystem): () => number {
  let syncs = 0;
  fs.beforeCall = (name) => {
    if (name === "sync") syncs += 1;
  };
  return () => syncs;
}

describe("a checkpoint is made", () => {
  test("a second after the first change, once for all changes, and not at all while nothing changes", async () => {
    const { fs, clock, checkpoint } = opened();
    await checkpoint.identitySaved();
    const syncs = countSyncs(fs);
    for (let i = 0; i < 100; i++) checkpoint.save("a", live(i));
    await clock.advance(999);
    expect(syncs()).toBe(0);
    await clock.advance(1);
    expect(syncs()).toBe(1);
    expect(checkpoint.savedAt).toBe(1_001_000);
    await clock.advance(60_000);
    expect(syncs()).toBe(1);
    expect(durable(fs)).toEqual({ a: live(99) });
  });

  test("at once when 8 MiB are acknowledged", async () => {
    const { fs, clock, checkpoint } = opened();
    await checkpoint.identitySaved();
    const syncs = countSyncs(fs);
    checkpoint.save("a", live(7 * MIB));
    checkpoint.acknowledged(7 * MIB);
    await clock.advance(0);
    expect(syncs()).toBe(0);
    checkpoint.save("a", live(8 * MIB));
    checkpoint.acknowledged(MIB);
    await clock.advance(0);
    expect(syncs()).toBe(1);
    checkpoint.save("a", live(9 * MIB));
    checkpoint.acknowledged(MIB);
    await clock.advance(0);
    expect(syncs()).toBe(1);
  });

  test("before new files are dispatched, with one write for many of them", async () => {
    const { fs, checkpoint } = opened();
    await checkpoint.identitySaved();
    const syncs = countSyncs(fs);
    const asked = Array.from({ length: 500 }, (_, i) => {
      checkpoint.save(`gen/${i}`, live(0, `pod/${i}`));
      return checkpoint.identitySaved();
    });
    expect(new Set(await Promise.all(asked))).toEqual(new Set([true]));
    expect(syncs()).toBe(1);
    fs.crash(() => 0);
    expect(Object.keys(durable(fs)).length).toBe(500);
  });

  test("every second until it succeeds, where the disk is full; the problem has a name meanwhile", async () => {
    const { fs, clock, checkpoint } = opened();
    fs.beforeCall = (name, path) => {
      if (name === "write") throw fault("ENOSPC", path);
    };
    checkpoint.save("a", live(5));
    expect(await checkpoint.identitySaved()).toBe(false);
    await clock.advance(5000);
    expect(checkpoint.problem).toContain("ENOSPC");
    expect(checkpoint.savedAt).toBe(0);
    fs.beforeCall = undefined;
    await clock.advance(1000);
    expect(checkpoint.problem).toBe(undefined);
    expect(checkpoint.savedAt).toBe(1_006_000);
    fs.crash(() => 0);
    expect(durable(fs)).toEqual({ a: live(5) });
  });

  test("a last time at the end, after which no timer is left", async () => {
    const { fs, clock, checkpoint } = opened();
    checkpoint.save("a", live(1));
    checkpoint.save("b", done());
    checkpoint.forget("a");
    expect(await checkpoint.close()).toBe(true);
    const syncs = countSyncs(fs);
    await clock.advance(10_000);
    expect(syncs()).toBe(0);
    expect(fs.openDescriptors).toBe(0);
    expect(durable(fs)).toEqual({ b: done() });
  });
});

describe("a finished record", () => {
  test("is forgotten when two scans in a row have not found its target, also by the next process", async () => {
    const { fs, checkpoint } = opened();
    checkpoint.save("a", done("pod/1"));
    checkpoint.save("b", done("pod/2"));
    checkpoint.reconciled(new Set(["pod/1"]));
    checkpoint.reconciled(new Set(["pod/1", "pod/2"]));
    checkpoint.reconciled(new Set(["pod/1"]));
    expect(keysOf(checkpoint)).toEqual(["a", "b"]);
    await checkpoint.close();
    const next = opened(fs).checkpoint;
    next.reconciled(new Set(["pod/1"]));
    expect(keysOf(next)).toEqual(["a", "b"]);
    next.reconciled(new Set(["pod/1"]));
    expect(keysOf(next)).toEqual(["a"]);
  });

  test("is not forgotten with its target while bytes are missing: the caller hears of it until it says so", () => {
    const { checkpoint } = opened();
    checkpoint.save("a", live(5));
    checkpoint.save("b", done());
    expect(checkpoint.reconciled(new Set()).size).toBe(0);
    expect([...checkpoint.reconciled(new Set())]).toEqual([["a", live(5)]]);
    expect([...checkpoint.reconciled(new Set())]).toEqual([["a", live(5)]]);
    expect(keysOf(checkpoint)).toEqual(["a"]);
    checkpoint.forget("a");
    expect(checkpoint.reconciled(new Set()).size).toBe(0);
  });

  test("goes when there are too many, the first finished first; one that grew again is not finished", () => {
    const { checkpoint } = opened(undefined, { tombstones: 3 });
    for (const key of ["a", "b", "c"]) checkpoint.save(key, done());
    checkpoint.save("a", live(100));
    checkpoint.save("d", done());
    checkpoint.save("a", done());
    expect(keysOf(checkpoint).sort()).toEqual(["a", "c", "d"]);
    for (let i = 0; i < 1000; i++) checkpoint.save(`more/${i}`, done());
    expect(keysOf(checkpoint)).toEqual(["more/997", "more/998", "more/999"]);
  });
});

// T11.
test("through 100,000 short-lived logs the state stays under 10 MB, and nothing of them is left at the end", async () => {
  const { fs, checkpoint } = opened();
  const marks = Array.from({ length: 8 }, (_, i) => ({ offset: i * 4096, hash: "0123456789abcdef" }));
  const WAVE = 250;
  let most = 0;
  let waiting: string[] = [];
  for (let wave = 0; wave < 400; wave++) {
    const targets = Array.from({ length: WAVE }, (_, i) => `pod/d3b0${wave}-5b1c-4a2e-9f77-${i}/web/0`);
    const save = (state: string, ackPos: number): void => {
      for (const target of targets) checkpoint.save(`${target}.0`, { target, state, ackPos, ...{ marks } });
    };
    save("LIVE", 0);
    await checkpoint.identitySaved();
    save("DONE", 20_000);
    // The last wave's files are there for one scan, the ones before are gone.
    checkpoint.reconciled(new Set([...targets, ...waiting]));
    waiting = targets;
    const bytes = fs.list(STATE)!.reduce((sum, { name }) => sum + fs.stat(`${STATE}/${name}`)!.size, 0);
    most = Math.max(most, bytes);
  }
  expect(most).toBeGreaterThan(4 * MIB);
  expect(most).toBeLessThan(10_000_000);
  expect(keysOf(checkpoint).length).toBeLessThan(5 * WAVE);
  checkpoint.reconciled(new Set());
  checkpoint.reconciled(new Set());
  await checkpoint.close();
  expect(durable(fs)).toEqual({});
});
