import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseQuery } from "../../src/query/parse.ts";
import { printFilter, printQuery } from "../../src/query/print.ts";
import type { Filter, Query } from "../../src/query/query.ts";
import { QueryError } from "../../src/query/query-error.ts";
import { arbitraryFilter, arbitraryQuery } from "../support/random-query.ts";

const SPAN = { start: 0, end: 0 };

/** Leaves are the same wherever they stood. */
function withoutSpans(query: Query): Query {
  return JSON.parse(JSON.stringify(query, (key, value) => (key === "span" ? undefined : (value ?? null))));
}

describe("a printed query is read back as it was", () => {
  test("filters by chance", () => {
    fc.assert(
      fc.property(arbitraryFilter(), (filter) => {
        return isDeepStrictEqual(withoutSpans(parseQuery(printFilter(filter))), withoutSpans({ filter, pipes: [] }));
      }),
      { numRuns: 12_000 },
    );
  });

  test("queries with pipes by chance", () => {
    fc.assert(
      fc.property(arbitraryQuery(), (query) => {
        return isDeepStrictEqual(withoutSpans(parseQuery(printQuery(query))), withoutSpans(query));
      }),
      { numRuns: 4000 },
    );
  });

  test("any text that is a query prints as the same query, and any other is a QueryError", () => {
    const piece = fc.constantFrom(
      ...'error warn a:b level: ns=x : = >= < ( ) [ ] { } TO .. " \' ` “ ” / // /x/ /[/]/i \\ \\( * ? - -- ! -> OR and not || && | |count |top by time( stats p95 as head 5 where parse <a> fields , ~ =~ !~ {"a":1} C:\\ http:// x.go:5 @ 🚀 错误'.split(
        " ",
      ),
      "2026-11-21T10:00:00Z ",
      " ",
      "  ",
      "\n",
    );
    const text = fc.oneof(
      { weight: 4, arbitrary: fc.array(piece, { maxLength: 12 }).map((p) => p.join("")) },
      { weight: 2, arbitrary: fc.array(piece, { maxLength: 8 }).map((p) => p.join(" ")) },
      { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
    );
    let queries = 0;
    fc.assert(
      fc.property(text, (given) => {
        let query: Query;
        try {
          query = parseQuery(given);
        } catch (error) {
          return error instanceof QueryError;
        }
        queries++;
        return isDeepStrictEqual(withoutSpans(parseQuery(printQuery(query))), withoutSpans(query));
      }),
      { numRuns: 5000 },
    );
    expect(queries).toBeGreaterThan(1000);
  });
});

describe("filters that no text gives print as what they mean", () => {
  const word: Filter = { kind: "words", span: SPAN, field: undefined, text: "x", prefix: false };
  test.each<[string, Filter]>([
    ["*", { kind: "and", parts: [] }],
    ["-*", { kind: "or", parts: [] }],
    ["x", { kind: "or", parts: [{ kind: "and", parts: [word] }] }],
    ["-*", { kind: "not", part: { kind: "all" } }],
    ["x (x OR x)", { kind: "and", parts: [word, { kind: "or", parts: [word, word] }] }],
    ["pod:*", { kind: "range", span: SPAN, field: "pod", low: undefined, high: undefined }],
  ])("%s", (printed, filter) => {
    expect(printFilter(filter)).toBe(printed);
  });
});
