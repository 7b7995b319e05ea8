// Makes the requests for one instance's log, one after the other, and knows how far they have got.
import { ApiError, type Query } from "../../clients/kubernetes/client.ts";
import type { Origin } from "../../record/log-line.ts";
import { fromMillis, type Timestamp } from "../../record/timestamp.ts";
import type { Backoff } from "../clock.ts";
import { fillBeginning } from "./beginning-fill.ts";
import type { Cursor } from "./cursor.ts";
import type { InstanceContext } from "./instance-context.ts";
import type { InstanceStatus } from "./instance-status.ts";
import type { LineIntake } from "./line-intake.ts";
import { logQuery } from "./log-query.ts";
import { LogRead, type LogReadResult } from "./log-read.ts";
import { watchAge } from "./stream-age.ts";

const BEGINNING_ATTEMPTS = 4;

export interface InstanceReaderOptions {
  readonly context: InstanceContext;
  readonly origin: Origin;
  readonly cursor: Cursor;
  readonly intake: LineIntake;
  readonly status: InstanceStatus;
  readonly backoff: Backoff;
  /** The window's beginning holds for this instance. */
  readonly existed: boolean;
}

export interface ReadRequest {
  readonly follow: boolean;
  readonly previous: boolean;
  /** As LogReadOptions has them. */
  readonly final: boolean;
  readonly confirmed: boolean;
  readonly notAfter: number | undefined;
  /** The stream was ended on purpose. */
  readonly stopped: (why: "idle" | "age" | "paused") => void;
}

export class InstanceReader {
  /** Nothing of the instance has been read to its end or live. */
  isFirst = true;
  private readonly options: InstanceReaderOptions;
  private readonly startedAt: number;
  /** The first line that the server had when a history gave what stands before it. */
  private begins: Timestamp | undefined;
  private beginningTries = 0;
  /** A followed stream of it has been live before. */
  private followed = false;

  constructor(options: InstanceReaderOptions) {
    this.options = options;
    this.startedAt = options.context.clock.monotonic();
  }

  async read(request: ReadRequest): Promise<LogReadResult> {
    const { context, cursor, intake, status } = this.options;
    const { client, clock, signal, window, timeline, path, slots, stats } = context;
    const { follow, previous, final, confirmed, notAfter } = request;
    const connectedAt = clock.monotonic();
    intake.lastData = connectedAt;
    intake.liveSince = undefined;
    const read = new LogRead({
      client,
      path: `${path}/log`,
      query: this.query(follow, previous),
      ...{ cursor, clock, signal, follow, final, confirmed, notAfter },
      maxLineBytes: window.maxLineBytes,
      resumed: cursor.resumeAt !== undefined,
      verify: window.follow ? (before) => status.isServed(before, connectedAt, previous) : undefined,
      line: (buffer, start, end, sec, nsec, cut) => intake.take(buffer, start, end, sec, nsec, cut),
      gap: (next) => intake.gap("rotated", next),
      progress: (bytes) => intake.chunkDone(bytes),
      live: () => {
        if (follow) {
          if (this.followed) stats.reconnects++;
          this.followed = true;
          this.isFirst = false;
          intake.liveSince = clock.monotonic();
        }
        slots.reopens.speedUp();
        slots.firstReads.speedUp();
      },
    });
    const stopWatching = follow ? this.watchAge(connectedAt, read, request) : undefined;
    context.setRead(read);
    if (!context.isReading()) read.pause();
    const result = await read.run();
    context.setRead(undefined);
    stopWatching?.();
    timeline.drain();
    return result;
  }

  /** What the window holds and the server does not have any more comes before the first read, where a history has it. */
  async fillBeginning(): Promise<void> {
    const { context, origin, cursor, intake, existed, backoff } = this.options;
    const { history, window, client, path, clock, signal } = context;
    const { since, tail, maxLineBytes, previous } = window;
    if (!this.isFirst || history === undefined || since === undefined || tail !== undefined) return;
    if (!existed || previous || cursor.newest !== undefined) return;
    while (!signal.aborted && this.beginningTries < BEGINNING_ATTEMPTS) {
      this.beginningTries++;
      try {
        this.begins = await fillBeginning({
          ...{ history, client, origin, maxLineBytes, clock, signal },
          path: `${path}/log`,
          query: this.query(false, false),
          since: "time" in since ? since.time : fromMillis(clock.now() - since.seconds * 1000),
          take: async (line) => {
            if (!context.isReading()) await context.room();
            return intake.takeFilled(line);
          },
        });
        intake.beginsWith(this.begins);
        this.beginningTries = BEGINNING_ATTEMPTS;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // What is wrong shows in the read that follows.
        await clock.sleep(backoff.next(), signal);
      }
    }
  }

  private query(follow: boolean, previous: boolean): Query {
    const { context, cursor, existed } = this.options;
    const { container, window, clock, insecureSkipTlsVerifyBackend } = context;
    return logQuery({
      ...{ container, follow, previous, insecureSkipTlsVerifyBackend, existed },
      window: this.begins === undefined ? window : { ...window, since: { time: this.begins } },
      resumeAt: cursor.resumeAt,
      isFirst: this.isFirst,
      elapsedSeconds: Math.ceil((clock.monotonic() - this.startedAt) / 1000),
    });
  }

  private watchAge(connectedAt: number, read: LogRead, { stopped }: ReadRequest): () => void {
    const { context, intake } = this.options;
    return watchAge({
      clock: context.clock,
      connectedAt,
      isReading: () => context.isReading(),
      lastData: () => intake.lastData,
      stop: (why) => {
        stopped(why);
        read.stop();
      },
    });
  }
}
