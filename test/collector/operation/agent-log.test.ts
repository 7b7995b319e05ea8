import { describe, expect, test } from "vitest";
import { LimitedLog, plainLines } from "../../../src/collector/operation/agent-log.ts";
import { jsonLines } from "../../../src/collector/operation/json-log.ts";

function rig() {
  const state = { now: 0 };
  const lines: string[] = [];
  const log = new LimitedLog(
    plainLines((text) => lines.push(text)),
    () => state.now,
  );
  return { state, lines, log };
}

describe("the agent's own log", () => {
  test("says the same at most ten times a minute, then how often it held back", () => {
    const { state, lines, log } = rig();
    for (let i = 0; i < 500; i++) log.warn("cannot read a log", { path: `/x/${i}` });
    log.info("collecting");
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe("klog: warn: cannot read a log (path=/x/0)\n");
    expect(lines[10]).toBe("klog: collecting\n");
    state.now = 60_000;
    log.tellSuppressed();
    expect(lines[11]).toBe("klog: warn: cannot read a log (suppressed=490)\n");
    log.warn("cannot read a log", { path: "/y" });
    expect(lines[12]).toBe("klog: warn: cannot read a log (path=/y)\n");
  });

  test("tells what it held back at the end too, and nothing where there is nothing", () => {
    const { lines, log } = rig();
    for (let i = 0; i < 12; i++) log.error("no");
    log.tellSuppressed();
    expect(lines).toHaveLength(10);
    log.tellSuppressed(true);
    expect(lines.at(-1)).toBe("klog: error: no (suppressed=2)\n");
    log.tellSuppressed(true);
    expect(lines).toHaveLength(11);
  });

  test("as JSON: one object a line with time, severity, who and where", () => {
    const lines: string[] = [];
    const write = jsonLines({ version: "1.2.3", node: "n1", write: (line) => lines.push(line) });
    write("warn", "cannot read a log", { path: "/x", tries: 3 });
    expect(lines).toHaveLength(1);
    expect(lines[0]!.endsWith("\n")).toBe(true);
    const { time, ...rest } = JSON.parse(lines[0]!);
    expect(rest).toEqual({
      level: "warn",
      name: "klog-agent",
      version: "1.2.3",
      node: "n1",
      path: "/x",
      tries: 3,
      msg: "cannot read a log",
    });
    expect(new Date(time).toISOString()).toBe(time);
  });
});
