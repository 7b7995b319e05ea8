// The whole tour of `klog demo`, with the built program: what a new user sees first.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PROGRAM } from "./support/klog.ts";

let temp = "";
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), "klog-demo-test-"));
});
afterEach(() => rmSync(temp, { recursive: true, force: true }));

const environment = () => ({ PATH: process.env["PATH"] ?? "", HOME: temp, TMPDIR: temp });

describe("klog demo", () => {
  test("in a pipe it walks through all of its tour, loses no line and leaves nothing behind", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, "demo", "--live", "1s"], {
      encoding: "utf8",
      env: environment(),
    });
    expect(stderr).not.toMatch(/warning|error/i);
    expect(status).toBe(0);
    expect(stdout.match(/^\$ klog /gm)).toHaveLength(9);
    expect(stdout).toMatch(/payment failed: gateway timeout/);
    expect(stdout).toMatch(/ 0 {2}adds up$/m);
    // Node's own, which every program that starts quickly shares.
    expect(readdirSync(temp).filter((name) => name !== "node-compile-cache")).toEqual([]);
  }, 60_000);
});
