// One search of live pods: runs a tail session, keeps its hits until they are asked for, and holds it back while they are not.
import { forPeople } from "../../clients/kubernetes/api-failure.ts";
import { ApiError, type KubernetesClient } from "../../clients/kubernetes/client.ts";
import { KlogError } from "../../errors.ts";
import { levelOf } from "../../record/level.ts";
import { lineChecksum } from "../../record/line-checksum.ts";
import type { Gap, LogLine, Origin, TailItem } from "../../record/log-line.ts";
import { createLineJoiner } from "../../record/multiline.ts";
import { compareTimestamps, type Timestamp, toRfc3339Nano } from "../../record/timestamp.ts";
import type { Clock } from "../clock.ts";
import { handedOn } from "../files/event-parser.ts";
import type { SearchPage, SearchRequest } from "../source.ts";
import { AskedLine } from "./asked-line.ts";
import type { ContainerProblem } from "./instance-context.ts";
import { PodCensus } from "./pod-census.ts";
import type { PodProblem } from "./problem.ts";
import type { Selection } from "./selection.ts";
import { DEFAULT_LIMITS } from "./stream-slots.ts";
import { TailSession } from "./tail-session.ts";
import { TailStats } from "./tail-stats.ts";

export interface PodsSearchOptions {
  readonly clients: readonly KubernetesClient[];
  readonly selection: Selection;
  readonly name: string;
  readonly maxLineBytes: number;
  readonly clock: Clock;
}

/** How far a search of pods has got: JSON. */
interface PodsPosition {
  /** The time of the last hit, and which hits of that time were given. */
  readonly at: readonly [sec: number, nsec: number];
  readonly given: readonly string[];
}

/** Hits that wait; with more the session stands still. */
const MAX_QUEUE = 4000;
const PAGE_HITS = 1000;
/** Newest first without a limit keeps all hits: as many, or as many bytes. */
const MAX_KEPT = { hits: 1_000_000, bytes: 512 * 1024 * 1024 };
/** A container's stdout and stderr are written by two threads of the runtime: its log is in order only about so far. */
const DISORDER_SEC = 5;
/** Lines of so short a time are let go before it is over. */
const MAX_UNSETTLED = 20_000;
const REORDER_MS = 200;
const BATCH = 80;
/** Reading may take long before there is a hit; this tells that it goes on. */
const ALIVE_MS = 1000;

export class PodsSearch {
  private readonly options: PodsSearchOptions;
  private readonly request: SearchRequest;
  private readonly resume: PodsPosition | undefined;
  private readonly abort = new AbortController();
  private readonly stats = new TailStats();
  private readonly census = new PodCensus();
  private readonly session: TailSession;
  private readonly notGiven: Map<string, number>;
  private readonly asked: AskedLine;
  private hits: LogLine[] = [];
  /** Hits of the past that an older one may still follow. */
  private unsettled: LogLine[] = [];
  private seenSec = -1;
  private settledSec = -1;
  private keptBytes = 0;
  private heard = 0;
  /** What makes a search that ends partial, told unless it is all there is to tell. */
  private readonly problems: string[] = [];
  private position: PodsPosition | undefined;
  private live = false;
  private ended = false;
  private failure: unknown;
  private wake: () => void = () => undefined;

  constructor(options: PodsSearchOptions, request: SearchRequest) {
    this.options = options;
    this.request = request;
    this.resume = request.resume as PodsPosition | undefined;
    this.position = this.resume;
    this.asked = new AskedLine(options.name);
    this.notGiven = counts(this.resume?.given ?? []);
    this.session = this.createSession();
  }

  async *pages(): AsyncGenerator<SearchPage> {
    const { clock } = this.options;
    const isNewest = this.request.order === "newest";
    const run = this.session.run().then(
      () => this.end(undefined),
      (error: unknown) => this.end(error),
    );
    try {
      let wasLive = false;
      while (!this.ended) {
        const next = new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        if (!isNewest && (this.hits.length > 0 || this.live !== wasLive)) {
          wasLive = this.live;
          yield* this.waiting();
          this.session.drain();
          continue;
        }
        const cancel = clock.timer(ALIVE_MS, this.wake);
        await next;
        cancel();
        this.count();
        const goesOn = this.hasGoneOn();
        if (!this.ended && goesOn && (isNewest || this.hits.length === 0)) yield this.page([]);
      }
      this.count();
      if (this.failure !== undefined) throw this.failure;
      if (this.request.signal.aborted) return;
      this.refuseNothing();
      if (isNewest) this.hits.sort(compareTimestamps).reverse();
      yield* this.waiting();
    } finally {
      for (const text of this.problems) this.request.note(text, "partial");
      this.abort.abort();
      // The session waits for room before it ends.
      this.hits = [];
      this.session.drain();
      await run;
    }
  }

