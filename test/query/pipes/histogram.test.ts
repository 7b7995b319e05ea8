import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HistogramAggregation, type HistogramOptions } from "../../../src/query/pipes/histogram.ts";
import { LEVELS } from "../../../src/record/level-names.ts";
import { makeOrigin } from "../../output/make-line.ts";
import { makeRecord, NOON, planOf, rowsOf, tableOf } from "./records.ts";

function histogramOf(changes: Partial<HistogramOptions> = {}): HistogramAggregation {
  return new HistogramAggregation({
    everyMs: undefined,
    by: undefined,
    from: undefined,
    to: undefined,
    now: NOON * 1000,
    zone: "UTC",
    maxBars: 60,
    ...changes,
  });
}

const at = (sec: number) => ({ sec, nsec: 0 });

describe("histogram", () => {
  test("covers the search's range in steps that fit, empty ones too", () => {
    const histogram = histogramOf({ from: at(NOON - 3600), to: at(NOON), maxBars: 61 });
    histogram.add(makeRecord({ sec: NOON - 1800, level: "error" }));
    histogram.add(makeRecord({ sec: NOON - 1790, level: "info" }));
    histogram.add(makeRecord({ sec: NOON }));
    const { stepMs, bars, total, series } = histogram.histogram();
    expect(stepMs).toBe(60_000);
    expect(bars.length).toBe(61);
    expect(bars[0]!.start).toBe((NOON - 3600) * 1000);
    expect(bars.filter((bar) => bar.total > 0).map((bar) => [bar.start / 1000 - NOON, bar.total])).toEqual([
      [-1800, 2],
      [0, 1],
    ]);
    expect(series).toEqual(["fatal", "error", "warn", "notice", "info", "debug", "trace", "none"]);
    expect(bars[30]!.counts).toEqual([0, 1, 0, 0, 1, 0, 0, 0]);
    expect(bars[60]!.counts).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
    expect(total).toBe(3);
  });

  test("without a range grows with the records, whatever their order", () => {
    const record = fc.record({
      sec: fc.integer({ min: 0, max: 40_000_000 }),
      level: fc.constantFrom(undefined, ...LEVELS),
    });
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 80 }),
        fc.integer({ min: 2, max: 120 }),
        (given, maxBars) => {
          const histogram = histogramOf({ maxBars, zone: "Europe/Berlin" });
          for (const [i, one] of given.entries()) {
            histogram.add(makeRecord(one));
            // Looking at it in between takes steps together for good, but loses nothing.
            if (i % 17 === 0) histogram.histogram();
          }
          const { bars, series } = histogram.histogram();
          expect(bars.length).toBeLessThanOrEqual(maxBars + 1);
          expect(bars.reduce((sum, bar) => sum + bar.total, 0)).toBe(given.length);
          series.forEach((name, i) => {
            const expected = given.filter(({ level }) => (level ?? "none") === name).length;
            expect(bars.reduce((sum, { counts }) => sum + counts[i]!, 0)).toBe(expected);
          });
          bars.forEach(({ start, total }, i) => {
            const end = bars[i + 1]?.start ?? Number.POSITIVE_INFINITY;
            const inside = given.filter(({ sec }) => sec * 1000 >= start && sec * 1000 < end);
            expect(total).toBe(inside.length);
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  test("keeps many steps apart no longer than it has to", () => {
    const histogram = histogramOf();
    for (let i = 0; i < 10_000; i++) histogram.add(makeRecord({ sec: NOON + i * 7 }));
    const { bars, stepMs } = histogram.histogram();
    expect(stepMs).toBe(1_800_000);
    expect(bars.reduce((sum, { total }) => sum + total, 0)).toBe(10_000);
  });

  test("by a field has the most frequent values and the others together", () => {
    const histogram = histogramOf({ by: "pod", everyMs: 1000 });
    for (let i = 0; i < 20; i++) {
      for (let n = 0; n <= i; n++) histogram.add(makeRecord({ origin: makeOrigin({ pod: `pod-${i}` }) }));
    }
    const { series, bars } = histogram.histogram();
    expect(series).toEqual(["pod-19", "pod-18", "pod-17", "pod-16", "pod-15", "pod-14", "pod-13", "(other)"]);
    expect(bars).toMatchObject([{ counts: [20, 19, 18, 17, 16, 15, 14, 91], total: 210 }]);
  });

  test("by level has the levels in their order, whatever their counts", () => {
    const histogram = histogramOf({ by: "level", everyMs: 1000 });
    for (const level of ["info", "info", "error", undefined] as const) histogram.add(makeRecord({ level }));
    const { series, isByLevel, bars } = histogram.histogram();
    expect({ isByLevel, worst: series[0] }).toEqual({ isByLevel: true, worst: "fatal" });
    expect(bars).toMatchObject([{ counts: [0, 1, 0, 0, 2, 0, 0, 1] }]);
  });

  test("as a table has all levels in their columns, or a row for each value", () => {
    const records = [
      makeRecord({ sec: NOON, level: "warn", attrs: { code: 1 } }),
      makeRecord({ sec: NOON + 120, attrs: { code: 2 } }),
      makeRecord({ sec: -1 }),
    ];
    const table = tableOf("* | hist 1m", records);
    expect(rowsOf(table).map(({ time, count, warn, none }) => [time, count, warn, none])).toEqual([
      [at(NOON), 1, 1, 0],
      [at(NOON + 60), 0, 0, 0],
      [at(NOON + 120), 1, 0, 1],
    ]);
    expect(table.notes).toEqual(["records without a time, which are not in the histogram: 1"]);
    expect(tableOf("* | hist 1m by code", records).rows).toEqual([
      [at(NOON), 1, 1],
      [at(NOON + 120), 2, 1],
    ]);
    expect(tableOf("* | hist 1m | where count:>0 | fields count", records).rows).toEqual([[1], [1]]);
  });

  test("is drawn only where nothing runs over its table", () => {
    const histogramBy = (query: string) => {
      const plan = planOf(query);
      return plan.isTable ? plan.start().histogram() : undefined;
    };
    expect(histogramBy("* | hist")).toBeDefined();
    expect(histogramBy("* | hist | head 3")).toBeUndefined();
    expect(histogramBy("* | count by time(1m)")).toBeUndefined();
  });

  test("of a narrow step over a long time leaves out what is empty, and says so", () => {
    const table = tableOf("* | hist 1s", [makeRecord({ sec: NOON }), makeRecord({ sec: NOON + 100_000 })]);
    expect(table.rows.length).toBe(2);
    expect(table.notes).toEqual(["steps without records are left out: there would be too many of them"]);
  });

  test("of more steps than can be kept counts the rest as left out, and says so", () => {
    const histogram = histogramOf({ everyMs: 1, maxSteps: 3 });
    for (let i = 0; i < 10; i++) histogram.add(makeRecord({ sec: NOON, nsec: i * 1_000_000 }));
    histogram.add(makeRecord({ sec: NOON, nsec: 1_000_000 }));
    const { bars, total, notes } = histogram.histogram();
    expect(bars.map((bar) => bar.total)).toEqual([1, 2, 1]);
    expect(total).toBe(4);
    expect(notes).toEqual([expect.stringMatching(/too many steps .*left out: 7$/)]);
  });

  test("of more values in its steps than can be kept counts the rest as left out", () => {
    const histogram = histogramOf({ everyMs: 1000, by: "user", maxSteps: 2 });
    for (let user = 0; user < 20; user++) histogram.add(makeRecord({ attrs: { user } }));
    expect(histogram.histogram()).toMatchObject({ total: 8, notes: [expect.stringMatching(/left out: 12$/)] });
  });
});
