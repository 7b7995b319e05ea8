// What is done later, or again and again, until somebody stops it.
import type { Timer } from "./timer.ts";

export class Ticks {
  private readonly timer: Timer;
  private readonly cancels = new Set<() => void>();

  constructor(timer: Timer) {
    this.timer = timer;
  }

  /** Runs `run` in `milliseconds`, and again. */
  every(milliseconds: number, run: () => void): void {
    this.after(milliseconds, () => {
      this.every(milliseconds, run);
      run();
    });
  }

  after(milliseconds: number, run: () => void): void {
    const cancel = this.timer(milliseconds, () => {
      this.cancels.delete(cancel);
      run();
    });
    this.cancels.add(cancel);
  }

  stop(): void {
    for (const cancel of this.cancels) cancel();
    this.cancels.clear();
  }
}
