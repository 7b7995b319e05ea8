// What went wrong while pods were looked for, in words for a person; the rest of the selection goes on.
import type { ApiError, ApiErrorKind } from "../../clients/kubernetes/client.ts";

export interface PodProblem {
  readonly context: string;
  /** undefined = the whole cluster. */
  readonly namespace: string | undefined;
  /** What klog tried: `list`, `watch`, `get`. */
  readonly verb: string;
  /** On what: `pods`, `replicasets`, … */
  readonly resource: string;
  /** A note tells something that is not an error. */
  readonly kind: ApiErrorKind | "note";
  readonly message: string;
  readonly hint: string | undefined;
  readonly retryInMs: number | undefined;
}

export interface Attempt {
  readonly context: string;
  readonly namespace: string | undefined;
  readonly verb: string;
  readonly resource: string;
  /** False for what is not inside namespaces at all. */
  readonly namespaced?: boolean;
  /** What is missing now, or what happens instead. */
  readonly consequence?: string;
}

export function problemOf(error: ApiError, attempt: Attempt, retryInMs?: number): PodProblem {
  // The server's words know which verb failed: a reflector lists and watches.
  const verb = /cannot (\w+) resource/.exec(error.message)?.[1] ?? attempt.verb;
  const place = placeOf(attempt);
  const what =
    error.kind === "forbidden"
      ? `you may not ${verb} ${attempt.resource}${place}`
      : `cannot ${verb} ${attempt.resource}${place}: ${error.message}`;
  return {
    context: attempt.context,
    namespace: attempt.namespace,
    verb,
    resource: attempt.resource,
    kind: error.kind,
    message: attempt.consequence === undefined ? what : `${what}; ${attempt.consequence}`,
    hint: error.kind === "forbidden" ? permissionHint(attempt) : undefined,
    retryInMs,
  };
}

/** ` in namespace "shop" (context prod)`. */
export function placeOf({ context, namespace, namespaced }: Attempt): string {
  const where =
    namespaced === false ? "" : namespace === undefined ? " in all namespaces" : ` in namespace "${namespace}"`;
  return `${where} (context ${context})`;
}

function permissionHint({ resource, namespace, namespaced }: Attempt): string {
  if (resource !== "pods") return `ask for the verbs get, list and watch on ${resource}`;
  return namespace === undefined && namespaced !== false
    ? "name the namespaces that you may read: -n NAME"
    : "ask for the verbs get, list and watch on pods, and get on pods/log";
}

export function noteOf(
  text: string,
  { context, namespace, hint }: { context: string; namespace: string | undefined; hint?: string },
): PodProblem {
  return {
    context,
    namespace,
    verb: "list",
    resource: "pods",
    kind: "note",
    message: text,
    hint,
    retryInMs: undefined,
  };
}
