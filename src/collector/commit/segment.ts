// Which bytes of a generation are delivered: segments are released in any order, the acknowledged position moves in file order.

/** Bytes that were read and are not delivered yet: one count for the whole agent, which the budget looks at. */
export class InFlight {
  bytes = 0;
}

/** One read chunk, held as long as anything of it is on its way. Made by `AckTracker.open`, with one hold. */
export class Segment {
  readonly start: number;
  private readonly tracker: AckTracker;
  private until: number;
  private holds = 1;
  /** The next segment of the same generation. */
  next: Segment | undefined;

  constructor(tracker: AckTracker, start: number, end: number) {
    this.tracker = tracker;
    this.start = start;
    this.until = end;
  }

  get end(): number {
    return this.until;
  }

  get pending(): number {
    return this.holds;
  }

  retain(count = 1): void {
    if (this.holds === 0) throw new Error(`segment [${this.start}, ${this.until}) is retained after its last release`);
    this.holds += count;
  }

  release(): void {
    if (this.holds === 0) throw new Error(`segment [${this.start}, ${this.until}) is released twice`);
    this.holds -= 1;
    if (this.holds === 0) this.tracker.settle();
  }

  /** Takes in more bytes behind it, as long as it is held and no segment follows. */
  extend(end: number): void {
    if (this.holds === 0) throw new Error(`segment [${this.start}, ${this.until}) is extended after its last release`);
    this.tracker.extend(this, end);
    this.until = end;
  }

  /** Ends at `at` from now on, and gives the segment behind it, held once; as long as it is held and no segment follows. */
  split(at: number): Segment {
    if (this.holds === 0) throw new Error(`segment [${this.start}, ${this.until}) is split after its last release`);
    const end = this.until;
    this.tracker.shrink(this, at);
    this.until = at;
    return this.tracker.open(at, end);
  }
}

/** The segments of one generation, oldest first. Its memory is that of the segments on their way, whatever number of lines they hold. */
export class AckTracker {
  private readonly total: InFlight;
  private readonly acknowledged: (position: number) => void;
  private head: Segment | undefined;
  private tail: Segment | undefined;
  private bytes = 0;

  /** `acknowledged` hears each new position: everything before it is delivered to every sink. */
  constructor(total: InFlight, acknowledged: (position: number) => void) {
    this.total = total;
    this.acknowledged = acknowledged;
  }

  get inFlight(): number {
    return this.bytes;
  }

  open(start: number, end: number): Segment {
    const before = this.tail?.end ?? 0;
    if (start < before || end < start) throw new Error(`segment [${start}, ${end}) is opened behind byte ${before}`);
    const segment = new Segment(this, start, end);
    if (this.tail === undefined) this.head = segment;
    else this.tail.next = segment;
    this.tail = segment;
    this.count(end - start);
    return segment;
  }

  /** Segment's: it is going to end at `end`. */
  extend(segment: Segment, end: number): void {
    if (segment !== this.tail || end < segment.end) {
      throw new Error(`segment [${segment.start}, ${segment.end}) cannot be extended to ${end}`);
    }
    this.count(end - segment.end);
  }

  /** Segment's: it is going to end at `end`, and the bytes behind are taken by another one. */
  shrink(segment: Segment, end: number): void {
    if (segment !== this.tail || end <= segment.start || end >= segment.end) {
      throw new Error(`segment [${segment.start}, ${segment.end}) cannot be split at ${end}`);
    }
    this.count(end - segment.end);
  }

  /** Segment's: one of them has no hold any more. */
  settle(): void {
    let position: number | undefined;
    while (this.head !== undefined && this.head.pending === 0) {
      position = this.head.end;
      this.count(this.head.start - this.head.end);
      this.head = this.head.next;
    }
    if (this.head === undefined) this.tail = undefined;
    if (position !== undefined) this.acknowledged(position);
  }

  /** Nobody waits for its segments any more: they count no longer, and what is released later moves nothing. */
  abandon(): void {
    this.count(-this.bytes);
    this.head = undefined;
    this.tail = undefined;
  }

  private count(bytes: number): void {
    this.bytes += bytes;
    this.total.bytes += bytes;
  }
}
