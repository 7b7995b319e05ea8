// Pods of an ingress: those of the services behind all its rules and its default backend.
import type { KubernetesObject } from "../../clients/kubernetes/resources.ts";
import { KlogError } from "../../errors.ts";
import { type ApiResource, builtInKind } from "./api-resource.ts";
import { requireObject } from "./existence.ts";
import { watchObjects } from "./live-objects.ts";
import type { PodTest, TargetOptions } from "./pod-test.ts";
import { type Service, selectsPod } from "./service-target.ts";

interface Backend {
  readonly service?: { readonly name: string };
}

interface Ingress extends KubernetesObject {
  readonly spec?: {
    readonly defaultBackend?: Backend;
    readonly rules?: readonly { readonly http?: { readonly paths?: readonly { readonly backend: Backend }[] } }[];
  };
}

export async function resolveIngress(
  { resource, name }: { readonly resource: ApiResource; readonly name: string },
  text: string,
  options: TargetOptions,
): Promise<PodTest> {
  const { client } = options;
  const query = { fieldSelector: `metadata.name=${name}` };
  const services = builtInKind("service")!;
  const pairs = await Promise.all(
    options.namespaces.map((namespace) =>
      Promise.all([
        watchObjects<Ingress>(client, { resource, namespace, query, neededBy: text }, options),
        watchObjects<Service>(client, { resource: services, namespace, query: {}, neededBy: text }, options),
      ]),
    ),
  );
  const ingresses = () => pairs.flatMap(([live]) => [...live.items.values()]);
  if (ingresses().length === 0) await requireObject(client, resource, name, options);
  if (ingresses().length > 0 && ingresses().every((ingress) => backendsOf(ingress).size === 0)) {
    throw new KlogError("KUBERNETES_NOT_FOUND", `ingress "${name}" (context ${client.context}) leads to no service`, {
      hint: "select the pods by name, by label (-l) or through their workload (deploy/NAME)",
    });
  }
  return (pod) =>
    pairs.some(([live, served]) => {
      const ingress = [...live.items.values()].find((i) => i.metadata.namespace === pod.metadata.namespace);
      if (ingress === undefined) return false;
      const names = backendsOf(ingress);
      return [...served.items.values()].some((s) => names.has(s.metadata.name) && selectsPod(s, pod));
    });
}

function backendsOf({ spec }: Ingress): Set<string> {
  const backends = [
    spec?.defaultBackend,
    ...(spec?.rules ?? []).flatMap((r) => (r.http?.paths ?? []).map((p) => p.backend)),
  ];
  return new Set(backends.flatMap((backend) => (backend?.service === undefined ? [] : [backend.service.name])));
}
