// When a followed stream has to be opened anew though nothing is wrong with it: it was silent, open or held back for too long.
import type { Clock } from "../clock.ts";

/** A quiet stream cannot be told from a dead one, so it is opened anew; resuming is exact. */
const IDLE_MS = 10 * 60_000;
/** Kubelets end streams after four hours; before that klog does. */
const MAX_AGE_MS = 3.5 * 3_600_000;
/** A stream that had to be held back for this long is closed and resumed when the output moves again. */
const MAX_PAUSE_MS = 60_000;

export interface WatchedStream {
  readonly clock: Clock;
  /** Milliseconds of the monotonic clock, both. */
  readonly connectedAt: number;
  readonly lastData: () => number;
  /** False while it is held back. */
  readonly isReading: () => boolean;
  readonly stop: (why: "idle" | "age" | "paused") => void;
}

/** The returned function ends the watch. */
export function watchAge({ clock, connectedAt, lastData, isReading, stop }: WatchedStream): () => void {
  const idleMs = IDLE_MS * (0.9 + 0.2 * clock.random());
  const ageMs = MAX_AGE_MS * (0.9 + 0.1 * clock.random());
  let pausedSince: number | undefined;
  let cancel: () => void = () => undefined;
  const check = () => {
    const now = clock.monotonic();
    pausedSince = isReading() ? undefined : (pausedSince ?? now);
    if (pausedSince !== undefined && now - pausedSince > MAX_PAUSE_MS) stop("paused");
    else if (pausedSince === undefined && now - lastData() > idleMs) stop("idle");
    else if (now - connectedAt > ageMs) stop("age");
    else cancel = clock.timer(15_000, check);
  };
  cancel = clock.timer(15_000, check);
  return () => cancel();
}
