// Keeps a caller told of a collection's objects: lists it, watches it, and lists again where the watch cannot go on.
import { setTimeout as sleepFor } from "node:timers/promises";
import { statusObjectFailure } from "./api-failure.ts";
import { ApiError, type ByteStream, type KubernetesClient, type Query } from "./client.ts";
import type { KubernetesObject, ObjectList } from "./resources.ts";
import { type WatchEvent, watchEventSplitter } from "./watch-events.ts";

const PAGE = 500;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_LAST_MS = 30_000;
/** Rights are not granted from one second to the next. */
const DENIED_MS = 60_000;
/** Where only list is allowed. */
const POLL_MS = 5_000;
/** Between watches that bring nothing, so that a gateway that ends each at once is not asked without pause. */
const EMPTY_WATCH_MS = 1_000;
/** A watch that lives on this long after it should have ended is dead. */
const OVERTIME_MS = 30_000;
/** Without `follow` nobody waits long for a server that is busy. */
const MOST_RETRIES = 5;

export interface CollectionSink<T> {
  /** New or changed. */
  upsert(object: T): void;
  /** Gone, with its last known state. */
  delete(object: T): void;
  /** Once, after the first complete list. */
  synced(): void;
  /** `retryInMs` is undefined when it ends here. */
  problem(error: ApiError, retryInMs: number | undefined): void;
}

export interface ReflectorClock {
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export interface WatchCollectionOptions {
  /** labelSelector, fieldSelector. */
  readonly query?: Query;
  readonly signal: AbortSignal;
  /** False: list once. */
  readonly follow: boolean;
  readonly clock?: ReflectorClock;
}

const systemClock: ReflectorClock = {
  sleep: (ms, signal) =>
    sleepFor(ms, undefined, signal === undefined ? {} : { signal }).then(
      () => {},
      () => {}, // it only fails when the signal aborts
    ),
  random: Math.random,
};

/**
 * Resolves when the signal aborts, after the list without `follow`, or when a retry cannot help.
 * Rejects only with what the sink throws.
 */
export async function watchCollection<T extends KubernetesObject>(
  client: KubernetesClient,
  path: string,
  options: WatchCollectionOptions,
  sink: CollectionSink<T>,
): Promise<void> {
  await new Reflector(client, path, options, sink).run();
}

class Reflector<T extends KubernetesObject> {
  readonly #client: KubernetesClient;
  readonly #path: string;
  readonly #query: Query;
  readonly #signal: AbortSignal;
  readonly #follow: boolean;
  readonly #clock: ReflectorClock;
  readonly #sink: CollectionSink<T>;
  /** By UID: a StatefulSet's names come back on other pods. */
  readonly #known = new Map<string, T>();
  #kind = "";
  #apiVersion: string | undefined;
  #resourceVersion: string | undefined;
  #listed = false;
  #watchDenied = false;
  #failures = 0;

  constructor(
    client: KubernetesClient,
    path: string,
    { query = {}, signal, follow, clock = systemClock }: WatchCollectionOptions,
    sink: CollectionSink<T>,
  ) {
    this.#client = client;
    this.#path = path;
    this.#query = query;
    this.#signal = signal;
    this.#follow = follow;
    this.#clock = clock;
    this.#sink = sink;
  }

