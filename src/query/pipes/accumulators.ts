// The aggregates of `stats`: each takes the values of one field by group and tells what they come to.
import type { AggregateName } from "../query.ts";
import { Tallies } from "./aggregation.ts";
import { DistinctCount, type ExactBudget } from "./distinct-count.ts";
import { STANDARD_ERROR } from "./distinct-sketch.ts";
import { Percentiles } from "./percentiles.ts";
import { RELATIVE_ERROR } from "./quantile-sketch.ts";
import type { Cell } from "./table.ts";

/** One value of a record's field. */
export interface Value {
  readonly cell: string | number;
  /** NaN where it is no number. */
  readonly number: number;
}

export interface Accumulator {
  add(group: number, value: Value): void;
  /** For the field `ts`, instead of `add`. */
  addTime(group: number, sec: number, nsec: number): void;
  result(group: number): Cell;
  /** What to know of the figures; undefined: they are exact. */
  note(): string | undefined;
}

/** Percentiles of one field share their values: `percentiles` is what the accumulators of that field have in common. */
export function createAccumulator(name: AggregateName, percentiles: PercentileStore, budget: ExactBudget): Accumulator {
  switch (name) {
    case "count":
      return new Count();
    case "sum":
    case "avg":
      return new Sum(name === "avg");
    case "min":
    case "max":
      return new Extreme(name === "min" ? -1 : 1);
    case "uniq":
      return new Uniq(budget);
    case "p50":
    case "p90":
    case "p95":
    case "p99":
      return percentiles.accumulator(Number(name.slice(1)) / 100);
  }
}

/** Whether it passes over values that are no numbers (times have but extremes). */
export function isOfNumbers(name: AggregateName): boolean {
  return name !== "count" && name !== "uniq";
}

class Count implements Accumulator {
  private readonly counts = new Tallies();

  add(group: number): void {
    this.counts.add(group, 1);
  }

  addTime(group: number): void {
    this.counts.add(group, 1);
  }

  result(group: number): Cell {
    return this.counts.of(group);
  }

  note(): undefined {}
}

class Sum implements Accumulator {
  private readonly isAverage: boolean;
  private readonly sums = new Tallies();
  private readonly counts = new Tallies();

  constructor(isAverage: boolean) {
    this.isAverage = isAverage;
  }

  add(group: number, { number }: Value): void {
    if (Number.isNaN(number)) return;
    this.sums.add(group, number);
    this.counts.add(group, 1);
  }

  addTime(): void {}

  result(group: number): Cell {
    const count = this.counts.of(group);
    if (count === 0) return undefined;
    return this.isAverage ? this.sums.of(group) / count : this.sums.of(group);
  }

  note(): undefined {}
}

/** Of numbers, and of times: `max(ts)` is when something came last. */
class Extreme implements Accumulator {
  private readonly sign: 1 | -1;
  private readonly numbers = new Tallies(Number.NaN);
  /** Of times: seconds are the numbers. */
  private readonly nanos = new Tallies(Number.NaN);

  constructor(sign: 1 | -1) {
    this.sign = sign;
  }

  add(group: number, { number }: Value): void {
    if (Number.isNaN(number)) return;
    const before = this.numbers.of(group);
    if (Number.isNaN(before) || (number - before) * this.sign > 0) this.numbers.set(group, number);
  }

  addTime(group: number, sec: number, nsec: number): void {
    const before = this.numbers.of(group);
    const isFurther = sec === before ? (nsec - this.nanos.of(group)) * this.sign > 0 : (sec - before) * this.sign > 0;
    if (!isFurther && !Number.isNaN(before)) return;
    this.numbers.set(group, sec);
    this.nanos.set(group, nsec);
  }

  result(group: number): Cell {
    const number = this.numbers.of(group);
    if (Number.isNaN(number)) return undefined;
    const nsec = this.nanos.of(group);
    return Number.isNaN(nsec) ? number : { sec: number, nsec };
  }

  note(): undefined {}
}

class Uniq implements Accumulator {
  private readonly budget: ExactBudget;
  private readonly counts: (DistinctCount | undefined)[] = [];

  constructor(budget: ExactBudget) {
    this.budget = budget;
  }

  add(group: number, { cell }: Value): void {
    this.addText(group, String(cell));
  }

  addTime(group: number, sec: number, nsec: number): void {
    this.addText(group, `${sec}.${nsec}`);
  }

  private addText(group: number, text: string): void {
    let count = this.counts[group];
    if (count === undefined) this.counts[group] = count = new DistinctCount(this.budget);
    count.add(text);
  }

  result(group: number): Cell {
    return this.counts[group]?.count() ?? 0;
  }

  note(): string | undefined {
    if (this.counts.every((count) => count?.isExact !== false)) return undefined;
    return `is an estimate, with a standard error of ${(STANDARD_ERROR * 100).toFixed(1)} %`;
  }
}

export class PercentileStore {
  private readonly budget: ExactBudget;
  private readonly values: (Percentiles | undefined)[] = [];
  private hasOwner = false;

  constructor(budget: ExactBudget) {
    this.budget = budget;
  }

  /** `q` in (0, 1]. */
  accumulator(q: number): Accumulator {
    // The first one adds for all.
    const adds = !this.hasOwner;
    this.hasOwner = true;
    return {
      add: (group, { number }) => {
        if (adds && !Number.isNaN(number)) this.add(group, number);
      },
      addTime: () => {},
      result: (group) => this.values[group]?.quantile(q),
      note: () => {
        if (this.values.every((values) => values?.isExact !== false)) return undefined;
        return `is an estimate, at most ${RELATIVE_ERROR * 100} % from the value`;
      },
    };
  }

  private add(group: number, number: number): void {
    let values = this.values[group];
    if (values === undefined) this.values[group] = values = new Percentiles(this.budget);
    values.add(number);
  }
}
