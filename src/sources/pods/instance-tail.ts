// One instance of a container, from the first line wanted to the last there is. A stream's end never says why it ended, so after each
// the pod is asked: still running (resume), ended (drain it), replaced (drain the old one as `previous`), gone.
import { ApiError } from "../../clients/kubernetes/client.ts";
import type { Pod } from "../../clients/kubernetes/resources.ts";
import type { Origin } from "../../record/log-line.ts";
import { fromMillis } from "../../record/timestamp.ts";
import { Backoff } from "../clock.ts";
import { Cursor } from "./cursor.ts";
import { currentInstance, type Instance, originOf, previousInstance, statusOf } from "./instance.ts";
import type { InstanceContext } from "./instance-context.ts";
import { InstanceReader } from "./instance-reader.ts";
import { InstanceStatus } from "./instance-status.ts";
import { LineIntake } from "./line-intake.ts";
import type { LogReadResult } from "./log-read.ts";
import { StreamPlace } from "./stream-place.ts";

const BACKOFF = { firstMs: 250, maxMs: 30_000 };
const POLL_MS = { least: 2000, most: 5000 };
const PREVIOUS_ATTEMPTS = 6;
const READ_ATTEMPTS = 8;

type Next = "again" | "done";

/** One instance of the container, from the first line wanted to the last there is. */
export class InstanceTail {
  private readonly at: InstanceContext;
  private readonly instance: Instance;
  private readonly origin: Origin;
  private readonly cursor: Cursor;
  private readonly existed: boolean;
  private readonly backoff: Backoff;
  private readonly intake: LineIntake;
  private readonly status: InstanceStatus;
  private readonly reader: InstanceReader;
  private readonly place: StreamPlace;
  private previous: boolean;
  private terminated: boolean;
  private backlogDone: boolean;
  private strays = 0;
  private endedInLine = false;
  private confirmed = false;
  /** Why the next request is not a first one: it waits its turn among the re-opened. */
  private reopening: "idle" | "age" | "paused" | "retry" | "turn" | undefined;
  private polling = false;
  private failures = 0;

  constructor(
    context: InstanceContext,
    instance: Instance,
    how: { previous: boolean; existed: boolean; cursor: Cursor | undefined },
  ) {
    const { window, clock, workload, container, kind, client } = context;
    this.at = context;
    this.instance = instance;
    this.previous = how.previous;
    this.existed = how.existed;
    this.terminated = instance.state === "terminated";
    this.backlogDone = !(context.backlogFirst && how.existed && window.tail !== 0);
    const whole = !how.existed || (window.tail === undefined && window.since === undefined);
    this.cursor = how.cursor ?? new Cursor({ fromFirstLine: whole });
    this.backoff = new Backoff(clock, BACKOFF);
    this.status = new InstanceStatus(context, instance);
    this.origin = originOf(context.latestPod(), { cluster: client.context, container, kind, instance, workload });
    this.intake = new LineIntake({
      ...context,
      origin: this.origin,
      cursor: this.cursor,
      existed: how.existed,
      joiner: context.joiner?.(),
    });
    const { cursor, status, backoff, origin, intake, existed } = this;
    this.reader = new InstanceReader({ context, origin, cursor, intake, status, backoff, existed });
    this.place = new StreamPlace(context.slots, origin.node, () => context.listener.queued());
  }

  async run(): Promise<void> {
    const { signal, listener, lane, window } = this.at;
    listener.opened(this.origin);
    if (!this.backlogDone || !window.follow) lane.await();
    else this.letGo();
    try {
      while (!signal.aborted && (await this.step()) === "again");
    } finally {
      this.place.leave();
      this.intake.close(this.cursor.newest ?? fromMillis(this.at.clock.now()));
      this.letGo();
    }
  }

  /** Instances before this one came and went unseen. */
  missed(count: number): void {
    const { restart } = this.origin;
    this.intake.gap("instance-gone", [], { first: restart - count, last: restart - 1 });
  }

