// The end of a wait, as a signal for those who can be told and a promise for those who cannot.
import type { Timer } from "./timer.ts";

export interface Deadline {
  readonly signal: AbortSignal;
  readonly over: Promise<void>;
  /** It is not needed any more. */
  readonly cancel: () => void;
}

export function deadlineIn(milliseconds: number, timer: Timer): Deadline {
  const controller = new AbortController();
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const cancel = timer(Math.max(1, milliseconds), () => {
    controller.abort();
    resolve();
  });
  return { signal: controller.signal, over, cancel };
}
