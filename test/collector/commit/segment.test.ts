import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AckTracker, InFlight, type Segment } from "../../../src/collector/commit/segment.ts";

function tracked(total = new InFlight()) {
  const positions: number[] = [];
  return { total, positions, tracker: new AckTracker(total, (position) => positions.push(position)) };
}

describe("a segment", () => {
  test("is acknowledged up to its end when its last hold is released", () => {
    const { tracker, positions } = tracked();
    const segment = tracker.open(100, 250);
    segment.retain(2);
    segment.release();
    segment.release();
    expect(positions).toEqual([]);
    expect(tracker.inFlight).toBe(150);
    segment.release();
    expect(positions).toEqual([250]);
    expect(tracker.inFlight).toBe(0);
  });

  test("waits for the segments before it, and then all go in one step", () => {
    const { tracker, positions } = tracked();
    const [a, b, c, d] = [0, 10, 20, 30].map((start) => tracker.open(start, start + 10)) as [Segment, ...Segment[]];
    c!.release();
    b!.release();
    expect(positions).toEqual([]);
    expect(tracker.inFlight).toBe(40);
    a.release();
    expect(positions).toEqual([30]);
    expect(tracker.inFlight).toBe(10);
    d!.release();
    expect(positions).toEqual([30, 40]);
  });

  test("takes in the rest of a group while it is the last one", () => {
    const { tracker, positions } = tracked();
    const segment = tracker.open(0, 10);
    segment.extend(25);
    expect(tracker.inFlight).toBe(25);
    segment.release();
    expect(positions).toEqual([25]);
    const first = tracker.open(25, 30);
    tracker.open(30, 40);
    expect(() => first.extend(35)).toThrow("cannot be extended");
  });

  test("that is released or retained once too often is a bug, and says so", () => {
    const { tracker, positions } = tracked();
    const segment = tracker.open(0, 10);
    segment.release();
    expect(() => segment.release()).toThrow("segment [0, 10) is released twice");
    expect(() => segment.retain()).toThrow("retained after its last release");
    expect(() => segment.extend(20)).toThrow("extended after its last release");
    expect(positions).toEqual([10]);
  });

  test("cannot be opened over bytes that are in flight", () => {
    const { tracker } = tracked();
    tracker.open(0, 10);
    expect(() => tracker.open(5, 20)).toThrow("opened behind byte 10");
    expect(() => tracker.open(20, 15)).toThrow("opened behind byte 10");
  });

  test("may be opened from the callback that says the one before is delivered", () => {
    const seen: number[] = [];
    const tracker: AckTracker = new AckTracker(new InFlight(), (position) => {
      seen.push(position);
      if (position < 30) tracker.open(position, position + 10).release();
    });
    tracker.open(0, 10).release();
    expect(seen).toEqual([10, 20, 30]);
    expect(tracker.inFlight).toBe(0);
  });
});

test("the position never passes an open hold and never moves back, whatever the order of releases", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 30 }),
      fc.infiniteStream(fc.nat(1000)),
      (shapes, chances) => {
        const total = new InFlight();
        const { tracker, positions } = tracked(total);
        const other = new AckTracker(total, () => {});
        other.open(0, 7);
        let end = 0;
        const open = shapes.map(([length, holds]) => {
          const segment = tracker.open(end, end + length);
          end += length;
          segment.retain(holds - 1);
          return { segment, holds };
        });
        const bytes = end;
        let acked = 0;
        while (open.some(({ holds }) => holds > 0)) {
          const held = open.filter(({ holds }) => holds > 0);
          const one = held[chances.next().value! % held.length]!;
          one.holds -= 1;
          one.segment.release();
          const first = open.find(({ holds }) => holds > 0);
          const now = positions.at(-1) ?? 0;
          expect(now).toBeGreaterThanOrEqual(acked);
          expect(now).toBeLessThanOrEqual(first?.segment.start ?? bytes);
          if (first === undefined) expect(now).toBe(bytes);
          acked = now;
          expect(tracker.inFlight).toBe(bytes - acked);
          expect(total.bytes).toBe(bytes - acked + 7);
        }
      },
    ),
    { numRuns: 200 },
  );
});
