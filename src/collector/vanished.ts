// When files of an earlier process that are gone are told: after a second look, since one look may fall between two names of a file.
import type { FollowedLogs } from "./followed-logs.ts";
import type { Timer } from "./timer.ts";

/** Of an agent that goes on: it looks again so long after its start, then as often as ever. */
export const FIRST_RECONCILES_MS = [2500, 5000] as const;
const LOOKS_APART_MS = 2100;

/** Of one that only reads what is there: waits for the second look where anything is missing. `rescan` looks for logs anew. */
export async function tellVanished(logs: FollowedLogs, timer: Timer, signal: AbortSignal, rescan: () => void) {
  if (!logs.hasPast) return;
  // The look before did not know yet what the archives are.
  lookAgain(logs);
  if (!logs.hasMissing) return;
  await new Promise<void>((resolve) => {
    const cancel = timer(LOOKS_APART_MS, resolve);
    signal.addEventListener("abort", () => [cancel(), resolve()], { once: true });
  });
  if (signal.aborted) return;
  rescan();
  lookAgain(logs);
}

function lookAgain(logs: FollowedLogs): void {
  logs.reconcile();
  while (logs.settle());
}
