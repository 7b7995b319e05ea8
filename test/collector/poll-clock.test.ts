import { describe, expect, test } from "vitest";
import { PollClock } from "../../src/collector/poll-clock.ts";

const MINUTE = 60_000;

/** Ms at which `member` is due from `from` to `to`, when the clock is asked each 10 ms. */
function looks<M>(clock: PollClock<M>, member: M, from: number, to: number): number[] {
  const times: number[] = [];
  for (let now = from; now < to; now += 10) if (clock.due(now).includes(member)) times.push(now);
  return times;
}

describe("a log is looked at", () => {
  test("at once, then every 50 ms while data came within 10 s", () => {
    const clock = new PollClock<string>();
    clock.add("a", 0, 0);
    expect(looks(clock, "a", 0, 500)).toEqual([0, 50, 100, 150, 200, 250, 300, 350, 400, 450]);
    clock.grew("a", 9000);
    expect(looks(clock, "a", 9000, 19_000).length).toBeGreaterThanOrEqual(199);
  });

  test("every 250 ms after 10 s without data, every 2 s after 10 minutes", () => {
    const clock = new PollClock<string>();
    clock.add("a", 0, 0);
    looks(clock, "a", 0, 11_000);
    expect(looks(clock, "a", 11_000, 21_000).length).toBe(40);
    looks(clock, "a", 21_000, 11 * MINUTE);
    expect(looks(clock, "a", 11 * MINUTE, 12 * MINUTE).length).toBe(30);
  });

  test("often again as soon as it grows", () => {
    const clock = new PollClock<string>();
    clock.add("a", -20 * MINUTE, 0);
    expect(looks(clock, "a", 0, 1000)).toEqual([0]);
    clock.grew("a", 1000);
    expect(looks(clock, "a", 1000, 1200)).toEqual([1050, 1100, 1150]);
  });

  test("at the next call after a directory told of a change", () => {
    const clock = new PollClock<string>();
    for (const name of ["a", "b", "c"]) clock.add(name, -20 * MINUTE, 0);
    clock.add("busy", 0, 0);
    clock.due(0);
    clock.wake("b", 20);
    expect(clock.delay(20)).toBe(0);
    expect(clock.due(20)).toEqual(["b"]);
    expect(clock.due(50)).toEqual(["busy"]);
  });

  test("never, once it is removed", () => {
    const clock = new PollClock<string>();
    for (const name of ["a", "b", "c"]) clock.add(name, 0, 0);
    clock.remove("b");
    expect(clock.due(0).sort()).toEqual(["a", "c"]);
    clock.grew("b", 10);
    clock.wake("b", 10);
    clock.remove("a");
    clock.remove("c");
    expect(clock.due(5000)).toEqual([]);
    expect(clock.delay(0)).toBe(undefined);
  });
});

describe("thousands of idle logs", () => {
  test("are due once in 2 s each, and a call between finds nothing to do", () => {
    const clock = new PollClock<number>();
    for (let i = 0; i < 5000; i++) clock.add(i, -20 * MINUTE, 0);
    let due = 0;
    for (let now = 0; now < 10_000; now += 50) due += clock.due(now).length;
    expect(due).toBe(5 * 5000);
    expect(clock.delay(9950)).toBe(50);
  });

  test("are handed out in pieces, each once, without keeping busy ones from their turn", () => {
    const clock = new PollClock<number>();
    for (let i = 0; i < 5000; i++) clock.add(i, -20 * MINUTE, 0);
    const seen: number[] = [];
    for (let piece = clock.due(0, 512); piece.length > 0; piece = clock.due(0, 512)) {
      expect(piece.length).toBeLessThanOrEqual(512);
      seen.push(...piece);
    }
    expect(seen.length).toBe(5000);
    expect(new Set(seen).size).toBe(5000);
    clock.add(-1, 2000, 2000);
    expect(clock.due(2000, 512)).toContain(-1);
  });
});
