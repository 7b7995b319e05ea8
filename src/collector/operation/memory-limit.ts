// Keeps resident memory under a soft limit: near it the in-flight budget shrinks, over it reading pauses until deliveries free some.
// It never stops collection for good: with nothing left to free, reading goes on with the smallest budget.

/** From this part of the limit on the budget shrinks. */
const TIGHT = 0.8;
const SMALLEST_PART = 1 / 8;
/** A chunk with its longest line must fit, or nothing would ever be read. */
const SMALLEST_BUDGET = 2 * 1024 * 1024;
const PAUSE_MS = 50;
/** How long reading stays paused when nothing is in flight: what a collection can free is free by then. */
const PATIENCE_MS = 1000;
const SAMPLE_MS = 250;
const RECLAIM_MS = 10_000;

export interface MemoryEdges {
  readonly residentBytes: () => number;
  /** Collects garbage and gives pages back. */
  readonly reclaim: () => void;
  /** Ms since the epoch. */
  readonly now: () => number;
}

export class MemoryLimit {
  /** Bytes; undefined = no limit. */
  limit: number | undefined;
  pausedMs = 0;
  readonly #edges: MemoryEdges;
  #resident = 0;
  #sampledAt = Number.NEGATIVE_INFINITY;
  #overSince: number | undefined;
  #reclaimedAt = Number.NEGATIVE_INFINITY;

  constructor(limit: number | undefined, edges: MemoryEdges) {
    this.limit = limit;
    this.#edges = edges;
  }

  /** Resident bytes, at most 250 ms old. */
  used(): number {
    const now = this.#edges.now();
    if (now - this.#sampledAt >= SAMPLE_MS) {
      this.#resident = this.#edges.residentBytes();
      this.#sampledAt = now;
    }
    return this.#resident;
  }

  /** Ms to wait before reading more; 0 = go on. */
  pause(inFlightBytes: number): number {
    if (this.limit === undefined || this.used() <= this.limit) {
      this.#overSince = undefined;
      return 0;
    }
    const now = this.#edges.now();
    this.#overSince ??= now;
    if (now - this.#reclaimedAt >= RECLAIM_MS) {
      this.#reclaimedAt = now;
      this.#edges.reclaim();
    }
    if (inFlightBytes === 0 && now - this.#overSince >= PATIENCE_MS) return 0;
    this.pausedMs += PAUSE_MS;
    return PAUSE_MS;
  }

  /** What a budget of `bytes` is at the moment. */
  budget(bytes: number): number {
    if (this.limit === undefined) return bytes;
    const over = (this.used() / this.limit - TIGHT) / (1 - TIGHT);
    const part = Math.min(1, Math.max(SMALLEST_PART, 1 - over * (1 - SMALLEST_PART)));
    return Math.min(bytes, Math.max(Math.floor(bytes * part), SMALLEST_BUDGET));
  }
}
