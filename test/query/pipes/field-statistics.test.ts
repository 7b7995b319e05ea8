import { expect, test } from "vitest";
import { FieldStatistics } from "../../../src/query/pipes/field-statistics.ts";
import { makeOrigin } from "../../output/make-line.ts";
import { makeRecord, rowsOf } from "./records.ts";

const origin = makeOrigin({ labels: { tier: "web" }, tags: { team: "a" } });

test("tells which fields there are, how often, of how many values, with the most frequent", () => {
  const statistics = new FieldStatistics();
  statistics.add(makeRecord({ origin, text: '{"msg":"a","user":{"id":1},"tags":["x","y"]}', level: "info" }));
  statistics.add(makeRecord({ origin, text: '{"msg":"a","user":{"id":2},"empty":null}', level: "info" }));
  statistics.add(makeRecord({ origin, text: "level=warn status=ok took=12", level: "warn" }));
  statistics.add(makeRecord({ origin, text: '{"msg":"b","user":{"id":2},"took":"slow"}', attrs: { took: 5 } }));
  const rows = rowsOf(statistics.result());
  const field = (name: string) => rows.find((row) => row["field"] === name);
  expect(field("msg")).toEqual({ field: "msg", count: 3, share: 0.75, values: 2, type: "text", examples: "a, b" });
  expect(field("user.id")).toMatchObject({ count: 3, values: 2, type: "number", examples: "2, 1" });
  expect(field("tags")).toMatchObject({ count: 1, values: 2 });
  expect(field("took")).toMatchObject({ count: 2, values: 2, type: "number, text" });
  expect(field("labels.tier")).toMatchObject({ count: 4, values: 1, examples: "web" });
  expect(field("tags.team")).toMatchObject({ count: 4 });
  expect(field("namespace")).toMatchObject({ count: 4, share: 1 });
  expect(field("empty")).toBeUndefined();
  expect(rows[0]).toMatchObject({ count: 4 });
});

test("a level in the line and the record's level are one field, counted once a record", () => {
  const statistics = new FieldStatistics();
  statistics.add(makeRecord({ text: '{"level":"info","msg":"x"}', level: "info" }));
  expect(rowsOf(statistics.result()).filter(({ field }) => field === "level")).toMatchObject([{ count: 1 }]);
});

test("fields and values are bounded, and the table says so", () => {
  const statistics = new FieldStatistics(20);
  for (let i = 0; i < 100; i++) statistics.add(makeRecord({ attrs: { [`key${i}`]: i, id: i } }));
  const { rows, notes } = statistics.result();
  expect(rows.length).toBe(20);
  expect(notes).toEqual(["there are more fields: the first 20 are shown"]);
});

test("long values go over to estimates before they take much memory, and are known by their beginning", () => {
  const statistics = new FieldStatistics();
  const long = "x".repeat(1_000_000);
  for (let i = 0; i < 80; i++) statistics.add(makeRecord({ attrs: { body: `${long}${i}` } }));
  const { notes } = statistics.result();
  expect(notes).toEqual([expect.stringMatching(/are estimates/)]);
  const body = rowsOf(statistics.result()).find(({ field }) => field === "body");
  expect(body).toMatchObject({ count: 80, examples: `${"x".repeat(59)}…` });
});
