import { describe, expect, test } from "vitest";
import { readStatus, StatusFile } from "../../../src/collector/operation/status-file.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";
import { agentStatus, NOW } from "./statuses.ts";

function rig(costMs = 0) {
  const fs = new ModelFileSystem();
  fs.directory("/state");
  const source = { revision: 0, status: () => agentStatus({ openDescriptors: source.revision }) };
  let [cpu, calls] = [0, 0];
  const file = new StatusFile(fs, "/state", source, () => {
    if (calls++ % 2 === 1) cpu += costMs;
    return cpu;
  });
  let writes = 0;
  fs.beforeCall = (name) => {
    if (name === "rename") writes++;
  };
  return {
    fs,
    source,
    file,
    writesDuring(seconds: number, from: number): number {
      writes = 0;
      for (let i = 0; i < seconds; i++) file.refresh(NOW + (from + i) * 1000);
      return writes;
    },
  };
}

describe("the status file", () => {
  test("is what another process reads back", () => {
    const { fs, file } = rig();
    expect(readStatus(fs, "/state")).toBeUndefined();
    file.write(NOW);
    expect(readStatus(fs, "/state")).toEqual(agentStatus({ openDescriptors: 0 }));
  });

  test("is written once a second while something changes, and every ten seconds while nothing does", () => {
    const { source, file, writesDuring } = rig();
    let changing = 0;
    for (let i = 0; i < 20; i++) {
      source.revision++;
      changing += writesDuring(1, i);
    }
    expect(changing).toBe(20);
    expect(writesDuring(20, 20)).toBe(2);
    expect(file).toBeDefined();
  });

  test("a large status is written less often, so that it costs half a percent of a core at most", () => {
    const { source, writesDuring } = rig(50);
    let writes = 0;
    for (let i = 0; i < 60; i++) {
      source.revision++;
      writes += writesDuring(1, i);
    }
    expect(writes).toBe(6);
  });

  test("a large status that says nothing new is written every 20 s, well before it counts as stale", () => {
    const { writesDuring } = rig(50);
    expect(writesDuring(1, 0)).toBe(1);
    expect(writesDuring(60, 1)).toBe(3);
  });

  test("a write that fails leaves the former file whole", () => {
    const { fs, source, file } = rig();
    file.write(NOW);
    source.revision = 7;
    fs.freeBytes = 20;
    expect(() => file.write(NOW + 1000)).toThrow("ENOSPC");
    expect(readStatus(fs, "/state")?.openDescriptors).toBe(0);
    expect(fs.openDescriptors).toBe(0);
  });

  test("garbage and another format are told with a way out", () => {
    const { fs } = rig();
    fs.append("/state/status.json", "{");
    expect(() => readStatus(fs, "/state")).toThrow("cannot read the agent's status");
    fs.unlink("/state/status.json");
    fs.append("/state/status.json", '{"format":3}');
    expect(() => readStatus(fs, "/state")).toThrow("/state/status.json is of format 3, this klog reads 2");
  });
});
