// Thousands of pods that run nowhere but have logs: makes them in the cluster `scale` and waits until they "run".
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Cluster, waitFor } from "../test/services/cluster.ts";

const MANIFEST = join(import.meta.dirname, "..", "test", "services", "kubernetes", "kwok-manifest.sh");
/** So that no node has more followed streams than klog opens on one. */
const NODES = 5;

/** `pods` in namespace scale share one log; `streams` pods stream-<i> in namespace streams have one each. */
export async function fakePods(cluster: Cluster, count: { pods: number; streams: number }): Promise<void> {
  const args = [NODES, count.pods, count.streams].map(String);
  const { stdout } = await promisify(execFile)(MANIFEST, args, { maxBuffer: 64 << 20 });
  await cluster.kubectl(["apply", "-f", "-"], { input: stdout, timeoutMs: 300_000 });
  if (count.pods > 0) await running(cluster, "scale", "scale=1", count.pods);
  if (count.streams > 0) await running(cluster, "streams", "app=stream", count.streams);
}

async function running(cluster: Cluster, namespace: string, selector: string, count: number): Promise<void> {
  const query = ["get", "pods", "-n", namespace, "-l", selector, "--field-selector=status.phase=Running", "-o", "name"];
  await waitFor(
    `${count} running pods in ${namespace}`,
    async () => {
      const names = (await cluster.kubectl(query)).trim().split("\n");
      if (names.length > count) throw new Error(`there are ${names.length} pods, left by another run: delete some`);
      return names.length === count ? true : undefined;
    },
    { timeoutMs: 300_000, everyMs: 1000 },
  );
}
