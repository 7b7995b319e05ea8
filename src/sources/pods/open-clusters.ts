// From the flags that select pods to what reads them: the selection, and a client for every context that it names.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import { type KubeconfigOptions, listContexts, loadKubeconfig } from "../../clients/kubernetes/kubeconfig.ts";
import { createKubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import { contextsOf, parseSelection, type Selection, type SelectionFlags } from "./selection.ts";

export interface ClusterRequest {
  /** Empty: the current one. */
  readonly contexts: readonly string[];
  readonly connection: Omit<KubeconfigOptions, "context" | "namespace">;
}

export interface ClusterSurroundings {
  /** A pattern was too slow and is left out. */
  readonly warn: (text: string) => void;
  /** Hears a line for each request. */
  readonly trace?: (line: string) => void;
}

export interface OpenedClusters {
  readonly selection: Selection;
  /** The caller closes them. */
  readonly clients: readonly KubernetesClient[];
}

/** Throws KlogError for a kubeconfig, context or selector that is wrong. Nothing is connected yet. */
export function openClusters(
  flags: SelectionFlags,
  { contexts, connection }: ClusterRequest,
  { warn, trace }: ClusterSurroundings,
): OpenedClusters {
  const knownContexts = listContexts(connection).map(({ name }) => name);
  const selection = parseSelection(flags, {
    contexts: contexts.length > 0 ? contexts : [loadKubeconfig(connection).context],
    knownContexts,
    onDisabled: (pattern, reason) => warn(`${pattern}: ${reason}`),
  });
  const clients = contextsOf(selection).map((context) => {
    const named = context === "in-cluster" || context === "" ? {} : { context };
    return createKubernetesClient({ ...connection, ...named }, trace === undefined ? {} : { trace });
  });
  return { selection, clients };
}
