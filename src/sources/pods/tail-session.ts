// A whole `klog tail` on pods: watches the selection in each context, follows every container in it, merges them into one timeline.
//
//   pod-watch -> pods and containers -> container-tail (one a container) -> lane -> timeline -> emit
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { Pod } from "../../clients/kubernetes/resources.ts";
import { KlogError } from "../../errors.ts";
import { type Lane, Timeline } from "../merge/timeline.ts";
import { type InvolvedObject, watchClusterEvents } from "./cluster-events.ts";
import { ContainerTail } from "./container-tail.ts";
import type { SelectedContainer } from "./containers.ts";
import { currentInstance } from "./instance.ts";
import { watchPods } from "./pod-watch.ts";
import type { PodProblem } from "./problem.ts";
import { StreamSlots } from "./stream-slots.ts";
import type { SelectedPod, TailSessionOptions } from "./tail-session-options.ts";
import { workloadOf } from "./workload-name.ts";

/** A source that has given nothing for this long while others wait for it is not waited for any more. */
const SLOW_SOURCE_MS = 10_000;
/** A context whose pods are not listed by then does not hold the others up. */
const SLOW_CONTEXT_MS = 5000;
const LAST_EVENTS_MS = 30_000;

interface Follower {
  readonly tail: ContainerTail;
  readonly lane: Lane;
  readonly backlogRead: Promise<void>;
  readonly abort: AbortController;
  ended: boolean;
}

interface Waiting {
  readonly client: KubernetesClient;
  readonly podUid: string;
  readonly container: SelectedContainer;
}

export class TailSession {
  private readonly options: TailSessionOptions;
  private readonly slots: StreamSlots;
  private readonly timeline: Timeline;
  private readonly followers = new Map<string, Follower>();
  private readonly running = new Set<Promise<void>>();
  private readonly stopped = new AbortController();
  private readonly idle: Promise<void>;
  private nothingRuns: () => void = () => undefined;
  private started = false;
  private initial: Waiting[] = [];
  /** UIDs of pods that went a moment ago. */
  private readonly lately = new Set<string>();
  private notedQueue = false;
  private contextsMissing = 0;
  /** The pods that are selected now, by UID. */
  readonly selected = new Map<string, SelectedPod>();
  readonly problems: PodProblem[] = [];

  constructor(options: TailSessionOptions) {
    this.options = options;
    this.idle = new Promise((resolve) => {
      this.nothingRuns = resolve;
    });
    this.slots = new StreamSlots(options.clock, options.limits);
    this.timeline = new Timeline({
      order: options.order,
      windowMs: options.reorderWindowMs,
      clock: options.clock,
      emit: options.emit,
      ready: options.ready,
    });
  }

  /** Lines that have come and not been printed. */
  get waiting(): number {
    return this.timeline.waiting;
  }

  get late(): number {
    return this.timeline.late;
  }

  /** The output can take more again. */
  drain(): void {
    this.timeline.drain();
  }

  /** Runs to the end of what was asked for: without follow when all is read, else when the signal aborts. */
  async run(): Promise<void> {
    const { signal, window, clients, clock } = this.options;
    const stop = () => this.stopped.abort();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const cancelUntil = this.stopAtEnd(stop);
    try {
      if (this.options.events) for (const client of clients) this.running.add(this.watchEvents(client));
      const watches = window.follow ? this.watchAll() : this.listAll();
      const synced = Promise.all(watches.map((w) => w.synced));
      const late = clock.sleep(SLOW_CONTEXT_MS, this.stopped.signal).then(() => clients.length > 1);
      await Promise.race([synced, late.then((several) => (several ? undefined : synced))]);
      await this.waitForFirst();
      await this.begin();
      this.nothingRuns();
      if (window.follow) this.options.listener.begun();
      await Promise.all(watches.map((w) => w.done));
      while (this.running.size > 0) await Promise.all(this.running);
    } finally {
      cancelUntil();
      stop();
      signal.removeEventListener("abort", stop);
      await Promise.all(this.running);
      this.timeline.flush();
    }
  }

  private watchAll(): { synced: Promise<void>; done: Promise<void> }[] {
    return this.options.clients.map((client) => this.watch(client, true, this.stopped.signal));
  }

  private listAll(): { synced: Promise<void>; done: Promise<void> }[] {
    const { clients, waitTimeoutMs } = this.options;
    return clients.map((client) => this.watch(client, waitTimeoutMs !== undefined, this.stopped.signal));
  }

