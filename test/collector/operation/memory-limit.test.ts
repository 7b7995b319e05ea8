import { describe, expect, test } from "vitest";
import { LimitedPace } from "../../../src/collector/operation/pace.ts";

const MIB = 1024 ** 2;

function rig(memory: number | undefined) {
  const state = { now: 0, rss: 100 * MIB, reclaimed: 0 };
  const pace = new LimitedPace(
    { memory },
    {
      now: () => state.now,
      residentBytes: () => state.rss,
      reclaim: () => state.reclaimed++,
      cpuMs: () => 0,
    },
  );
  const at = (rss: number, ms = 300) => {
    state.rss = rss;
    state.now += ms;
  };
  return { state, pace, at };
}

describe("limits.memory", () => {
  test("over the limit reading pauses while deliveries can free something, and garbage is collected", () => {
    const { state, pace, at } = rig(200 * MIB);
    expect(pace.pause(1)).toBe(0);
    at(201 * MIB);
    expect(pace.pause(1000)).toBeGreaterThan(0);
    expect(state.reclaimed).toBe(1);
    expect(pace.memoryPressure()).toBe("201 MiB of memory in use, limit 200 MiB: reading pauses");
    at(201 * MIB, 5000);
    expect(pace.pause(1000)).toBeGreaterThan(0);
    expect(state.reclaimed).toBe(1);
    at(150 * MIB);
    expect(pace.pause(1000)).toBe(0);
    expect(pace.memoryPressure()).toBeUndefined();
    expect(pace.status().memory?.pausedMs).toBe(100);
  });

  test("with nothing in flight it reads on after a second: a limit that is too low slows, but never stops", () => {
    const { pace, at } = rig(200 * MIB);
    at(210 * MIB);
    expect(pace.pause(0)).toBeGreaterThan(0);
    at(210 * MIB, 1000);
    expect(pace.pause(0)).toBe(0);
    expect(pace.budget(64 * MIB)).toBe(8 * MIB);
  });

  test("the budget shrinks from four fifths of the limit on, and a chunk always fits", () => {
    const { pace, at } = rig(200 * MIB);
    const budgets = [150, 160, 170, 180, 190, 200, 250].map((mib) => {
      at(mib * MIB);
      return Math.round(pace.budget(64 * MIB) / MIB);
    });
    expect(budgets).toEqual([64, 64, 50, 36, 22, 8, 8]);
    expect(pace.budget(4 * MIB)).toBe(2 * MIB);
  });

  test("limits can be changed and taken away", () => {
    const { pace, at } = rig(200 * MIB);
    at(300 * MIB);
    pace.apply({ memory: 400 * MIB });
    expect(pace.pause(1)).toBe(0);
    pace.apply({});
    expect(pace.budget(64 * MIB)).toBe(64 * MIB);
    expect(pace.status()).toEqual({});
  });
});
