// Pods of a service: those that its selector matches, as it stands now (a blue-green switch changes it).
import type { KubernetesObject, Pod } from "../../clients/kubernetes/resources.ts";
import { KlogError } from "../../errors.ts";
import type { ApiResource } from "./api-resource.ts";
import { requireObject } from "./existence.ts";
import { type Labels, matchesLabels, requirementsOf } from "./label-selector.ts";
import { type LiveObjects, watchObjects } from "./live-objects.ts";
import type { PodTest, TargetOptions } from "./pod-test.ts";

export interface Service extends KubernetesObject {
  readonly spec?: { readonly selector?: Labels | null; readonly type?: string; readonly externalName?: string };
}

export function selectsPod({ metadata, spec }: Service, pod: Pod): boolean {
  if (metadata.namespace !== pod.metadata.namespace) return false;
  const requirements = requirementsOf(spec?.selector);
  return requirements !== undefined && matchesLabels(requirements, pod.metadata.labels);
}

export async function resolveService(
  { resource, name }: { readonly resource: ApiResource; readonly name: string },
  text: string,
  options: TargetOptions,
): Promise<PodTest> {
  const query = { fieldSelector: `metadata.name=${name}` };
  const lives = await Promise.all(
    options.namespaces.map((namespace) =>
      watchObjects<Service>(options.client, { resource, namespace, query, neededBy: text }, options),
    ),
  );
  const services = servicesOf(lives);
  if (services.length === 0) await requireObject(options.client, resource, name, options);
  const [first] = services;
  if (first !== undefined && services.every((s) => requirementsOf(s.spec?.selector) === undefined)) {
    throw withoutSelector(first, options.client.context);
  }
  return (pod) => servicesOf(lives).some((service) => selectsPod(service, pod));
}

function servicesOf(lives: readonly LiveObjects<Service>[]): Service[] {
  return lives.flatMap((live) => [...live.items.values()]);
}

function withoutSelector({ metadata, spec }: Service, context: string): KlogError {
  const { name, namespace = "" } = metadata;
  const external = spec?.type === "ExternalName" ? ` (it is another name of ${spec.externalName ?? "a host"})` : "";
  return new KlogError(
    "KUBERNETES_NOT_FOUND",
    `service "${name}" in namespace "${namespace}" (context ${context}) has no selector, so it has no pods of its own${external}`,
    { hint: "select the pods by name, by label (-l) or through their workload (deploy/NAME)" },
  );
}