  private createSession(): TailSession {
    const { clients, selection, maxLineBytes, clock } = this.options;
    const { follow, from, to, signal } = this.request;
    const since = this.request.order === "oldest" ? later(from, this.resume) : from;
    return new TailSession({
      clients,
      selectionOf: () => selection,
      window: {
        follow,
        tail: undefined,
        since: since === undefined ? undefined : { time: since },
        until: to,
        head: undefined,
        limitBytes: undefined,
        previous: false,
        stream: undefined,
        maxLineBytes,
      },
      // A search has one order over all that it reads.
      order: follow ? "time" : "strict",
      reorderWindowMs: REORDER_MS,
      limits: DEFAULT_LIMITS,
      batch: BATCH,
      joiner: () => createLineJoiner("auto"),
      insecureSkipTlsVerifyBackend: false,
      waitTimeoutMs: undefined,
      events: false,
      emit: (item) => this.take(item),
      ready: () => this.request.order === "newest" || this.hits.length < MAX_QUEUE,
      listener: {
        opened: () => undefined,
        containerProblem: (problem) => this.containerProblem(problem),
        podProblem: (problem) => this.podProblem(problem),
        note: (text) => this.request.note(text),
        podGone: () => undefined,
        begun: () => {
          this.settle(undefined);
          this.live = true;
          this.wake();
        },
      },
      stats: this.stats,
      census: this.census,
      clock,
      signal: AbortSignal.any([signal, this.abort.signal]),
    });
  }

  private take(item: TailItem): void {
    if (item.kind === "gap") return this.gap(item);
    if (item.kind !== "line") return;
    const isHit = this.isHit(item);
    if (this.live || this.request.order === "newest") {
      if (!isHit) return;
      if (!this.live) return this.keepNewest(this.tagged(item));
      this.hits.push(this.tagged(item));
      return this.wake();
    }
    if (isHit) this.unsettled.push(handedOn(this.tagged(item), true));
    this.seenSec = Math.max(this.seenSec, item.sec);
    if (this.seenSec - this.settledSec > 2 * DISORDER_SEC) this.settle(this.seenSec - DISORDER_SEC);
    else if (this.unsettled.length >= MAX_UNSETTLED) this.settle("half");
  }

  /** Puts hits in order, and lets go those before a second of time; undefined: all. */
  private settle(before: number | "half" | undefined): void {
    const { unsettled } = this;
    unsettled.sort(compareTimestamps);
    let count = unsettled.length;
    if (before === "half") count >>= 1;
    else if (before !== undefined) {
      this.settledSec = before;
      count = unsettled.findIndex(({ sec }) => sec >= before);
      if (count < 0) count = unsettled.length;
    }
    if (count === 0) return;
    this.hits.push(...unsettled.splice(0, count));
    this.wake();
  }

  private isHit(line: LogLine): boolean {
    const { accepts, matches, from, to, order } = this.request;
    if (line.sec < 0) {
      if (from !== undefined || to !== undefined) return false;
    } else if (from !== undefined && compareTimestamps(line, from) < 0) return false;
    else if (to !== undefined && compareTimestamps(line, to) > 0) return false;
    if (!accepts(line.origin) || !matches(this.asked.about(line))) return false;
    if (this.resume === undefined) return true;
    const [sec, nsec] = this.resume.at;
    const distance = compareTimestamps(line, { sec, nsec }) * (order === "oldest" ? 1 : -1);
    return distance > 0 || (distance === 0 && !this.wasGiven(line));
  }

  private wasGiven(line: LogLine): boolean {
    const key = keyOf(line);
    const count = this.notGiven.get(key) ?? 0;
    if (count > 0) this.notGiven.set(key, count - 1);
    return count > 0;
  }

  private tagged(line: LogLine): LogLine {
    const { buffer, start, end, rest } = line;
    return {
      ...line,
      late: false,
      details: {
        stream: "",
        level: levelOf(buffer, start, end),
        id: undefined,
        lines: 1 + (rest?.length ?? 0),
        attrs: undefined,
        sources: [this.options.name],
      },
    };
  }

  private keepNewest(line: LogLine): void {
    const { limit } = this.request;
    this.hits.push(handedOn(line, true));
    this.keptBytes += bytesOf(line);
    if (limit !== undefined && this.hits.length > 2 * limit + 1000) {
      this.hits = this.hits.sort(compareTimestamps).slice(-limit);
      this.keptBytes = this.hits.reduce((sum, hit) => sum + bytesOf(hit), 0);
    }
    if (this.hits.length <= MAX_KEPT.hits && this.keptBytes <= MAX_KEPT.bytes) return;
    this.end(
      new KlogError("SOURCE_UNREADABLE", `the pods have more than ${this.hits.length - 1} hits to turn round`, {
        hint: "use --order oldest, --limit, or a narrower range",
      }),
    );
    this.abort.abort();
  }

