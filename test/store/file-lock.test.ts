import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FileLock } from "../../src/store/file-lock.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "klog-lock-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

describe("a lock on a file", () => {
  test("is given once, and again when it was released", () => {
    const path = join(directory, "lock");
    const { lock } = FileLock.take(path);
    expect(FileLock.take(path)).toMatchObject({ problem: "held" });
    lock!.release();
    const again = FileLock.take(path);
    expect(again.lock).toBeDefined();
    again.lock?.release();
  });

  test("is held by who dropped the handle too, whatever the garbage collector does", () => {
    const path = join(directory, "lock");
    FileLock.take(path);
    collectGarbage();
    expect(FileLock.take(path)).toMatchObject({ problem: "held" });
  });

  test("of one file says nothing of another", () => {
    const first = FileLock.take(join(directory, "a"));
    const second = FileLock.take(join(directory, "b"));
    expect([first.lock === undefined, second.lock === undefined]).toEqual([false, false]);
    first.lock?.release();
    second.lock?.release();
  });

  test("is refused, with the reason, where the file is not its own or cannot be made", () => {
    const path = join(directory, "text");
    writeFileSync(path, "this is not a lock, ".repeat(100));
    const foreign = FileLock.take(path);
    expect(foreign).toMatchObject({ problem: "failed" });
    expect(String((foreign as { cause?: unknown }).cause)).toContain("file is not a database");
    expect(FileLock.take(join(directory, "missing", "lock"))).toMatchObject({ problem: "failed" });
    // What was refused stands in nobody's way.
    rmSync(path);
    FileLock.take(path).lock?.release();
  });
});
