// Answers completion's questions from the kubeconfig and the API server.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { ContextEntry } from "../../clients/kubernetes/kubeconfig.ts";
import type { KubernetesObject, ObjectList, Pod } from "../../clients/kubernetes/resources.ts";
import { builtInKind, pathOf } from "../../sources/pods/api-resource.ts";
import type { Candidate, Question } from "./request.ts";

/** What providers may use; both load heavy modules only when they are called. */
export interface Cluster {
  contexts(): Promise<readonly ContextEntry[]>;
  client(context: string | undefined): Promise<KubernetesClient>;
}

/** Where the flags say to look. */
export interface FlagScope {
  readonly contexts: readonly string[];
  /** Empty = the context's own. */
  readonly namespaces: readonly string[];
  readonly allNamespaces: boolean;
}

/** Metadata is enough for names and labels, and a tenth of the bytes. */
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
const MOST_OBJECTS = 1000;
/** Containers repeat from pod to pod and need whole pods, so a part of the pods tells them. */
const SAMPLE_OF_PODS = 250;

export async function answer(
  question: Question,
  scope: FlagScope,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Candidate[]> {
  switch (question.what) {
    case "timezones":
      return ["Local", "UTC", ...Intl.supportedValuesOf("timeZone")].map((value) => ({ value }));
    case "contexts":
      return (await cluster.contexts()).map(({ name, cluster: of, namespace, current }) => ({
        value: name,
        description: `${current ? "current, " : ""}cluster ${of}${namespace === undefined ? "" : `, namespace ${namespace}`}`,
      }));
    case "clusters":
      return named((await cluster.contexts()).map((context) => context.cluster));
    case "users":
      return named((await cluster.contexts()).map((context) => context.user));
    case "profiles":
    case "sources":
    case "saved-queries":
    case "query":
    case "fields":
      // No cluster knows of them: own-answers.ts does.
      return [];
    default: {
      const contexts = question.context !== undefined ? [question.context] : scope.contexts;
      const answers = await Promise.all(
        (contexts.length === 0 ? [undefined] : contexts).map(async (context) =>
          askServer(question, scope, await cluster.client(context), signal),
        ),
      );
      return answers.flat();
    }
  }
}

async function askServer(
  question: Question,
  scope: FlagScope,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const { what, of = "" } = question;
  const places = placesOf(question, scope, client);
  /** The objects of a kind, in each place, without what is not asked for. */
  const metadata = async (kind: string): Promise<readonly KubernetesObject["metadata"][]> => {
    const resource = builtInKind(kind);
    if (resource === undefined) return [];
    const paths = new Set(places.map((place) => pathOf(resource, place)));
    const options = { query: { limit: MOST_OBJECTS }, signal, accept: METADATA_ONLY };
    const lists = [...paths].map((path) => client.get<ObjectList<KubernetesObject>>(path, options));
    return (await Promise.all(lists)).flatMap(({ items }) => items.map((item) => item.metadata));
  };
  switch (what) {
    case "namespaces": {
      const { items } = await client.get<ObjectList<KubernetesObject>>("/api/v1/namespaces", {
        signal,
        accept: METADATA_ONLY,
      });
      return named(items.map((item) => item.metadata.name));
    }
    case "nodes":
      return named((await metadata("node")).map(({ name }) => name));
    case "node-labels":
      return named((await metadata("node")).map(({ labels }) => labels?.[of]));
    case "label-keys":
      return named((await metadata("pod")).flatMap(({ labels }) => Object.keys(labels ?? {})));
    case "label-values":
      return named((await metadata("pod")).map(({ labels }) => labels?.[of]));
    case "pods":
      return withNamespaces(await metadata("pod"), places);
    case "names":
      return withNamespaces(await metadata(of), places);
    case "containers": {
      const query = { limit: SAMPLE_OF_PODS };
      const paths = places.map((place) => pathOf(builtInKind("pod")!, place));
      const lists = await Promise.all(paths.map((path) => client.get<ObjectList<Pod>>(path, { query, signal })));
      return named(lists.flatMap(({ items }) => items.flatMap(containerNames)));
    }
    default:
      return [];
  }
}

function containerNames({ spec }: Pod): string[] {
  const kinds = [spec?.containers, spec?.initContainers, spec?.ephemeralContainers];
  return kinds.flatMap((containers) => containers ?? []).map(({ name }) => name);
}

/** Namespaces to look into; undefined = all of them. */
function placesOf(question: Question, scope: FlagScope, client: KubernetesClient): (string | undefined)[] {
  if (question.namespace !== undefined) return [question.namespace];
  if (scope.allNamespaces) return [undefined];
  return scope.namespaces.length === 0 ? [client.namespace] : [...scope.namespaces];
}

function withNamespaces(
  objects: readonly KubernetesObject["metadata"][],
  places: readonly (string | undefined)[],
): Candidate[] {
  const several = places.length > 1 || places[0] === undefined;
  return objects.map(({ name, namespace }) =>
    several && namespace !== undefined ? { value: name, description: namespace } : { value: name },
  );
}

function named(values: readonly (string | undefined)[]): Candidate[] {
  return [...new Set(values)]
    .filter((value) => value !== undefined && value !== "")
    .map((value) => ({ value: value! }));
}
