// Counts different values: exactly while there are few, then by a sketch of fixed size.
import { DistinctSketch } from "./distinct-sketch.ts";

/** Of one group. */
export const MAX_EXACT_VALUES = 100_000;
/** A group that keeps no more than these goes on exactly even where memory is short. */
const ALWAYS_EXACT = 64;

/** What all groups of one aggregation may keep together; each takes from it. */
export interface ExactBudget {
  left: number;
}

export class DistinctCount {
  private readonly budget: ExactBudget;
  private exact: Set<string> | undefined = new Set();
  private sketch: DistinctSketch | undefined;

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
    this.budget.left--;
    if (before < ALWAYS_EXACT || (before < MAX_EXACT_VALUES && this.budget.left > 0)) return;
    this.sketch = new DistinctSketch();
    for (const value of this.exact) this.sketch.add(value);
    this.budget.left += this.exact.size;
    this.exact = undefined;
  }

  count(): number {
    return this.exact === undefined ? this.sketch!.count() : this.exact.size;
  }
}
