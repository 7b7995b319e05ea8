import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const CLI = fileURLToPath(new URL("../../../src/cli.ts", import.meta.url));
let temp = "";
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), "klog-demo-test-"));
});
afterEach(() => rmSync(temp, { recursive: true, force: true }));

const environment = () => ({ PATH: process.env["PATH"] ?? "", HOME: temp, TMPDIR: temp });

describe("klog demo", () => {
  test("ended in the middle it takes its processes and files with it", async () => {
    const demo = spawn(process.execPath, [CLI, "demo", "--stay"], {
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    demo.stdout.on("data", (text: Buffer) => {
      said += text;
      // The agent runs by now.
      if (said.includes("KLOG_STORE=")) demo.kill("SIGINT");
    });
    const [code] = await once(demo, "close");
    expect(code).toBe(130);
    expect(said).toContain("KLOG_STORE=");
    expect(readdirSync(temp)).toEqual([]);
  }, 60_000);

  test("takes no words", () => {
    const { status, stderr } = spawnSync(process.execPath, [CLI, "demo", "shop"], {
      encoding: "utf8",
      env: environment(),
    });
    expect(stderr).toMatch(/takes flags only, not also "shop"/);
    expect(status).toBe(2);
  });
});
