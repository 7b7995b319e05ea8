// The segments that open groups hold back: the acknowledged position must rest where no event is cut in two, so that whoever
// reads on from there after a crash forms the same events.

/** A stretch of a generation that counts as delivered when nobody holds it any more (commit/segment.ts). */
export interface SegmentHold {
  retain(): void;
  release(): void;
  /** Ends this segment at the offset `at`, and gives the one behind it, held once. Only the newest segment is split. */
  split(at: number): SegmentHold;
}

/** Groups of two streams that overlap for ever would hold everything back: beyond this many bytes a cut event is risked. */
const MAX_HELD_BYTES = 3 << 20;

export class HeldSegments {
  private readonly segments: SegmentHold[] = [];
  /** Positions at which they begin. */
  private readonly from: number[] = [];

  /** One more hold of all that is held and of `current`, for a batch that goes out. */
  retained(current: SegmentHold | undefined): SegmentHold[] {
    const all = [...this.segments];
    if (current !== undefined) all.push(current);
    for (const segment of all) segment.retain();
    return all;
  }

  /**
   * Behind a batch: holds what lies from `boundary` on (a position), as far as segments allow, and lets go of the rest.
   * `segment` begins at position `begin`, which is offset `begin - base`; `last` is the newest position.
   */
  holdFrom(boundary: number, segment: SegmentHold, begin: number, base: number, last: number): void {
    const rest = boundary > begin ? segment.split(boundary - base) : segment;
    if (rest === segment) segment.retain();
    if (boundary >= begin) this.releaseAll();
    this.segments.push(rest);
    this.from.push(Math.max(boundary, begin));
    while (this.from.length > 1 && this.from[1]! <= boundary && last - this.from[0]! > MAX_HELD_BYTES) {
      this.segments.shift()?.release();
      this.from.shift();
    }
  }

  releaseAll(): void {
    for (const segment of this.segments) segment.release();
    this.segments.length = 0;
    this.from.length = 0;
  }
}
