import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stepFor, widerStep } from "../../../src/query/pipes/histogram-steps.ts";
import { TimeBuckets } from "../../../src/query/pipes/time-buckets.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function startsOf(everyMs: number, zone: string, from: string, to: string): string[] {
  const buckets = new TimeBuckets(everyMs, zone);
  const starts: string[] = [];
  const end = Date.parse(to);
  for (let start = buckets.of(Date.parse(from) / 1000, 0); start < end; start = buckets.after(start)) {
    starts.push(new Date(start).toISOString().slice(5, 16));
  }
  return starts;
}

describe("buckets begin where the zone's clocks say", () => {
  test("days at midnight, 23 and 25 hours long where clocks change", () => {
    expect(startsOf(DAY, "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-31T00:00:00Z")).toEqual([
      "03-27T23:00",
      "03-28T23:00",
      "03-29T22:00",
      "03-30T22:00",
    ]);
    expect(startsOf(DAY, "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-27T00:00:00Z")).toEqual([
      "10-23T22:00",
      "10-24T22:00",
      "10-25T23:00",
      "10-26T23:00",
    ]);
  });

  test("an hour that clocks show twice is two buckets, one that they skip is none", () => {
    expect(startsOf(HOUR, "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z")).toEqual([
      "10-25T00:00",
      "10-25T01:00",
      "10-25T02:00",
    ]);
    expect(startsOf(6 * HOUR, "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-26T00:00:00Z")).toEqual([
      "10-24T22:00",
      "10-25T05:00",
      "10-25T11:00",
      "10-25T17:00",
      "10-25T23:00",
    ]);
    expect(startsOf(2 * HOUR, "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T06:00:00Z")).toEqual([
      "03-28T23:00",
      "03-29T01:00",
      "03-29T02:00",
      "03-29T04:00",
    ]);
  });

  test("half-hour zones have their full hours, weeks begin on Mondays, odd steps are counted from the epoch", () => {
    expect(startsOf(HOUR, "Asia/Kolkata", "2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z")).toEqual([
      "11-21T09:30",
      "11-21T10:30",
    ]);
    expect(startsOf(7 * DAY, "UTC", "2026-11-21T10:00:00Z", "2026-11-24T00:00:00Z")).toEqual([
      "11-16T00:00",
      "11-23T00:00",
    ]);
    expect(new TimeBuckets(7 * 60_000, "Europe/Berlin").of(1_795_255_200, 0) % (7 * 60_000)).toBe(0);
    expect(new TimeBuckets(250, "UTC").of(10, 760_000_000)).toBe(10_750);
    expect(new TimeBuckets(1500, "UTC").of(4, 400_000_000)).toBe(3000);
  });

  test("every instant lies in its bucket, and what was asked before does not matter", () => {
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe");
    const every = fc.constantFrom(
      1000,
      5000,
      60_000,
      600_000,
      HOUR,
      2 * HOUR,
      3 * HOUR,
      12 * HOUR,
      DAY,
      7 * DAY,
      90_000,
    );
    // 2026, around both changes of clocks.
    const sec = fc.oneof(
      fc.integer({ min: 1_767_225_600, max: 1_798_761_600 }),
      fc.integer({ min: 1_774_700_000, max: 1_774_800_000 }),
      fc.integer({ min: 1_792_850_000, max: 1_792_950_000 }),
    );
    fc.assert(
      fc.property(zone, every, fc.array(sec, { minLength: 1, maxLength: 20 }), (inZone, step, times) => {
        const used = new TimeBuckets(step, inZone);
        for (const time of times) {
          const start = used.of(time, 0);
          const fresh = new TimeBuckets(step, inZone);
          expect(start).toBe(fresh.of(time, 0));
          expect(start).toBeLessThanOrEqual(time * 1000);
          // Lord Howe's clocks change by half an hour, in the middle of a full one.
          if (inZone !== "Australia/Lord_Howe") expect(fresh.after(start)).toBeGreaterThan(time * 1000);
          expect(fresh.after(start)).toBeGreaterThan(start);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("steps of histograms", () => {
  test.each([
    [60_000, 60, 2000],
    [900_000, 60, 30_000],
    [HOUR, 61, 60_000],
    [6 * HOUR, 60, 600_000],
    [DAY, 60, 1_800_000],
    [7 * DAY, 60, 3 * HOUR],
    [365 * DAY, 60, 7 * DAY],
    [3650 * DAY, 60, 63 * DAY],
    [0, 60, 1000],
  ])("%i ms in %i bars: %i", (range, bars, step) => {
    expect(stepFor(range, bars)).toBe(step);
  });

  test("a wider step takes whole ones together", () => {
    for (let step = 1000; step < 40 * DAY; step = widerStep(step)) expect(widerStep(step) % step).toBe(0);
  });
});
