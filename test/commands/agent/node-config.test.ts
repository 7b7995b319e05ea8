import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAgentOptions } from "../../../src/commands/agent/agent-options.ts";
import { configText } from "../../../src/commands/agent/check-config.ts";
import { loadNodeConfig } from "../../../src/commands/agent/node-config.ts";

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "klog-node-config-"));
  file = join(folder, "agent.yaml");
  writeFileSync(
    file,
    "node: of-file\nstate_dir: /of/file\npipelines:\n  - name: p\n    inputs: [{type: container_stdout}]\n    sinks: [{type: stdout}]\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const load = (words: readonly string[], env: Record<string, string> = {}) =>
  loadNodeConfig(parseAgentOptions("run", words).config, env);

describe("the configuration of this node", () => {
  test("without flags is every container into the store", () => {
    const { config, files, source } = load([], { NODE_NAME: "n1" });
    expect({ files, source }).toEqual({ files: [], source: undefined });
    expect(config).toMatchObject({ node: "n1", stateDir: "/var/lib/klog/state", http: "127.0.0.1:7953" });
    expect(configText(config, { files, disabled: ["old"], notes: ["/x is not there"] })).toBe(
      [
        "good: the defaults and flags",
        "node n1, state /var/lib/klog/state, http 127.0.0.1:7953",
        "limits: lines of 1 MiB, 64 MiB in flight",
        "containers:",
        "  from stdout and stderr of containers in /var/log/pods, /var/lib/docker/containers",
        "  to the store /var/lib/klog/store",
        "old: switched off",
        "note: /x is not there",
        "",
      ].join("\n"),
    );
  });

  test("with one place named is that place alone, its paths made absolute", () => {
    const { config } = load(["--pods-dir", "pods", "--sink", "file:out.ndjson", "--sink", "null"]);
    expect(config.roots).toEqual({ pods: join(process.cwd(), "pods"), containers: undefined, docker: undefined });
    expect(config.pipelines[0]?.sinks).toMatchObject([
      { type: "file", path: join(process.cwd(), "out.ndjson"), mode: 0o600 },
      { type: "null" },
    ]);
  });

  test("flags win over the file and the environment", () => {
    const { config, files } = load(
      ["--config", file, "--node", "n2", "--state-dir", "/s", "--http", "off", "--limit-cpu", "0.5"],
      { NODE_NAME: "n1" },
    );
    expect(files).toEqual([file]);
    expect(config).toMatchObject({ node: "n2", stateDir: "/s", http: undefined, limits: { cpu: 0.5 } });
    expect(config.pipelines.map(({ name }) => name)).toEqual(["p"]);
  });

  test("--multiline is a preset, or the start of an event", () => {
    expect(load(["--multiline", "java"]).config.pipelines[0]?.multiline).toEqual({ preset: "java" });
    expect(load(["--multiline", "^\\d{4}-"]).config.pipelines[0]?.multiline).toEqual({ start: "^\\d{4}-" });
    expect(load(["--multiline", "off"]).config.pipelines[0]?.multiline).toBeUndefined();
  });

  test.each([
    [["--config", "FILE", "--sink", "null"], "--config and --sink exclude each other"],
    [["--config", "FILE", "--files", "/x"], "--config and --files exclude each other"],
    [["--sink", "files:/x"], '--sink: "files:/x" is no sink'],
    [["--multiline", "("], /multiline|regular|\(/],
  ])("%j is refused", (words, message) => {
    expect(() => load(words.map((word) => (word === "FILE" ? file : word)))).toThrow(message);
  });
});
