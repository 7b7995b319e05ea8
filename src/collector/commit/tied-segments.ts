// A segment that takes another one with it: what comes before must not count as delivered without what comes behind.
import type { SegmentHold } from "../decode/joiner-segments.ts";

export class TiedSegments implements SegmentHold {
  private readonly before: SegmentHold;
  private readonly segment: SegmentHold;

  /** Takes over one hold of each. */
  constructor(before: SegmentHold, segment: SegmentHold) {
    this.before = before;
    this.segment = segment;
  }

  retain(): void {
    this.before.retain();
    this.segment.retain();
  }

  /** The one behind first: the position moves over both at once. */
  release(): void {
    this.segment.release();
    this.before.release();
  }

  split(at: number): SegmentHold {
    return this.segment.split(at);
  }
}
