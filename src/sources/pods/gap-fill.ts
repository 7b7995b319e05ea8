// Fills gaps of the live stream from a history. It stands between the timeline and the printer: at a gap it holds the stream,
// asks for the lines that are missing, hands them on, and drops the marker where nothing is missing any more.
import type { Gap, LogLine, TailItem } from "../../record/log-line.ts";
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
  private working: Promise<void> | undefined;
  private newest: Timestamp = { sec: -1, nsec: 0 };
  private wake: () => void = () => undefined;

  constructor(options: GapFillOptions) {
    this.options = options;
    this.marks = new LineMarks(options.maxLineBytes);
  }

  /** Takes the next item of the stream. What comes while it is being held waits its turn. */
  emit(item: TailItem): void {
    if (this.working !== undefined) this.waiting.push(item);
    else if (isFillable(item)) this.working = this.work(item);
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

  /** Resolves when everything is handed on. */
  async finished(): Promise<void> {
    while (this.working !== undefined) await this.working;
  }

  private async work(gap: TailGap): Promise<void> {
    // The stream is held from here on, whatever is done at once.
    await Promise.resolve();
    for (let items: TailItem[] = [gap]; items.length > 0; items = this.waiting.splice(0)) {
      for (const item of items) {
        if (isFillable(item)) await this.fill(item);
        else {
          if (!this.options.ready()) await this.room();
          this.pass(item);
        }
      }
    }
    this.working = undefined;
    this.options.resume();
  }

  private async fill(gap: TailGap): Promise<void> {
    const { history, clock, stats, signal } = this.options;
    const { origin, after, before, last, next, unseen } = gap;
    let filled = 0;
    let isWhole = false;
    if (!signal.aborted && (await history.has(origin, signal))) {
      await this.caughtUp(gap);
      const origins = new HistoryOrigins(origin);
      const cutter = new SpanCutter({ after, last, before, next }, this.marks);
      const take = async (events: readonly LogLine[]) => {
        for (const event of events) {
          if (!this.options.ready()) await this.room();
          filled += 1 + (event.rest?.length ?? 0);
          this.pass(origins.adopted(event, clock.monotonic()));
        }
      };
      for await (const line of history.lines(this.spanOf(gap, moved(after, -EDGE_SEC), moved(before, EDGE_SEC)))) {
        if (signal.aborted || cutter.isDone) break;
        await take(cutter.push(line));
      }
      if (!signal.aborted) await take(cutter.end());
      isWhole = unseen === undefined && cutter.foundLast && cutter.foundNext;
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
      if (compareTimestamps(item, this.newest) >= 0) this.newest = { sec: item.sec, nsec: item.nsec };
      else if (this.options.marksLate && !item.late) {
        item.late = true;
        this.options.stats.late++;
      }
    }
    this.options.emit(item);
  }

  /** Resolves when the output can take more; at once where all is over. */
  private async room(): Promise<void> {
    const { ready, signal } = this.options;
    while (!signal.aborted && !ready()) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
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
