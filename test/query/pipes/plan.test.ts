import { describe, expect, test } from "vitest";
import { QueryError } from "../../../src/query/query-error.ts";
import { makeOrigin } from "../../output/make-line.ts";
import { linesOf, makeRecord, NOON, planOf, rowsOf, tableOf, textOf } from "./records.ts";

const web = makeOrigin({ namespace: "shop", pod: "web-1" });
const db = makeOrigin({ namespace: "shop", pod: "db-1" });

const records = [
  makeRecord({ origin: web, level: "error", sec: NOON, attrs: { status: 500, ms: 12, user: "ann" } }),
  makeRecord({ origin: web, level: "info", sec: NOON + 30, attrs: { status: 200, ms: 4.5, user: "bob" } }),
  makeRecord({ origin: db, level: undefined, sec: NOON + 70, attrs: { status: "200", ms: "7" } }),
  makeRecord({ origin: web, level: "info", sec: NOON + 90, attrs: { status: 404, ms: "slow", user: "" } }),
];

describe("tables", () => {
  test("count without a key is one row, even of nothing", () => {
    expect(tableOf("* | count", records).rows).toEqual([[4]]);
    expect(tableOf("* | count", []).rows).toEqual([[0]]);
  });

  test("count by fields is sorted by count, and texts that read as the number are the number", () => {
    expect(rowsOf(tableOf("* | count by status", records))).toEqual([
      { status: 200, count: 2 },
      { status: 404, count: 1 },
      { status: 500, count: 1 },
    ]);
  });

  test("records without the field are a group of their own", () => {
    expect(rowsOf(tableOf("* | count by user", records))).toEqual(
      [
        { user: undefined, count: 2 },
        { user: "ann", count: 1 },
        { user: "bob", count: 1 },
      ].sort((a, b) => b.count - a.count),
    );
  });

  test("count by time is sorted by time, then by count", () => {
    const rows = tableOf("* | count by time(1m), pod", records).rows;
    expect(rows).toEqual([
      [{ sec: NOON, nsec: 0 }, "web-1", 2],
      [{ sec: NOON + 60, nsec: 0 }, "db-1", 1],
      [{ sec: NOON + 60, nsec: 0 }, "web-1", 1],
    ]);
  });

  test("keys of origin, level and time stand in the order in which they are named", () => {
    const table = tableOf("* | count by level, pod, time(1h), namespace", records);
    expect(table.columns.map(({ name }) => name)).toEqual(["level", "pod", "time", "namespace", "count"]);
    expect(table.rows[0]).toEqual(["info", "web-1", { sec: NOON, nsec: 0 }, "shop", 2]);
  });

  test("a field and a step that are both of the time are told apart", () => {
    const table = tableOf("* | count by time, time(1m)", [makeRecord({ sec: NOON + 7 })]);
    expect(table.columns.map(({ name }) => name)).toEqual(["time", "time(1m)", "count"]);
    expect(table.rows).toEqual([["2026-11-21T10:00:07.000000000Z", { sec: NOON, nsec: 0 }, 1]]);
  });

  test("top tells the share, uniq and values are sorted by value", () => {
    expect(rowsOf(tableOf("* | top 1 by pod", records))).toEqual([{ pod: "web-1", count: 3, share: 0.75 }]);
    expect(tableOf("* | uniq by pod", records).rows).toEqual([
      ["db-1", 1],
      ["web-1", 3],
    ]);
    expect(tableOf("* | values by level", records).rows).toEqual([["info"], ["error"], [undefined]]);
  });

  test("stats leave out what is no number and say so", () => {
    const table = tableOf("* | stats count(), sum(ms), avg(ms), min(ms), max(ms), p50(ms), uniq(user) by pod", records);
    expect(rowsOf(table)).toEqual([
      {
        pod: "web-1",
        count: 3,
        "sum(ms)": 16.5,
        "avg(ms)": 8.25,
        "min(ms)": 4.5,
        "max(ms)": 12,
        "p50(ms)": 4.5,
        "uniq(user)": 2,
      },
      { pod: "db-1", count: 1, "sum(ms)": 7, "avg(ms)": 7, "min(ms)": 7, "max(ms)": 7, "p50(ms)": 7, "uniq(user)": 0 },
    ]);
    expect(table.notes).toEqual(["sum, avg, min, max, p50 leave out values of ms that are no numbers: 1"]);
  });

  test("min and max of ts tell when something came first and last, to the nanosecond", () => {
    const exact = [makeRecord({ sec: NOON, nsec: 123_456_789 }), makeRecord({ sec: NOON, nsec: 123_456_788 })];
    expect(tableOf("* | stats min(ts) as first, max(ts) as last", exact).rows).toEqual([
      [
        { sec: NOON, nsec: 123_456_788 },
        { sec: NOON, nsec: 123_456_789 },
      ],
    ]);
  });

  test("an array counts once for each different element", () => {
    const tagged = [makeRecord({ attrs: { tags: ["a", "b", "a"] } }), makeRecord({ attrs: { tags: ["b"] } })];
    expect(tableOf("* | count by attrs.tags", tagged).rows).toEqual([
      ["b", 2],
      ["a", 1],
    ]);
    expect(tableOf("* | count by attrs.tags, pod", tagged).rows).toEqual([
      ["b", "pod1", 2],
      ["a", "pod1", 1],
    ]);
  });

  test("what stands behind an aggregation runs over its table", () => {
    expect(tableOf("* | count by pod | sort pod | head 1", records).rows).toEqual([["db-1", 1]]);
    expect(tableOf("* | count by pod | sort count desc | tail 1", records).rows).toEqual([["db-1", 1]]);
    expect(tableOf("* | count by pod | where count:>1", records).rows).toEqual([["web-1", 3]]);
    expect(tableOf("* | count by ns, pod | where namespace:shop pod:db*", records).rows).toEqual([["shop", "db-1", 1]]);
    expect(tableOf("* | count by level | where level:>=error", records).rows).toEqual([["error", 1]]);
    expect(tableOf("* | count by pod | fields count, pod", records).rows[0]).toEqual([3, "web-1"]);
    expect(tableOf("* | count by pod | fields - count", records).rows[0]).toEqual(["web-1"]);
    expect(tableOf("* | stats max(ms) as worst by pod | where worst:>10 | fields pod", records).rows).toEqual([
      ["web-1"],
    ]);
  });

  test("levels sort by severity, numbers by size, missing values last in both directions", () => {
    const levels = (query: string) => tableOf(query, records).rows.map(([level]) => level);
    expect(levels("* | count by level | sort level")).toEqual(["info", "error", undefined]);
    expect(levels("* | count by level | sort level desc")).toEqual(["error", "info", undefined]);
    const sizes = ["10", "9", "x", "100"].map((n) => makeRecord({ attrs: { n } }));
    expect(tableOf("* | values by n", sizes).rows.flat()).toEqual(["9", "10", "100", "x"]);
  });

  test("where, parse and head run before the aggregation", () => {
    expect(tableOf("* | where status:200 | count by pod", records).rows).toEqual([
      ["db-1", 1],
      ["web-1", 1],
    ]);
    expect(tableOf("* | head 1 | count by pod", records).rows).toEqual([["web-1", 1]]);
    expect(tableOf("* | sort ms desc | head 2 | count by ms", records).rows).toEqual([
      [12, 1],
      ["slow", 1],
    ]);
    expect(tableOf("* | tail 2 | count by pod", records).rows.length).toBe(2);
  });

  test("the table can be asked for again while records come", () => {
    const plan = planOf("* | count by pod");
    if (!plan.isTable) throw new Error("no table");
    const run = plan.start();
    run.add(records[0]!);
    expect(run.result().rows).toEqual([["web-1", 1]]);
    run.add(records[1]!);
    expect(run.result().rows).toEqual([["web-1", 2]]);
    expect(plan.start().result().rows).toEqual([]);
  });
});

