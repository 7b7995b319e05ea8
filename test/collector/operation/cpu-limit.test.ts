import { describe, expect, test } from "vitest";
import { CpuLimit } from "../../../src/collector/operation/cpu-limit.ts";

/** A loop that would use a whole core: each turn is so many ms of CPU, and sleeps as it is told. */
function busyLoop(limit: number | undefined, turnMs: number, wallMs: number) {
  let [now, cpu] = [0, 0];
  const cpuLimit = new CpuLimit(
    limit,
    () => cpu,
    () => now,
  );
  while (now < wallMs) {
    now += turnMs;
    cpu += turnMs;
    now += cpuLimit.pause();
  }
  return { cpuLimit, share: cpu / now, now, cpu };
}

describe("limits.cpu", () => {
  test.each([
    [0.05, 1],
    [0.4, 3],
    [0.4, 100],
    [0.9, 10],
  ])("%d cores are kept by a loop of %d ms turns", (limit, turnMs) => {
    const { share, cpuLimit } = busyLoop(limit, turnMs, 60_000);
    expect(share).toBeLessThan(limit * 1.01 + 0.005);
    expect(share).toBeGreaterThan(limit * 0.95);
    expect(cpuLimit.used()).toBeCloseTo(limit, 1);
  });

  test("without a limit nothing sleeps", () => {
    expect(busyLoop(undefined, 10, 1000).share).toBe(1);
  });

  test("several threads at once are slept off too", () => {
    let [now, cpu] = [0, 0];
    const limit = new CpuLimit(
      1,
      () => cpu,
      () => now,
    );
    for (let i = 0; i < 2000; i++) {
      now += 10;
      cpu += 30;
      now += limit.pause();
    }
    expect(cpu / now).toBeLessThan(1.02);
  });

  test("a rest buys a short burst, not more", () => {
    let [now, cpu] = [0, 0];
    const limit = new CpuLimit(
      0.5,
      () => cpu,
      () => now,
    );
    now += 3_600_000;
    expect(limit.pause()).toBe(0);
    let burst = 0;
    while (limit.pause() === 0) {
      now += 1;
      cpu += 1;
      burst++;
    }
    expect(burst).toBeGreaterThan(100);
    expect(burst).toBeLessThan(250);
  });

  test("a changed limit holds from the next turn on", () => {
    const { cpuLimit } = busyLoop(0.4, 10, 1000);
    cpuLimit.limit = undefined;
    expect(cpuLimit.pause()).toBe(0);
  });
});
