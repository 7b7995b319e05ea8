import { expect, test } from "vitest";
import { SearchProgress, type SearchProgressOptions } from "../../../src/commands/search/search-progress.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const WORK = { records: 10, bytes: 2048, totalBytes: 1024 * 1024, skippedBytes: 0, lostBytes: 0 };
const VIEW = { works: [{ name: "store", work: WORK }], hits: 3, at: { sec: 1_790_000_000, nsec: 0 } };

function progressOf(options: Partial<SearchProgressOptions> = {}) {
  const clock = new FakeClock();
  const written: string[] = [];
  const progress = new SearchProgress({
    mode: "auto",
    isErrorTerminal: true,
    columns: () => 100,
    write: (text) => written.push(text),
    clock,
    zone: "UTC",
    ...options,
  });
  progress.start(() => VIEW);
  return { clock, written, progress };
}

test("a search that is over soon shows nothing", async () => {
  const { clock, written, progress } = progressOf();
  await clock.advance(299);
  progress.stop();
  await clock.advance(1000);
  expect(written).toEqual([]);
});

test("on a terminal one line is drawn again, at most ten times a second, and taken away before output", async () => {
  const { clock, written, progress } = progressOf();
  await clock.advance(1300);
  expect(written.length).toBeGreaterThan(1);
  expect(written.length).toBeLessThanOrEqual(10);
  expect(written[0]).toBe("\r\u001b[Kklog: 3 hits, at 09-21 14:13:20 · store 2 KiB of 1 MiB");
  progress.clear();
  expect(written.at(-1)).toBe("\r\u001b[K");
  const count = written.length;
  progress.clear();
  expect(written).toHaveLength(count);
  progress.stop();
});

test("nothing is wider than the terminal", async () => {
  const { clock, written, progress } = progressOf({ columns: () => 30 });
  await clock.advance(300);
  expect(written[0]?.replace("\r\u001b[K", "")).toHaveLength(29);
  progress.stop();
});

test("where stderr is no terminal it is silent, unless plain or json is asked for", async () => {
  const silent = progressOf({ isErrorTerminal: false });
  await silent.clock.advance(5000);
  expect(silent.written).toEqual([]);
  const plain = progressOf({ isErrorTerminal: false, mode: "plain" });
  await plain.clock.advance(2000);
  expect(plain.written).toEqual(Array(2).fill("klog: 3 hits, at 09-21 14:13:20 · store 2 KiB of 1 MiB\n"));
  plain.progress.stop();
  const json = progressOf({ isErrorTerminal: false, mode: "json" });
  await json.clock.advance(1000);
  expect(JSON.parse(json.written[0]!)).toEqual({
    progress: { hits: 3, at: 1_790_000_000, sources: [{ name: "store", ...WORK }] },
  });
  json.progress.stop();
});
