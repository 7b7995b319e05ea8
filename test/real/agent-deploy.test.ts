// deploy/ as it is: an image from this checkout, without a registry, in a real cluster, where the agent's pod collects its node.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, manifest, startCluster, waitFor } from "../services/cluster.ts";
import { AgentRig } from "./support/agent.ts";
import { delivered, eachDelivered, numberIn } from "./support/agent-store.ts";

const DEPLOY = fileURLToPath(new URL("../../deploy", import.meta.url));

let cluster: Cluster;
let namespace: string;

beforeAll(async () => {
  cluster = await startCluster({ name: "node", logMax: "10Mi" });
  namespace = await cluster.namespace("deployed");
});

afterAll(async () => {
  await cluster?.kubectl(["delete", "namespace", namespace, "klog", "--ignore-not-found", "--wait=false"]);
});

function image(archive: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`${DEPLOY}/image.mjs`, archive], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`image.mjs ended with ${code}\n${stderr}`)),
    );
  });
}

/** The manifests with what this machine needs changed, and a folder of the test's in place of the node's own. */
function fitted(manifests: string, state: string): string {
  const replaced = manifests
    .replaceAll("path: /var/lib/klog\n", `path: ${state}\n`)
    // Not every machine lets its kubelet reach the addresses of pods, as the probes do.
    .replaceAll("      enableServiceLinks: false\n", "      enableServiceLinks: false\n      hostNetwork: true\n");
  expect(replaced).toContain(`path: ${state}\n`);
  expect(replaced).toContain("hostNetwork: true");
  return rootIsShared() ? replaced : replaced.replaceAll(/^ *mountPropagation:.*\n/gm, "");
}

/** As systemd makes it. Elsewhere, in a container say, the runtime refuses to propagate mounts. */
function rootIsShared(): boolean {
  return / \/ \/ .* shared:\d+ /.test(readFileSync("/proc/self/mountinfo", "utf8"));
}

function numbersOf(store: string, pod: string): number[] {
  const numbers: number[] = [];
  if (!existsSync(store)) return numbers;
  eachDelivered(store, ({ origin, message }) => {
    if (origin.namespace === namespace && origin.pod === pod) numbers.push(numberIn(message));
  });
  return numbers;
}

test("the DaemonSet's pod becomes ready, collects its node, and goes on where its predecessor ended", async () => {
  await using rig = new AgentRig("deploy");
  const archive = rig.path("klog.tar");
  await image(archive);
  await cluster.loadImage(archive);
  const made = await cluster.kubectl(["kustomize", `${DEPLOY}/kubernetes`]);
  // The node's own /var/lib/klog is left alone.
  const state = rig.path("node");
  await cluster.apply(fitted(made, state));
  await cluster.apply(await manifest("numbered.yaml", { name: "seen", env: { RATE: 200, TOTAL: 3000 } }), {
    namespace,
  });
  await cluster.kubectl(["-n", "klog", "rollout", "status", "daemonset/klog-agent", "--timeout=90s"], {
    timeoutMs: 100_000,
  });
  const store = `${state}/store`;
  await waitFor("the first lines", async () => (numbersOf(store, "seen").length >= 500 ? true : undefined), {
    everyMs: 500,
  });

  const agent = (await cluster.kubectl(["-n", "klog", "get", "pods", "-o", "name"])).trim();
  const status = await cluster.kubectl([
    "-n",
    "klog",
    "exec",
    agent,
    "--",
    "/usr/local/bin/node",
    "/opt/klog/bin/klog.js",
    "agent",
    "status",
    "--state-dir",
    "/var/lib/klog/state",
  ]);
  expect(status).toMatch(/^agent on 127\.0\.0\.1: running/);
  const asked = performance.now();
  await cluster.kubectl(["-n", "klog", "delete", agent, "--wait"], { timeoutMs: 60_000 });
  expect(performance.now() - asked).toBeLessThan(30_000);
  await waitFor("all lines", async () => (numbersOf(store, "seen").length >= 3000 ? true : undefined), {
    everyMs: 500,
    timeoutMs: 90_000,
  });
  expect(numbersOf(store, "seen")).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1));
  const { origin } = delivered(store).find((row) => row.origin.pod === "seen")!;
  expect(origin).toMatchObject({ node: "127.0.0.1", namespace, container: "main" });
  // It is gone before its folder is.
  await cluster.kubectl(["delete", "namespace", "klog", "--wait"], { timeoutMs: 60_000 });
}, 240_000);
