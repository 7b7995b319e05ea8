import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStateDirectory } from "../../../src/collector/commit/state-directory.ts";
import { KlogError } from "../../../src/errors.ts";

const MODULE = new URL("../../../src/collector/commit/state-directory.ts", import.meta.url).href;
const now = () => Date.UTC(2026, 10, 21, 10);
let directory: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "klog-state-"));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  chmodSync(directory, 0o700);
  rmSync(directory, { recursive: true, force: true });
});

function refusal(path: string): KlogError {
  try {
    openStateDirectory(path, now).release();
  } catch (error) {
    if (error instanceof KlogError) return error;
    throw error;
  }
  throw new Error("the directory was given");
}

/** Another agent, which takes the directory and stays; its exit can be waited for. */
async function otherAgent(path: string): Promise<{ pid: number; killed: () => Promise<void> }> {
  const script = `
    const { openStateDirectory } = await import(${JSON.stringify(MODULE)});
    openStateDirectory(${JSON.stringify(path)}, Date.now);
    process.stdout.write("taken");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  await Promise.race([
    new Promise((resolve) => child.stdout.once("data", resolve)),
    ended.then(() => Promise.reject(new Error(`the other agent ended: ${errors}`))),
  ]);
  return {
    pid: child.pid!,
    killed: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

describe("a state directory", () => {
  test("is made with its parents, for its owner alone", () => {
    const path = join(directory, "var", "lib", "klog");
    const state = openStateDirectory(path, now);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(state.path).toBe(path);
    for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
    state.release();
  });

  test("is given to one agent only, and to the next when that one lets go", () => {
    const first = openStateDirectory(directory, now);
    const error = refusal(directory);
    expect(error.code).toBe("STATE_IN_USE");
    expect(error.message).toBe(
      `the state directory ${directory} is in use by the klog agent with pid ${process.pid} on ${hostname()}, since 2026-11-21T10:00:00.000Z`,
    );
    expect(error.hint).toContain("--state-dir");
    first.release();
    openStateDirectory(directory, now).release();
  });

  test("is refused, with the other process's number, until that process is killed; no lock stays behind", async () => {
    const other = await otherAgent(directory);
    expect(refusal(directory).message).toContain(`pid ${other.pid} on`);
    // Looking at the files of the lock does not break it.
    for (const name of readdirSync(directory)) statSync(join(directory, name));
    expect(refusal(directory).code).toBe("STATE_IN_USE");
    await other.killed();
    openStateDirectory(directory, now).release();
  });

  test("is refused also where the owner's name could not be written", async () => {
    await otherAgent(directory);
    rmSync(join(directory, "agent.owner"));
    expect(refusal(directory).message).toBe(`the state directory ${directory} is in use by another klog agent`);
  });

  test("is refused where a file stands in its way", () => {
    writeFileSync(join(directory, "klog"), "");
    const error = refusal(join(directory, "klog"));
    expect(error.code).toBe("STATE_UNWRITABLE");
    expect(error.message).toBe(`the state directory ${directory}/klog cannot be written: there is a file of that name`);
    expect(refusal(join(directory, "klog", "state")).message).toContain("cannot be written");
  });

  test.skipIf(process.getuid?.() === 0)("is refused where this user may not write", () => {
    chmodSync(directory, 0o500);
    expect(refusal(directory).message).toContain("permission denied");
  });

  test("is refused where nobody can make a directory", () => {
    const error = refusal("/proc/sys/klog");
    expect(error.code).toBe("STATE_UNWRITABLE");
    expect(error.hint).toContain("--state-dir");
  });

  test("is refused where the lock file is something else", () => {
    writeFileSync(join(directory, "agent.lock"), "this is not klog's at all, ".repeat(100));
    const error = refusal(directory);
    expect(error.code).toBe("STATE_UNWRITABLE");
    expect(error.message).toMatch(/cannot be locked: file is not a database/);
    mkdirSync(join(directory, "b", "agent.lock"), { recursive: true });
    expect(refusal(join(directory, "b")).message).toContain("cannot be written");
  });
});
