// The command lines that benches compare, and the environment both get: no configuration of the person who runs them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../test/services/cluster.ts";

/** Another build can be measured: KLOG_BENCH_PROGRAM=/elsewhere/bin/klog.js */
const PROGRAM = process.env["KLOG_BENCH_PROGRAM"] ?? join(import.meta.dirname, "..", "bin", "klog.js");

export function klog(...args: readonly string[]): string[] {
  return [process.execPath, PROGRAM, ...args];
}

export function kubectl(cluster: Cluster, ...args: readonly string[]): string[] {
  return [cluster.kubectlPath, ...args];
}

export function environment(cluster: Cluster): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  const cache = cluster.runDir === undefined ? {} : { KUBECACHEDIR: join(cluster.runDir, "kubectl-cache") };
  return { PATH, HOME, TZ: "UTC", KUBECONFIG: cluster.kubeconfig, XDG_CONFIG_HOME: "/nonexistent", ...cache };
}

/** A folder for what programs print, removed when the bench ends. */
export function outputFolder(): { path: (name: string) => string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), "klog-bench-"));
  return {
    path: (name) => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