describe("what a plan tells", () => {
  test.each([
    ["* | count by ns, pod, level, time(1m)", false],
    ["* | stats count(), max(ts) by container, labels.app", false],
    ["* | hist", false],
    ["* | count by stream, source", false],
    ["* | count by status", true],
    ["* | count by message", true],
    ["* | count by host", true],
    ["* | where level:error | count", true],
    ["* | fields ts, pod", false],
    ["* | fields ts, status", true],
    ["*", true],
  ])("%s needs the lines' text: %s", (query, needsText) => {
    expect(planOf(query).needsText).toBe(needsText);
  });

  test.each([
    ['* | where x:1 | parse "<a> b" | count', true, false, undefined],
    ["* | head 5 | head 3 | where x:1", false, false, 3],
    ["* | where x:1 | head 5", false, false, undefined],
    ["* | sort ms", false, true, undefined],
    ["* | tail 3 | count", false, true, undefined],
  ])("%s: any order %s, waits for the end %s, limit %s", (query, takesAnyOrder, waitsForEnd, limit) => {
    expect(planOf(query)).toMatchObject({ takesAnyOrder, waitsForEnd, limit });
  });
});

describe("pipes that are refused", () => {
  test.each([
    ["* | count by pod | count", "count cannot count the table of count once more"],
    ["* | count by pod | hist", "hist cannot count the table of count once more"],
    ['* | top 3 by pod | parse "<a> b"', "the table of top has no lines to parse"],
    ["* | count by pod | sort status", "the table has no column status; expected one of pod, count"],
    ["* | count by pod | where statis:1", "the table has no column statis; expected one of pod, count"],
    ["* | count by pod | fields - count | where count:>1", "the table has no column count; expected one of pod"],
    ["* | count by pod | fields - count, pod", "no column is left of the table"],
    ["* | count by time(1.5ms)", "a step is not a whole number of milliseconds"],
  ])("%s", (query, problem) => {
    expect(() => planOf(query)).toThrow(QueryError);
    expect(() => planOf(query)).toThrow(problem);
  });

  test("a column that the table does not have is shown at its place", () => {
    const query = "* | count by pod | where statis:1";
    try {
      planOf(query);
      expect.unreachable();
    } catch (error) {
      expect((error as QueryError).position).toBe(query.indexOf("statis"));
    }
  });
});

