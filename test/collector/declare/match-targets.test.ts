import { describe, expect, test } from "vitest";
import type { AgentConfig } from "../../../src/collector/declare/agent-config.ts";
import { loadAgentConfig } from "../../../src/collector/declare/load-config.ts";
import { matchTargets } from "../../../src/collector/declare/match-targets.ts";
import {
  type ContainerFacts,
  type FoundTarget,
  UNKNOWN_FACTS,
  UNROUTED,
} from "../../../src/collector/discovery/found-target.ts";
import { UNKNOWN_ORIGIN } from "../../../src/collector/target.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";

function pipelines(...inputs: string[]): AgentConfig {
  const fs = new ModelFileSystem();
  const entries = inputs.map((input, i) => `  - { name: p${i}, tags: { from: p${i} }, inputs: [${input}] }`);
  fs.append("/c.yaml", `pipelines:\n${entries.join("\n")}`);
  return loadAgentConfig("/c.yaml", { fs, env: {}, hostname: "n1" }).config;
}

const POD: FoundTarget = {
  ...UNROUTED,
  id: "pod/u/app/0",
  directory: "/var/log/pods/my-default-x_web-0_u/app",
  file: "0.log",
  siblings: "kubelet",
  format: "cri",
  way: "pods",
  facts: UNKNOWN_FACTS,
  tags: { app: "web", from: "path" },
  origin: {
    ...UNKNOWN_ORIGIN,
    namespace: "my-default-x",
    pod: "web-0",
    container: "app",
    path: "/var/log/pods/my-default-x_web-0_u/app/0.log",
  },
};

function docker(facts: Partial<ContainerFacts>): FoundTarget {
  return {
    ...POD,
    id: "docker/ab",
    way: "docker",
    facts: { ...UNKNOWN_FACTS, ...facts },
    origin: {
      ...UNKNOWN_ORIGIN,
      containerId: "ab",
      dockerContainer: "web",
      path: "/var/lib/docker/containers/ab/ab-json.log",
    },
  };
}

const FILE: FoundTarget = {
  ...POD,
  id: "file/var/log/app.log",
  directory: "/var/log",
  file: "app.log",
  siblings: "logrotate",
  format: "auto",
  way: "file",
  origin: { ...UNKNOWN_ORIGIN, path: "/var/log/app.log" },
};

const S6: FoundTarget = {
  ...POD,
  id: "s6/data/logs/shop/web/web-0/log",
  directory: "/data/logs/shop/web/web-0/log",
  file: "current",
  way: "s6",
  origin: { ...UNKNOWN_ORIGIN, path: "/data/logs/shop/web/web-0/log/current" },
};

test("what the agent writes itself nobody has", () => {
  const config = { ...pipelines("{ type: files, paths: ['/var/log/*.log'] }"), stateDir: "/s" };
  const [pipeline] = config.pipelines;
  const sinks = [
    { type: "file", path: "/var/log/app.log", rotateBytes: undefined, keep: 7, mode: 0o600, fsync: "batch" },
  ] as const;
  const { routes, verdicts } = match({ ...config, pipelines: [{ ...pipeline!, sinks }] }, FILE);
  expect(routes).toEqual([]);
  expect(verdicts).toEqual([
    { pipeline: "p0", whyNot: "it is the output of the sink file:/var/log/app.log, which the agent writes itself" },
  ]);
});

function match(config: AgentConfig, target: FoundTarget) {
  return matchTargets(config, [target])[0]!;
}

function whyNot(input: string, target: FoundTarget): string | undefined {
  return match(pipelines(input), target).verdicts[0]?.whyNot;
}

describe("filters of containers", () => {
  test.each([
    ["namespace: default", undefined],
    ["namespace: ^(default)$", "its namespace my-default-x does not match ^(default)$"],
    ["pod: '^web-\\d+$', container: app", undefined],
    ["pod: web, container: side", "its container app does not match side"],
    [
      "include_k8s_labels: { app: web }",
      "its pod labels are not known here: the path of a log does not tell, Docker's config.v2.json does",
    ],
    [
      "exclude_env: { A: '' }",
      "its environment is not known here: the path of a log does not tell, Docker's config.v2.json does",
    ],
  ])("search in names: %s", (filter, expected) => {
    expect(whyNot(`{ type: container_stdout, ${filter} }`, POD)).toBe(expected);
  });

  const facts = { podLabels: { app: "nginx", tier: "front" }, containerLabels: { x: "" }, env: { LOG: "on" } };

  test.each([
    ["include_k8s_labels: { app: nginx }", undefined],
    ["include_k8s_labels: { app: ngin }", "it has no label app=ngin"],
    ["include_k8s_labels: { app: '^ngin' }", "it has no label app=^ngin"],
    ["include_k8s_labels: { app: '^ng.*$' }", undefined],
    ["include_k8s_labels: { app: other, tier: front }", undefined],
    ["include_k8s_labels: { app: '' }", undefined],
    ["include_k8s_labels: { nope: '', other: x }", "it has no label nope or other=x"],
    ["exclude_k8s_labels: { tier: front }", "its label tier=front is excluded"],
    ["include_k8s_labels: { app: nginx }, exclude_k8s_labels: { tier: front }", "its label tier=front is excluded"],
    ["include_k8s_labels: { app: nginx }, include_env: { LOG: 'off' }", "it has no variable LOG=off"],
    ["include_container_labels: { x: '' }, exclude_env: { toString: '' }", undefined],
  ])("know labels and environment where the runtime tells: %s", (filter, expected) => {
    expect(whyNot(`{ type: container_stdout, ${filter} }`, docker(facts))).toBe(expected);
  });

  test("take the name that Docker gives where there is no pod", () => {
    expect(whyNot("{ type: container_stdout, container: ^web$ }", docker({}))).toBeUndefined();
    expect(whyNot("{ type: container_stdout, pod: web }", docker({}))).toBe("it has no pod, and web is asked for");
  });
});

