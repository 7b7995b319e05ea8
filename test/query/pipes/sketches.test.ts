import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BestOf } from "../../../src/query/pipes/best-of.ts";
import { DistinctSketch, STANDARD_ERROR } from "../../../src/query/pipes/distinct-sketch.ts";
import { PairTable } from "../../../src/query/pipes/pair-table.ts";
import { QuantileSketch, RELATIVE_ERROR } from "../../../src/query/pipes/quantile-sketch.ts";
import { Random } from "../../support/random.ts";

describe("percentiles", () => {
  test("are within 1 % of the value of that rank, whatever the values", () => {
    const values = fc.array(
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), fc.integer()),
      {
        minLength: 1,
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(values, fc.constantFrom(0.01, 0.5, 0.9, 0.95, 0.99, 1), (of, q) => {
        const sketch = new QuantileSketch();
        for (const value of of) sketch.add(value);
        const exact = [...of].sort((a, b) => a - b)[Math.ceil(q * of.length) - 1]!;
        expect(Math.abs(sketch.quantile(q) - exact)).toBeLessThanOrEqual(Math.abs(exact) * RELATIVE_ERROR * 1.000001);
      }),
      { numRuns: 500 },
    );
  });

  test("hold for long tails", () => {
    const random = new Random(7);
    const sketch = new QuantileSketch();
    const values = Array.from({ length: 50_000 }, () => Math.exp(random.next() * 20));
    for (const value of values) sketch.add(value);
    values.sort((a, b) => a - b);
    for (const q of [0.5, 0.9, 0.99, 0.999]) {
      const exact = values[Math.ceil(q * values.length) - 1]!;
      expect(Math.abs(sketch.quantile(q) / exact - 1)).toBeLessThanOrEqual(RELATIVE_ERROR * 1.000001);
    }
  });

  test("of a range of more than 17 orders of magnitude lose the smallest values only", () => {
    const sketch = new QuantileSketch();
    const values: number[] = [];
    for (let exponent = -200; exponent <= 200; exponent++) for (const m of [1, 2, 5]) values.push(m * 10 ** exponent);
    for (const value of values) sketch.add(value);
    for (const q of [0.97, 0.99, 1]) {
      const exact = values[Math.ceil(q * values.length) - 1]!;
      expect(Math.abs(sketch.quantile(q) / exact - 1)).toBeLessThanOrEqual(RELATIVE_ERROR * 1.000001);
    }
    expect(sketch.quantile(0.01)).toBeGreaterThan(1e-200);
  });

  test("of nothing are not a number", () => {
    expect(new QuantileSketch().quantile(0.5)).toBeNaN();
  });
});

describe("numbers of different values", () => {
  test.each([0, 1, 10, 100, 1000, 10_000, 40_000, 80_000, 200_000])("%i are within three standard errors", (count) => {
    const sketch = new DistinctSketch();
    for (let i = 0; i < count; i++) {
      sketch.add(`user-${i}`);
      if (i % 3 === 0) sketch.add(`user-${i}`);
    }
    expect(Math.abs(sketch.count() - count)).toBeLessThanOrEqual(Math.max(1, 3 * STANDARD_ERROR * count));
  });

  test("do not depend on how texts look", () => {
    for (const name of [
      (i: number) => String(i),
      (i: number) => i.toString(16).padStart(32, "0"),
      (i: number) => `10.0.${i >> 8}.${i & 255}`,
    ]) {
      const sketch = new DistinctSketch();
      for (let i = 0; i < 30_000; i++) sketch.add(name(i));
      expect(Math.abs(sketch.count() / 30_000 - 1)).toBeLessThanOrEqual(3 * STANDARD_ERROR);
    }
  });
});

describe("the first of an order", () => {
  test("are those of a sorted list, equal ones as they came", () => {
    const items = fc.array(fc.record({ key: fc.integer({ min: 0, max: 9 }), name: fc.integer() }), { maxLength: 50 });
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 20 }), (of, limit) => {
        const best = new BestOf<{ key: number; name: number }>(limit, (a, b) => a.key - b.key);
        const kept = of.filter((item) => best.add(item)).length;
        expect(best.sorted()).toEqual([...of].sort((a, b) => a.key - b.key).slice(0, limit));
        expect(kept).toBe(Math.min(limit, of.length));
      }),
      { numRuns: 500 },
    );
  });
});

describe("pairs", () => {
  test("are numbered as they come, up to the limit", () => {
    const pair = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 3000 }), fc.integer({ min: 0, max: 2000 }), (pairs, limit) => {
        const table = new PairTable();
        const known = new Map<string, number>();
        for (const [first, second] of pairs) {
          const name = `${first},${second}`;
          if (!known.has(name) && known.size < limit) known.set(name, known.size);
          const number = table.of(first, second, limit);
          expect(number).toBe(known.get(name) ?? -1);
          if (number >= 0) expect([table.first(number), table.second(number)]).toEqual([first, second]);
        }
        expect(table.size).toBe(known.size);
      }),
      { numRuns: 30 },
    );
  });
});
