// Who waits for which byte of a sink's output: callbacks in the order of the writes, called once their bytes are safe.

interface Waiting {
  readonly position: number;
  readonly records: number;
  readonly delivered: () => void;
}

export class DeliveryQueue {
  /** Records whose bytes are safe. */
  records = 0;
  #waiting: Waiting[] = [];
  #head = 0;
  #empty: (() => void)[] = [];

  get size(): number {
    return this.#waiting.length - this.#head;
  }

  /** `position` counts all bytes accepted so far, the records' own included; it never goes back. */
  push(position: number, records: number, delivered: () => void): void {
    this.#waiting.push({ position, records, delivered });
  }

  /** All bytes before `position` are safe. */
  settle(position: number): void {
    for (let next = this.#waiting[this.#head]; next !== undefined && next.position <= position; ) {
      // Moved on first: `delivered` may write again.
      this.#head++;
      this.records += next.records;
      next.delivered();
      next = this.#waiting[this.#head];
    }
    if (this.#head === this.#waiting.length) {
      this.#waiting = [];
      this.#head = 0;
      for (const resolve of this.#empty.splice(0)) resolve();
    } else if (this.#head > 1024) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** Resolves when nobody waits any more, or when `signal` ends the wait. */
  whenEmpty(signal?: AbortSignal): Promise<void> {
    if (this.size === 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#empty.push(resolve);
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
