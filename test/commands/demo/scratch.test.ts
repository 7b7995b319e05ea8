import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeScratch, removeScratch } from "../../../src/commands/demo/scratch.ts";

let parent = "";
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "klog-scratch-"));
});
afterEach(() => rmSync(parent, { recursive: true }));

describe("the demo's folder", () => {
  test("is gone when it is removed", () => {
    const scratch = makeScratch(parent);
    expect(existsSync(scratch.pods)).toBe(true);
    removeScratch(scratch);
    expect(readdirSync(parent)).toEqual([]);
  });

  test("leaves other demos that still run, and removes what a killed one left with the agent that it left running", async () => {
    const running = makeScratch(parent);
    const killed = join(parent, "klog-demo-killed");
    mkdirSync(killed);
    const left = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", killed], { stdio: "ignore" });
    const ended = once(left, "close");
    const gone = spawn(process.execPath, ["-e", ""]);
    await once(gone, "close");
    writeFileSync(join(killed, "owner.json"), JSON.stringify({ pid: gone.pid, children: [left.pid] }));
    const next = makeScratch(parent);
    expect((await ended)[1]).toBe("SIGKILL");
    expect(existsSync(killed)).toBe(false);
    expect(existsSync(running.root) && existsSync(next.root)).toBe(true);
  });

  test("says where it cannot be made", () => {
    expect(() => makeScratch(join(parent, "nowhere"))).toThrow(/nowhere/);
  });
});
