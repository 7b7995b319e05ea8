import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { loadAgentConfig } from "../../src/collector/declare/load-config.ts";
import { nodeFileSystem } from "../../src/collector/node-file-system.ts";

const path = (name: string) => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url));
const text = (name: string) => readFileSync(path(name), "utf8");

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly tolerations: unknown;
  readonly automountServiceAccountToken: boolean;
  readonly containers: readonly {
    readonly resources: unknown;
    readonly securityContext: unknown;
    readonly args: readonly string[];
    readonly livenessProbe: { readonly httpGet: { readonly path: string } };
    readonly readinessProbe: { readonly httpGet: { readonly path: string } };
    readonly volumeMounts: readonly {
      readonly name: string;
      readonly mountPath: string;
      readonly readOnly?: boolean;
    }[];
  }[];
  readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
}
const daemonSet = load(text("kubernetes/daemonset.yaml")) as { spec: { template: { spec: PodSpec } } };
const { spec } = daemonSet.spec.template;
const [agent] = spec.containers;

describe("the DaemonSet", () => {
  test("grants the drain's 25 s and five more, and goes to every node", () => {
    expect(spec.terminationGracePeriodSeconds).toBe(30);
    expect(spec.tolerations).toEqual([{ operator: "Exists" }]);
    expect(agent!.resources).toEqual({
      requests: { cpu: "200m", memory: "200Mi" },
      limits: { memory: "500Mi" },
    });
  });

  test("can write nothing of the node but its own state, and holds one capability", () => {
    const host = new Map(spec.volumes.map(({ name, hostPath }) => [name, hostPath?.path]));
    const writable = agent!.volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ name }) => name);
    expect(writable.map((name) => host.get(name) ?? name)).toEqual(["/var/lib/klog", "tmp"]);
    expect(agent!.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"], add: ["DAC_READ_SEARCH"] },
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(spec.automountServiceAccountToken).toBe(false);
  });

  test("probes what the agent serves, where the kubelet can reach it", () => {
    expect(agent!.livenessProbe.httpGet.path).toBe("/healthz");
    expect(agent!.readinessProbe.httpGet.path).toBe("/readyz");
    const { config } = loadAgentConfig(path("kubernetes/agent.yaml"), {
      fs: nodeFileSystem,
      env: { NODE_NAME: "n1" },
      hostname: hostname(),
    });
    expect(config).toMatchObject({
      http: "0.0.0.0:7953",
      stateDir: "/var/lib/klog/state",
      limits: { memory: 200 * 1024 ** 2 },
      pipelines: [{ sinks: [{ type: "store", directory: "/var/lib/klog/store" }] }],
    });
  });
});

test("the chart's default configuration and resources are the DaemonSet's", () => {
  const values = load(text("helm/klog-agent/values.yaml")) as {
    config: unknown;
    resources: unknown;
    tolerations: unknown;
  };
  expect(values.config).toEqual(load(text("kubernetes/agent.yaml")));
  expect(values.resources).toEqual(agent!.resources);
  expect(values.tolerations).toEqual(spec.tolerations);
});

test("the chart's template says the same of security, probes and mounts", () => {
  const parts = (name: string, from: string, to: string) => {
    const content = text(name);
    return content.slice(content.indexOf(from), content.indexOf(to));
  };
  for (const [from, to] of [
    ["          ports:", "          resources:"],
    ["          securityContext:", "            - name: tmp"],
  ] as const) {
    const own = parts("kubernetes/daemonset.yaml", from, to);
    expect(own).not.toBe("");
    expect(parts("helm/klog-agent/templates/daemonset.yaml", from, to)).toBe(own);
  }
});
