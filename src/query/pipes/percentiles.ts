// Percentiles of a group's values: exact while there are few, then by a sketch.
import { type ExactBudget, MAX_EXACT_VALUES } from "./distinct-count.ts";
import { QuantileSketch } from "./quantile-sketch.ts";

const ALWAYS_EXACT = 64;

export class Percentiles {
  private readonly budget: ExactBudget;
  private exact: number[] | undefined = [];
  private isSorted = true;
  private sketch: QuantileSketch | undefined;

  constructor(budget: ExactBudget) {
    this.budget = budget;
  }

  get isExact(): boolean {
    return this.sketch === undefined;
  }

  add(value: number): void {
    if (this.exact === undefined) {
      this.sketch!.add(value);
      return;
    }
    this.exact.push(value);
    this.isSorted = false;
    this.budget.left--;
    const count = this.exact.length;
    if (count <= ALWAYS_EXACT || (count <= MAX_EXACT_VALUES && this.budget.left > 0)) return;
    this.sketch = new QuantileSketch();
    for (const kept of this.exact) this.sketch.add(kept);
    this.budget.left += count;
    this.exact = undefined;
  }

  /** The value of nearest rank, `q` in (0, 1]: one that was given, or within the sketch's error of it. */
  quantile(q: number): number {
    if (this.exact === undefined) return this.sketch!.quantile(q);
    if (!this.isSorted) this.exact.sort((a, b) => a - b);
    this.isSorted = true;
    return this.exact[Math.max(1, Math.ceil(q * this.exact.length)) - 1] ?? Number.NaN;
  }
}
