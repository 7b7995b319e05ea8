// How long to wait before the next attempt: 100 ms, doubled by each failure in a row, up to 30 s.

const FIRST_MS = 100;
const LONGEST_MS = 30_000;

export class Backoff {
  #failures = 0;

  /** To be called at each failure. */
  next(): number {
    return Math.min(FIRST_MS * 2 ** this.#failures++, LONGEST_MS);
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
