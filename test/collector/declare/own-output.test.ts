import { expect, test } from "vitest";
import { type AgentConfig, defaultAgentConfig } from "../../../src/collector/declare/agent-config.ts";
import { sinkFromFlag } from "../../../src/collector/declare/flags-config.ts";
import { ownOutput } from "../../../src/collector/declare/own-output.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";

function config(...sinks: string[]): AgentConfig {
  const defaults = defaultAgentConfig("n1");
  const pipelines = defaults.pipelines.map((pipeline) => ({
    ...pipeline,
    sinks: sinks.map((sink) => sinkFromFlag(sink)!),
  }));
  return { ...defaults, stateDir: "/data", pipelines };
}

const same = (path: string) => path;

test.each([
  ["/out/all.ndjson", "the output of the sink file:/out/all.ndjson"],
  ["/out/all.ndjson.12", "the output of the sink file:/out/all.ndjson"],
  ["/data/status.json", "the agent's state"],
  ["/data/journal/000001.log", "the agent's state"],
  ["/store/20261121T100001Z-000000000000.kseg", "the store /store/"],
])("%s is the agent's own", (path, what) => {
  expect(ownOutput(config("file:/out/all.ndjson", "store:/store/"), same)(path)).toBe(what);
});

test.each(["/out/all.ndjson.log", "/out/all.ndjson2", "/data/pods/a/0.log", "/store/app.log", "/data.log"])(
  "%s is not",
  (path) => {
    expect(ownOutput(config("file:/out/all.ndjson", "store:/store/"), same)(path)).toBeUndefined();
  },
);

test("links on the way to a sink's file hide nothing, also before the file is there", () => {
  const fs = new ModelFileSystem();
  fs.directory("/real");
  fs.symlink("/real", "/out");
  const own = ownOutput(config("file:/out/all.ndjson"), (path) => fs.realpath(path));
  expect(own("/real/all.ndjson")).toBe("the output of the sink file:/out/all.ndjson");
});

test("standard output that leads into a file is its own too", () => {
  const own = ownOutput(config("stdout"), (path) => (path === "/proc/self/fd/1" ? "/var/log/all.log" : path));
  expect(own("/var/log/all.log")).toBe("the agent's standard output");
});

test("a path that cannot be looked at is taken as it is written", () => {
  const own = ownOutput(config("file:/out/a", "stdout"), () => {
    throw new Error("EACCES");
  });
  expect(own("/out/a")).toBe("the output of the sink file:/out/a");
});
