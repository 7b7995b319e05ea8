// Keeps the objects of a small collection current: services, ingresses and nodes that pods are selected through.
import type { ApiError, KubernetesClient, Query } from "../../clients/kubernetes/client.ts";
import { watchCollection } from "../../clients/kubernetes/reflector.ts";
import type { KubernetesObject } from "../../clients/kubernetes/resources.ts";
import { KlogError } from "../../errors.ts";
import type { Clock } from "../clock.ts";
import { type ApiResource, pathOf } from "./api-resource.ts";
import { type PodProblem, problemOf } from "./problem.ts";

/** What is known of each object now, by uid. */
export type LiveObjects<K> = ReadonlyMap<string, K>;

export interface LiveOptions {
  readonly signal: AbortSignal;
  readonly follow: boolean;
  readonly clock: Clock;
  /** After each change behind the first list. */
  readonly changed: () => void;
  readonly report: (problem: PodProblem) => void;
  /** Ends the whole watch: an error that is not the server's. */
  readonly fail: (error: unknown) => void;
}

export interface LiveCollection<T, K> {
  readonly resource: ApiResource;
  /** undefined = all. */
  readonly namespace: string | undefined;
  readonly query: Query;
  /** What needs it, as it was typed: it stands in the error of a refusal. */
  readonly neededBy: string;
  /** What matters of an object, as plain data; a change of anything else (a node's heartbeat) is not told. */
  readonly read: (object: T) => K;
}

/** Resolves after the first list. Fails with KUBERNETES_DENIED when that is refused, as nothing could be selected then. */
export function watchObjects<T extends KubernetesObject, K>(
  client: KubernetesClient,
  { resource, namespace, query, neededBy, read }: LiveCollection<T, K>,
  { signal, follow, clock, changed, report, fail }: LiveOptions,
): Promise<LiveObjects<K>> {
  const items = new Map<string, K>();
  return new Promise((resolve, reject) => {
    let listed = false;
    const change = () => {
      if (listed) changed();
    };
    watchCollection<T>(
      client,
      pathOf(resource, namespace),
      { query, signal, follow, clock },
      {
        upsert(object) {
          const { uid } = object.metadata;
          const now = read(object);
          const same = JSON.stringify(items.get(uid)) === JSON.stringify(now);
          items.set(uid, now);
          if (!same) change();
        },
        delete(object) {
          items.delete(object.metadata.uid);
          change();
        },
        synced() {
          listed = true;
          resolve(items);
        },
        problem(error: ApiError, retryInMs) {
          const { plural, namespaced } = resource;
          const attempt = { context: client.context, namespace, verb: "list", resource: plural, namespaced };
          const problem = problemOf(error, attempt, retryInMs);
          if (listed || error.kind !== "forbidden") return report(problem);
          const details = problem.hint === undefined ? {} : { hint: problem.hint };
          reject(new KlogError("KUBERNETES_DENIED", `${problem.message}, which ${neededBy} needs`, details));
        },
      },
    ).then(
      // Without a list, a watch that is over was ended on purpose or has no server to ask.
      () => resolve(items),
      (error: unknown) => {
        reject(error);
        if (listed) fail(error);
      },
    );
  });
}