  private watch(
    client: KubernetesClient,
    follow: boolean,
    signal: AbortSignal,
  ): { synced: Promise<void>; done: Promise<void> } {
    const { selectionOf, window } = this.options;
    let listed = false;
    let tellSynced: () => void = () => undefined;
    const synced = new Promise<void>((resolve) => {
      tellSynced = resolve;
    });
    const watching = watchPods(
      client,
      selectionOf(client),
      {
        pod: (pod, containers) => this.pod(client, pod, containers, !listed || !window.follow),
        gone: (pod, why) => this.gone(pod, client, why),
        synced: () => {
          listed = true;
          tellSynced();
        },
        problem: (problem) => {
          this.problems.push(problem);
          this.options.listener.podProblem(problem);
        },
      },
      { signal, follow, clock: this.options.clock, census: this.options.census },
    )
      .catch((error: unknown) => this.missing(error))
      .finally(tellSynced);
    // Awaited later, when the past has been read; until then an error of it is not unhandled.
    watching.catch(() => undefined);
    // Without follow a watch only serves to find the first containers: it is not waited for.
    if (window.follow || !follow) return { synced, done: watching };
    return { synced, done: Promise.race([watching, this.idle]) };
  }

  /** What is missing in one of several contexts is a note, as long as another has it. */
  private missing(error: unknown): void {
    const { clients, listener } = this.options;
    this.contextsMissing++;
    if (
      !(error instanceof KlogError) ||
      error.code !== "KUBERNETES_NOT_FOUND" ||
      this.contextsMissing === clients.length
    )
      throw error;
    listener.note(error.message);
  }

  private pod(client: KubernetesClient, pod: Pod, containers: readonly SelectedContainer[], existed: boolean): void {
    const { uid } = pod.metadata;
    const known = this.selected.get(uid);
    if (known === undefined) this.selected.set(uid, { client, pod, containers });
    else {
      known.pod = pod;
      known.containers = containers;
    }
    for (const container of containers) {
      const key = `${uid}/${container.name}`;
      const follower = this.followers.get(key);
      if (follower !== undefined) {
        follower.tail.update(pod);
        continue;
      }
      const waiting = { client, podUid: uid, container };
      if (this.started && this.options.window.follow) this.follow(waiting, { existed, awaited: false });
      else if (!this.initial.some((w) => w.podUid === uid && w.container.name === container.name))
        this.initial.push(waiting);
    }
  }

  private gone(pod: Pod, client: KubernetesClient, why: "deleted" | "unmatched"): void {
    this.selected.delete(pod.metadata.uid);
    // The last events about a pod come after it.
    this.lately.add(pod.metadata.uid);
    this.options.clock.timer(LAST_EVENTS_MS, () => this.lately.delete(pod.metadata.uid));
    for (const [key, follower] of this.followers) {
      if (!key.startsWith(`${pod.metadata.uid}/`)) continue;
      if (follower.ended) this.followers.delete(key);
      // A deleted pod's streams end by themselves, with its last lines; those of one that is no longer meant are ended.
      else if (why === "deleted") follower.tail.update(undefined);
      else follower.abort.abort();
    }
    this.initial = this.initial.filter((w) => w.podUid !== pod.metadata.uid);
    this.options.listener.podGone(pod, client);
  }

  private async waitForFirst(): Promise<void> {
    const { waitTimeoutMs, window, clock } = this.options;
    if (window.follow || waitTimeoutMs === undefined) return;
    const deadline = clock.monotonic() + waitTimeoutMs;
    const hasLog = () =>
      this.initial.some((w) =>
        currentInstance(this.selected.get(w.podUid)?.containers.find((c) => c.name === w.container.name)?.status),
      );
    while (!hasLog() && clock.monotonic() < deadline && !this.stopped.signal.aborted)
      await clock.sleep(100, this.stopped.signal);
  }

  /** Reads the past of what there is, batch by batch; each is merged by time. */
  private async begin(): Promise<void> {
    const { batch, order, window, listener } = this.options;
    this.started = true;
    const all = this.initial.sort((a, b) => this.place(a).localeCompare(this.place(b)));
    this.initial = [];
    const size = order === "strict" ? all.length : batch;
    const merged = order !== "arrival" && (!window.follow || window.tail !== 0);
    if (merged && all.length > size)
      listener.note(
        `${all.length} containers are more than may be read at once: their past is merged by time in batches of ${size} (--order strict reads all at once)`,
      );
    for (let at = 0; at < all.length && !this.stopped.signal.aborted; at += size) {
      this.timeline.beginBatch();
      const followers = all.slice(at, at + size).map((w) => this.follow(w, { existed: true, awaited: merged }));
      if (window.follow && order === "arrival") continue;
      const stopWatching = this.watchSlow(followers);
      await Promise.all(followers.map((f) => f.backlogRead));
      stopWatching();
    }
  }

