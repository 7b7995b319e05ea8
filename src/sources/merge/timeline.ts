// Many ordered streams become one: a k-way merge while the past is read, a bounded reorder window while it is live.
import type { TailItem } from "../../record/log-line.ts";
import { compareTimestamps, fromMillis, type Timestamp } from "../../record/timestamp.ts";
import type { Clock } from "../clock.ts";

export type Order =
  /** By time, within the window: a line that comes later than that is printed at once and marked late. */
  | "time"
  /** As lines come in. */
  | "arrival"
  /** By time with all sources open from the start, and a window ten times as long. */
  | "strict";

export interface TimelineOptions {
  readonly order: Order;
  /** How long a live line may wait for older ones, milliseconds. */
  readonly windowMs: number;
  readonly clock: Clock;
  /** Takes the next item. */
  readonly emit: (item: TailItem) => void;
  /** False while the reader of the output is slow: nothing is emitted, lanes fill, and their streams are held back. */
  readonly ready: () => boolean;
  /** Bytes that all lanes together may hold. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;
const LANE_BYTES = { least: 32 * 1024, most: 128 * 1024 };
/** What an item costs beside its text. */
const ITEM_BYTES = 128;

export class Timeline {
  private readonly options: TimelineOptions;
  private readonly windowMs: number;
  private readonly lanes = new Set<Lane>();
  /** Lanes with items, the one with the oldest head first. */
  private readonly heap: Lane[] = [];
  private awaited = 0;
  private printedSec = -1;
  private printedNsec = 0;
  private cancelTimer: (() => void) | undefined;
  private timerAt = Number.POSITIVE_INFINITY;
  private draining = false;
  private serial = 0;
  /** Items held by all lanes. */
  waiting = 0;
  /** Lines that were printed behind newer ones. */
  late = 0;

  constructor(options: TimelineOptions) {
    this.options = options;
    this.windowMs = options.order === "strict" ? options.windowMs * 10 : options.windowMs;
  }

  /**
   * A lane for one source. While it is `awaited` (its past is being read), nothing is printed before its next item or its end is known.
   * `flow` tells the source to stop and go on reading.
   */
  open(options: { awaited: boolean; flow: (reading: boolean) => void }): Lane {
    const lane = new Lane(this, this.serial++, options.flow, this.options.clock.monotonic());
    this.lanes.add(lane);
    if (options.awaited && this.options.order !== "arrival") this.await(lane);
    return lane;
  }

  /** Emits all that may go out now. To be called when the output can take more again. */
  drain(): void {
    if (this.draining) return;
    this.draining = true;
    const { ready, order } = this.options;
    const now = this.options.clock.monotonic();
    let limit: Timestamp | undefined;
    let scanned = false;
    while (this.heap.length > 0 && this.awaited === 0 && ready()) {
      const lane = this.heap[0]!;
      if (order !== "arrival" && !lane.awaited && !lane.closed) {
        limit ??= this.watermark();
        if (isAfter(lane, limit)) {
          const expired = scanned ? undefined : this.expired(now);
          scanned = true;
          if (expired === undefined || isAfter(lane, expired)) {
            this.wakeAt(this.earliestArrival() + this.windowMs, now);
            break;
          }
          limit = expired;
          scanned = false;
        }
      }
      this.emit(lane, order);
    }
    this.draining = false;
  }

  /** Another batch of sources begins, whose past may be older than what was printed: that is not late. */
  beginBatch(): void {
    this.printedSec = -1;
    this.printedNsec = 0;
  }

  /** Emits everything that is left, in order, whatever is missing. */
  flush(): void {
    for (const lane of this.lanes) this.unawait(lane);
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    while (this.heap.length > 0) this.emit(this.heap[0]!, this.options.order);
  }

