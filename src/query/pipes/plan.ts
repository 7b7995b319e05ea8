// From a query's pipes to what runs: steps over records, at most one aggregation, steps over its table.
import type { Pipe } from "../query.ts";
import type { QueryRecord } from "../query-record.ts";
import type { Aggregation } from "./aggregation.ts";
import { CountAggregation } from "./count-aggregation.ts";
import { fieldInfo } from "./field-info.ts";
import { type Histogram, HistogramAggregation } from "./histogram.ts";
import { type PipeContext, pipeError } from "./pipe-context.ts";
import type { RecordStagePipe } from "./record-pipe.ts";
import { RecordSteps } from "./record-steps.ts";
import { type ShownFields, selectFields } from "./shown-fields.ts";
import { StatsAggregation } from "./stats-aggregation.ts";
import type { Table } from "./table.ts";
import { createTableStage, type TableStage, type TableStagePipe } from "./table-pipe.ts";

/** Bars of a histogram that is not drawn on a terminal. */
const MAX_BARS = 60;

interface PlanFacts {
  /** False where neither steps nor aggregation look at the lines' text. */
  readonly needsText: boolean;
  /** True where the order of the records does not matter: they may come from `Source.fold`. */
  readonly takesAnyOrder: boolean;
  /** True where nothing comes out before the last record is in (`sort`, `tail`): such a search cannot be followed. */
  readonly waitsForEnd: boolean;
  /** Records that are wanted of the sources; undefined: all. */
  readonly limit: number | undefined;
}

export type PipePlan = RecordPlan | TablePlan;

/** Records go in and come out. */
export interface RecordPlan extends PlanFacts {
  readonly isTable: false;
  /** What of them is shown; undefined: lines as they are. */
  readonly fields: ShownFields | undefined;
  /** A run of its own: it keeps counts and records. */
  start<R extends QueryRecord>(): RecordRun<R>;
}

export interface RecordRun<R extends QueryRecord> {
  push(record: R): readonly R[];
  /** What was kept back until now; nothing is pushed afterwards. */
  end(): readonly R[];
  /** Nothing that is still to come would change what comes out. */
  readonly isDone: boolean;
  readonly notes: readonly string[];
}

/** Records go in and a table comes out. */
export interface TablePlan extends PlanFacts {
  readonly isTable: true;
  start(): TableRun;
}

export interface TableRun {
  /** Keeps nothing of the record where `takesAnyOrder`. */
  add(record: QueryRecord): void;
  /** No further record would change the table. */
  readonly isDone: boolean;
  /** Nothing is added afterwards: what `sort` and `tail` kept back goes into the table. */
  end(): void;
  /** Of all records so far; as often as one likes while they go on coming. */
  result(): Table;
  /** Where the table is a histogram and nothing else runs over it. */
  histogram(): Histogram | undefined;
}

/** Throws QueryError for pipes that cannot follow each other, and columns that the table does not have. */
export function planPipes(pipes: readonly Pipe[], context: PipeContext): PipePlan {
  const at = pipes.findIndex(isAggregation);
  const before = at < 0 ? pipes : pipes.slice(0, at);
  const steps = before.filter((pipe): pipe is RecordStagePipe => pipe.kind !== "fields");
  const facts = factsOf(steps);
  const start = <R extends QueryRecord>() => new RecordSteps<R>(steps, context);
  start();
  if (at < 0) {
    const fields = selectFields(before);
    const textless = fields?.names?.every((name) => !fieldInfo(name).needsText) === true;
    return {
      isTable: false,
      ...facts,
      needsText: facts.needsText || !textless,
      fields,
      start: () => new Records(start()),
    };
  }

  const aggregationPipe = pipes[at] as AggregationPipe;
  const after = tableStages(pipes.slice(at + 1), aggregationPipe, context);
  const { needsText } = createAggregation(aggregationPipe, after.limit, context);
  return {
    isTable: true,
    ...facts,
    needsText: facts.needsText || needsText,
    start: () => new Aggregated(start(), createAggregation(aggregationPipe, after.limit, context), after.stages),
  };
}

type AggregationPipe = Extract<Pipe, { readonly kind: "count" | "top" | "uniq" | "values" | "hist" | "stats" }>;

function isAggregation(pipe: Pipe): pipe is AggregationPipe {
  switch (pipe.kind) {
    case "count":
    case "top":
    case "uniq":
    case "values":
    case "hist":
    case "stats":
      return true;
    default:
      return false;
  }
}

function factsOf(steps: readonly RecordStagePipe[]): PlanFacts {
  const other = steps.findIndex((pipe) => pipe.kind !== "head");
  const heads = (other < 0 ? steps : steps.slice(0, other)).flatMap((pipe) =>
    pipe.kind === "head" ? [pipe.count] : [],
  );
  return {
    // A filter's fields are not looked through: what it needs is as cheap to have as to find out.
    needsText: steps.some((pipe) => pipe.kind === "where" || pipe.kind === "parse" || needsTextToSort(pipe)),
    takesAnyOrder: steps.every(({ kind }) => kind === "where" || kind === "parse"),
    waitsForEnd: steps.some(({ kind }) => kind === "sort" || kind === "tail"),
    limit: heads.length === 0 ? undefined : Math.min(...heads),
  };
}

