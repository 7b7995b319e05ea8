// Time and chance as the sources see them, so that tests can run them without waiting.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back after `ms`; the returned function cancels it. */
  timer(ms: number, callback: () => void): () => void;
  /** In [0, 1). */
  random(): number;
}

/** A longer delay would fire at once: it is waited for in parts. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        cancel();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const cancel = systemClock.timer(ms, done);
      signal?.addEventListener("abort", done, { once: true });
    }),
  timer: (ms, callback) => {
    let timer: NodeJS.Timeout;
    const arm = (left: number) => {
      const next = left > MAX_DELAY_MS ? () => arm(left - MAX_DELAY_MS) : callback;
      timer = setTimeout(next, Math.min(left, MAX_DELAY_MS));
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Exponential backoff with full jitter. */
export class Backoff {
  private attempt = 0;
  private readonly clock: Clock;
  private readonly firstMs: number;
  private readonly maxMs: number;

  constructor(clock: Clock, options: { firstMs: number; maxMs: number }) {
    this.clock = clock;
    this.firstMs = options.firstMs;
    this.maxMs = options.maxMs;
  }

  /** The next delay in milliseconds. `atLeastMs` is what a server asked for (Retry-After). */
  next(atLeastMs = 0): number {
    const ceiling = Math.min(this.maxMs, this.firstMs * 2 ** this.attempt);
    this.attempt = Math.min(this.attempt + 1, 30);
    return Math.max(atLeastMs, ceiling * (0.1 + 0.9 * this.clock.random()));
  }

  reset(): void {
    this.attempt = 0;
  }
}
