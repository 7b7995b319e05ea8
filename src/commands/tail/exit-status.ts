// How `klog tail` ends.
import type { Progress } from "../../output/progress.ts";
import type { CommandIo } from "../command-io.ts";
import type { Waiting } from "../wait-for.ts";

export const EXIT = { done: 0, nothing: 1, unusable: 2, partial: 3, interrupted: 130 } as const;

/** The status of a command that something ended before its lines did, or that waited in vain. */
export function endedEarly(
  waiting: Waiting,
  { ended, io, progress }: { ended: AbortController; io: CommandIo; progress: Progress },
): number | undefined {
  if (waiting.outcome === "found") return EXIT.done;
  if (io.signal.aborted) return EXIT.interrupted;
  if (waiting.outcome === undefined && ended.signal.aborted) {
    // A reader that closed the pipe has what it wanted.
    return EXIT.done;
  }
  if (waiting.complaint === undefined) return undefined;
  progress.warn(waiting.complaint);
  return EXIT.nothing;
}
