// Percentiles of any number of values in little memory: DDSketch, whose answers are at most 1 % from a value that was given.

export const RELATIVE_ERROR = 0.01;

const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
/** 2,048 steps of 2 % span 17 orders of magnitude: only beyond that the smallest values are taken together. */
const MAX_BINS = 2048;

/** Values fall into bins whose bounds grow by 2 % each, so a bin's middle is within 1 % of all that is in it. */
export class QuantileSketch {
  private readonly positive = new Bins();
  /** By size; their order is reversed. */
  private readonly negative = new Bins();
  private zeros = 0;
  private count = 0;

  add(value: number): void {
    this.count++;
    if (value > 0) this.positive.add(binOf(value));
    else if (value < 0) this.negative.add(binOf(-value));
    else this.zeros++;
  }

  /** The value of nearest rank, `q` in (0, 1]; NaN without values. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN;
    let rank = Math.max(1, Math.ceil(q * this.count));
    if (rank <= this.negative.count) return -middleOf(this.negative.at(this.negative.count - rank + 1));
    rank -= this.negative.count;
    if (rank <= this.zeros) return 0;
    return middleOf(this.positive.at(rank - this.zeros));
  }
}

class Bins {
  count = 0;
  private readonly bins = new Map<number, number>();
  private lowest = Number.NEGATIVE_INFINITY;

  add(bin: number): void {
    const kept = Math.max(bin, this.lowest);
    this.count++;
    this.bins.set(kept, (this.bins.get(kept) ?? 0) + 1);
    if (this.bins.size > MAX_BINS) this.collapse();
  }

  /** The bin of the value of this rank, from 1 on. */
  at(rank: number): number {
    let seen = 0;
    let last = 0;
    for (const [bin, count] of this.sorted()) {
      seen += count;
      last = bin;
      if (seen >= rank) break;
    }
    return last;
  }

  private collapse(): void {
    const [[lowest, lowestCount], [next, nextCount]] = this.sorted() as [[number, number], [number, number]];
    this.bins.delete(lowest);
    this.bins.set(next, lowestCount + nextCount);
    this.lowest = next;
  }

  private sorted(): [number, number][] {
    return [...this.bins].sort((a, b) => a[0] - b[0]);
  }
}

function binOf(size: number): number {
  return Math.ceil(Math.log(size) / LOG_GAMMA);
}

/** As far from the bin's lower bound as from its upper one, in proportion. */
function middleOf(bin: number): number {
  return (2 * GAMMA ** bin) / (GAMMA + 1);
}
