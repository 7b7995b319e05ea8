// What is wrong with one test of a filter that the parser let pass: no such level, no such time.
import { KlogError } from "../errors.ts";
import type { CompileContext } from "./compile-context.ts";
import type { Leaf } from "./query.ts";
import { QueryError } from "./query-error.ts";

export function leafError(
  leaf: Leaf,
  context: CompileContext | undefined,
  what: { readonly problem: string; readonly expected: string; readonly hint?: string | undefined },
): KlogError {
  if (context?.query !== undefined) return new QueryError(context.query, { position: leaf.span.start, ...what });
  const { problem, expected, hint } = what;
  const message = `query: ${problem}${expected === "" ? "" : `; expected ${expected}`}`;
  return new KlogError("QUERY_INVALID", message, hint === undefined ? {} : { hint });
}
