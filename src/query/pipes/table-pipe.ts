// What runs over the table of an aggregation: sort, head, tail, where on its columns, fields.

import { parseLevel } from "../../record/level-names.ts";
import type { Origin } from "../../record/log-line.ts";
import { UNKNOWN_ORIGIN } from "../../record/unknown-origin.ts";
import { coreField, placeOf } from "../field-place.ts";
import { compilePredicate } from "../predicate.ts";
import type { Filter, Leaf, Pipe } from "../query.ts";
import { QueryError } from "../query-error.ts";
import type { QueryRecord } from "../query-record.ts";
import { type PipeContext, pipeError } from "./pipe-context.ts";
import { type Column, cellOrder, type Row, type Table } from "./table.ts";

export type TableStage = (table: Table) => Table;
export type TableStagePipe = Extract<Pipe, { readonly kind: "where" | "fields" | "head" | "tail" | "sort" }>;

/** `columns`: those of the table before this pipe. Throws QueryError where the pipe names another. */
export function createTableStage(pipe: TableStagePipe, columns: readonly Column[], context: PipeContext): TableStage {
  switch (pipe.kind) {
    case "head":
      return (table) => ({ ...table, rows: table.rows.slice(0, pipe.count) });
    case "tail":
      return (table) => ({ ...table, rows: pipe.count === 0 ? [] : table.rows.slice(-pipe.count) });
    case "sort": {
      const at = columnOf(pipe.field, pipe, columns, context);
      const order = cellOrder(columns[at]!.kind, pipe.descending);
      return (table) => ({ ...table, rows: [...table.rows].sort((a, b) => order(a[at], b[at])) });
    }
    case "fields": {
      const named = pipe.names.map((name) => columnOf(name, pipe, columns, context));
      const places = pipe.except ? columns.map((_, at) => at).filter((at) => !named.includes(at)) : named;
      if (places.length === 0) throw pipeError(context, pipe, { problem: "no column is left of the table" });
      return (table) => ({
        ...table,
        columns: places.map((at) => table.columns[at]!),
        rows: table.rows.map((row) => places.map((at) => row[at])),
      });
    }
    case "where":
      return rowFilter(pipe.filter, columns, context);
  }
}

function columnOf(name: string, pipe: Pipe, columns: readonly Column[], context: PipeContext): number {
  const at = columnAt(name, columns);
  if (at >= 0) return at;
  throw pipeError(context, pipe, { problem: `the table has no column ${name}`, expected: columnList(columns) });
}

/** By the name as written, else by another name of the same field: `namespace` for `by ns`. */
function columnAt(name: string, columns: readonly Column[]): number {
  const exact = columns.findIndex((column) => column.name === name);
  if (exact >= 0) return exact;
  const core = coreField(name);
  return core === undefined ? -1 : columns.findIndex((column) => coreField(column.name) === core);
}

function columnList(columns: readonly Column[]): string {
  return `one of ${columns.map(({ name }) => name).join(", ")}`;
}

/** A row is tested as a record that has the columns as fields, so that every form means what it means before the table. */
function rowFilter(filter: Filter, columns: readonly Column[], context: PipeContext): TableStage {
  checkFields(filter, columns, context);
  const matches = compilePredicate(filter, context);
  return (table) => ({ ...table, rows: table.rows.filter((row) => matches(recordOf(row, columns))) });
}

function checkFields(filter: Filter, columns: readonly Column[], context: PipeContext): void {
  switch (filter.kind) {
    case "all":
    case "none":
      return;
    case "and":
    case "or":
      for (const part of filter.parts) checkFields(part, columns, context);
      return;
    case "not":
      checkFields(filter.part, columns, context);
      return;
    default:
      checkLeaf(filter, columns, context);
  }
}

function checkLeaf(leaf: Leaf, columns: readonly Column[], context: PipeContext): void {
  if (leaf.field === undefined || columnAt(leaf.field, columns) >= 0) return;
  throw new QueryError(context.query ?? "", {
    position: leaf.span.start,
    problem: `the table has no column ${leaf.field}`,
    expected: columnList(columns),
  });
}

function recordOf(row: Row, columns: readonly Column[]): QueryRecord {
  const attrs: Record<string, unknown> = {};
  const origin: Record<string, unknown> = { ...UNKNOWN_ORIGIN };
  const labels: Record<string, Record<string, string>> = { labels: {}, tags: {}, annotations: {} };
  const known = { time: { sec: -1, nsec: 0 }, level: "", stream: "", id: "", message: "" };
  columns.forEach(({ name }, at) => {
    const cell = row[at];
    if (cell === undefined) return;
    const place = placeOf(name);
    const text = typeof cell === "object" ? "" : String(cell);
    if (place.kind === "core") {
      if (place.field === "ts") known.time = typeof cell === "object" ? cell : known.time;
      else if (place.field in known) known[place.field as "level" | "stream" | "id" | "message"] = text;
      else origin[place.field] = text;
    } else if (place.kind === "any" || place.kind === "attrs") attrs[place.path] = cell;
    else labels[place.kind]![place.key] = text;
  });
  const words = row.flatMap((cell) => (cell === undefined || typeof cell === "object" ? [] : [String(cell)]));
  const buffer = Buffer.from(known.message || words.join(" "));
  const level = known.level === "" ? undefined : parseLevel(known.level);
  const stream = known.stream === "stdout" || known.stream === "stderr" ? known.stream : "";
  return {
    ...known.time,
    origin: { ...origin, ...labels } as unknown as Origin,
    buffer,
    start: 0,
    end: buffer.length,
    rest: undefined,
    details: { stream, level, id: known.id || undefined, lines: 1, attrs, sources: [] },
  };
}
