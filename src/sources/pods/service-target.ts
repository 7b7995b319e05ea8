// Pods of a service: those that its selector matches, as it stands now (a blue-green switch changes it).
import type { KubernetesObject, Pod } from "../../clients/kubernetes/resources.ts";
import { KlogError } from "../../errors.ts";
import type { ApiResource } from "./api-resource.ts";
import { requireObject } from "./existence.ts";
import { type LabelRequirement, type Labels, matchesLabels, requirementsOf } from "./label-selector.ts";
import { watchObjects } from "./live-objects.ts";
import type { PodTest, TargetOptions } from "./pod-test.ts";

interface Service extends KubernetesObject {
  readonly spec?: { readonly selector?: Labels | null; readonly externalName?: string };
}

export interface KnownService {
  readonly name: string;
  readonly namespace: string;
  /** undefined = it has no pods of its own. */
  readonly requirements: readonly LabelRequirement[] | undefined;
  readonly externalName: string | undefined;
}

export function readService({ metadata, spec }: Service): KnownService {
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? "",
    requirements: requirementsOf(spec?.selector),
    externalName: spec?.externalName,
  };
}

export function servesPod({ namespace, requirements }: KnownService, { metadata }: Pod): boolean {
  if (namespace !== metadata.namespace || requirements === undefined) return false;
  return matchesLabels(requirements, metadata.labels);
}

export async function resolveService(
  { resource, name }: { readonly resource: ApiResource; readonly name: string },
  text: string,
  options: TargetOptions,
): Promise<PodTest> {
  const { client, namespaces } = options;
  const query = { fieldSelector: `metadata.name=${name}` };
  const lives = await Promise.all(
    namespaces.map((namespace) =>
      watchObjects(client, { resource, namespace, query, neededBy: text, read: readService }, options),
    ),
  );
  const services = () => lives.flatMap((live) => [...live.values()]);
  const [first] = services();
  if (first === undefined) await requireObject(client, resource, name, options);
  else if (services().every((service) => service.requirements === undefined)) throw withoutPods(first, client.context);
  return (pod) => services().some((service) => servesPod(service, pod));
}

function withoutPods({ name, namespace, externalName }: KnownService, context: string): KlogError {
  const external = externalName === undefined ? "" : ` (it is another name of ${externalName})`;
  return new KlogError(
    "KUBERNETES_NOT_FOUND",
    `service "${name}" in namespace "${namespace}" (context ${context}) has no selector, so it has no pods of its own${external}`,
    { hint: "select the pods by name, by label (-l) or through their workload (deploy/NAME)" },
  );
}
