import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../src/sources/clock.ts";

const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a timer and a sleep of more than 24 days wait for all of them", async () => {
  const done: string[] = [];
  systemClock.timer(60 * DAY_MS, () => done.push("timer"));
  void systemClock.sleep(60 * DAY_MS).then(() => done.push("sleep"));
  await vi.advanceTimersByTimeAsync(60 * DAY_MS - 1);
  expect(done).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toEqual(["timer", "sleep"]);
});

test("a long timer can be cancelled, and a long sleep aborted, at any time", async () => {
  const done: string[] = [];
  const abort = new AbortController();
  const cancel = systemClock.timer(60 * DAY_MS, () => done.push("timer"));
  void systemClock.sleep(60 * DAY_MS, abort.signal).then(() => done.push("sleep"));
  await vi.advanceTimersByTimeAsync(30 * DAY_MS);
  cancel();
  abort.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(done).toEqual(["sleep"]);
  expect(vi.getTimerCount()).toBe(0);
});