  private emit(lane: Lane, order: Order): void {
    const { headSec, headNsec } = lane;
    const item = lane.shift();
    this.waiting--;
    if (lane.length === 0) {
      this.removeTop();
      if (lane.awaited) this.awaited++;
      if (lane.closed) this.lanes.delete(lane);
    } else this.siftDown(0);
    if (headSec > this.printedSec || (headSec === this.printedSec && headNsec >= this.printedNsec)) {
      this.printedSec = headSec;
      this.printedNsec = headNsec;
    } else if (item.kind === "line" && order !== "arrival" && headSec >= 0) {
      item.late = true;
      this.late++;
    }
    this.options.emit(item);
  }

  /** @internal */
  pushed(lane: Lane): void {
    this.waiting++;
    if (lane.length > 1) return;
    if (lane.awaited) this.awaited--;
    this.heap.push(lane);
    this.siftUp(this.heap.length - 1);
  }

  /** @internal */
  ended(lane: Lane): void {
    this.unawait(lane);
    if (lane.length === 0) this.lanes.delete(lane);
  }

  /** @internal */
  unawait(lane: Lane): void {
    if (!lane.awaited) return;
    lane.awaited = false;
    if (lane.length === 0) this.awaited--;
  }

  /** @internal */
  await(lane: Lane): void {
    if (lane.awaited || lane.closed) return;
    lane.awaited = true;
    if (lane.length === 0) this.awaited++;
  }

  /** @internal Bytes that a lane may hold before its stream is stopped. */
  get laneBytes(): number {
    const share = (this.options.maxBytes ?? DEFAULT_MAX_BYTES) / Math.max(1, this.lanes.size);
    return Math.min(LANE_BYTES.most, Math.max(LANE_BYTES.least, share));
  }

  /** Every open source has got at least this far; an idle one counts as having got to the window's edge. */
  private watermark(): Timestamp {
    const idle = fromMillis(this.options.clock.now() - this.windowMs);
    let least: Timestamp | undefined;
    for (const lane of this.lanes) {
      if (lane.closed || lane.idle) continue;
      const last = { sec: lane.lastSec, nsec: lane.lastNsec };
      const reached = compareTimestamps(last, idle) > 0 ? last : idle;
      if (least === undefined || compareTimestamps(reached, least) < 0) least = reached;
    }
    return least ?? idle;
  }

  /** The newest line that has waited as long as the window; what is older must go out with it. */
  private expired(now: number): Timestamp | undefined {
    let newest: Timestamp | undefined;
    for (const lane of this.heap) {
      const key = lane.newestArrivedBy(now - this.windowMs);
      if (key !== undefined && (newest === undefined || compareTimestamps(key, newest) > 0)) newest = key;
    }
    return newest;
  }

  private earliestArrival(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const lane of this.heap) if (lane.headArrival < earliest) earliest = lane.headArrival;
    return earliest;
  }

  private wakeAt(at: number, now: number): void {
    if (this.cancelTimer !== undefined && this.timerAt <= at) return;
    this.cancelTimer?.();
    this.timerAt = at;
    this.cancelTimer = this.options.clock.timer(Math.max(1, at - now), () => {
      this.cancelTimer = undefined;
      this.drain();
    });
  }

  private before(a: Lane, b: Lane): boolean {
    if (a.headSec !== b.headSec) return a.headSec < b.headSec;
    if (a.headNsec !== b.headNsec) return a.headNsec < b.headNsec;
    return a.serial < b.serial;
  }

  private siftUp(from: number): void {
    const { heap } = this;
    const lane = heap[from]!;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(lane, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = lane;
  }

  private siftDown(from: number): void {
    const { heap } = this;
    const lane = heap[from]!;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.before(heap[child]!, lane)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = lane;
  }

  private removeTop(): void {
    const last = this.heap.pop()!;
    if (this.heap.length > 0) {
      this.heap[0] = last;
      this.siftDown(0);
    }
  }
}

/** The items of one source that wait for their turn. Their order among themselves never changes. */
export class Lane {
  private readonly timeline: Timeline;
  private readonly flow: (reading: boolean) => void;
  private items: TailItem[] = [];
  private first = 0;
  private bytes = 0;
  private reading = true;
  readonly serial: number;
  awaited = false;
  closed = false;
  /** A source that waits for its container: it holds nobody up. */
  idle = false;
  // Plain numbers: they are compared for every line.
  headSec = -1;
  headNsec = 0;
  lastSec = -1;
  lastNsec = 0;
  headArrival = 0;

