// Follows the pods of a selection in one cluster: tells which are there, with which containers, and which are no more.
//
//   scope -> reflector --\                      (one queue a pod)
//   scope -> reflector ----> Entry by uid --> judge: excluded? selected? condition? containers? --> sink
//   services, nodes ... ---> judge all again
import { ApiError, type KubernetesClient } from "../../clients/kubernetes/client.ts";
import { watchCollection } from "../../clients/kubernetes/reflector.ts";
import type { Pod } from "../../clients/kubernetes/resources.ts";
import type { Clock } from "../clock.ts";
import { builtInKind, METADATA_ONLY, pathOf } from "./api-resource.ts";
import type { SelectedContainer } from "./containers.ts";
import { namespaceAbsent, namespaceHint } from "./existence.ts";
import type { LiveOptions } from "./live-objects.ts";
import type { PodCensus } from "./pod-census.ts";
import { createPodJudge, type PodJudge } from "./pod-judge.ts";
import { pollPod } from "./pod-poll.ts";
import { noteOf, type PodProblem, placeOf, problemOf } from "./problem.ts";
import { type Scope, type Selection, scopesOf } from "./selection.ts";

export interface PodSink {
  /** A selected pod that is new or changed. */
  pod(pod: Pod, containers: readonly SelectedContainer[]): void;
  /** Deleted from the cluster, or there but no longer selected. */
  gone(pod: Pod, why: "deleted" | "unmatched"): void;
  /** Once, when all that was there at the start has been told. */
  synced(): void;
  problem(problem: PodProblem): void;
}

export interface PodWatchOptions {
  readonly signal: AbortSignal;
  /** False: the pods that are there now, then it is done. */
  readonly follow: boolean;
  readonly clock: Clock;
  readonly census: PodCensus;
}

/** Resolves when it is over. Fails with KlogError when something that is selected by name does not exist. */
export async function watchPods(
  client: KubernetesClient,
  selection: Selection,
  sink: PodSink,
  options: PodWatchOptions,
): Promise<void> {
  const scopes = scopesOf(selection, client);
  await new PodWatch(client, selection, sink, options).run(scopes);
}

interface Entry {
  pod: Pod;
  /** Those that hold the pod: it is gone when none does. */
  readonly scopes: Set<Scope>;
  /** Runs what happens to this pod one after the other: an owner that is asked for must not let a later event pass. */
  queue: Promise<void>;
  told: boolean;
  /** Names of the containers that were told. */
  readonly kept: Set<string>;
}

const PODS = builtInKind("pod")!;

class PodWatch {
  private readonly client: KubernetesClient;
  private readonly selection: Selection;
  private readonly sink: PodSink;
  private readonly options: PodWatchOptions;
  private readonly entries = new Map<string, Entry>();
  private readonly ended = new AbortController();
  private readonly signal: AbortSignal;
  /** Scopes whose pods could not be listed yet. */
  private readonly unread = new Set<Scope>();
  private failure: { readonly error: unknown } | undefined;
  private judge: Promise<PodJudge> | undefined;

  constructor(client: KubernetesClient, selection: Selection, sink: PodSink, options: PodWatchOptions) {
    this.client = client;
    this.selection = selection;
    this.sink = sink;
    this.options = options;
    this.signal = AbortSignal.any([options.signal, this.ended.signal]);
  }