  async run(): Promise<void> {
    let stale = true;
    while (!this.#signal.aborted) {
      try {
        if (stale) await this.#list();
        stale = false;
        if (!this.#follow) return;
        if (this.#watchDenied) {
          await this.#clock.sleep(POLL_MS, this.#signal);
          stale = true;
        } else {
          const brought = await this.#watch();
          this.#failures = 0;
          if (!brought) await this.#clock.sleep(EMPTY_WATCH_MS, this.#signal);
        }
      } catch (error) {
        if (this.#signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        if (error.kind === "expired") {
          await this.#expired(error, stale);
          stale = true;
        } else if (!stale && isRefusal(error)) {
          this.#watchDenied = true;
          this.#sink.problem(error, POLL_MS);
        } else {
          const retryInMs = this.#retryAfter(error, stale);
          this.#sink.problem(error, retryInMs);
          if (retryInMs === undefined) return;
          // A watch that the server gave up cannot be trusted to go on from where it was.
          stale ||= error.kind !== "unreachable" && error.kind !== "busy";
          await this.#clock.sleep(retryInMs, this.#signal);
        }
      }
    }
  }

  /** What the watch missed is in the next list; only a server that says so again and again is a problem. */
  async #expired(error: ApiError, listing: boolean): Promise<void> {
    const first = !listing && this.#failures === 0;
    const waitMs = this.#backoff();
    if (first) return;
    if (this.#failures > 3) this.#sink.problem(error, waitMs);
    await this.#clock.sleep(waitMs, this.#signal);
  }

  #retryAfter(error: ApiError, listing: boolean): number | undefined {
    switch (error.kind) {
      case "busy":
        if (!this.#follow && this.#failures >= MOST_RETRIES) return undefined;
        return Math.max(this.#backoff(), (error.retryAfter ?? 0) * 1000);
      case "unreachable":
        return this.#follow ? this.#backoff() : undefined;
      case "expired":
        return this.#backoff();
      case "forbidden":
      case "not-found":
      case "unauthorized":
      case "credentials":
        return this.#follow ? DENIED_MS : undefined;
      case "status":
        // A request that the server calls wrong stays wrong.
        return this.#follow && !(listing && error.status >= 400 && error.status < 500) ? this.#backoff() : undefined;
    }
  }

  /** Exponential with full jitter. */
  #backoff(): number {
    const ceiling = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(this.#failures++, 10));
    return Math.ceil(ceiling * this.#clock.random());
  }

  async #list(): Promise<void> {
    const seen = new Set<string>();
    const changed: T[] = [];
    let next: string | undefined;
    do {
      const list: ObjectList<T> & { readonly kind?: string; readonly apiVersion?: string } = await this.#client.get(
        this.#path,
        { query: { ...this.#query, limit: PAGE, continue: next }, signal: this.#signal },
      );
      this.#kind = list.kind?.replace(/List$/, "") ?? this.#kind;
      this.#apiVersion = list.apiVersion ?? this.#apiVersion;
      for (const item of list.items ?? []) {
        const object = this.#named(item);
        seen.add(object.metadata.uid);
        if (this.#isKnown(object)) continue;
        if (this.#listed) changed.push(object);
        else this.#upsert(object); // the first time, a big cluster's first page need not wait for its last
      }
      next = list.metadata.continue || undefined;
      this.#resourceVersion = list.metadata.resourceVersion;
    } while (next !== undefined && !this.#signal.aborted);
    if (this.#signal.aborted) return;

    // The deletes that nobody told, before the objects that took over their names.
    for (const [uid, object] of this.#known) {
      if (seen.has(uid)) continue;
      this.#known.delete(uid);
      this.#sink.delete(object);
    }
    for (const object of changed) this.#upsert(object);
    if (!this.#listed) this.#sink.synced();
    this.#listed = true;
  }

  /** Resolves when it has ended: true if it brought anything. */
  async #watch(): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {}); // an ERROR event may come before the open stream is waited for
    const over = new AbortController();
    const timeoutSeconds = 240 + Math.floor(this.#clock.random() * 240);
    let brought = false;
    const split = watchEventSplitter<T>((event) => {
      if (over.signal.aborted) return;
      const failure = this.#apply(event);
      if (failure === undefined) brought = true;
      else reject(failure);
    });
    let stream: ByteStream | undefined;
    try {
      const query = { watch: true, allowWatchBookmarks: true, timeoutSeconds, resourceVersion: this.#resourceVersion };
      stream = await this.#client.open(
        this.#path,
        {
          data(chunk) {
            try {
              split(chunk);
            } catch (error) {
              reject(error);
            }
          },
          // Gateways cut long requests: it is a problem only if the next watch cannot be opened.
          end: resolve,
          fail: () => resolve(),
        },
        { query: { ...this.#query, ...query }, signal: this.#signal },
      );
      const guard = AbortSignal.any([over.signal, this.#signal]);
      await Promise.race([promise, this.#clock.sleep(timeoutSeconds * 1000 + OVERTIME_MS, guard)]);
      return brought;
    } finally {
      over.abort();
      stream?.close();
    }
  }

  #apply(event: WatchEvent<T>): ApiError | undefined {
    if (event.type === "ERROR") return statusObjectFailure(event.object);
    this.#resourceVersion = event.object.metadata.resourceVersion ?? this.#resourceVersion;
    switch (event.type) {
      case "ADDED":
      case "MODIFIED":
        this.#upsert(this.#named(event.object));
        break;
      case "DELETED":
        this.#known.delete(event.object.metadata.uid);
        this.#sink.delete(this.#named(event.object));
        break;
      case "BOOKMARK":
        break;
    }
    return undefined;
  }

  #isKnown({ metadata: { uid, resourceVersion } }: T): boolean {
    return resourceVersion !== undefined && this.#known.get(uid)?.metadata.resourceVersion === resourceVersion;
  }

  #upsert(object: T): void {
    this.#known.set(object.metadata.uid, object);
    this.#sink.upsert(object);
  }

  /** Lists leave out what each of their items is. */
  #named(object: T): T {
    if (object.kind !== undefined || this.#kind === "") return object;
    const apiVersion = object.apiVersion ?? this.#apiVersion;
    return { ...object, kind: this.#kind, ...(apiVersion === undefined ? {} : { apiVersion }) };
  }
}

/** 405: a resource that can be listed, but not watched. */
function isRefusal(error: ApiError): boolean {
  return error.kind === "forbidden" || error.status === 405;
}
