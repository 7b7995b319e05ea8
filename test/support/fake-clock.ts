// A clock that moves only when a test moves it, and then runs everything that falls due, in order.
import type { Clock } from "../../src/sources/clock.ts";

interface Due {
  readonly at: number;
  readonly serial: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  private time: number;
  private serial = 0;
  private due: Due[] = [];
  private readonly chance: () => number;

  constructor(options: { startMs?: number; random?: () => number } = {}) {
    this.time = options.startMs ?? 1_790_000_000_000;
    this.chance = options.random ?? (() => 0.5);
  }

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  random(): number {
    return this.chance();
  }

  timer(ms: number, callback: () => void): () => void {
    const entry = { at: this.time + Math.max(0, ms), serial: this.serial++, callback };
    this.due.push(entry);
    return () => {
      this.due = this.due.filter((d) => d !== entry);
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const cancel = this.timer(ms, () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      });
      const stop = () => {
        cancel();
        resolve();
      };
      signal?.addEventListener("abort", stop, { once: true });
    });
  }

  /** Moves time on, letting promises settle before and after each timer. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await settled();
      const next = this.due.filter((d) => d.at <= end).sort((a, b) => a.at - b.at || a.serial - b.serial)[0];
      if (next === undefined) break;
      this.due = this.due.filter((d) => d !== next);
      this.time = Math.max(this.time, next.at);
      next.callback();
    }
    this.time = end;
    await settled();
  }
}

/** Resolves when every promise that can settle without time passing has done so. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
