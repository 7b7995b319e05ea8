// Fills gaps of the live stream from a history. It stands between the timeline and the printer: at a gap it holds the stream,
// asks for the lines that are missing, hands them on, and drops the marker where nothing is missing any more.
import type { Gap, LogLine, Origin, TailItem } from "../../record/log-line.ts";
import { compareTimestamps, type Timestamp } from "../../record/timestamp.ts";
import type { Clock } from "../clock.ts";
import type { LineMark } from "./cursor.ts";
import { HistoryOrigins, type LogHistory } from "./history.ts";
import { LineMarks } from "./line-mark.ts";
import { EDGE_SEC, SpanCutter } from "./span-cutter.ts";
import type { TailStats } from "./tail-stats.ts";

/** A gap of a container's own stream, with what tells its edges. */
export interface TailGap extends Gap {
  /** The last lines taken before it, and the first ones behind it, in the file's order. */
  readonly last: readonly LineMark[];
  readonly next: readonly LineMark[];
  /** Instances that came and went unseen, both included: what is missing is all that they said. */
  readonly unseen: { readonly first: number; readonly last: number } | undefined;
}

export interface GapFillOptions {
  readonly history: LogHistory;
  /** Takes the next item. */
  readonly emit: (item: TailItem) => void;
  /** False while the output is full. `drained()` has to be called when it is not any more. */
  readonly ready: () => boolean;
  /** The stream may go on. */
  readonly resume: () => void;
  /** Bytes, as the stream's lines are cut. */
  readonly maxLineBytes: number;
  /** Lines that come behind newer ones are marked late. */
  readonly marksLate: boolean;
  readonly stats: TailStats;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** An agent stores a line a second or two after it was written. */
const LAG_MS = 3000;
const ASK_AGAIN_MS = 250;
/** A store that lags further behind is not waited for again for so long: its agent may have stopped. */
const LAGGARD_MS = 30_000;

export class GapFill {
  private readonly options: GapFillOptions;
  private readonly marks: LineMarks;
  private waiting: TailItem[] = [];
  /** Gaps whose other edge is not known yet: nothing has been written since the file was rotated. */
  private readonly open = new Map<Origin, TailGap>();
  private working: Promise<void> | undefined;
  /** How long the store may still be waited for while the stream is held. */
  private patienceMs = 0;
  private laggardUntil = Number.NEGATIVE_INFINITY;
  /** The newest line handed on, and the newest of those that were filled in. */
  private newest: Timestamp = { sec: -1, nsec: 0 };
  private newestFilled: Timestamp = { sec: -1, nsec: 0 };
  /** What the output was given last. */
  private offered: TailItem | undefined;
  private failure: { readonly error: unknown } | undefined;
  private wake: () => void = () => undefined;

  constructor(options: GapFillOptions) {
    this.options = options;
    this.marks = new LineMarks(options.maxLineBytes);
  }

  /** Takes the next item of the stream. What comes while it is being held waits its turn. */
  emit(item: TailItem): void {
    if (this.working !== undefined) this.waiting.push(item);
    else if (isFillable(item) || (this.open.size > 0 && this.isAtOpenGap(item))) this.hold([item]);
    else this.pass(item);
  }

  /** False while the stream is held. */
  ready(): boolean {
    return this.working === undefined && this.options.ready();
  }

  /** The output can take more again. */
  drained(): void {
    this.wake();
  }

  /** Resolves when everything is handed on. Rejects with what the output threw. */
  async finished(): Promise<void> {
    while (this.working !== undefined || this.open.size > 0) {
      if (this.working === undefined) this.hold([]);
      await this.working;
    }
    if (this.failure !== undefined) throw this.failure.error;
  }

  private hold(items: TailItem[]): void {
    this.patienceMs = LAG_MS;
    this.working = this.work(items).catch((error: unknown) => this.letGo(error));
  }

  /** What was held goes on as it is. */
  private letGo(error: unknown): void {
    this.failure ??= { error };
    const items = [...this.open.values(), ...this.waiting.splice(0)];
    this.open.clear();
    this.working = undefined;
    for (const step of [...items.map((item) => () => this.pass(item)), this.options.resume]) {
      try {
        step();
      } catch {
        // The first failure is the one to tell.
      }
    }
  }

  private async work(first: TailItem[]): Promise<void> {
    // The stream is held from here on, whatever is done at once.
    await Promise.resolve();
    if (first.length === 0) for (const gap of [...this.open.values()]) await this.closeGap(gap, []);
    for (let items = first; items.length > 0; items = this.waiting.splice(0)) {
      for (const [at, item] of items.entries()) {
        try {
          await this.take(item);
        } catch (error) {
          this.waiting = [...items.slice(this.offered === item ? at + 1 : at), ...this.waiting];
          throw error;
        }
      }
    }
    this.working = undefined;
    this.options.resume();
  }

