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

export class GapFill {
  private readonly options: GapFillOptions;
  private readonly marks: LineMarks;
  private waiting: TailItem[] = [];
  /** Gaps whose other edge is not known yet: nothing has been written since the file was rotated. */
  private readonly open = new Map<Origin, TailGap>();
  private working: Promise<void> | undefined;
  /** The newest line handed on, and the newest of those that were filled in. */
  private newest: Timestamp = { sec: -1, nsec: 0 };
  private newestFilled: Timestamp = { sec: -1, nsec: 0 };
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
    this.working = this.work(items).catch((error: unknown) => {
      this.failure ??= { error };
      this.open.clear();
      this.working = undefined;
    });
  }

  private async work(first: TailItem[]): Promise<void> {
    // The stream is held from here on, whatever is done at once.
    await Promise.resolve();
    if (first.length === 0) for (const gap of [...this.open.values()]) await this.closeGap(gap, []);
    for (let items = first; items.length > 0; items = this.waiting.splice(0)) {
      for (const item of items) await this.take(item);
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
    this.open.delete(gap.origin);
    const [first] = next;
    await this.fill({ ...gap, next, before: first && { sec: first.sec, nsec: first.nsec } });
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
      for await (const line of history.lines(this.spanOf(gap, moved(after, -EDGE_SEC), moved(before, EDGE_SEC)))) {
        if (signal.aborted || cutter.isDone) break;
        await take(cutter.push(line));
      }
      if (!signal.aborted) await take(cutter.end());
      // Where nothing follows, there is nothing that the store could show to be missing.
      const isClosed = cutter.foundNext || (gap.cause === "rotated" && next.length === 0);
      isWhole = unseen === undefined && cutter.foundLast && isClosed && !signal.aborted;
    }
    stats.filled += filled;
    if (isWhole) {
      stats.gaps--;
      stats.gapsFilled++;
    } else this.pass(filled === 0 ? gap : { ...gap, filled });
  }

  /** Waits until the store has what stands behind the gap, for as long as a store may lag. */
  private async caughtUp(gap: TailGap): Promise<void> {
    const { history, clock, signal } = this.options;
    const { before } = gap;
    const until = clock.monotonic() + LAG_MS;
    while (!signal.aborted && clock.monotonic() < until) {
      if (before !== undefined) {
        for await (const _ of history.lines(this.spanOf(gap, before, moved(before, EDGE_SEC)))) return;
      }
      await clock.sleep(ASK_AGAIN_MS, signal);
    }
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