function needsTextToSort(pipe: RecordStagePipe): boolean {
  return pipe.kind === "sort" && fieldInfo(pipe.field).needsText;
}

function createAggregation(pipe: AggregationPipe, limit: number | undefined, context: PipeContext): Aggregation {
  const { zone } = context;
  checkSteps(pipe, context);
  switch (pipe.kind) {
    case "count":
    case "uniq":
    case "values":
      return new CountAggregation({ kind: pipe.kind, by: pipe.by, limit, zone });
    case "top":
      return new CountAggregation({ kind: "top", by: pipe.by, limit: Math.min(pipe.count, limit ?? pipe.count), zone });
    case "stats":
      return new StatsAggregation({ aggregates: pipe.aggregates, by: pipe.by, zone });
    case "hist": {
      const { from, to, now, maxBars = MAX_BARS } = context;
      return new HistogramAggregation({ everyMs: pipe.everyMs, by: pipe.by, from, to, now, zone, maxBars });
    }
  }
}

function checkSteps(pipe: AggregationPipe, context: PipeContext): void {
  const steps =
    pipe.kind === "hist" ? [pipe.everyMs] : pipe.by.map((key) => ("everyMs" in key ? key.everyMs : undefined));
  if (steps.every((step) => step === undefined || (step >= 1 && Number.isInteger(step)))) return;
  throw pipeError(context, pipe, {
    problem: "a step is not a whole number of milliseconds",
    expected: "30s, 5m or 1h",
  });
}

/** `limit`: rows that a `head` right behind the aggregation wants. */
function tableStages(
  pipes: readonly Pipe[],
  aggregation: AggregationPipe,
  context: PipeContext,
): { readonly stages: readonly TableStage[]; readonly limit: number | undefined } {
  const [first] = pipes;
  const stages: TableStage[] = [];
  // The columns are known before any record is: an empty table has them.
  let table = createAggregation(aggregation, undefined, context).result();
  for (const pipe of pipes) {
    const stage = createTableStage(tablePipe(pipe, aggregation, context), table.columns, context);
    table = stage(table);
    stages.push(stage);
  }
  return { stages, limit: first?.kind === "head" ? first.count : undefined };
}

function tablePipe(pipe: Pipe, aggregation: AggregationPipe, context: PipeContext): TableStagePipe {
  if (pipe.kind === "parse") {
    const hint = `put parse before ${aggregation.kind}`;
    throw pipeError(context, pipe, { problem: `the table of ${aggregation.kind} has no lines to parse`, hint });
  }
  if (!isAggregation(pipe)) return pipe;
  throw pipeError(context, pipe, {
    problem: `${pipe.kind} cannot count the table of ${aggregation.kind} once more`,
    expected: "sort, head, tail, where or fields",
    hint: "group by several fields at once: count by pod, level",
  });
}

class Records<R extends QueryRecord> implements RecordRun<R> {
  private readonly steps: RecordSteps<R>;

  constructor(steps: RecordSteps<R>) {
    this.steps = steps;
  }

  get isDone(): boolean {
    return this.steps.isDone;
  }

  get notes(): readonly string[] {
    return this.steps.notes;
  }

  push(record: R): readonly R[] {
    const out: R[] = [];
    this.steps.push(record, (passed) => out.push(passed));
    return out;
  }

  end(): readonly R[] {
    const out: R[] = [];
    this.steps.end((kept) => out.push(kept));
    return out;
  }
}

class Aggregated implements TableRun {
  private readonly steps: RecordSteps<QueryRecord>;
  private readonly aggregation: Aggregation;
  private readonly stages: readonly TableStage[];
  private readonly take: (record: QueryRecord) => void;

  constructor(steps: RecordSteps<QueryRecord>, aggregation: Aggregation, stages: readonly TableStage[]) {
    this.steps = steps;
    this.aggregation = aggregation;
    this.stages = stages;
    this.take = (record) => aggregation.add(record);
  }

  get isDone(): boolean {
    return this.steps.isDone;
  }

  add(record: QueryRecord): void {
    this.steps.push(record, this.take);
  }

  result(): Table {
    const table = this.stages.reduce((before, stage) => stage(before), this.aggregation.result());
    return { ...table, notes: [...this.steps.notes, ...table.notes] };
  }

  end(): void {
    this.steps.end(this.take);
  }

  histogram(): Histogram | undefined {
    return this.stages.length === 0 && this.aggregation instanceof HistogramAggregation
      ? this.aggregation.histogram()
      : undefined;
  }
}
