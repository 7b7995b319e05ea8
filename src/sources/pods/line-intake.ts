// Takes the new lines of one instance: counts them, keeps to the window, joins stack traces, and puts them on the instance's lane.
import type { GapCause, LogLine, Marker, Origin } from "../../record/log-line.ts";
import type { LineJoiner } from "../../record/multiline.ts";
import { compareTimestamps, fromMillis, type Timestamp } from "../../record/timestamp.ts";
import type { Clock } from "../clock.ts";
import type { Lane, Timeline } from "../merge/timeline.ts";
import type { Cursor, LineMark } from "./cursor.ts";
import type { TailGap } from "./gap-fill.ts";
import type { TailWindow } from "./log-query.ts";
import { EDGE_MARKS } from "./span-cutter.ts";
import type { TailStats } from "./tail-stats.ts";

export interface LineIntakeOptions {
  readonly origin: Origin;
  readonly cursor: Cursor;
  readonly window: TailWindow;
  /** The window's beginning holds for this instance. */
  readonly existed: boolean;
  readonly lane: Lane;
  readonly timeline: Timeline;
  readonly joiner: LineJoiner | undefined;
  readonly stats: TailStats;
  readonly clock: Clock;
  /** Adds a line to what the container has given over all instances. */
  readonly count: (bytes: number) => { lines: number; bytes: number };
  /** The window is filled: nothing more is wanted of the container. */
  readonly satisfy: () => void;
}

/** A line that may begin a trace is held until the next one shows that it does not, but no longer than this. */
const JOIN_WAIT_MS = 100;
const SETTLED_MS = 2000;

export class LineIntake {
  /** The time of the first line taken. */
  firstLine: Timestamp | undefined;
  /** Lines taken. */
  taken = 0;
  /** When data came last, milliseconds of the monotonic clock. */
  lastData = 0;
  /** Since when lines come as they are written, milliseconds of the monotonic clock. */
  liveSince: number | undefined;
  private readonly options: LineIntakeOptions;
  private arrival: number | undefined;
  /** What stands before it was filled in already. */
  private begins: Timestamp | undefined;
  private cancelJoin: (() => void) | undefined;

  constructor(options: LineIntakeOptions) {
    this.options = options;
  }

  /** Takes a line; false when no more is wanted. */
  take(buffer: Buffer, start: number, end: number, sec: number, nsec: number, cut: number): boolean {
    const { window, existed, stats, lane, origin, cursor, joiner, satisfy } = this.options;
    const { since, until } = window;
    if (sec >= 0) {
      if (until !== undefined && (sec > until.sec || (sec === until.sec && nsec > until.nsec))) {
        // Lines of two pipes may be a little out of order: only a second later is it certain that no more will come.
        if (sec <= until.sec + 1) return true;
        satisfy();
        return false;
      }
      if (existed && since !== undefined && "time" in since && compareTimestamps({ sec, nsec }, since.time) < 0)
        return true;
      if (this.begins !== undefined) {
        const distance = compareTimestamps({ sec, nsec }, this.begins);
        if (distance < 0) return true;
        if (distance > 0) this.gapAtBeginning(cursor.lastMarks(1));
        this.begins = undefined;
      }
      this.firstLine ??= { sec, nsec };
    }
    stats.received++;
    this.taken++;
    if (cut > 0) {
      stats.cutLines++;
      stats.cutBytes += cut;
    }
    const place = this.count(end - start + 1);
    if (place === "too many") return false;
    const line: LogLine = {
      kind: "line",
      origin,
      sec,
      nsec,
      buffer,
      start,
      end,
      cut,
      arrival: this.arrival ?? this.arrived(sec, nsec),
      rest: undefined,
      late: false,
    };
    if (joiner === undefined) lane.push(line);
    else {
      const wasHeld = joiner.pending;
      const event = joiner.push(line);
      if (event !== undefined) lane.push(event);
      // A line that is held tells all the same how far its source has got.
      if (event !== undefined || !wasHeld) lane.reached(sec, nsec);
    }
    if (place !== "last") return true;
    satisfy();
    return false;
  }

