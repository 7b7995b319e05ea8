// --region, --zone, --os and --arch: pods by the labels of their nodes.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { KubernetesObject, Pod } from "../../clients/kubernetes/resources.ts";
import { builtInKind } from "./api-resource.ts";
import { type LiveOptions, watchObjects } from "./live-objects.ts";
import type { NodeLabels } from "./selection.ts";

const KEYS: Readonly<Record<keyof NodeLabels, string>> = {
  region: "topology.kubernetes.io/region",
  zone: "topology.kubernetes.io/zone",
  os: "kubernetes.io/os",
  arch: "kubernetes.io/arch",
};

/** The label selector of the nodes that are wanted; undefined = all nodes. */
function nodeSelectorOf(labels: NodeLabels): string | undefined {
  const given = (Object.keys(KEYS) as (keyof NodeLabels)[]).filter((flag) => labels[flag].length > 0);
  if (given.length === 0) return undefined;
  return given.map((flag) => `${KEYS[flag]} in (${labels[flag].join(",")})`).join(",");
}

/** A test of pods by their node; undefined when no such flag is given. */
export async function watchNodeLabels(
  client: KubernetesClient,
  labels: NodeLabels,
  options: LiveOptions,
): Promise<((pod: Pod) => boolean) | undefined> {
  const labelSelector = nodeSelectorOf(labels);
  if (labelSelector === undefined) return undefined;
  const flags = (Object.keys(KEYS) as (keyof NodeLabels)[]).filter((flag) => labels[flag].length > 0);
  const live = await watchObjects(
    client,
    {
      resource: builtInKind("node")!,
      namespace: undefined,
      query: { labelSelector },
      neededBy: flags.map((flag) => `--${flag}`).join(", "),
      read: (node: KubernetesObject) => node.metadata.name,
    },
    options,
  );
  return (pod) => [...live.values()].some((name) => name === pod.spec?.nodeName);
}
