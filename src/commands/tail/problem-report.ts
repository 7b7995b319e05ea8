// What goes wrong while pods are read, on stderr.
import type { Progress } from "../../output/progress.ts";
import { systemClock } from "../../sources/clock.ts";
import type { ContainerProblem } from "../../sources/pods/instance-context.ts";
import type { PodProblem } from "../../sources/pods/problem.ts";

/** Says each problem once while it lasts, and counts those that cannot be mended. */
export class ProblemReport {
  private readonly progress: Progress;
  private readonly said = new Map<string, number>();
  final = 0;

  constructor(progress: Progress) {
    this.progress = progress;
  }

  pods(problem: PodProblem): void {
    const text = problem.hint === undefined ? problem.message : `${problem.message} (${problem.hint})`;
    if (problem.kind === "note") return this.progress.note(text);
    this.warn(text, problem.retryInMs);
  }

  hasSaid(text: string): boolean {
    return this.said.has(text);
  }

  container({ namespace, pod, container, error, retryInMs }: ContainerProblem): void {
    if (retryInMs === undefined) this.final++;
    const denied = error.kind === "forbidden" ? `you may not get pods/log in namespace "${namespace}": ` : "";
    this.warn(`${namespace}/${pod}/${container}: ${denied}${error.message}`, retryInMs);
  }

  private warn(text: string, retryInMs: number | undefined): void {
    const last = this.said.get(text);
    const now = systemClock.monotonic();
    if (last !== undefined && now - last < 60_000) return;
    this.said.set(text, now);
    const again = retryInMs === undefined ? "" : `; trying again in ${Math.max(1, Math.round(retryInMs / 1000))} s`;
    this.progress.warn(`${text}${again}`);
  }
}