  /** Takes an event that a history gave; false when no more is wanted. */
  takeFilled(event: LogLine): boolean {
    const { window, stats, lane, timeline, satisfy } = this.options;
    const { until } = window;
    if (until !== undefined && compareTimestamps(event, until) > 0) return event.sec <= until.sec + 1;
    const lines = [event, ...(event.rest ?? [])];
    let kept = 0;
    let place: ReturnType<LineIntake["count"]>;
    for (const { start, end } of lines) {
      place = this.count(end - start + 1);
      if (place === "too many") break;
      kept++;
      if (place === "last") break;
    }
    stats.filled += kept;
    if (kept > 0) {
      lane.push(kept === lines.length ? event : { ...event, rest: kept === 1 ? undefined : lines.slice(1, kept) });
      timeline.drain();
    }
    if (place === undefined) return true;
    satisfy();
    return false;
  }

  /** The next line to be taken is the one of this time: what stands before it was filled in. */
  beginsWith(time: Timestamp | undefined): void {
    this.begins = time;
  }

  /** Counts a line where the window limits them: the last one that is wanted, or one too many, which leaves a marker. */
  private count(bytes: number): "last" | "too many" | undefined {
    const { window, cursor, satisfy } = this.options;
    if (window.head === undefined && window.limitBytes === undefined) return undefined;
    const all = this.options.count(bytes);
    if (window.limitBytes !== undefined && all.bytes > window.limitBytes) {
      this.gap("truncated", cursor.lastMarks(1));
      satisfy();
      return "too many";
    }
    return all.lines === window.head ? "last" : undefined;
  }

  /** The lines of a chunk have been taken. */
  chunkDone(bytes: number): void {
    const { stats, joiner, timeline, clock } = this.options;
    this.arrival = undefined;
    this.lastData = clock.monotonic();
    stats.bytes += bytes;
    if (joiner?.pending) this.joinSoon();
    timeline.drain();
  }

  /** Lines are missing behind the last one taken and before `next`, the first ones that follow. */
  gap(cause: GapCause, next: readonly LineMark[] = [], unseen?: TailGap["unseen"]): void {
    const { stats, clock, origin, cursor } = this.options;
    const after = cursor.newest;
    const [first] = next;
    const before = first && { sec: first.sec, nsec: first.nsec };
    if (cause !== "truncated") stats.gaps++;
    const gap: TailGap = {
      ...{ kind: "gap", origin, at: after ?? before ?? fromMillis(clock.now()), after, before, cause },
      ...{ last: cursor.lastMarks(EDGE_MARKS), next, unseen },
    };
    this.marker(gap);
  }

  /** The file was rotated since its first line was asked for: `begins` is the first that is missing. */
  private gapAtBeginning(next: readonly LineMark[]): void {
    const { origin, stats } = this.options;
    const { sec, nsec } = this.begins!;
    const after = nsec === 0 ? { sec: sec - 1, nsec: 999_999_999 } : { sec, nsec: nsec - 1 };
    const gap: TailGap = {
      ...{ kind: "gap", origin, at: after, after, before: next[0], cause: "rotated" },
      ...{ last: [], next, unseen: undefined },
    };
    stats.gaps++;
    this.marker(gap);
  }

  /** Puts a marker behind all lines taken so far. */
  marker(marker: Marker): void {
    this.flush();
    this.options.lane.push(marker);
  }

  /** Nothing more comes: what is held goes out, and behind it that the instance is done. */
  close(at: Timestamp): void {
    const { lane, origin } = this.options;
    this.cancelJoin?.();
    this.flush();
    lane.push({ kind: "closed", origin, at });
  }

  private flush(): void {
    const event = this.options.joiner?.flush();
    if (event !== undefined) this.options.lane.push(event);
  }

  /** One clock reading serves all lines of a chunk. */
  private arrived(sec: number, nsec: number): number {
    const { clock, stats, origin } = this.options;
    this.arrival = clock.monotonic();
    // What comes right after a stream was opened may have been written long before.
    if (sec >= 0 && this.liveSince !== undefined && this.arrival - this.liveSince > SETTLED_MS)
      stats.skew(origin.node, clock.now() - (sec * 1000 + nsec / 1e6));
    return this.arrival;
  }

  private joinSoon(): void {
    const { window, clock, timeline } = this.options;
    if (this.cancelJoin !== undefined || !window.follow) return;
    this.cancelJoin = clock.timer(JOIN_WAIT_MS, () => {
      this.cancelJoin = undefined;
      if (clock.monotonic() - this.lastData < JOIN_WAIT_MS) return this.joinSoon();
      this.flush();
      timeline.drain();
    });
  }
}
