// docs/query.md is what people learn the language from: every example on it is run here.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { errorText } from "../../src/query/error-text.ts";
import { parseQuery } from "../../src/query/parse.ts";
import { compilePredicate } from "../../src/query/predicate.ts";
import { printQuery } from "../../src/query/print.ts";
import { QueryError } from "../../src/query/query-error.ts";
import type { QueryRecord } from "../../src/query/query-record.ts";
import { lineRecord } from "../support/line-record.ts";

const page = readFileSync(new URL("../../docs/query.md", import.meta.url), "utf8");
const context = {
  now: Date.parse("2026-11-21T10:00:10Z"),
  zone: "UTC",
  regexp: (source: string, flags: string) => new RegExp(source, flags),
};

const records = [...page.matchAll(/^(\d) {2}(\d\d:\d\d:\d\d\.\d{3}) {2}(\S+)\/(\S+)\/(\S+) +(\S.*)$/gm)].map(recordOf);

function recordOf([, , time, namespace, pod, container, text]: RegExpExecArray): QueryRecord {
  const origin = {
    source: "pod",
    cluster: "dev",
    node: "n1",
    namespace: namespace!,
    pod: pod!,
    container: container!,
  } as const;
  return lineRecord(text!, origin, Date.parse(`2026-11-21T${time}Z`));
}

/** Rows of the tables whose head begins so; a bar in a cell is written with a backslash. */
function rowsUnder(head: string): string[][] {
  const tables = page.split(/\n\n/).map((block) => block.split("\n").filter((line) => line.startsWith("|")));
  return tables
    .filter((lines) => lines[0]?.startsWith(head) === true)
    .flatMap((lines) => lines.slice(2))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map(([query, ...others]) => [
      query!.trim().slice(1, -1).replaceAll("\\|", "|"),
      ...others.map((cell) => cell.trim()),
    ]);
}

test("the page has its sample lines", () => {
  expect(records.length).toBe(6);
});

describe("a filter finds the lines that its row names", () => {
  const rows = rowsUnder("| write | it finds | lines |");
  test("there are rows", () => {
    expect(rows.length).toBeGreaterThan(50);
  });

  test.each(rows)("%s: %s (%s)", (text, _, lines) => {
    const query = parseQuery(text!);
    const matches = compilePredicate(query.filter, context);
    const found = records.flatMap((record, i) => (matches(record) ? [i + 1] : []));
    expect(found.join(" ")).toBe(lines);
    expect(printQuery(parseQuery(printQuery(query)))).toBe(printQuery(query));
  });
});

describe("a query with pipes is read", () => {
  const rows = rowsUnder("| write | it gives |");
  test("there are rows", () => {
    expect(rows.length).toBeGreaterThan(15);
  });

  test.each(rows)("%s: %s", (text) => {
    const query = parseQuery(text!);
    expect(query.pipes.length).toBeGreaterThan(0);
    expect(printQuery(parseQuery(printQuery(query)))).toBe(printQuery(query));
  });
});

describe("an error reads as the page shows it", () => {
  const blocks = [...page.matchAll(/```text\n(.*)\n(query, character [\s\S]*?)\n```/g)];
  test("there are some", () => {
    expect(blocks.length).toBeGreaterThan(2);
  });

  test.each(blocks.map((found) => [found[1]!, found[2]!]))("%s", (text, shown) => {
    let error: unknown;
    try {
      parseQuery(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(QueryError);
    expect(errorText(error as QueryError)).toBe(shown);
  });
});
