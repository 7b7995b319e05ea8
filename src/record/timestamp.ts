// An instant with nanoseconds, as two exact numbers: a Date would cut it to milliseconds, a BigInt costs the hot path.

export interface Timestamp {
  /** Whole seconds since the Unix epoch. */
  readonly sec: number;
  /** 0 to 999,999,999. */
  readonly nsec: number;
}

export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.sec - b.sec || a.nsec - b.nsec;
}

export function fromMillis(ms: number): Timestamp {
  const sec = Math.floor(ms / 1000);
  return { sec, nsec: Math.round((ms - sec * 1000) * 1e6) };
}

/** Milliseconds since the epoch; the part below a millisecond is kept as a fraction as far as a double can. */
export function toMillis(t: Timestamp): number {
  return t.sec * 1000 + t.nsec / 1e6;
}

/** RFC 3339 in UTC with nine digits, e.g. `2026-11-21T10:47:32.084933411Z`. */
export function toRfc3339Nano(t: Timestamp): string {
  return `${new Date(t.sec * 1000).toISOString().slice(0, 19)}.${String(t.nsec).padStart(9, "0")}Z`;
}
