import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { exclusively } from "../../src/config/private-file.ts";
import { testFolder } from "../support/command-io.ts";

const beforeRename = vi.hoisted(() => ({ run: () => {} }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const rename: typeof real.rename = (from, to) => {
    beforeRename.run();
    return real.rename(from, to);
  };
  return { ...real, rename };
});

const LONG_AGO = new Date(Date.now() - 60_000);

test("many at a time come one after the other, behind a lock that a killed klog left", async () => {
  const path = join(testFolder(), "history");
  writeFileSync(`${path}.lock`, "killed");
  utimesSync(`${path}.lock`, LONG_AGO, LONG_AGO);
  let [inside, most] = [0, 0];
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise(setImmediate);
    inside--;
  };
  await Promise.all(Array.from({ length: 8 }, () => exclusively(path, work)));
  expect(most).toBe(1);
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test("a lock that was made while a stale one was being removed holds", async () => {
  // Other files of this worker may have loaded it with the real rename.
  vi.resetModules();
  const { exclusively: exclusivelyWithHook } = await import("../../src/config/private-file.ts");
  const path = join(testFolder(), "history");
  const lock = `${path}.lock`;
  writeFileSync(lock, "killed");
  utimesSync(lock, LONG_AGO, LONG_AGO);
  let isReleased = false;
  beforeRename.run = () => {
    beforeRename.run = () => {};
    writeFileSync(lock, "another's");
    setTimeout(() => {
      isReleased = true;
      expect(readFileSync(lock, "utf8")).toBe("another's");
      rmSync(lock);
    }, 60);
  };
  expect(await exclusivelyWithHook(path, async () => isReleased)).toBe(true);
});

test("whoever took too long does not remove the lock of the next one", async () => {
  const path = join(testFolder(), "history");
  const lock = `${path}.lock`;
  await exclusively(path, async () => {
    utimesSync(lock, LONG_AGO, LONG_AGO);
    writeFileSync(lock, "the next one's");
  });
  expect(readFileSync(lock, "utf8")).toBe("the next one's");
});
