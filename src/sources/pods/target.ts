// Turns a selector's target into a test of pods in one cluster: owners for workloads, labels for services, names for the rest.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { Pod } from "../../clients/kubernetes/resources.ts";
import type { Clock } from "../clock.ts";
import type { Discovery } from "./discovery.ts";
import { requireObject } from "./existence.ts";
import { resolveIngress } from "./ingress-target.ts";
import type { LiveOptions } from "./live-objects.ts";
import type { OwnerResolver } from "./owners.ts";
import type { Selector } from "./selector.ts";
import { resolveService } from "./service-target.ts";
import { WorkloadTarget } from "./workload-target.ts";

/** Whether a pod, in a namespace that is looked at, is one of the target's. */
export type PodTest = (pod: Pod) => boolean | Promise<boolean>;

export interface TargetOptions extends LiveOptions {
  readonly client: KubernetesClient;
  readonly discovery: Discovery;
  readonly owners: OwnerResolver;
  readonly clock: Clock;
  /** Where the selector looks; undefined among them stands for all. */
  readonly namespaces: readonly (string | undefined)[];
}

/** Fails with KlogError when the target does not exist or cannot have pods. */
export async function resolveTarget({ target, text }: Selector, options: TargetOptions): Promise<PodTest> {
  const { client } = options;
  switch (target.type) {
    case "all":
      return () => true;
    case "pattern":
      return (pod) => target.pattern.test(pod.metadata.name);
    case "pod":
      await requireObject(client, target.resource, target.name, options);
      return (pod) => pod.metadata.name === target.name;
    case "node":
      await requireObject(client, target.resource, target.name, options);
      return (pod) => pod.spec?.nodeName === target.name;
    case "service":
      return resolveService(target, text, options);
    case "ingress":
      return resolveIngress(target, text, options);
    case "workload":
    case "custom": {
      const resource =
        target.type === "workload" ? target.resource : await options.discovery.named(target.resource, target.group);
      await requireObject(client, resource, target.name, options);
      const workload = new WorkloadTarget(resource, target.name, options);
      return (pod) => workload.owns(pod);
    }
  }
}