  constructor(timeline: Timeline, serial: number, flow: (reading: boolean) => void, openedAt: number) {
    this.timeline = timeline;
    this.serial = serial;
    this.flow = flow;
    this.headArrival = openedAt;
  }

  get length(): number {
    return this.items.length - this.first;
  }

  /** Adds an item; call `timeline.drain()` after the last of a batch. */
  push(item: TailItem): void {
    const key = item.kind === "line" ? item : item.at;
    this.items.push(item);
    this.reached(key.sec, key.nsec);
    if (this.length === 1) this.takeHead();
    this.bytes += bytesOf(item);
    this.timeline.pushed(this);
    if (this.reading && this.bytes > this.timeline.laneBytes) {
      this.reading = false;
      this.flow(false);
    }
  }

  /** The source has got to this time, though the item itself is not here yet. */
  reached(sec: number, nsec: number): void {
    if (sec < this.lastSec || (sec === this.lastSec && nsec <= this.lastNsec)) return;
    this.lastSec = sec;
    this.lastNsec = nsec;
  }

  /** From now on the timeline waits for this lane (its past is being read). */
  await(): void {
    this.timeline.await(this);
  }

  /** Its past is read, or it takes too long: it holds nobody up any more. */
  unawait(): void {
    this.timeline.unawait(this);
  }

  /** Milliseconds for which others have waited for its next item; 0 when nobody does. */
  silentFor(now: number): number {
    return this.awaited && this.length === 0 ? now - this.headArrival : 0;
  }

  /** No more items will come. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.timeline.ended(this);
  }

  /** @internal */
  shift(): TailItem {
    const item = this.items[this.first]!;
    this.items[this.first] = undefined as never;
    this.first++;
    this.bytes -= bytesOf(item);
    if (this.first === this.items.length) {
      this.items = [];
      this.first = 0;
    } else {
      if (this.first > 4096 && this.first * 2 > this.items.length) {
        this.items = this.items.slice(this.first);
        this.first = 0;
      }
      this.takeHead();
    }
    if (!this.reading && this.bytes < this.timeline.laneBytes / 2) {
      this.reading = true;
      this.flow(true);
    }
    return item;
  }

  /** @internal The greatest key among the leading items that arrived by `time`. */
  newestArrivedBy(time: number): Timestamp | undefined {
    if (this.length === 0 || this.headArrival > time) return undefined;
    let newest: Timestamp = { sec: this.headSec, nsec: this.headNsec };
    for (let i = this.first; i < this.items.length; i++) {
      const item = this.items[i]!;
      if (item.kind !== "line") continue;
      if (item.arrival > time) break;
      if (compareTimestamps(item, newest) > 0) newest = item;
    }
    return newest;
  }

  private takeHead(): void {
    const head = this.items[this.first]!;
    const key = head.kind === "line" ? head : head.at;
    // The file's order holds within a source: a line that is older than the one before it goes right behind it.
    if (key.sec > this.headSec || (key.sec === this.headSec && key.nsec > this.headNsec)) {
      this.headSec = key.sec;
      this.headNsec = key.nsec;
    }
    if (head.kind === "line") this.headArrival = head.arrival;
  }
}

function isAfter(lane: Lane, limit: Timestamp): boolean {
  return lane.headSec > limit.sec || (lane.headSec === limit.sec && lane.headNsec > limit.nsec);
}

function bytesOf(item: TailItem): number {
  if (item.kind !== "line") return ITEM_BYTES;
  let bytes = item.end - item.start + ITEM_BYTES;
  if (item.rest !== undefined) for (const line of item.rest) bytes += line.end - line.start + ITEM_BYTES;
  return bytes;
}