describe("a log", () => {
  test("belongs to the first pipeline that wants it", () => {
    const { routes, verdicts } = match(
      pipelines("{ type: container_stdout, pod: other }", "{ type: container_stdout }", "{ type: container_stdout }"),
      POD,
    );
    expect(routes).toMatchObject([{ id: "pod/u/app/0", pipeline: "p1", streams: "both" }]);
    expect(verdicts).toEqual([
      { pipeline: "p0", whyNot: "its pod web-0 does not match other" },
      { pipeline: "p1", whyNot: undefined },
      { pipeline: "p2", whyNot: "the pipeline p1 has it" },
    ]);
  });

  test("has the pipeline's tags above those of its path, and the input's first read", () => {
    const [route] = match(pipelines("{ type: container_stdout, first_read: 1KiB }"), POD).routes;
    expect(route).toMatchObject({ tags: { app: "web", from: "p0" }, firstRead: { lastBytes: 1024 } });
  });

  test("gives stdout to one pipeline and stderr to another, each with a cursor of its own, in any order", () => {
    const stdout = "{ type: container_stdout, stderr: false }";
    const stderr = "{ type: container_stdout, stdout: false }";
    const routed = (config: AgentConfig) =>
      match(config, POD)
        .routes.map(({ id, streams }) => `${id} ${streams}`)
        .sort();
    const expected = ["pod/u/app/0 stdout", "pod/u/app/0#stderr stderr"];
    expect(routed(pipelines(stdout, stderr))).toEqual(expected);
    expect(routed(pipelines(stderr, stdout))).toEqual(expected);
    expect(routed(pipelines(stdout, "{ type: container_stdout }"))).toEqual(expected);
  });

  test("keeps its id when it moves to another pipeline, so that it is not read again", () => {
    const before = match(pipelines("{ type: container_stdout, pod: web }"), POD).routes[0];
    const after = match(pipelines("{ type: container_stdout, pod: x }", "{ type: container_stdout }"), POD).routes[0];
    expect([before?.pipeline, after?.pipeline]).toEqual(["p0", "p1"]);
    expect(after?.id).toBe(before?.id);
  });

  test("goes to inputs that share it beside its own pipeline", () => {
    const shared = "{ type: container_stdout, shared: true }";
    expect(match(pipelines(shared, "{ type: container_stdout }", shared), POD).routes.map(({ id }) => id)).toEqual([
      "pod/u/app/0@p0",
      "pod/u/app/0",
      "pod/u/app/0@p2",
    ]);
  });

  test("of the host is taken by its path, unless that is excluded", () => {
    const input = (more: string) => `{ type: files, paths: ['/var/log/*.log'], ${more} }`;
    expect(match(pipelines(input("format: plain")), FILE).routes).toMatchObject([{ format: "plain" }]);
    expect(whyNot(input("exclude: ['app*']"), FILE)).toBe("its path /var/log/app.log is excluded by app*");
    expect(whyNot(input("exclude: [/var/log]"), FILE)).toBe("its path /var/log/app.log is excluded by /var/log");
    expect(whyNot("{ type: files, paths: [/srv/x] }", FILE)).toBe("its path /var/log/app.log does not match /srv/x");
    expect(whyNot("{ type: container_stdout }", FILE)).toBe("it is not the output of a container");
  });

  test("of a container may be asked for by its path too", () => {
    expect(match(pipelines("{ type: files, paths: ['/var/log/pods/*/*/*.log'] }"), POD).routes).toHaveLength(1);
  });

  test("of s6-log is taken by the template, and by nothing else", () => {
    expect(whyNot("{ type: s6, root: /data/logs }", S6)).toBeUndefined();
    expect(whyNot("{ type: s6, root: /other }", S6)).toBe("it does not lie below /other/{namespace}/{app}/{pod}");
    expect(whyNot("{ type: files, paths: ['/data/**'] }", S6)).toBe("it is an s6-log directory");
  });

  test("is decided on once for a configuration", () => {
    const config = pipelines("{ type: container_stdout }");
    expect(match(config, POD)).toBe(match(config, POD));
  });

  test("that no stream of is wanted belongs to nobody", () => {
    expect(whyNot("{ type: container_stdout, stdout: false, stderr: false }", POD)).toBe(
      "its input takes neither stdout nor stderr",
    );
  });
});
