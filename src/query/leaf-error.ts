// What is wrong with one test of a filter that the parser let pass: no such level, no such time.
import { KlogError } from "../errors.ts";
import type { CompileContext } from "./compile-context.ts";
import type { Leaf } from "./query.ts";
import { QueryError } from "./query-error.ts";

interface LeafProblem {
  readonly problem: string;
  readonly expected: string;
  readonly hint?: string | undefined;
  /** What of the test is wrong; `at` UTF-16 units into it. */
  readonly value: string;
  readonly at?: number;
}

export function leafError(leaf: Leaf, context: CompileContext | undefined, what: LeafProblem): KlogError {
  if (context?.query !== undefined)
    return new QueryError(context.query, { ...what, position: placeIn(context.query, leaf, what) });
  const { problem, expected, hint } = what;
  const message = `query: ${problem}${expected === "" ? "" : `; expected ${expected}`}`;
  return new KlogError("QUERY_INVALID", message, hint === undefined ? {} : { hint });
}

/** A value written with escapes is not found as it is: then the test's beginning. */
function placeIn(query: string, { span, field = "" }: Leaf, { value, at = 0 }: LeafProblem): number {
  const written = query.slice(span.start, span.end);
  const behindName = written.startsWith(field) ? field.length : 0;
  const found = written.indexOf(value, behindName);
  return found < 0 ? span.start : span.start + found + at;
}
