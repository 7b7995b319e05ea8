// Time as the store's writer needs it; tests put their own in its place.

export interface StoreClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `then` once. What it returns cancels the call. */
  after(ms: number, then: () => void): () => void;
}

export const systemStoreClock: StoreClock = {
  now: () => Date.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
