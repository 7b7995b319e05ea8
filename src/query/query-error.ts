// What is wrong with a query, and where in it.
import { KlogError } from "../errors.ts";

export interface QueryProblem {
  /** UTF-16 units from the query's beginning. */
  readonly position: number;
  /** What was found, or what is wrong: `the quote is not closed`. */
  readonly problem: string;
  /** What could have stood there: `a value such as error`; "" where that says nothing more. */
  readonly expected: string;
  readonly hint?: string | undefined;
}

/** An error of code QUERY_INVALID. Its message is one line; `errorText` shows it under the query. */
export class QueryError extends KlogError {
  readonly query: string;
  readonly position: number;
  readonly expected: string;

  constructor(query: string, what: QueryProblem) {
    const column = [...query.slice(0, what.position)].length + 1;
    const expected = what.expected === "" ? "" : `; expected ${what.expected}`;
    super(
      "QUERY_INVALID",
      `query, character ${column}: ${what.problem}${expected}`,
      what.hint === undefined ? {} : { hint: what.hint },
    );
    this.query = query;
    this.position = what.position;
    this.expected = what.expected;
  }
}
