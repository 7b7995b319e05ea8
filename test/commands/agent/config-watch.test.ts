import { describe, expect, test } from "vitest";
import { ConfigWatch } from "../../../src/commands/agent/config-watch.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";

describe("watching the configuration", () => {
  test("a change is told once, when the file has come to rest", () => {
    const fs = new ModelFileSystem();
    fs.append("/c/agent.yaml", "a: 1\n");
    const watch = new ConfigWatch(fs, "/c/agent.yaml");
    expect(watch.hasChanged()).toBe(false);
    fs.append("/c/agent.yaml", "b: ");
    expect(watch.hasChanged()).toBe(false);
    fs.append("/c/agent.yaml", "2\n");
    expect(watch.hasChanged()).toBe(false);
    expect(watch.hasChanged()).toBe(true);
    expect(watch.hasChanged()).toBe(false);
  });

  test("what was read for another reason is no change any more", () => {
    const fs = new ModelFileSystem();
    fs.append("/c/agent.yaml", "a: 1\n");
    const watch = new ConfigWatch(fs, "/c/agent.yaml");
    fs.append("/c/agent.yaml", "b: 2\n");
    watch.applied();
    expect([watch.hasChanged(), watch.hasChanged()]).toEqual([false, false]);
  });

  test("in a directory files that come, go and change count, others do not", () => {
    const fs = new ModelFileSystem();
    fs.append("/c/a.yaml", "x");
    const watch = new ConfigWatch(fs, "/c");
    const settles = () => [watch.hasChanged(), watch.hasChanged()].at(-1);
    fs.append("/c/notes.txt", "x");
    expect(settles()).toBe(false);
    fs.append("/c/b.yml", "x");
    expect(settles()).toBe(true);
    fs.unlink("/c/a.yaml");
    expect(settles()).toBe(true);
  });

  test("a ConfigMap's links that are switched over are a change", () => {
    const fs = new ModelFileSystem();
    fs.append("/c/..1/agent.yaml", "one");
    fs.append("/c/..2/agent.yaml", "two");
    fs.symlink("/c/..1", "/c/..data");
    fs.symlink("/c/..data/agent.yaml", "/c/agent.yaml");
    const watch = new ConfigWatch(fs, "/c");
    fs.unlink("/c/..data");
    fs.symlink("/c/..2", "/c/..data");
    expect([watch.hasChanged(), watch.hasChanged()]).toEqual([false, true]);
  });
});
