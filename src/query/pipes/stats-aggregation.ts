// stats: sums, averages, extremes, percentiles and counts of different values, by group.
import type { FieldPlace } from "../field-place.ts";
import { numericOf } from "../numbers.ts";
import type { Aggregate, GroupKey } from "../query.ts";
import type { QueryRecord } from "../query-record.ts";
import { RecordView } from "../record-view.ts";
import { type Accumulator, createAccumulator, isOfNumbers, PercentileStore, type Value } from "./accumulators.ts";
import { type Aggregation, leftOutNote, MAX_GROUPS, Tallies } from "./aggregation.ts";
import type { ExactBudget } from "./distinct-count.ts";
import { fieldInfo, needsText } from "./field-info.ts";
import { Groups } from "./groups.ts";
import { type Cell, type Column, cellOf, cellOrder, type Row, type Table } from "./table.ts";

/** Groups where each of them keeps values, not just a number. */
const MAX_HEAVY_GROUPS = 100_000;
/** Values that all groups keep together before they go over to sketches. */
const EXACT_VALUES = 2_000_000;

interface Field {
  readonly name: string;
  readonly place: FieldPlace;
  readonly isTime: boolean;
  readonly accumulators: readonly Accumulator[];
  /** Names of the aggregates that take numbers only. */
  readonly numeric: readonly string[];
  noNumbers: number;
}

export interface StatsOptions {
  readonly aggregates: readonly Aggregate[];
  readonly by: readonly GroupKey[];
  readonly zone: string;
  readonly maxGroups?: number;
  readonly exactValues?: number;
}

export class StatsAggregation implements Aggregation {
  readonly needsText: boolean;
  private readonly options: StatsOptions;
  private readonly view = new RecordView();
  private readonly groups: Groups;
  private readonly records = new Tallies();
  private readonly fields: readonly Field[];
  private readonly looksInside: boolean;
  /** By aggregate; undefined: `count()`, the records themselves. */
  private readonly accumulators: readonly (Accumulator | undefined)[];

  constructor(options: StatsOptions) {
    const { aggregates, by, zone } = options;
    this.options = options;
    const names = [...new Set(aggregates.flatMap(({ field }) => (field === undefined ? [] : [field])))];
    this.needsText = needsText([...by, ...names.map((field) => ({ field }))]);
    const isHeavy = aggregates.some(({ name }) => name === "uniq" || name.startsWith("p"));
    this.groups = new Groups(by, zone, options.maxGroups ?? (isHeavy ? MAX_HEAVY_GROUPS : MAX_GROUPS), this.view);

    const budget: ExactBudget = { left: options.exactValues ?? EXACT_VALUES };
    const stores = new Map(names.map((name) => [name, new PercentileStore(budget)]));
    this.accumulators = aggregates.map(({ name, field }) =>
      field === undefined ? undefined : createAccumulator(name, stores.get(field)!, budget),
    );
    this.fields = names.map((name) => ({
      name,
      place: fieldInfo(name).place,
      isTime: fieldInfo(name).isTime,
      accumulators: this.accumulators.filter((_, i) => aggregates[i]!.field === name) as Accumulator[],
      numeric: [...new Set(aggregates.filter((a) => a.field === name && isOfNumbers(a.name)).map((a) => a.name))],
      noNumbers: 0,
    }));
    this.looksInside = this.fields.some(({ isTime }) => !isTime);
  }

  add(record: QueryRecord): void {
    const { groups } = this;
    const group = groups.of(record);
    const { further } = groups;
    if (this.looksInside) this.view.look(record);
    if (group >= 0) this.records.add(group, 1);
    for (let i = 0; i < further.length; i++) this.records.add(further[i]!, 1);
    for (const field of this.fields) {
      if (!field.isTime) this.addValues(field, group, further);
      else if (record.sec >= 0) addTime(field, record, group, further);
    }
  }

  result(): Table {
    const { groups, options } = this;
    const { aggregates, by } = options;
    const figures = aggregates.map(({ as, field, name }): Column => {
      const isTime = field !== undefined && (name === "min" || name === "max") && fieldInfo(field).isTime;
      return { name: as, kind: isTime ? "time" : "number" };
    });
    const columns = [...groups.columns, ...figures];
    const rows: Row[] = [];
    for (let group = 0; group < groups.size; group++) {
      if (by.length > 0 && this.records.of(group) === 0) continue;
      rows.push([...groups.cells(group), ...this.accumulators.map((one) => this.figure(one, group))]);
    }
    return { columns, rows: rows.sort(rowOrder(columns, by)), notes: this.notes() };
  }

  private addValues(field: Field, group: number, further: readonly number[]): void {
    for (const value of valuesOf(this.view, field)) {
      for (const accumulator of field.accumulators) {
        if (group >= 0) accumulator.add(group, value);
        for (const other of further) accumulator.add(other, value);
      }
    }
  }

  private figure(accumulator: Accumulator | undefined, group: number): Cell {
    return accumulator === undefined ? this.records.of(group) : accumulator.result(group);
  }

  private notes(): string[] {
    const { groups, options } = this;
    const notes = options.aggregates.flatMap(({ as }, i) => {
      const note = this.accumulators[i]?.note();
      return note === undefined ? [] : [`${as} ${note}`];
    });
    for (const { name, noNumbers, numeric } of this.fields) {
      if (noNumbers > 0)
        notes.push(`${numeric.join(", ")} leave out values of ${name} that are no numbers: ${noNumbers}`);
    }
    if (groups.leftOut > 0) notes.push(leftOutNote(groups.leftOut));
    return notes;
  }
}

function addTime(field: Field, { sec, nsec }: QueryRecord, group: number, further: readonly number[]): void {
  for (const accumulator of field.accumulators) {
    if (group >= 0) accumulator.addTime(group, sec, nsec);
    for (const other of further) accumulator.addTime(other, sec, nsec);
  }
}

/** Each element of an array is a value. Counts those that are no numbers, where numbers are asked for. */
function valuesOf(view: RecordView, field: Field): readonly Value[] {
  const raw = view.field(field.place);
  const values: Value[] = [];
  for (const one of Array.isArray(raw) ? raw : [raw]) {
    const cell = cellOf(one);
    if (cell === undefined || typeof cell === "object") continue;
    const number = numericOf(cell)?.double ?? Number.NaN;
    if (Number.isNaN(number) && field.numeric.length > 0) field.noNumbers++;
    values.push({ cell, number });
  }
  return values;
}

/** By time where that is a key, else by the first figure, the largest first; then by the keys. */
function rowOrder(columns: readonly Column[], by: readonly GroupKey[]): (a: Row, b: Row) => number {
  const orders = columns.map(({ kind }) => cellOrder(kind, false));
  const largest = cellOrder("number", true);
  const time = by.findIndex((key) => "everyMs" in key);
  return (a, b) => {
    let found = time >= 0 ? orders[time]!(a[time], b[time]) : largest(a[by.length], b[by.length]);
    for (let i = 0; found === 0 && i < by.length; i++) found = orders[i]!(a[i], b[i]);
    return found;
  };
}