  /** One request and what follows from its end. */
  private async step(): Promise<Next> {
    const { window, signal, slots, clock } = this.at;
    const wantsFollow = window.follow && !this.terminated && this.backlogDone;
    const follow = wantsFollow && this.place.take(!this.polling) && !this.polling;
    const bucket = this.reopening === undefined ? slots.firstReads : slots.reopens;
    await bucket.take(signal);
    if (signal.aborted) return "done";
    this.reopening = undefined;
    await this.reader.fillBeginning();
    if (signal.aborted || this.at.isSatisfied()) return "done";

    const startedAt = clock.monotonic();
    const result = await this.readLog(follow);
    if (signal.aborted) return "done";
    if (result.kind === "end" || result.kind === "inconclusive") this.failures = 0;
    if (this.intake.liveSince !== undefined && clock.monotonic() - startedAt > 5000) this.backoff.reset();

    switch (result.kind) {
      case "stopped":
        return this.reopening === undefined ? "done" : this.reopen();
      case "inconclusive":
        this.confirmed = true;
        return "again";
      case "other-instance":
        return this.strayed();
      case "in-band":
        return this.inBand(result.text);
      case "failed":
        return this.failed(result.error);
      case "end":
        this.confirmed = false;
        if (this.reader.isFirst && window.tail !== undefined && window.tail > 0 && this.intake.taken >= window.tail)
          this.at.stats.fullTails++;
        this.reader.isFirst = false;
        if (this.terminated) return this.finished();
        if (!window.follow) {
          if (!result.inLine || this.endedInLine) return "done";
          this.endedInLine = true;
          this.reopening = "retry";
          return "again";
        }
        if (follow) return this.afterEnd(undefined);
        if (!this.backlogDone) {
          this.backlogDone = true;
          this.letGo();
          return "again";
        }
        return this.pollAgain();
      default:
        return result satisfies never;
    }
  }

  private readLog(follow: boolean): Promise<LogReadResult> {
    return this.reader.read({
      follow,
      previous: this.previous,
      // A log that ended has no more to come; one that is only read once is shown to where it is, if it stands there when asked again.
      final: this.terminated || (!this.at.window.follow && this.endedInLine),
      confirmed: this.confirmed,
      notAfter: this.lastPossibleSecond(),
      stopped: (why) => {
        this.reopening = why;
      },
    });
  }

  /**
   * The last second in which an ended instance can have written: a later line is another's, which was started since. Undefined where
   * that is no proof: while it runs, for what only `previous` gives, and when the server insists.
   */
  private lastPossibleSecond(): number | undefined {
    const isProof = this.terminated && !this.previous && this.at.window.follow && this.strays < 4;
    return isProof ? this.status.finishedSec() : undefined;
  }

  /** Another instance's log was served: its status says so soon, if it does not yet. */
  private async strayed(): Promise<Next> {
    this.strays++;
    if (this.strays > 1) await this.at.clock.sleep(1000, this.at.signal);
    return this.afterEnd(undefined);
  }

  /** A stream has ended, cleanly or not: what has become of the container decides. */
  private async afterEnd(error: ApiError | undefined): Promise<Next> {
    const { clock, signal, container } = this.at;
    let pod: Pod;
    try {
      pod = await this.at.refresh();
    } catch (cause) {
      const problem = cause instanceof ApiError ? cause : new ApiError("unreachable", String(cause), { cause });
      if (problem.kind === "not-found") return this.podIsGone(error);
      if (problem.kind === "forbidden") pod = this.at.latestPod();
      else return this.retry(problem);
    }
    const status = statusOf(pod, container);
    const current = currentInstance(status);
    if (current?.id === this.instance.id) {
      if (current.state === "terminated") {
        this.terminated = true;
        return "again";
      }
      const delay = this.backoff.next((error?.retryAfter ?? 0) * 1000);
      if (error !== undefined) this.problem(error, delay);
      this.reopening = "retry";
      await clock.sleep(delay, signal);
      return "again";
    }
    const previous = previousInstance(status);
    if (previous?.id === this.instance.id) {
      const finished = previous.terminated?.finishedAt;
      if (current !== undefined && this.intake.firstLine !== undefined && finished !== undefined) {
        // The instance was replaced between its status and the request: what was read is the new one's log.
        if (this.intake.firstLine.sec > Math.floor(Date.parse(finished) / 1000)) {
          this.at.carry(current.id, this.cursor);
          await new InstanceTail(this.at, previous, { previous: true, existed: false, cursor: undefined }).run();
          return "done";
        }
      }
      this.previous = true;
      this.terminated = true;
      return "again";
    }
    if (current === undefined && this.cursor.newest === undefined) return "done";
    this.intake.gap("instance-gone");
    this.card(pod);
    return "done";
  }

  private async podExists(): Promise<boolean> {
    try {
      await this.at.refresh();
      return true;
    } catch {
      return false;
    }
  }

  private podIsGone(error: ApiError | undefined): Next {
    // A clean end is the end; a cut one may have taken the last lines with it.
    if (error !== undefined) this.intake.gap("instance-gone");
    return "done";
  }

  /** The log of an ended instance has been read to its last line. */
  private finished(): Next {
    // Containers that had done their work before klog came are no news.
    const wasDone = this.existed && this.instance.terminated?.exitCode === 0;
    if (this.at.window.follow && !wasDone) this.card(this.at.latestPod());
    return "done";
  }

  private card(pod: Pod): void {
    const at = this.cursor.newest ?? fromMillis(this.at.clock.now());
    this.intake.marker(this.status.card(this.origin, pod, at));
  }

  /** Nobody needs to wait for this container's past any more. */
  private letGo(): void {
    this.at.lane.unawait();
    this.at.listener.backlogRead();
    this.at.timeline.drain();
  }

