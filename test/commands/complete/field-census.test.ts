import { describe, expect, test } from "vitest";
import { FieldCensus } from "../../../src/commands/complete/field-census.ts";

function censusOf(...lines: string[]) {
  const census = new FieldCensus();
  for (const line of lines) census.take(line);
  return new Map(census.fields().map(({ name, values }) => [name, values]));
}

describe("fields of a sample of lines", () => {
  test("come from JSON and logfmt, the most frequent first, with their most frequent values first", () => {
    const seen = censusOf(
      '{"rare":1,"status":200}',
      '{"status":404}',
      "status=404 method=GET took=3ms",
      "GET /nothing with words only",
    );
    expect([...seen.keys()][0]).toBe("status");
    expect(seen.get("status")).toEqual(["404", "200"]);
    expect(seen.get("method")).toEqual(["GET"]);
  });

  test("nested ones have dotted names, lists the values of their items", () => {
    const seen = censusOf(
      '{"http":{"status":200,"headers":{"x":{"deep":{"er":1}}}},"tags":["a","b"],"none":null,"no":""}',
    );
    expect(seen.get("http.status")).toEqual(["200"]);
    expect(seen.get("tags")).toEqual(["a", "b"]);
    expect([...seen.keys()]).toEqual(["http.status", "tags"]);
  });

  test("what klog knows of every record is not one of them", () => {
    const seen = censusOf('{"level":"info","msg":"x","time":"2026-11-21T10:00:00Z","pod":"p","path":"/x"}');
    expect([...seen.keys()]).toEqual(["path"]);
  });

  test("ids and messages give no values", () => {
    const lines = Array.from({ length: 9 }, (_, i) => `{"id":"a${i}","text":"${"long ".repeat(20)}","ok":true}`);
    const seen = censusOf(...lines);
    expect(seen.get("id")).toEqual([]);
    expect(seen.get("text")).toEqual([]);
    expect(seen.get("ok")).toEqual(["true"]);
  });

  test("a line with thousands of fields costs no memory", () => {
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, i])));
    expect(censusOf(wide).size).toBe(200);
  });
});
