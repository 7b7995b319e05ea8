// Pods of an ingress: those of the services behind all its rules and its default backend.
import type { KubernetesObject } from "../../clients/kubernetes/resources.ts";
import { KlogError } from "../../errors.ts";
import { type ApiResource, builtInKind } from "./api-resource.ts";
import { requireObject } from "./existence.ts";
import { watchObjects } from "./live-objects.ts";
import type { PodTest, TargetOptions } from "./pod-test.ts";
import { readService, servesPod } from "./service-target.ts";

interface Backend {
  readonly service?: { readonly name: string };
}

interface Ingress extends KubernetesObject {
  readonly spec?: {
    readonly defaultBackend?: Backend;
    readonly rules?: readonly { readonly http?: { readonly paths?: readonly { readonly backend: Backend }[] } }[];
  };
}

interface KnownIngress {
  readonly namespace: string;
  /** Names of the services behind it. */
  readonly backends: readonly string[];
}

export async function resolveIngress(
  { resource, name }: { readonly resource: ApiResource; readonly name: string },
  text: string,
  options: TargetOptions,
): Promise<PodTest> {
  const { client, namespaces } = options;
  const services = builtInKind("service")!;
  const common = { neededBy: text };
  const lives = await Promise.all(
    namespaces.map(async (namespace) => {
      const query = { fieldSelector: `metadata.name=${name}` };
      const [ingresses, served] = await Promise.all([
        watchObjects(client, { ...common, resource, namespace, query, read: readIngress }, options),
        watchObjects(client, { ...common, resource: services, namespace, query: {}, read: readService }, options),
      ]);
      return { ingresses, served };
    }),
  );
  const all = lives.flatMap(({ ingresses }) => [...ingresses.values()]);
  if (all.length === 0) await requireObject(client, resource, name, options);
  else if (all.every(({ backends }) => backends.length === 0)) {
    throw new KlogError("KUBERNETES_NOT_FOUND", `ingress "${name}" (context ${client.context}) leads to no service`, {
      hint: "select the pods by name, by label (-l) or through their workload (deploy/NAME)",
    });
  }
  return (pod) =>
    lives.some(({ ingresses, served }) => {
      const ingress = [...ingresses.values()].find(({ namespace }) => namespace === pod.metadata.namespace);
      return [...served.values()].some((s) => ingress?.backends.includes(s.name) === true && servesPod(s, pod));
    });
}

function readIngress({ metadata, spec }: Ingress): KnownIngress {
  const paths = (spec?.rules ?? []).flatMap((rule) => rule.http?.paths ?? []);
  const backends = [spec?.defaultBackend, ...paths.map((path) => path.backend)];
  return {
    namespace: metadata.namespace ?? "",
    backends: backends.flatMap((backend) => backend?.service?.name ?? []),
  };
}