  private async failed(error: ApiError): Promise<Next> {
    const { window, slots, clock, signal, listener } = this.at;
    switch (error.kind) {
      case "forbidden":
        this.problem(error, undefined);
        return "done";
      case "not-found":
        if (this.previous) return this.previousFailed(error);
        // A kubelet that has just started knows its pods a moment later.
        if (!window.follow && (await this.podExists())) break;
        if (!window.follow) {
          this.problem(error, undefined);
          return "done";
        }
        return this.afterEnd(this.reader.isFirst ? undefined : error);
      case "status":
        if (this.previous) return this.previousFailed(error);
        if (!window.follow) {
          this.problem(error, undefined);
          return "done";
        }
        if (!/waiting to start|ContainerCreating|PodInitializing|not available|not found/i.test(error.message)) {
          this.problem(error, undefined);
          return "done";
        }
        // Not started yet: the pod's next change says when to ask again; its status may also be older than the server's.
        await Promise.race([this.at.nextChange(), clock.sleep(this.backoff.next(1000), signal)]);
        return this.at.podGone() ? this.podIsGone(undefined) : this.afterEnd(undefined);
      case "busy":
        slots.reopens.slowDown();
        slots.firstReads.slowDown();
        break;
      default:
        break;
    }
    if (window.follow) {
      this.letGo();
      return this.afterEnd(error);
    }
    if (++this.failures >= READ_ATTEMPTS) {
      this.problem(error, undefined);
      if (this.cursor.newest !== undefined || this.reader.isFirst) this.intake.gap("unreadable");
      return "done";
    }
    if (error.kind === "credentials") {
      listener.problem({ ...this.where(), error, retryInMs: undefined });
      return "done";
    }
    return this.retry(error);
  }

  /** For some seconds after a crash the runtime cannot give the previous log yet; after some more it is gone. */
  private async previousFailed(error: ApiError): Promise<Next> {
    const { clock, signal, window, listener, container } = this.at;
    if (++this.failures < PREVIOUS_ATTEMPTS && (window.follow || error.kind === "busy")) {
      await clock.sleep(this.backoff.next(), signal);
      return "again";
    }
    if (!window.follow) {
      if (error.kind === "status") listener.nothingToRead(container, this.at.latestPod(), "no-previous");
      else this.problem(error, undefined);
      return "done";
    }
    this.intake.gap("instance-gone");
    return this.finished();
  }

  private async inBand(text: string): Promise<Next> {
    const { clock, signal, stats, window } = this.at;
    stats.serverTexts++;
    const error = new ApiError("busy", `the server sent an error in place of the log: ${text}`);
    if (this.previous) return this.previousFailed(error);
    if (!window.follow && ++this.failures >= READ_ATTEMPTS) {
      this.problem(error, undefined);
      this.intake.gap("unreadable");
      return "done";
    }
    if (window.follow && /fsnotify|too many open files/.test(text)) {
      // The node has no inotify watch left: its log can be read, not followed.
      this.polling = true;
      this.problem(error, POLL_MS.least);
      return this.pollAgain();
    }
    const delay = this.backoff.next();
    this.problem(error, delay);
    if (window.follow) this.letGo();
    await clock.sleep(delay, signal);
    return window.follow ? this.afterEnd(undefined) : "again";
  }

  private async retry(error: ApiError): Promise<Next> {
    const { clock, signal } = this.at;
    const delay = this.backoff.next((error.retryAfter ?? 0) * 1000);
    this.problem(error, delay);
    this.reopening = "retry";
    await clock.sleep(delay, signal);
    return "again";
  }

  private async reopen(): Promise<Next> {
    const { clock, signal } = this.at;
    if (this.reopening === "paused") {
      while (!this.at.isReading() && !signal.aborted) await clock.sleep(250, signal);
    }
    return "again";
  }

  /** The next turn of a source that is read again and again instead of being followed. */
  private async pollAgain(): Promise<Next> {
    const { clock, signal } = this.at;
    await clock.sleep(POLL_MS.least + clock.random() * (POLL_MS.most - POLL_MS.least), signal);
    this.reopening = "turn";
    // Whether the instance still runs is asked now and then: its end makes the next read the last.
    return this.afterPoll();
  }

  private async afterPoll(): Promise<Next> {
    const status = statusOf(this.at.latestPod(), this.at.container);
    const current = currentInstance(status);
    if (this.at.podGone()) return this.podIsGone(undefined);
    if (current?.id === this.instance.id && current.state === "running") return "again";
    return this.afterEnd(undefined);
  }

  private problem(error: ApiError, retryInMs: number | undefined): void {
    this.at.listener.problem({ ...this.where(), error, retryInMs });
  }

  private where(): { pod: string; namespace: string; container: string } {
    return { pod: this.origin.pod, namespace: this.origin.namespace, container: this.origin.container };
  }
}
