// A Kubernetes API in memory: objects by path, lists and watches with selectors, refusals, and answers that can be held back.
import {
  ApiError,
  type ByteSink,
  type ByteStream,
  type KubernetesClient,
  type RequestOptions,
} from "../../../src/clients/kubernetes/client.ts";
import type { KubernetesObject, Pod } from "../../../src/clients/kubernetes/resources.ts";
import { matchesLabels, parseLabelSelector } from "../../../src/sources/pods/label-selector.ts";

interface Place {
  readonly root: string;
  readonly namespace: string | undefined;
  readonly plural: string;
  readonly name: string | undefined;
}

interface Watcher {
  readonly place: Place;
  readonly query: NonNullable<RequestOptions["query"]>;
  readonly sink: ByteSink;
}

type Verb = "get" | "list" | "watch";

export class InMemoryCluster implements KubernetesClient {
  readonly context: string;
  readonly server = "https://in-memory";
  readonly namespace: string;
  /** `get /api/v1/namespaces/shop/pods/web-1`, in the order asked. */
  readonly requests: string[] = [];
  private readonly objects = new Map<string, KubernetesObject>();
  private readonly documents = new Map<string, unknown>();
  private readonly watchers = new Set<Watcher>();
  private readonly held = new Map<string, Promise<void>>();
  private readonly failures: { readonly path: string; readonly error: ApiError }[] = [];
  private refused: (verb: Verb, resource: string, namespace: string | undefined) => boolean = () => false;
  private version = 100;

  constructor(options: { context?: string; namespace?: string } = {}) {
    this.context = options.context ?? "dev";
    this.namespace = options.namespace ?? "shop";
    this.put("/api/v1/namespaces/shop", named("Namespace", "shop"));
  }

  /** Creates or replaces an object, and tells those who watch. */
  put(path: string, object: KubernetesObject): void {
    const before = this.objects.get(path);
    const place = parsePlace(path);
    const metadata = {
      ...object.metadata,
      resourceVersion: String(++this.version),
      ...(place.namespace === undefined ? {} : { namespace: place.namespace }),
    };
    const after = { ...object, metadata };
    this.objects.set(path, after);
    for (const watcher of this.watchers) {
      if (!covers(watcher.place, place)) continue;
      const was = before !== undefined && matchesQuery(before, watcher.query);
      const is = matchesQuery(after, watcher.query);
      if (is) tell(watcher, was && before.metadata.uid === after.metadata.uid ? "MODIFIED" : "ADDED", after);
      else if (was)
        tell(watcher, "DELETED", {
          ...before,
          metadata: { ...before.metadata, resourceVersion: metadata.resourceVersion },
        });
    }
  }

  pod(namespace: string, pod: Pod): void {
    this.put(`/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}`, pod);
  }

  remove(path: string): void {
    const before = this.objects.get(path);
    if (before === undefined) throw new Error(`nothing at ${path}`);
    this.objects.delete(path);
    const gone = { ...before, metadata: { ...before.metadata, resourceVersion: String(++this.version) } };
    for (const watcher of this.watchers) {
      if (covers(watcher.place, parsePlace(path)) && matchesQuery(before, watcher.query))
        tell(watcher, "DELETED", gone);
    }
  }

  /** A document that is no object: discovery. */
  serve(path: string, document: unknown): void {
    this.documents.set(path, document);
  }

  refuse(rule: (verb: Verb, resource: string, namespace: string | undefined) => boolean): void {
    this.refused = rule;
  }

  /** The next request of the path fails. */
  failOnce(path: string, error: ApiError): void {
    this.failures.push({ path, error });
  }

  /** Requests of the path are not answered before the returned function is called. */
  hold(path: string): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.held.set(path, promise);
    return () => {
      this.held.delete(path);
      resolve();
    };
  }

  async get<T>(path: string, { query = {}, accept }: RequestOptions = {}): Promise<T> {
    const document = this.documents.get(path);
    const place = document === undefined ? parsePlace(path) : undefined;
    const verb = place === undefined || place.name !== undefined ? "get" : "list";
    this.requests.push(`${verb} ${path}`);
    await this.held.get(path);
    const failure = this.failures.findIndex((f) => f.path === path);
    if (failure !== -1) throw this.failures.splice(failure, 1)[0]!.error;
    if (place === undefined) return document as T;
    this.check(verb, place);
    if (place.name !== undefined) {
      const object = this.objects.get(path);
      if (object === undefined)
        throw new ApiError("not-found", `${place.plural} "${place.name}" not found`, { status: 404 });
      return object as T;
    }
    const items = [...this.objects].flatMap(([at, object]) =>
      covers(place, parsePlace(at)) && matchesQuery(object, query) ? [object] : [],
    );
    // As the real one answers where only metadata is asked for.
    const nothing = items.length === 0 && accept?.includes("PartialObjectMetadataList") === true;
    return { kind: "List", metadata: { resourceVersion: String(this.version) }, items: nothing ? null : items } as T;
  }

  async open(path: string, sink: ByteSink, { query = {} }: RequestOptions = {}): Promise<ByteStream> {
    const place = parsePlace(path);
    this.requests.push(`watch ${path}`);
    this.check("watch", place);
    const watcher = { place, query, sink };
    this.watchers.add(watcher);
    return { pause() {}, resume() {}, close: () => void this.watchers.delete(watcher) };
  }

  close(): void {
    this.watchers.clear();
  }

  get watching(): number {
    return this.watchers.size;
  }

  private check(verb: Verb, { plural, namespace, root }: Place): void {
    if (!this.refused(verb, plural, namespace)) return;
    const group = root === "/api/v1" ? "" : root.split("/")[2];
    const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
    const message = `${plural} is forbidden: User "ann" cannot ${verb} resource "${plural}" in API group "${group}" ${where}`;
    throw new ApiError("forbidden", message, { status: 403, reason: "Forbidden" });
  }
}

/** An object with a uid of its own. */
let serial = 0;
export function named(kind: string, name: string, extra: Record<string, unknown> = {}): KubernetesObject {
  const { metadata, ...rest } = extra as { metadata?: object };
  return { kind, metadata: { name, uid: `${kind}-${name}-${++serial}`, ...metadata }, ...rest };
}

function parsePlace(path: string): Place {
  const found = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?$/.exec(path);
  if (found === null)
    throw new ApiError("not-found", `the server could not find the requested resource ${path}`, { status: 404 });
  return { root: found[1]!, namespace: found[2], plural: found[3]!, name: found[4] };
}

function covers(collection: Place, object: Place): boolean {
  return (
    collection.root === object.root &&
    collection.plural === object.plural &&
    (collection.namespace === undefined || collection.namespace === object.namespace)
  );
}

function matchesQuery(object: KubernetesObject, query: NonNullable<RequestOptions["query"]>): boolean {
  const { labelSelector, fieldSelector } = query;
  if (typeof labelSelector === "string" && !matchesLabels(parseLabelSelector(labelSelector), object.metadata.labels)) {
    return false;
  }
  if (typeof fieldSelector !== "string") return true;
  return fieldSelector.split(",").every((term) => {
    const [, field = "", operator, value] = /^([\w.]+)(!=|==?)(.*)$/.exec(term) ?? [];
    const actual = field
      .split(".")
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
    return (actual === value) === (operator !== "!=");
  });
}

function tell({ sink }: Watcher, type: string, object: KubernetesObject): void {
  sink.data(Buffer.from(`${JSON.stringify({ type, object })}\n`));
}
