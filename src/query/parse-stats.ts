// `stats count(), p95(ms) as slow by pod`: functions over the records of each group.
import { closest } from "./closest.ts";
import { close, listOf, readBy, readField, readName } from "./pipe-arguments.ts";
import type { Aggregate, AggregateName, Pipe } from "./query.ts";
import type { QueryReader } from "./query-reader.ts";

export const FUNCTIONS: readonly AggregateName[] = [
  "count",
  "uniq",
  "sum",
  "avg",
  "min",
  "max",
  "p50",
  "p90",
  "p95",
  "p99",
];

const FORM = "stats count(), p95(ms) as slow by pod";
const FUNCTION = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPEN = /\(/y;
const AS = /as(?=[\s"]|$)/y;

export function readStats(reader: QueryReader): Pipe {
  const aggregates: Aggregate[] = [];
  listOf(reader, () => {
    const at = reader.position;
    const aggregate = readAggregate(reader);
    if (aggregates.some((other) => other.as === aggregate.as)) {
      throw reader.problem(`two results are called ${aggregate.as}`, "", "name one of them: … as name", at);
    }
    aggregates.push(aggregate);
  });
  return { kind: "stats", aggregates, by: readBy(reader, false) };
}

function readAggregate(reader: QueryReader): Aggregate {
  reader.expect("function");
  const start = reader.position;
  const word = reader.take(FUNCTION)?.[0] ?? "";
  const name = FUNCTIONS.find((known) => known === word);
  if (name === undefined) {
    reader.position = start;
    const guess = word === "" ? undefined : closest(word, FUNCTIONS);
    const hint = guess === undefined ? `as in | ${FORM}` : `did you mean ${guess}(…)?`;
    throw reader.problem(reader.found(), `a function: ${FUNCTIONS.join(", ")}`, hint);
  }
  const form = name === "count" ? "count()" : `${name}(field)`;
  if (reader.take(OPEN) === undefined) throw reader.problem(reader.found(), `( behind ${name}`, `write ${form}`);
  reader.blank();
  const isEmpty = reader.next === ")";
  if (isEmpty && name !== "count") throw reader.problem(reader.found(), "a field", `write ${form}`);
  const field = isEmpty ? undefined : readField(reader);
  reader.blank();
  close(reader, form);
  const at = reader.position;
  if (reader.blank()) reader.expect("keyword", { words: ["as", "by", "|"] });
  const as = reader.take(AS) === undefined ? undefined : readName(reader);
  if (as === undefined) reader.position = at;
  return { name, field, as: as ?? defaultName(name, field) };
}

/** What a result is called that has no name of its own: `count`, `p95(ms)`. */
export function defaultName(name: AggregateName, field: string | undefined): string {
  return field === undefined ? name : `${name}(${field})`;
}
