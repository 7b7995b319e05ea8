// What takes records and gives a table of them, now and again while records go on coming.
import type { QueryRecord } from "../query-record.ts";
import type { Table } from "./table.ts";

export interface Aggregation {
  /** False where the records' text is not looked at. */
  readonly needsText: boolean;
  /** Keeps nothing of the record itself. */
  add(record: QueryRecord): void;
  /** Of all records so far. */
  result(): Table;
}

/** Groups of an aggregation that keeps a number or two for each. */
export const MAX_GROUPS = 1_000_000;

/** Numbers by group; `initial` where nothing was added. */
export class Tallies {
  private readonly initial: number;
  private values: Float64Array;

  constructor(initial = 0) {
    this.initial = initial;
    this.values = new Float64Array(64).fill(initial);
  }

  of(group: number): number {
    return group < this.values.length ? this.values[group]! : this.initial;
  }

  add(group: number, amount: number): void {
    if (group >= this.values.length) this.grow(group);
    this.values[group]! += amount;
  }

  set(group: number, value: number): void {
    if (group >= this.values.length) this.grow(group);
    this.values[group] = value;
  }

  private grow(group: number): void {
    const before = this.values;
    this.values = new Float64Array(Math.max(group + 1, before.length * 2)).fill(this.initial);
    this.values.set(before);
  }
}

export function leftOutNote(records: number): string {
  return `there are too many groups to keep them all; records in none of those that are kept: ${records}`;
}
