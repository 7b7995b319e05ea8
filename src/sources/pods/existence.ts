// Checks at the start that what a selector names is there, and says what is there instead when it is not.
import { ApiError, type KubernetesClient } from "../../clients/kubernetes/client.ts";
import { nearestFirst } from "../../clients/kubernetes/nearest-names.ts";
import type { KubernetesObject, ObjectList } from "../../clients/kubernetes/resources.ts";
import { KlogError } from "../../errors.ts";
import { type ApiResource, METADATA_LIST_ONLY, METADATA_ONLY, pathOf } from "./api-resource.ts";
import { type PodProblem, problemOf } from "./problem.ts";

const NAMESPACES: ApiResource = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  singular: "namespace",
  namespaced: false,
};
const MAX_NAMES = 8;

/** A list of nothing has null for its items here. */
type MetadataList = Omit<ObjectList<KubernetesObject>, "items"> & {
  readonly items: readonly KubernetesObject[] | null;
};

export interface ExistenceOptions {
  readonly namespaces: readonly (string | undefined)[];
  readonly signal: AbortSignal;
  readonly report: (problem: PodProblem) => void;
}

/** Fails with KUBERNETES_NOT_FOUND when the object is in none of the namespaces. */
export async function requireObject(
  client: KubernetesClient,
  resource: ApiResource,
  name: string,
  options: ExistenceOptions,
): Promise<void> {
  const places = resource.namespaced ? options.namespaces : [undefined];
  const found = await Promise.all(places.map((namespace) => isThere(client, resource, name, namespace, options)));
  if (found.includes(true)) return;
  throw await notFound(client, resource, name, places, options.signal);
}

async function isThere(
  client: KubernetesClient,
  resource: ApiResource,
  name: string,
  namespace: string | undefined,
  { signal, report }: ExistenceOptions,
): Promise<boolean> {
  const everywhere = resource.namespaced && namespace === undefined;
  try {
    if (everywhere) {
      const query = { fieldSelector: `metadata.name=${name}` };
      const { items } = await client.get<MetadataList>(pathOf(resource, undefined), {
        query,
        accept: METADATA_LIST_ONLY,
        signal,
      });
      return (items ?? []).length > 0;
    }
    await client.get(pathOf(resource, namespace, name), { accept: METADATA_ONLY, signal });
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.kind === "not-found") return false;
    // Whoever may not look it up may still read the pods; other failures come again, and louder, with the list of pods.
    if (error.kind === "forbidden") {
      const consequence = `whether ${resource.singular}/${name} exists is not known`;
      const verb = everywhere ? "list" : "get";
      const { context } = client;
      const attempt = {
        context,
        namespace,
        verb,
        resource: resource.plural,
        namespaced: resource.namespaced,
        consequence,
      };
      report(problemOf(error, attempt));
    }
    return true;
  }
}

async function notFound(
  client: KubernetesClient,
  resource: ApiResource,
  name: string,
  places: readonly (string | undefined)[],
  signal: AbortSignal,
): Promise<KlogError> {
  const lists = await Promise.all(places.map((place) => namesOf(client, resource, place, signal)));
  const names = [...new Set(lists.flat())];
  const given = places.filter((place) => place !== undefined);
  const absent =
    names.length > 0 ? [] : await Promise.all(given.map((place) => namespaceAbsent(client, place, signal)));
  const missing = given.filter((_, i) => absent[i] === true);
  const where = !resource.namespaced ? "" : given.length === 0 ? " in any namespace" : ` in ${namespaceList(given)}`;
  const message = `no ${resource.singular} "${name}"${where} (context ${client.context})`;
  if (missing.length > 0) {
    const hint = await namespaceHint(client, missing[0]!, signal);
    return new KlogError("KUBERNETES_NOT_FOUND", `${message}: there is no ${namespaceList(missing)}`, { hint });
  }
  return new KlogError("KUBERNETES_NOT_FOUND", message, { hint: thereAre(name, names, resource) });
}

function thereAre(typed: string, names: readonly string[], resource: ApiResource): string {
  if (names.length === 0)
    return `no ${resource.plural} are to be seen there: is it another namespace (-n, -A) or context?`;
  const nearest = nearestFirst(typed, names);
  const more = nearest.length > MAX_NAMES ? `, and ${nearest.length - MAX_NAMES} more` : "";
  return `there ${nearest.length === 1 ? "is" : "are"}: ${nearest.slice(0, MAX_NAMES).join(", ")}${more}`;
}

function namespaceList(names: readonly string[]): string {
  return `namespace${names.length === 1 ? "" : "s"} ${names.map((name) => JSON.stringify(name)).join(", ")}`;
}

/** Names for a hint: none when they cannot be had. */
async function namesOf(
  client: KubernetesClient,
  resource: ApiResource,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const { items } = await client.get<MetadataList>(pathOf(resource, namespace), {
      query: { limit: 500 },
      accept: METADATA_LIST_ONLY,
      signal,
    });
    return (items ?? []).map((item) => item.metadata.name);
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}

/** True only when the server says so: a refusal proves nothing. */
export async function namespaceAbsent(client: KubernetesClient, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.get(pathOf(NAMESPACES, undefined, name), { accept: METADATA_ONLY, signal });
    return false;
  } catch (error) {
    if (error instanceof ApiError) return error.kind === "not-found";
    throw error;
  }
}

export async function namespaceHint(client: KubernetesClient, typed: string, signal: AbortSignal): Promise<string> {
  return thereAre(typed, await namesOf(client, NAMESPACES, undefined, signal), NAMESPACES);
}
