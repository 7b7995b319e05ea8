// Kubeconfigs for tests, written as JSON (which is YAML), beside each other in one folder.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../services/cluster.ts";

interface ClusterEntry {
  readonly server: string;
  readonly "certificate-authority-data"?: string;
}

interface ContextEntry {
  readonly user: object;
  readonly cluster: ClusterEntry;
  readonly namespace?: string;
}

interface KubeconfigView {
  readonly clusters: readonly { readonly cluster: ClusterEntry }[];
  readonly users: readonly { readonly user: object }[];
}

export class KubeconfigFolder {
  readonly path: string;
  readonly cluster: ClusterEntry;
  readonly admin: object;

  private constructor(path: string, cluster: ClusterEntry, admin: object) {
    this.path = path;
    this.cluster = cluster;
    this.admin = admin;
  }

  static async make(cluster: Cluster): Promise<KubeconfigFolder> {
    const view = JSON.parse(
      await cluster.kubectl(["config", "view", "--raw", "--minify", "-o", "json"]),
    ) as KubeconfigView;
    const path = await mkdtemp(join(tmpdir(), "klog-kubeconfigs-"));
    return new KubeconfigFolder(path, view.clusters[0]!.cluster, view.users[0]!.user);
  }

  /** Writes one file; the first context is the current one. Resolves to its path. */
  async config(name: string, contexts: Readonly<Record<string, ContextEntry>>): Promise<string> {
    const entries = Object.entries(contexts);
    return this.file(
      `${name}.json`,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": entries[0]![0],
        clusters: entries.map(([context, { cluster }]) => ({ name: `cluster-of-${context}`, cluster })),
        users: entries.map(([context, { user }]) => ({ name: `user-of-${context}`, user })),
        contexts: entries.map(([context, { namespace = "default" }]) => ({
          name: context,
          context: { cluster: `cluster-of-${context}`, user: `user-of-${context}`, namespace },
        })),
      }),
    );
  }

  async file(name: string, text: string, mode = 0o600): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, text, { mode });
    return path;
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