  async run(scopes: readonly Scope[]): Promise<void> {
    try {
      // What the selectors name is looked up while the pods are listed; their queues wait for it.
      this.judge = createPodJudge(this.client, this.selection, this.liveOptions());
      const running: Promise<void>[] = [];
      const listed = scopes.map((scope) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        const watched = this.watchScope(scope, resolve).catch((error: unknown) => this.fail(error));
        running.push(watched.finally(resolve));
        return promise;
      });
      await Promise.all([this.judge, ...listed]);
      await this.settle(scopes);
      await Promise.all(running);
      await Promise.all([...this.entries.values()].map((entry) => entry.queue));
    } catch (error) {
      this.fail(error);
    } finally {
      this.ended.abort();
    }
    if (this.failure !== undefined) throw this.failure.error;
  }

  private liveOptions(): LiveOptions {
    return {
      signal: this.signal,
      follow: this.options.follow,
      clock: this.options.clock,
      changed: () => this.judgeAll(),
      report: (problem) => this.report(problem),
      fail: (error) => this.fail(error),
    };
  }

  /** Calls `listed` once the scope's pods are known, or cannot be for now. */
  private async watchScope(scope: Scope, listed: () => void): Promise<void> {
    const { client } = this;
    const { follow, clock, census } = this.options;
    const { namespace, podName, labelSelector, fieldSelector } = scope;
    const path = pathOf(PODS, namespace);
    const place = `${client.context} ${namespace ?? ""} ${fieldSelector ?? ""}`;
    const attempt = { context: client.context, namespace, verb: "list", resource: PODS.plural };
    let told: string | undefined;
    const sink = {
      upsert: (pod: Pod) => {
        told = undefined;
        this.upsert(scope, pod);
      },
      delete: (pod: Pod) => this.delete(scope, pod),
      synced: () => {
        told = undefined;
        this.unread.delete(scope);
        census.access(place, undefined);
        listed();
      },
      problem: (error: ApiError, retryInMs: number | undefined) => {
        const problem = problemOf(error, attempt, retryInMs);
        if (this.unread.has(scope)) census.access(place, problem.message);
        if (told !== problem.message) this.report(problem);
        told = problem.message;
        // A refusal lasts; whatever else fails may be over in a moment, and then the first list is still worth waiting for.
        if (error.kind === "forbidden") listed();
      },
    };
    this.unread.add(scope);
    const reflector = new AbortController();
    const signal = AbortSignal.any([this.signal, reflector.signal]);
    const query = { labelSelector, fieldSelector };
    await watchCollection<Pod>(
      client,
      path,
      { query, signal, follow, clock },
      {
        ...sink,
        problem: (error, retryInMs) => {
          // Rights to get one pod by its name are enough to read its log, as with kubectl.
          const mayGet = podName !== undefined && namespace !== undefined;
          if (mayGet && error.kind === "forbidden" && this.unread.has(scope)) reflector.abort();
          else sink.problem(error, retryInMs);
        },
      },
    );
    if (!reflector.signal.aborted || this.signal.aborted) return;
    await pollPod(client, `${path}/${podName}`, { signal: this.signal, follow, clock }, sink);
  }

  private upsert(scope: Scope, pod: Pod): void {
    const known = this.entries.get(pod.metadata.uid);
    const entry = known ?? { pod, scopes: new Set(), queue: Promise.resolve(), told: false, kept: new Set() };
    if (known === undefined) this.entries.set(pod.metadata.uid, entry);
    const held = entry.scopes.size > 0;
    entry.scopes.add(scope);
    // The same change comes once by every scope that holds the pod.
    if (known !== undefined && held && !isNewer(pod, entry.pod)) return;
    entry.pod = pod;
    this.enqueue(entry, () => this.consider(entry, pod, true));
  }

  private delete(scope: Scope, pod: Pod): void {
    const entry = this.entries.get(pod.metadata.uid);
    if (entry === undefined || !entry.scopes.delete(scope) || entry.scopes.size > 0) return;
    this.enqueue(entry, async () => {
      if (entry.told) {
        const why = await this.whyGone(scope, pod);
        if (this.signal.aborted) return;
        this.sink.gone(pod, why);
      }
      entry.told = false;
      entry.kept.clear();
      this.options.census.gone(pod);
      if (entry.scopes.size === 0) this.entries.delete(pod.metadata.uid);
    });
  }

  /** A pod whose labels or phase changed leaves a filtered watch with the same event as one that is deleted. */
  private async whyGone(scope: Scope, pod: Pod): Promise<"deleted" | "unmatched"> {
    const mayLeave = this.selection.labelSelector !== undefined || this.selection.fieldSelector !== undefined;
    const { name, namespace, uid, deletionTimestamp } = pod.metadata;
    if (!mayLeave || deletionTimestamp !== undefined) return "deleted";
    try {
      const path = pathOf(PODS, namespace ?? scope.namespace, name);
      const now = await this.client.get<Pod>(path, { accept: METADATA_ONLY, signal: this.signal });
      return now.metadata.uid === uid ? "unmatched" : "deleted";
    } catch (error) {
      // In doubt it is deleted: its streams then run to their ends, where those of an unmatched pod are ended.
      if (error instanceof ApiError) return "deleted";
      throw error;
    }
  }

  private judgeAll(): void {
    for (const entry of this.entries.values()) {
      if (entry.scopes.size > 0) this.enqueue(entry, () => this.consider(entry, entry.pod, false));
    }
  }

  private enqueue(entry: Entry, step: () => Promise<void>): void {
    entry.queue = entry.queue
      .then(() => (this.signal.aborted ? undefined : step()))
      .catch((error: unknown) => this.fail(error));
  }

  /** `changed` is false when only what selects the pod has changed. */
  private async consider(entry: Entry, pod: Pod, changed: boolean): Promise<void> {
    const judge = await this.judge;
    const judgement = await judge?.(pod, entry.kept);
    if (judgement === undefined || this.signal.aborted) return;
    const { verdict, containers } = judgement;
    this.options.census.note(pod, verdict, containers);
    if (verdict === "selected") {
      for (const { name } of containers) entry.kept.add(name);
      if (!changed && entry.told) return;
      entry.told = true;
      this.sink.pod(pod, containers);
    } else if (entry.told) {
      entry.told = false;
      entry.kept.clear();
      this.sink.gone(pod, "unmatched");
    }
  }

  private async settle(scopes: readonly Scope[]): Promise<void> {
    await Promise.all([...this.entries.values()].map((entry) => entry.queue));
    if (this.signal.aborted) return;
    await this.noteEmptyNamespaces(scopes);
    if (this.signal.aborted) return;
    this.sink.synced();
  }

  private async noteEmptyNamespaces(scopes: readonly Scope[]): Promise<void> {
    const { context } = this.client;
    const entries = [...this.entries.values()];
    const names = new Set(scopes.flatMap(({ namespace }) => namespace ?? []));
    const unread = new Set([...this.unread].map((scope) => scope.namespace));
    for (const namespace of names) {
      const here = entries.filter((entry) => entry.pod.metadata.namespace === namespace);
      if (here.some((entry) => entry.told) || unread.has(namespace)) continue;
      if (here.length === 0 && (await namespaceAbsent(this.client, namespace, this.signal))) {
        const hint = await namespaceHint(this.client, namespace, this.signal);
        const missing = noteOf(`there is no namespace "${namespace}" (context ${context})`, {
          context,
          namespace,
          hint,
        });
        this.report({ ...missing, verb: "get", resource: "namespaces", kind: "not-found" });
      } else if (names.size > 1) {
        this.report(
          noteOf(`no pod is selected${placeOf({ context, namespace, verb: "list", resource: "pods" })}`, {
            context,
            namespace,
          }),
        );
      }
    }
    for (const namespace of this.selection.namespaces) {
      const excluded = this.selection.excludeNamespaces.some((pattern) => pattern.test(namespace));
      if (names.has(namespace) || excluded) continue;
      this.report(
        noteOf(`-n ${namespace} is used by no selector: each names its own namespace`, { context, namespace }),
      );
    }
  }

  private report(problem: PodProblem): void {
    if (!this.signal.aborted) this.sink.problem(problem);
  }

  private fail(error: unknown): void {
    if (this.signal.aborted) return;
    this.failure ??= { error };
    this.ended.abort();
  }
}

/** Resource versions count up; one that is not a number can only be compared for being the same. */
function isNewer(pod: Pod, than: Pod): boolean {
  const [a, b] = [pod.metadata.resourceVersion ?? "", than.metadata.resourceVersion ?? ""];
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return a.length !== b.length ? a.length > b.length : a > b;
  return a !== b || a === "";
}
