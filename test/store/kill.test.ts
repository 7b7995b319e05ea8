import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { StoreReader } from "../../src/store/store-reader.ts";
import { StoreWriter } from "../../src/store/store-writer.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { rowsOfView } from "./support/rows.ts";

const WRITER = fileURLToPath(new URL("./support/numbered-writer.ts", import.meta.url));

function startWriter(directory: string, first: number, fsync: string, last: number) {
  const child = spawn(process.execPath, [WRITER, directory, String(first), fsync, String(last)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const told = { stored: first, done: false };
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (line === "done") told.done = true;
      else told.stored = Math.max(told.stored, Number(line));
    }
  });
  return { child, told };
}

/** The numbers in the order of storing. */
function numbers(directory: string): number[] {
  const reader = new StoreReader(directory);
  const view = reader.view();
  const found = rowsOfView(view).map(({ offset }) => offset / 20);
  reader.close();
  expect(view.problems).toEqual([]);
  return found;
}

test("no record that was called stored is lost, and none is there twice, when the writer is killed at any moment", {
  timeout: 60_000,
}, async () => {
  const directory = temporaryDirectory();
  let stored = 0;
  for (let round = 0; round < 10; round++) {
    // The agent reads again what it had not committed: here up to 700 records that are stored.
    const { child, told } = startWriter(
      directory,
      Math.max(0, stored - 700),
      round % 3 === 0 ? "always" : "never",
      1e9,
    );
    const rounds = 2 + Math.floor(Math.random() * 6);
    for (let heard = 0; heard < rounds; heard++) await once(child.stdout, "data");
    // Somewhere within the next writes.
    for (let turn = Math.random() * 20; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGKILL");
    await once(child, "close");
    stored = Math.max(stored, told.stored);
  }
  const before = numbers(directory);
  const writer = await StoreWriter.open(directory);
  await writer.close();
  const after = numbers(directory);
  expect(after).toEqual(before);
  expect(after.length).toBeGreaterThanOrEqual(stored);
  expect(after).toEqual(Array.from({ length: after.length }, (_, i) => i));
});

test("a reader beside a writer sees whole beginnings of what is written, always more of it", {
  timeout: 60_000,
}, async () => {
  const directory = temporaryDirectory();
  const { child, told } = startWriter(directory, 0, "never", 6000);
  const closed = once(child, "close");
  const reader = new StoreReader(directory);
  let seen = 0;
  let views = 0;
  while (!told.done) {
    const promised = told.stored;
    const view = reader.view();
    const found = rowsOfView(view).map(({ offset }) => offset / 20);
    expect(view.problems).toEqual([]);
    expect(found.length).toBeGreaterThanOrEqual(Math.max(seen, promised));
    expect(found.every((number, index) => number === index)).toBe(true);
    seen = found.length;
    views++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  reader.close();
  expect(views).toBeGreaterThan(5);
  expect(numbers(directory)).toHaveLength(6000);
});
