// Keeps the process at a number of cores: CPU time that was used ahead of the allowance is slept off. A burst is allowed after a rest.

/** CPU time that may be saved up, in ms of wall clock at the limit's rate. */
const BURST_MS = 200;
/** One sleep is short, so that a signal or a changed limit is heard. */
const LONGEST_SLEEP_MS = 250;
const WINDOW_MS = 10_000;
const SAMPLE_MS = 500;

interface Sample {
  readonly at: number;
  readonly cpu: number;
}

export class CpuLimit {
  /** Cores; undefined = no limit. */
  limit: number | undefined;
  throttledMs = 0;
  readonly #cpuMs: () => number;
  readonly #now: () => number;
  #last: Sample;
  /** CPU ms used ahead of the allowance; negative = saved up. */
  #debt = 0;
  #samples: Sample[];

  /** `cpuMs`: CPU time of the whole process so far, all threads, in ms. */
  constructor(limit: number | undefined, cpuMs: () => number, now: () => number) {
    this.limit = limit;
    this.#cpuMs = cpuMs;
    this.#now = now;
    this.#last = { at: now(), cpu: cpuMs() };
    this.#samples = [this.#last];
  }

  /** Ms to sleep now; 0 = go on. */
  pause(): number {
    const { limit } = this;
    if (limit === undefined) return 0;
    const { at, cpu } = this.#sample();
    const earned = Math.max(0, at - this.#last.at) * limit;
    this.#debt = Math.max(this.#debt + (cpu - this.#last.cpu) - earned, -BURST_MS * limit);
    this.#last = { at, cpu };
    if (this.#debt <= 0) return 0;
    const sleep = Math.min(Math.ceil(this.#debt / limit), LONGEST_SLEEP_MS);
    this.throttledMs += sleep;
    return sleep;
  }

  /** Cores in use, mean of the last 10 s. */
  used(): number {
    const { at, cpu } = this.#sample();
    const [oldest] = this.#samples;
    const elapsed = at - oldest!.at;
    return elapsed <= 0 ? 0 : (cpu - oldest!.cpu) / elapsed;
  }

  #sample(): Sample {
    const sample = { at: this.#now(), cpu: this.#cpuMs() };
    if (sample.at - this.#samples.at(-1)!.at >= SAMPLE_MS) {
      this.#samples.push(sample);
      const from = sample.at - WINDOW_MS;
      while (this.#samples.length > 1 && this.#samples[1]!.at <= from) this.#samples.shift();
    }
    return sample;
  }
}