  private async take(item: TailItem): Promise<void> {
    const open = item.kind === "event" ? undefined : this.open.get(item.origin);
    const isOpen = isFillable(item) && item.cause === "rotated" && item.next.length === 0;
    if (isOpen && (await this.options.history.has(item.origin))) {
      // Of two gaps without a line in between the first tells more.
      if (open === undefined) this.open.set(item.origin, item);
      else this.options.stats.gaps--;
      return;
    }
    if (open !== undefined) await this.closeGap(open, item.kind === "line" ? [this.markOf(item)] : []);
    if (isFillable(item)) return this.fill(item);
    if (!this.options.ready()) await this.room();
    this.pass(item);
  }

  private async closeGap(gap: TailGap, next: readonly LineMark[]): Promise<void> {
    const [first] = next;
    await this.fill({ ...gap, next, before: first && { sec: first.sec, nsec: first.nsec } });
    this.open.delete(gap.origin);
  }

  private isAtOpenGap(item: TailItem): boolean {
    return item.kind !== "event" && this.open.has(item.origin);
  }

  private markOf({ buffer, start, end, sec, nsec }: LogLine): LineMark {
    return { sec, nsec, ...this.marks.hashOf(buffer.subarray(start, end)) };
  }

  private async fill(gap: TailGap): Promise<void> {
    const { history, clock, stats, signal } = this.options;
    const { origin, after, before, last, next, unseen } = gap;
    let filled = 0;
    let isWhole = false;
    let isPartial = false;
    const onPartial = () => {
      isPartial = true;
    };
    if (!signal.aborted && (await history.has(origin))) {
      await this.caughtUp(gap);
      const origins = new HistoryOrigins(origin);
      const cutter = new SpanCutter({ after, last, before, next }, this.marks);
      const take = async (events: readonly LogLine[]) => {
        for (const event of events) {
          if (!this.options.ready()) await this.room();
          filled += 1 + (event.rest?.length ?? 0);
          this.passFilled(origins.adopted(event, clock.monotonic()));
        }
      };
      const span = this.spanOf(gap, moved(after, -EDGE_SEC), moved(before, EDGE_SEC));
      for await (const line of history.lines({ ...span, onPartial })) {
        if (signal.aborted || cutter.isDone) break;
        await take(cutter.push(line));
      }
      if (!signal.aborted) await take(cutter.end());
      // Where nothing follows, there is nothing that the store could show to be missing.
      const isClosed = cutter.foundNext || (gap.cause === "rotated" && next.length === 0);
      isWhole = unseen === undefined && cutter.foundLast && isClosed && !isPartial && !signal.aborted;
    }
    stats.filled += filled;
    if (isWhole) {
      stats.gaps--;
      stats.gapsFilled++;
    } else this.pass(filled === 0 ? gap : { ...gap, filled });
  }

  /** Waits until the store has what stands behind the gap, for as long as a store may lag; all gaps of a hold share that time. */
  private async caughtUp(gap: TailGap): Promise<void> {
    const { history, clock, signal } = this.options;
    const { before } = gap;
    const start = clock.monotonic();
    if (before === undefined || this.patienceMs === 0 || start < this.laggardUntil) return;
    const until = start + this.patienceMs;
    while (!signal.aborted && clock.monotonic() < until) {
      for await (const _ of history.lines(this.spanOf(gap, before, moved(before, EDGE_SEC)))) {
        this.patienceMs = Math.max(0, until - clock.monotonic());
        return;
      }
      await clock.sleep(ASK_AGAIN_MS, signal);
    }
    this.patienceMs = 0;
    this.laggardUntil = clock.monotonic() + LAGGARD_MS;
  }

  private spanOf({ origin, unseen }: TailGap, from: Timestamp | undefined, to: Timestamp | undefined) {
    const restarts = unseen ?? { first: origin.restart, last: origin.restart };
    return { origin, restarts, from, to, signal: this.options.signal };
  }

  private pass(item: TailItem): void {
    if (item.kind === "line" && item.sec >= 0) {
      // The stream marks its own lines; it does not know what was filled in.
      this.markLate(item, this.newestFilled);
      if (compareTimestamps(item, this.newest) > 0) this.newest = { sec: item.sec, nsec: item.nsec };
    }
    this.offered = item;
    this.options.emit(item);
  }

  private passFilled(line: LogLine): void {
    this.markLate(line, this.newest);
    if (compareTimestamps(line, this.newestFilled) > 0) this.newestFilled = { sec: line.sec, nsec: line.nsec };
    this.pass(line);
  }

  private markLate(line: LogLine, newest: Timestamp): void {
    if (!this.options.marksLate || line.late || compareTimestamps(line, newest) >= 0) return;
    line.late = true;
    this.options.stats.late++;
  }

  /** Resolves when the output can take more; at once where all is over. */
  private async room(): Promise<void> {
    const { ready, signal } = this.options;
    while (!signal.aborted && !ready()) {
      await new Promise<void>((resolve) => {
        this.wake = () => {
          signal.removeEventListener("abort", this.wake);
          resolve();
        };
        signal.addEventListener("abort", this.wake, { once: true });
      });
    }
  }
}

function isFillable(item: TailItem): item is TailGap {
  return item.kind === "gap" && (item.cause === "rotated" || item.cause === "instance-gone") && "last" in item;
}

function moved(time: Timestamp | undefined, seconds: number): Timestamp | undefined {
  return time && { sec: time.sec + seconds, nsec: time.nsec };
}
