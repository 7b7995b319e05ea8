import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_STORE_SINK, defaultAgentConfig } from "../../../src/collector/declare/agent-config.ts";
import { agentConfigSchema } from "../../../src/collector/declare/config-schema.ts";
import { loadAgentConfig } from "../../../src/collector/declare/load-config.ts";
import { KlogError } from "../../../src/errors.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";
import { BAD, BEYOND_SCHEMA, GOOD, PIPELINE } from "./documents.ts";

const ENV = { CPU: "0.5", MEMORY: "100MiB", OFF: "false", FSYNC: "never" };

function load(
  files: Readonly<Record<string, string>>,
  source = "/etc/klog/agent.yaml",
  env: Record<string, string> = ENV,
) {
  const fs = new ModelFileSystem();
  for (const [path, text] of Object.entries(files)) fs.append(path, text);
  return loadAgentConfig(source, { fs, env, hostname: "host-1" });
}

function loadOne(text: string, env: Record<string, string> = ENV) {
  return load({ "/etc/klog/agent.yaml": text }, undefined, env).config;
}

function failure(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(KlogError);
    return (error as KlogError).message;
  }
  return "nothing was wrong";
}

describe("a configuration", () => {
  test.each(GOOD)("is taken with %s", (_what, yaml) => {
    expect(loadOne(yaml).pipelines.length).toBeGreaterThanOrEqual(yaml.startsWith("enabled: false") ? 0 : 1);
  });

  test.each([...BAD, ...BEYOND_SCHEMA])("is refused with %s", (_what, yaml, said) => {
    expect(failure(() => loadOne(yaml))).toContain(said);
  });

  test("names the file, the line and every error at once", () => {
    const text = "node: n1\nstate_dir: relative\nlimits:\n  memry: 1\n  cpu: much\n";
    expect(failure(() => loadOne(text))).toBe(
      [
        "the configuration has 3 errors",
        '/etc/klog/agent.yaml:2: state_dir should be an absolute path, not "relative"',
        "/etc/klog/agent.yaml:4: limits.memry is unknown; did you mean memory?",
        '/etc/klog/agent.yaml:5: limits.cpu should be a number of cores, not "much"',
      ].join("\n  "),
    );
  });

  test("names the line where the YAML itself is broken", () => {
    expect(failure(() => loadOne("node: n1\nlimits: {\n"))).toMatch(
      /^\/etc\/klog\/agent\.yaml:\d+: is not valid YAML: /,
    );
    expect(failure(() => loadOne("a: 1\na: 2\n"))).toContain("duplicate");
    expect(failure(() => loadOne("a: 1\n---\nb: 1\n"))).toContain("several YAML documents");
  });

  test("that says nothing collects all containers into the store", () => {
    expect(loadOne("")).toEqual(defaultAgentConfig("host-1"));
    expect(loadAgentConfig(undefined, { fs: new ModelFileSystem(), env: {}, hostname: "host-1" })).toEqual({
      config: defaultAgentConfig("host-1"),
      files: [],
      disabled: [],
    });
  });

  test("keeps the default pipeline when it only says something of the agent", () => {
    expect(loadOne("limits: { cpu: 0.4 }").pipelines).toEqual(defaultAgentConfig("x").pipelines);
  });

  test("with every pipeline switched off has none", () => {
    expect(loadOne(`enabled: false\n${PIPELINE}`).pipelines).toEqual([]);
    expect(loadOne(`pipelines: [{ name: a, enabled: false, ${PIPELINE} }]`).pipelines).toEqual([]);
  });

  test("has everything that was written, typed", () => {
    const everything = GOOD.find(([what]) => what === "a pipeline with everything")![1];
    expect(loadOne(everything).pipelines).toEqual([
      {
        name: "web",
        inputs: [
          {
            type: "container_stdout",
            firstRead: "end",
            shared: true,
            namespace: "^(default)$",
            pod: "^(nginx-.*)$",
            container: "nginx",
            includeK8sLabels: { app: "nginx", tier: "^(a|b)$" },
            excludeK8sLabels: { skip: "" },
            includeContainerLabels: { "io.kubernetes.container.name": "json-log" },
            excludeContainerLabels: { a: "b" },
            includeEnv: { LOG: "1" },
            excludeEnv: { NOLOG: "" },
            stdout: true,
            stderr: false,
          },
          {
            type: "files",
            firstRead: "beginning",
            shared: false,
            paths: ["/var/log/{a,b}/**/*.log"],
            exclude: ["*.tmp", "/var/log/a/private"],
            maxDepth: 3,
            followLinks: true,
            format: "plain",
          },
          {
            type: "s6",
            firstRead: "beginning",
            shared: false,
            root: "/data/logs",
            template: "{namespace}/{app}/{pod}",
          },
        ],
        multiline: undefined,
        processors: [{ type: "filter", include: ["GET"], exclude: ["/healthz", "^$"], minLevel: "info" }],
        tags: { team: "shop", empty: "" },
        sinks: [
          {
            type: "store",
            directory: "/s",
            retention: { ageMs: 604_800_000, bytes: 1_073_741_824, freeDisk: 104_857_600 },
            fsync: "always",
          },
          { type: "file", path: "/f/a.log", rotateBytes: 10_485_760, keep: 3, mode: 0o640, fsync: "never" },
          { type: "stdout" },
          { type: "null" },
        ],
      },
    ]);
  });

  test("has the settings of the agent that were written", () => {
    const agent = GOOD.find(([what]) => what === "all settings of the agent")![1];
    expect(loadOne(agent)).toMatchObject({
      node: "n1",
      stateDir: "/state",
      roots: { pods: "/p", containers: undefined, docker: "/d" },
      limits: {
        cpu: 0.4,
        memory: 536_870_912,
        lineBytes: 2_097_152,
        openFiles: 100,
        heldBytes: 1_073_741_824,
        inFlight: 16_777_216,
      },
      http: "127.0.0.1:80",
    });
    expect(loadOne("http: { address: off }").http).toBeUndefined();
  });

  test("with a retention has no limits but those it names", () => {
    const [pipeline] = loadOne(`${PIPELINE}\nsinks: [{ type: store, retention: { age: 1h } }]`).pipelines;
    expect(pipeline?.sinks).toEqual([
      { ...DEFAULT_STORE_SINK, retention: { ageMs: 3_600_000, bytes: undefined, freeDisk: undefined } },
    ]);
  });

  test("takes a multiline rule as the joiner wants it", () => {
    const rule = (yaml: string) => loadOne(`${PIPELINE}\nmultiline: ${yaml}`).pipelines[0]?.multiline;
    expect(rule("go")).toEqual({ preset: "go" });
    expect(rule("{ preset: go, timeout: 1s }")).toEqual({ preset: "go", timeoutMs: 1000 });
    expect(rule("{ start: '^a', negate: true, max_lines: 5 }")).toEqual({ start: "^a", negate: true, maxLines: 5 });
  });
});

