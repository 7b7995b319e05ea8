// What a resolved selector is: a test of one pod; and what resolving one takes.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { Pod } from "../../clients/kubernetes/resources.ts";
import type { Discovery } from "./discovery.ts";
import type { LiveOptions } from "./live-objects.ts";
import type { OwnerResolver } from "./owners.ts";

/** Whether a pod, in a namespace that is looked at, is one of the target's. */
export type PodTest = (pod: Pod) => boolean | Promise<boolean>;

export interface TargetOptions extends LiveOptions {
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
  readonly owners: OwnerResolver;
  /** Where the selector looks; undefined among them stands for all. */
  readonly namespaces: readonly (string | undefined)[];
}
