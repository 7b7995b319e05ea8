// What the pipes are told beside themselves, and how they refuse.
import type { Timestamp } from "../../record/timestamp.ts";
import type { CompileContext } from "../compile-context.ts";
import type { Pipe } from "../query.ts";
import { QueryError } from "../query-error.ts";

export interface PipeContext extends CompileContext {
  /** The search's range, where it is known: histograms cover it. */
  readonly from: Timestamp | undefined;
  readonly to: Timestamp | undefined;
  /** Bars that a histogram may have: the terminal's width; 60 by default. */
  readonly maxBars?: number;
}

export function pipeError(
  context: PipeContext,
  pipe: Pipe,
  what: { readonly problem: string; readonly expected?: string; readonly hint?: string },
): QueryError {
  const query = context.query ?? "";
  return new QueryError(query, {
    position: pipe.span?.start ?? query.length,
    problem: what.problem,
    expected: what.expected ?? "",
    hint: what.hint,
  });
}
