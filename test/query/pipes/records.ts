// Records and contexts for the tests of pipes.
import type { CompileContext } from "../../../src/query/compile-context.ts";
import { parseQuery } from "../../../src/query/parse.ts";
import type { PipeContext } from "../../../src/query/pipes/pipe-context.ts";
import { planPipes, type RecordPlan, type TablePlan } from "../../../src/query/pipes/plan.ts";
import type { Table } from "../../../src/query/pipes/table.ts";
import type { LineDetails, LogLine, Origin } from "../../../src/record/log-line.ts";
import { makeLine, makeOrigin } from "../../output/make-line.ts";

/** 2026-11-21T10:00:00Z */
export const NOON = 1_795_255_200;

const context: CompileContext = {
  now: NOON * 1000,
  zone: "UTC",
  regexp: (source, flags) => new RegExp(source, flags),
};

export interface Given {
  readonly text?: string;
  readonly sec?: number;
  readonly nsec?: number;
  readonly origin?: Origin;
  readonly level?: LineDetails["level"];
  readonly attrs?: Readonly<Record<string, unknown>>;
}

export function makeRecord({
  text = "",
  sec = NOON,
  nsec = 0,
  origin = makeOrigin(),
  level,
  attrs,
}: Given = {}): LogLine {
  const details: LineDetails = { stream: "stdout", level, id: undefined, lines: 1, attrs, sources: ["store"] };
  return makeLine(text, { sec, nsec, origin, details });
}

export function pipeContext(query: string, changes: Partial<PipeContext> = {}): PipeContext {
  return { ...context, query, from: undefined, to: undefined, ...changes };
}

export function planOf(query: string, changes: Partial<PipeContext> = {}): RecordPlan | TablePlan {
  return planPipes(parseQuery(query).pipes, pipeContext(query, changes));
}

export function tableOf(query: string, records: Iterable<LogLine>, changes: Partial<PipeContext> = {}): Table {
  const plan = planOf(query, changes);
  if (!plan.isTable) throw new Error(`${query} makes no table`);
  const run = plan.start();
  for (const record of records) run.add(record);
  run.end();
  return run.result();
}

/** Rows with their cells by column. */
export function rowsOf({ columns, rows }: Table): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])));
}

export function linesOf(query: string, records: Iterable<LogLine>): LogLine[] {
  const plan = planOf(query);
  if (plan.isTable) throw new Error(`${query} makes a table`);
  const run = plan.start<LogLine>();
  const out: LogLine[] = [];
  for (const record of records) if (!run.isDone) out.push(...run.push(record));
  return [...out, ...run.end()];
}

export function textOf(line: LogLine): string {
  return line.buffer.toString("utf8", line.start, line.end);
}