  private place({ podUid, container }: Waiting): string {
    const { metadata } = this.selected.get(podUid)!.pod;
    const rank = container.kind === "init" ? "0" : "1";
    return `${metadata.namespace}/${metadata.name}/${rank}`;
  }

  private follow({ client, podUid, container }: Waiting, how: { existed: boolean; awaited: boolean }): Follower {
    const { options, timeline, slots } = this;
    const { window, listener, stats, clock } = options;
    const pod = this.selected.get(podUid)!.pod;
    const key = `${podUid}/${container.name}`;
    let backlogIsRead: () => void = () => undefined;
    const backlogRead = new Promise<void>((resolve) => {
      backlogIsRead = resolve;
    });
    let tail: ContainerTail;
    const abort = new AbortController();
    const lane = timeline.open({ awaited: how.awaited, flow: (reading) => tail.flow(reading) });
    tail = new ContainerTail({
      client,
      pod,
      container: container.name,
      kind: container.kind,
      workload: workloadOf(pod),
      window,
      existed: how.existed,
      backlogFirst: options.order !== "arrival",
      timeline,
      lane,
      joiner: options.joiner,
      history: options.history,
      slots,
      stats,
      listener: {
        opened: (origin) => listener.opened(origin),
        problem: (problem) => listener.containerProblem(problem),
        nothingToRead: (_name, _pod, why) => {
          if (why === "no-previous") stats.withoutPrevious++;
        },
        queued: () => this.queued(),
        backlogRead: backlogIsRead,
      },
      clock,
      signal: AbortSignal.any([this.stopped.signal, abort.signal]),
      insecureSkipTlsVerifyBackend: options.insecureSkipTlsVerifyBackend,
    });
    const follower: Follower = { tail, lane, backlogRead, abort, ended: false };
    // One that has ended is remembered while its pod is there, so that a status update does not begin it anew.
    this.followers.set(key, follower);
    const finished = tail.run().finally(() => {
      backlogIsRead();
      follower.ended = true;
      this.running.delete(finished);
      if (!this.selected.has(podUid)) this.followers.delete(key);
    });
    this.running.add(finished);
    return follower;
  }

  private watchEvents(client: KubernetesClient): Promise<void> {
    const { selectionOf, window, clock, listener } = this.options;
    const lane = this.timeline.open({ awaited: false, flow: () => undefined });
    lane.idle = true;
    const watching = watchClusterEvents(
      client,
      selectionOf(client),
      {
        concerns: (object) => this.concerns(object),
        event: (event) => {
          lane.push(event);
          this.timeline.drain();
        },
        problem: (problem) => listener.podProblem(problem),
      },
      { signal: this.stopped.signal, follow: window.follow, clock },
    ).finally(() => {
      lane.close();
      this.running.delete(watching);
    });
    return watching;
  }

  /** Whether an object is a selected pod or owns one. */
  private concerns({ kind, name, namespace, uid }: InvolvedObject): boolean {
    if (uid !== undefined && (this.selected.has(uid) || this.lately.has(uid))) return true;
    for (const { pod } of this.selected.values()) {
      if (pod.metadata.namespace !== namespace) continue;
      if (pod.metadata.ownerReferences?.some((o) => o.kind === kind && o.name === name)) return true;
      if (workloadOf(pod) === `${kind?.toLowerCase()}/${name}`) return true;
    }
    return false;
  }

  private queued(): void {
    if (this.notedQueue) return;
    this.notedQueue = true;
    const { total, perNode } = this.options.limits;
    this.options.listener.note(
      `more containers than streams (${total} in all, ${perNode} a node): the rest is read in turn, every line of it, a little later (--max-log-requests, --max-streams-per-node)`,
    );
  }

  private watchSlow(followers: readonly Follower[]): () => void {
    const { clock, listener } = this.options;
    let cancel: () => void = () => undefined;
    const check = () => {
      const slow = followers.filter((f) => f.lane.silentFor(clock.monotonic()) > SLOW_SOURCE_MS);
      for (const { lane } of slow) lane.unawait();
      if (slow.length > 0) {
        listener.note(
          `${slow.length === 1 ? "one container has" : `${slow.length} containers have`} given nothing for ${SLOW_SOURCE_MS / 1000} s: going on without; its lines are printed when they come`,
        );
        this.timeline.drain();
      }
      cancel = clock.timer(1000, check);
    };
    cancel = clock.timer(1000, check);
    return () => cancel();
  }

  private stopAtEnd(stop: () => void): () => void {
    const { window, clock, reorderWindowMs } = this.options;
    if (!window.follow || window.until === undefined) return () => undefined;
    // Lines of the last moment may still be on their way.
    const ms = window.until.sec * 1000 - clock.now() + 2000 + reorderWindowMs;
    return clock.timer(Math.max(2000, ms), stop);
  }
}
