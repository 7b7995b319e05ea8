import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CountAggregation } from "../../../src/query/pipes/count-aggregation.ts";
import { StatsAggregation } from "../../../src/query/pipes/stats-aggregation.ts";
import type { Aggregate, GroupKey } from "../../../src/query/query.ts";
import { LEVELS } from "../../../src/record/level-names.ts";
import type { LogLine, Origin } from "../../../src/record/log-line.ts";
import { makeOrigin } from "../../output/make-line.ts";
import { makeRecord, NOON } from "./records.ts";

const origins = ["web-1", "web-2", "db-1"].flatMap((pod) =>
  ["shop", "pay"].map((namespace) => makeOrigin({ pod, namespace })),
);

const records: fc.Arbitrary<LogLine[]> = fc.array(
  fc
    .record({
      origin: fc.constantFrom(...origins),
      level: fc.constantFrom(undefined, ...LEVELS),
      sec: fc.integer({ min: NOON, max: NOON + 600 }),
      status: fc.constantFrom(200, "200", 404, 500, "x", undefined, null, ""),
      ms: fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom("7", "1e2", "slow", undefined, true)),
    })
    .map(({ status, ms, ...given }) => makeRecord({ ...given, attrs: { status, ms } })),
  { maxLength: 60 },
);

const keys = {
  pod: { field: "pod" },
  ns: { field: "ns" },
  level: { field: "level" },
  status: { field: "status" },
  time: { everyMs: 60_000 },
} as const satisfies Record<string, GroupKey>;
type Key = keyof typeof keys;
const someKeys = fc.uniqueArray(fc.constantFrom(...(Object.keys(keys) as Key[])), { maxLength: 4 });

/** What the record's group is called, the slow way. */
function nameOf(record: LogLine, key: Key): string {
  const origin: Origin = record.origin;
  switch (key) {
    case "pod":
      return origin.pod;
    case "ns":
      return origin.namespace;
    case "level":
      return record.details?.level ?? "(none)";
    case "status":
      return String(record.details?.attrs?.["status"] ?? "") || "(none)";
    case "time":
      return String(Math.floor(record.sec / 60) * 60);
  }
}

function cellName(cell: unknown): string {
  if (cell === undefined) return "(none)";
  return typeof cell === "object" ? String((cell as { sec: number }).sec) : String(cell);
}

function grouped(of: readonly LogLine[], by: readonly Key[]): Map<string, LogLine[]> {
  const groups = new Map<string, LogLine[]>();
  for (const record of of) {
    const name = by.map((key) => nameOf(record, key)).join("|");
    groups.set(name, [...(groups.get(name) ?? []), record]);
  }
  return groups;
}

