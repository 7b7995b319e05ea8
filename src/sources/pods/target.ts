// Turns a selector's target into a test of pods in one cluster: owners for workloads, labels for services, names for the rest.
import type { ApiResource } from "./api-resource.ts";
import { requireObject } from "./existence.ts";
import { resolveIngress } from "./ingress-target.ts";
import type { PodTest, TargetOptions } from "./pod-test.ts";
import type { Selector } from "./selector.ts";
import { resolveService } from "./service-target.ts";
import { WorkloadTarget } from "./workload-target.ts";

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
      return workloadTest(target.resource, target.name, options);
    case "custom":
      return workloadTest(await options.discovery.named(target.resource, target.group), target.name, options);
  }
}

async function workloadTest(resource: ApiResource, name: string, options: TargetOptions): Promise<PodTest> {
  await requireObject(options.client, resource, name, options);
  const workload = new WorkloadTarget(resource, name, options);
  return (pod) => workload.owns(pod);
}