describe("docs/agent-config.md", () => {
  const document = readFileSync(new URL("../../../docs/agent-config.md", import.meta.url), "utf8");

  test("shows a configuration that is taken", () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(document)![1]!;
    expect(loadOne(yaml).pipelines.map(({ name }) => name)).toEqual(["nginx", "everything-else"]);
  });

  test("names every key that there is", () => {
    const keys = new Set(JSON.stringify(agentConfigSchema()).match(/(?<=")\w+(?=":\{"description")/g));
    expect(keys.size).toBeGreaterThan(50);
    expect([...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(document))).toEqual([]);
  });
});

describe("the environment", () => {
  test("fills in values, with defaults, and nothing where the dollar is doubled", () => {
    const config = loadOne(
      `node: \${A}-\${B:-b}-$\${C}\npipelines:\n  - { name: x, inputs: [{ type: files, paths: ['/\${A}'] }], tags: { '\${A}': '$A \${A}' } }`,
      { A: "one" },
    );
    expect(config.node).toBe(`one-b-\${C}`);
    expect(config.pipelines[0]).toMatchObject({ inputs: [{ paths: ["/one"] }], tags: { [`\${A}`]: "$A one" } });
  });

  test("is not asked again by what it says itself", () => {
    expect(loadOne(`node: '\${A}'`, { A: `\${B}`, B: "secret" }).node).toBe(`\${B}`);
  });

  test("names the node: NODE_NAME, then the file, then the host", () => {
    expect(loadOne("node: file", { NODE_NAME: "env" }).node).toBe("env");
    expect(loadOne("node: file", { NODE_NAME: "" }).node).toBe("file");
    expect(loadOne("", {}).node).toBe("host-1");
  });

  test("sets iLogtail's limits: cores and MiB, stronger than the file", () => {
    const { limits } = loadOne("limits: { cpu: 4, memory: 4GiB }", { cpu_usage_limit: "0.4", mem_usage_limit: "512" });
    expect(limits).toMatchObject({ cpu: 0.4, memory: 512 << 20 });
    expect(failure(() => loadOne("", { cpu_usage_limit: "half" }))).toBe(
      'environment variable cpu_usage_limit: should be a number of cores, not "half"',
    );
  });
});

describe("a directory of configurations", () => {
  test("is read in the order of names; a file is one pipeline under its own name, or settings", () => {
    const { config, files } = load(
      {
        "/etc/klog/20-web.yaml": PIPELINE,
        "/etc/klog/10-agent.yml": "node: n9",
        "/etc/klog/30.yaml": `name: other\n${PIPELINE}`,
        "/etc/klog/..data/40.yaml": PIPELINE,
        "/etc/klog/.hidden.yaml": PIPELINE,
        "/etc/klog/README.md": "not this",
      },
      "/etc/klog",
    );
    expect(config.node).toBe("n9");
    expect(config.pipelines.map(({ name }) => name)).toEqual(["20-web", "other"]);
    expect(files).toEqual(["/etc/klog/10-agent.yml", "/etc/klog/20-web.yaml", "/etc/klog/30.yaml"]);
  });

  test("says each setting of the agent once, and each name once", () => {
    const said = failure(() =>
      load(
        {
          "/c/a.yaml": "node: n1",
          "/c/b.yaml": "# x\nnode: n2",
          "/c/c.yaml": PIPELINE,
          "/c/d.yaml": `name: c\n${PIPELINE}`,
        },
        "/c",
      ),
    );
    expect(said).toContain("/c/b.yaml:2: node stands in /c/a.yaml too");
    expect(said).toContain("/c/d.yaml:1: two pipelines are called c: the other is in /c/c.yaml");
  });

  test("tells the errors of all its files", () => {
    const said = failure(() => load({ "/c/a.yaml": "x: 1", "/c/b.yaml": "inputs: [" }, "/c"));
    expect(said).toContain("/c/a.yaml:1: x is unknown");
    expect(said).toContain("/c/b.yaml:");
  });

  test("must hold a YAML file, and must be there", () => {
    expect(failure(() => load({ "/c/README.md": "" }, "/c"))).toBe("the directory /c holds no *.yaml file");
    expect(failure(() => load({}, "/nowhere"))).toBe("there is no configuration at /nowhere");
  });
});