describe("against a plain fold", () => {
  test("count by any keys", () => {
    fc.assert(
      fc.property(records, someKeys, (of, by) => {
        const counting = new CountAggregation({
          kind: "count",
          by: by.map((key) => keys[key]),
          limit: undefined,
          zone: "UTC",
        });
        for (const record of of) counting.add(record);
        const { rows } = counting.result();
        const found = new Map(rows.map((row) => [row.slice(0, by.length).map(cellName).join("|"), row.at(-1)]));
        const expected = new Map([...grouped(of, by)].map(([name, group]) => [name, group.length]));
        if (by.length === 0) expected.set("", of.length);
        expect(found).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("top is the beginning of all rows", () => {
    fc.assert(
      fc.property(records, someKeys, fc.integer({ min: 1, max: 5 }), (of, by, limit) => {
        fc.pre(by.length > 0 && !by.includes("time"));
        const options = { by: by.map((key) => keys[key]), zone: "UTC" };
        const all = new CountAggregation({ ...options, kind: "count", limit: undefined });
        const top = new CountAggregation({ ...options, kind: "top", limit });
        for (const record of of) {
          all.add(record);
          top.add(record);
        }
        expect(top.result().rows.map((row) => row.slice(0, -1))).toEqual(all.result().rows.slice(0, limit));
      }),
      { numRuns: 200 },
    );
  });

  test("all aggregates by any keys", () => {
    const names = ["count", "uniq", "sum", "avg", "min", "max", "p50", "p90", "p95", "p99"] as const;
    const aggregates = names.map((name): Aggregate => ({ name, field: "ms", as: name }));
    fc.assert(
      fc.property(records, someKeys, (of, by) => {
        const stats = new StatsAggregation({ aggregates, by: by.map((key) => keys[key]), zone: "UTC" });
        for (const record of of) stats.add(record);
        const groups = grouped(of, by);
        if (by.length === 0 && of.length === 0) groups.set("", []);
        const { rows, notes } = stats.result();
        expect(rows.length).toBe(groups.size);
        for (const row of rows) {
          const values = groups
            .get(row.slice(0, by.length).map(cellName).join("|"))!
            .map((record) => record.details?.attrs?.["ms"])
            .filter((value) => value !== undefined);
          const numbers = values.filter((value) => typeof value !== "boolean" && value !== "slow").map(Number);
          const sorted = [...numbers].sort((a, b) => a - b);
          const rank = (q: number) => sorted[Math.ceil(q * sorted.length) - 1];
          const sum = numbers.reduce((a, b) => a + b, 0);
          expect(row.slice(by.length)).toEqual(
            [
              values.length,
              new Set(values.map(String)).size,
              ...(numbers.length === 0
                ? names.slice(2).map(() => undefined)
                : [sum, sum / numbers.length, sorted[0], sorted.at(-1), rank(0.5), rank(0.9), rank(0.95), rank(0.99)]),
            ].map((value, i) => (i >= 6 && value === undefined ? undefined : value)),
          );
        }
        const odd = of.filter((record) => ["slow", true].includes(record.details?.attrs?.["ms"] as never)).length;
        expect(notes.length).toBe(odd > 0 ? 1 : 0);
      }),
      { numRuns: 200 },
    );
  });
});

test("many origins at many times are counted right, in whatever order they come", () => {
  const many = Array.from({ length: 3000 }, (_, i) => makeOrigin({ pod: `pod-${i}` }));
  const by = [{ field: "pod" }, { field: "level" }, { everyMs: 1000 }];
  const counting = new CountAggregation({ kind: "count", by, limit: undefined, zone: "UTC" });
  const record = makeRecord({ level: "error" });
  // Far origins make each time's places as many as may be, until they are used up.
  const pairs = Array.from({ length: 12_000 }, (_, i) => ({
    origin: many[(i * 7919) % 3000]!,
    sec: NOON + ((i * 31) % 1500),
  }));
  for (const pair of [...pairs, ...pairs.toReversed()]) counting.add({ ...record, ...pair });
  const expected = new Map<string, number>();
  for (const { origin, sec } of pairs)
    expected.set(`${origin.pod} ${sec}`, (expected.get(`${origin.pod} ${sec}`) ?? 0) + 2);
  const { rows } = counting.result();
  expect(new Map(rows.map(([pod, , time, count]) => [`${pod} ${cellName(time)}`, count]))).toEqual(expected);
});

describe("bounds", () => {
  test("groups beyond the limit are not kept, and their records are counted", () => {
    const counting = new CountAggregation({
      kind: "count",
      by: [{ field: "n" }],
      limit: undefined,
      zone: "UTC",
      maxGroups: 3,
    });
    for (let n = 0; n < 10; n++) counting.add(makeRecord({ attrs: { n: n % 5 } }));
    const { rows, notes } = counting.result();
    expect(rows).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
    ]);
    expect(notes).toEqual(["there are too many groups to keep them all; records in none of those that are kept: 4"]);
  });

  test("pairs of keys are bounded as well", () => {
    const by = [{ field: "n" }, { field: "pod" }];
    const counting = new CountAggregation({ kind: "count", by, limit: undefined, zone: "UTC", maxGroups: 4 });
    for (const origin of origins) for (let n = 0; n < 3; n++) counting.add(makeRecord({ origin, attrs: { n } }));
    expect(counting.result().rows.length).toBe(4);
    expect(counting.result().notes.length).toBe(1);
  });

  test("values beyond what is kept exactly go over to sketches, and the table says so", () => {
    const aggregates: Aggregate[] = [
      { name: "p50", field: "n", as: "half" },
      { name: "uniq", field: "n", as: "different" },
    ];
    const stats = new StatsAggregation({ aggregates, by: [{ field: "pod" }], zone: "UTC", exactValues: 500 });
    for (const origin of origins.slice(0, 2))
      for (let n = 1; n <= 1000; n++) stats.add(makeRecord({ origin, attrs: { n } }));
    const { rows, notes } = stats.result();
    expect(notes).toEqual([
      "half is an estimate, at most 1 % from the value",
      "different is an estimate, with a standard error of 0.8 %",
    ]);
    for (const [, half, different] of rows) {
      expect(Math.abs(Number(half) - 1000)).toBeGreaterThan(0);
      expect(Number(half)).toBeGreaterThan(490);
      expect(Number(half)).toBeLessThan(510);
      expect(Number(different)).toBeGreaterThan(970);
      expect(Number(different)).toBeLessThan(1030);
    }
  });
});
