// What runs over records, one after the other: where, parse, head, tail, sort.

import { plainText } from "../plain-text.ts";
import { compilePredicate } from "../predicate.ts";
import type { Pipe } from "../query.ts";
import type { QueryRecord } from "../query-record.ts";
import { fieldOf } from "../record-fields.ts";
import { withFields } from "./added-fields.ts";
import { BestOf } from "./best-of.ts";
import { fieldInfo } from "./field-info.ts";
import { type Capture, captureByPattern, captureByRegexp, patternParts } from "./parse-pattern.ts";
import { type PipeContext, pipeError } from "./pipe-context.ts";
import { type Cell, cellOf, cellOrder } from "./table.ts";

/** Records that `sort` keeps; of more, the first of the order. */
const MAX_SORTED = 200_000;

/** A step. It hands on what comes out of it; with `end` also what it kept. */
export interface RecordStage<R extends QueryRecord> {
  push(record: R, next: (record: R) => void): void;
  end(next: (record: R) => void): void;
  /** Nothing that is still to come would change what comes out. */
  readonly isDone: boolean;
  note(): string | undefined;
}

export type RecordStagePipe = Extract<Pipe, { readonly kind: "where" | "parse" | "head" | "tail" | "sort" }>;

/** `sort` with a `head` behind it keeps no more than `wanted` records. */
export function createRecordStage<R extends QueryRecord>(
  pipe: RecordStagePipe,
  wanted: number | undefined,
  context: PipeContext,
): RecordStage<R> {
  switch (pipe.kind) {
    case "where": {
      const matches = compilePredicate(pipe.filter, context);
      return passing((record) => (matches(record) ? record : undefined));
    }
    case "parse": {
      const capture = captureOf(pipe, context);
      const { from } = pipe;
      return passing((record) => {
        const caught = capture(from === undefined ? plainText(record) : fieldText(record, from));
        return caught === undefined ? record : withFields(record, caught);
      });
    }
    case "head":
      return new Head(pipe.count);
    case "tail":
      return new Tail(pipe.count);
    case "sort":
      return new Sort(pipe.field, pipe.descending, wanted);
  }
}

function passing<R extends QueryRecord>(step: (record: R) => R | undefined): RecordStage<R> {
  return {
    push: (record, next) => {
      const passed = step(record);
      if (passed !== undefined) next(passed);
    },
    end: () => {},
    isDone: false,
    note: () => undefined,
  };
}

class Head<R extends QueryRecord> implements RecordStage<R> {
  private left: number;

  constructor(count: number) {
    this.left = count;
  }

  get isDone(): boolean {
    return this.left <= 0;
  }

  push(record: R, next: (record: R) => void): void {
    if (this.left-- > 0) next(record);
  }

  end(): void {}

  note(): undefined {}
}

class Tail<R extends QueryRecord> implements RecordStage<R> {
  readonly isDone = false;
  private readonly count: number;
  /** A ring: the oldest stands at `seen % count` once it is full. */
  private readonly kept: R[] = [];
  private seen = 0;

  constructor(count: number) {
    this.count = count;
  }

  push(record: R): void {
    if (this.count > 0) this.kept[this.seen++ % this.count] = record;
  }

  end(next: (record: R) => void): void {
    const oldest = this.seen > this.count ? this.seen % this.count : 0;
    for (let i = 0; i < this.kept.length; i++) next(this.kept[(oldest + i) % this.kept.length]!);
  }

  note(): undefined {}
}

class Sort<R extends QueryRecord> implements RecordStage<R> {
  readonly isDone = false;
  private readonly field: string;
  private readonly isTime: boolean;
  private readonly best: BestOf<{ readonly record: R; readonly cell: Cell }>;
  private readonly limit: number;
  private readonly isWanted: boolean;
  private leftOut = 0;

  constructor(field: string, descending: boolean, wanted: number | undefined) {
    const { isTime, kind } = fieldInfo(field);
    const order = cellOrder(kind, descending);
    this.field = field;
    this.isTime = isTime;
    this.limit = Math.min(wanted ?? MAX_SORTED, MAX_SORTED);
    this.isWanted = wanted !== undefined && wanted <= MAX_SORTED;
    this.best = new BestOf(this.limit, (a, b) => order(a.cell, b.cell));
  }

  push(record: R): void {
    if (!this.best.add({ record, cell: this.cell(record) })) this.leftOut++;
  }

  end(next: (record: R) => void): void {
    for (const { record } of this.best.sorted()) next(record);
  }

  note(): string | undefined {
    if (this.leftOut === 0 || this.isWanted) return undefined;
    return `sort keeps the first ${this.limit} records; left out behind them: ${this.leftOut}`;
  }

  private cell(record: R): Cell {
    if (!this.isTime) return cellOf(fieldOf(record, this.field));
    return record.sec < 0 ? undefined : { sec: record.sec, nsec: record.nsec };
  }
}

function captureOf(pipe: Extract<Pipe, { readonly kind: "parse" }>, context: PipeContext): Capture {
  if (pipe.regexp) return captureByRegexp(pipe.pattern, context);
  const parts = patternParts(pipe.pattern);
  if ("problem" in parts) throw pipeError(context, pipe, { problem: parts.problem });
  return captureByPattern(parts);
}

function fieldText(record: QueryRecord, name: string): string {
  const cell = cellOf(fieldOf(record, name));
  return cell === undefined || typeof cell === "object" ? "" : String(cell);
}
