import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { answerCache } from "../../../src/commands/complete/answer-cache.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "klog-cache-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("an answer comes back with its age, for its key only", async () => {
  let now = 1_000;
  const cache = answerCache(join(folder, "klog", "completion"), () => now);
  await cache.remember("a", [{ value: "shop" }]);
  now = 5_000;
  expect(await cache.recall("a")).toEqual({ ageMs: 4_000, candidates: [{ value: "shop" }] });
  expect(await cache.recall("b")).toBeUndefined();
});

test.skipIf(process.platform === "win32")("only the person may read it, and no half file stays", async () => {
  const place = join(folder, "completion");
  await answerCache(place, () => 0).remember("a", []);
  const [file, ...more] = readdirSync(place);
  expect(more).toEqual([]);
  expect(statSync(place).mode & 0o777).toBe(0o700);
  expect(statSync(join(place, file!)).mode & 0o777).toBe(0o600);
});

test("a broken file counts as nothing", async () => {
  const cache = answerCache(folder, () => 0);
  await cache.remember("a", [{ value: "x" }]);
  writeFileSync(join(folder, readdirSync(folder)[0]!), '{"at": 0, "cand');
  expect(await cache.recall("a")).toBeUndefined();
});

test("a folder that cannot be written is not told to anybody", async () => {
  writeFileSync(join(folder, "file"), "");
  const cache = answerCache(join(folder, "file", "below"), () => 0);
  await cache.remember("a", []);
  expect(await cache.recall("a")).toBeUndefined();
});