  private gap({ origin, after, before, cause }: Gap): void {
    const { namespace, pod, container } = origin;
    const between = `${after === undefined ? "" : ` behind ${toRfc3339Nano(after)}`}${before === undefined ? "" : ` up to ${toRfc3339Nano(before)}`}`;
    this.request.note(`lines of ${namespace}/${pod}/${container} are missing${between} (${cause})`, "partial");
  }

  private containerProblem({ namespace, pod, container, error, retryInMs }: ContainerProblem): void {
    if (retryInMs !== undefined) return;
    const denied = error.kind === "forbidden" ? `you may not get pods/log in namespace "${namespace}": ` : "";
    this.request.note(`${namespace}/${pod}/${container}: ${denied}${error.message}`, "partial");
  }

  private podProblem({ kind, message, hint }: PodProblem): void {
    const text = hint === undefined ? message : `${message} (${hint})`;
    if (kind === "note") this.request.note(text);
    else if (this.request.follow) this.request.note(text, "partial");
    else this.problems.push(text);
  }

  /** Nothing selected because nothing may be read is an error; an empty selection is told. */
  private refuseNothing(): void {
    const { verdicts, unreadable, seen } = this.census.counts();
    if (verdicts.selected > 0) return;
    if (unreadable.length > 0) {
      this.problems.length = 0;
      throw new KlogError("KUBERNETES_DENIED", unreadable.join("; "));
    }
    this.request.note(seen === 0 ? "there are no pods" : `none of ${seen} pods is selected`);
  }

  private end(error: unknown): void {
    this.settle(undefined);
    this.failure ??= error instanceof ApiError ? forPeople(error) : error;
    this.ended = true;
    this.wake();
  }

  /** Whether anything came since it was last asked: a source that hangs is not to look alive. */
  private hasGoneOn(): boolean {
    const { bytes, received } = this.stats;
    const heard = bytes + received + this.census.counts().seen;
    const goesOn = heard !== this.heard;
    this.heard = heard;
    return goesOn;
  }

  private count(): void {
    this.request.work.records = this.stats.received;
    this.request.work.bytes = this.stats.bytes;
  }

  private *waiting(): Generator<SearchPage> {
    this.count();
    do yield this.page(this.hits.splice(0, PAGE_HITS));
    while (this.hits.length > 0);
  }

  private page(hits: readonly LogLine[]): SearchPage {
    const before = this.position;
    const last = hits.at(-1);
    this.position = positionAt(hits, hits.length - 1, before);
    return {
      hits,
      reached: this.live ? undefined : last,
      live: this.live,
      resume: (index) => positionAt(hits, index, before),
    };
  }
}

function bytesOf({ start, end, rest = [] }: LogLine): number {
  return rest.reduce((sum, line) => sum + line.end - line.start, end - start);
}

/** What a later search passes over: hits of the last one's time, in this page and at the end of the one before. */
function positionAt(
  hits: readonly LogLine[],
  index: number,
  before: PodsPosition | undefined,
): PodsPosition | undefined {
  const last = hits[index];
  if (last === undefined) return before;
  const { sec, nsec } = last;
  const given: string[] = [];
  let i = index;
  for (; i >= 0 && hits[i]!.sec === sec && hits[i]!.nsec === nsec; i--) given.push(keyOf(hits[i]!));
  if (i < 0 && before !== undefined && before.at[0] === sec && before.at[1] === nsec) given.push(...before.given);
  return { at: [sec, nsec], given };
}

function later(from: Timestamp | undefined, resume: PodsPosition | undefined): Timestamp | undefined {
  if (resume === undefined) return from;
  const at = { sec: resume.at[0], nsec: resume.at[1] };
  return at.sec < 0 || (from !== undefined && compareTimestamps(from, at) > 0) ? from : at;
}

const places = new WeakMap<Origin, string>();

function keyOf({ origin, buffer, start, end }: LogLine): string {
  let place = places.get(origin);
  if (place === undefined) {
    place = `${origin.podUid}/${origin.container}/${origin.restart}`;
    places.set(origin, place);
  }
  return `${place}/${lineChecksum(buffer, start, end).toString(36)}`;
}

function counts(keys: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const key of keys) found.set(key, (found.get(key) ?? 0) + 1);
  return found;
}
