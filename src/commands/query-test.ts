// A query that a flag gives (--query, --wait-for) as a test of lines, and as what to colour in them.
import type { HighlightPattern } from "../output/highlight.ts";
import { compilePredicate } from "../query/predicate.ts";
import type { Predicate } from "../query/query-record.ts";
import { pointingOut, readFilter } from "./search/build-query.ts";
import { queryHighlights, queryRegexp } from "./search/query-highlight.ts";

export interface QueryTest {
  readonly matches: Predicate;
  readonly highlights: readonly HighlightPattern[];
}

/** `flag` is named by errors; `zone` is what times in the query are in. Throws KlogError QUERY_INVALID. */
export function queryTest(text: string, flag: string, zone: string, warn: (text: string) => void): QueryTest {
  const filter = readFilter(text, flag);
  const context = { now: Date.now(), zone, regexp: queryRegexp(warn), query: text };
  const matches = pointingOut(() => compilePredicate(filter, context), `${flag}: `);
  return { matches, highlights: queryHighlights(filter) };
}
