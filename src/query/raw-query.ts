// Queries that are not in the language: the text itself (--fixed) and one regexp (--regexp).
import type { Filter, Query, Span } from "./query.ts";
import { QueryError } from "./query-error.ts";
import { regexpProblem } from "./regexp-problem.ts";

/** The text is not in the language, so no piece of it stands for the leaf. */
const NOWHERE: Span = { start: 0, end: 0 };

/** Lines that hold the text as it is, blanks and signs included, in any case. Without text every line. */
export function literalQuery(text: string): Query {
  const any = { any: "*" } as const;
  const filter: Filter =
    text === "" ? { kind: "all" } : { kind: "wildcard", span: NOWHERE, field: undefined, pattern: [any, text, any] };
  return { filter, pipes: [] };
}

/** Lines that the regexp matches somewhere, in the case that it is written in. Throws QueryError. */
export function regexpQuery(text: string): Query {
  const problem = text === "" ? "it is empty" : regexpProblem(text, "");
  if (problem !== undefined) {
    const hint = "to search for the text as it is use --fixed";
    throw new QueryError(text, { position: 0, problem: `the regexp is not valid: ${problem}`, expected: "", hint });
  }
  return { filter: { kind: "regexp", span: NOWHERE, field: undefined, source: text, flags: "" }, pipes: [] };
}