describe("records", () => {
  const numbered = [3, 1, 2, 5, 4].map((n) => makeRecord({ text: `line ${n}`, sec: NOON + n, attrs: { n } }));

  test("head, tail and sort keep lines", () => {
    expect(linesOf("* | head 2", numbered).map(textOf)).toEqual(["line 3", "line 1"]);
    expect(linesOf("* | tail 2", numbered).map(textOf)).toEqual(["line 5", "line 4"]);
    expect(linesOf("* | tail 9", numbered).length).toBe(5);
    expect(linesOf("* | sort n", numbered).map(textOf)).toEqual(["line 1", "line 2", "line 3", "line 4", "line 5"]);
    expect(linesOf("* | sort ts desc | head 2", numbered).map(textOf)).toEqual(["line 5", "line 4"]);
    expect(linesOf("* | sort n | tail 1", numbered).map(textOf)).toEqual(["line 5"]);
    expect(linesOf("* | where n:>2 | head 2", numbered).map(textOf)).toEqual(["line 3", "line 5"]);
  });

  test("a run is done once head has all it wants", () => {
    const plan = planOf("* | head 1");
    if (plan.isTable) throw new Error("a table");
    const run = plan.start();
    expect(run.isDone).toBe(false);
    run.push(numbered[0]!);
    expect(run.isDone).toBe(true);
    expect(run.push(numbered[1]!)).toEqual([]);
  });

  test("fields tells what is shown; several leave less each", () => {
    expect(planOf("* | fields ts, pod, n")).toMatchObject({ fields: { names: ["ts", "pod", "n"], hidden: [] } });
    expect(planOf("* | fields - a, b")).toMatchObject({ fields: { names: undefined, hidden: ["a", "b"] } });
    expect(planOf("* | fields a, b, c | fields - b | fields c, a, b")).toMatchObject({ fields: { names: ["c", "a"] } });
    expect(planOf("* | head 1")).toMatchObject({ fields: undefined });
  });
});
