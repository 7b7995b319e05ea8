// Counts different values: exactly while there are few, then by a sketch of fixed size.
import { DistinctSketch } from "./distinct-sketch.ts";

/** Of one group. */
export const MAX_EXACT_VALUES = 100_000;
/** A group that takes no more than this of the budget goes on exactly even where memory is short: a sketch takes more. */
const ALWAYS_EXACT = 128;
/** So much text takes as much room as what a value needs beside it, UTF-16 units. */
const TEXT_UNIT = 64;

/** What all groups of one aggregation may keep together: short values, or long ones that count for several. */
export interface ExactBudget {
  left: number;
}

export class DistinctCount {
  private readonly budget: ExactBudget;
  private exact: Set<string> | undefined = new Set();
  private sketch: DistinctSketch | undefined;
  /** Taken from the budget. */
  private taken = 0;

  constructor(budget: ExactBudget) {
    this.budget = budget;
  }

  get isExact(): boolean {
    return this.sketch === undefined;
  }

  add(text: string): void {
    if (this.exact === undefined) {
      this.sketch!.add(text);
      return;
    }
    const before = this.exact.size;
    this.exact.add(text);
    if (this.exact.size === before) return;
    const cost = 1 + text.length / TEXT_UNIT;
    this.taken += cost;
    this.budget.left -= cost;
    if (this.taken <= ALWAYS_EXACT || (before < MAX_EXACT_VALUES && this.budget.left > 0)) return;
    this.sketch = new DistinctSketch();
    for (const value of this.exact) this.sketch.add(value);
    this.budget.left += this.taken;
    this.exact = undefined;
  }

  count(): number {
    return this.exact === undefined ? this.sketch!.count() : this.exact.size;
  }
}
