// Times in buckets, as Prometheus reads them.

/** Upper bounds, in seconds. */
const BOUNDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

export class Histogram {
  readonly #name: string;
  readonly #help: string;
  /** By bound; the last one is of what is longer. */
  readonly #counts = new Array<number>(BOUNDS.length + 1).fill(0);
  #sum = 0;

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  observe(seconds: number): void {
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
    this.#counts[bucket < 0 ? BOUNDS.length : bucket]!++;
    this.#sum += seconds;
  }

  /** Its part of the page. */
  get text(): string {
    let count = 0;
    const buckets = this.#counts.map((observed, i) => {
      count += observed;
      return `${this.#name}_bucket{le="${BOUNDS[i] ?? "+Inf"}"} ${count}\n`;
    });
    const head = `# HELP ${this.#name} ${this.#help}\n# TYPE ${this.#name} histogram\n`;
    return `${head}${buckets.join("")}${this.#name}_sum ${this.#sum}\n${this.#name}_count ${count}\n`;
  }
}
