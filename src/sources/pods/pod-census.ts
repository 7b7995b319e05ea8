// Counts what became of every pod that was seen, so that klog can say why it shows nothing.
import type { Pod } from "../../clients/kubernetes/resources.ts";
import type { SelectedContainer } from "./containers.ts";

/** How far a pod came: each step is only reached by passing those before it. */
export type Verdict = "excluded" | "other-node" | "unnamed" | "condition" | "no-container" | "selected";

export interface WaitingContainer {
  /** `shop/web-1/app`. */
  readonly container: string;
  /** `ImagePullBackOff`, `ContainerCreating`, … */
  readonly reason: string;
  readonly message: string | undefined;
}

export interface PodCounts {
  readonly seen: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Names of some pods that no selector asked for. */
  readonly unnamed: readonly string[];
  /** Names of some containers in the pods of which none was wanted. */
  readonly unwantedContainers: readonly string[];
  readonly waiting: readonly WaitingContainer[];
  /** Selected containers that have, or had, something to read. */
  readonly started: number;
  /** `pods "x" is forbidden` and the like, one for each scope that could not be read, in words. */
  readonly unreadable: readonly string[];
}

interface Seen {
  readonly verdict: Verdict;
  readonly pod: Pod;
  readonly containers: readonly SelectedContainer[];
}

const MAX_EXAMPLES = 200;

export class PodCensus {
  private readonly pods = new Map<string, Seen>();
  private readonly unreadable = new Map<string, string>();

  note(pod: Pod, verdict: Verdict, containers: readonly SelectedContainer[] = []): void {
    this.pods.set(pod.metadata.uid, { verdict, pod, containers });
  }

  gone(pod: Pod): void {
    this.pods.delete(pod.metadata.uid);
  }

  /** `place` is what could not be read; no message = it can be now. */
  access(place: string, message: string | undefined): void {
    if (message === undefined) this.unreadable.delete(place);
    else this.unreadable.set(place, message);
  }

  counts(): PodCounts {
    const verdicts = { excluded: 0, "other-node": 0, unnamed: 0, condition: 0, "no-container": 0, selected: 0 };
    const unnamed: string[] = [];
    const unwanted = new Set<string>();
    const waiting: WaitingContainer[] = [];
    let started = 0;
    for (const { verdict, pod, containers } of this.pods.values()) {
      verdicts[verdict]++;
      if (verdict === "unnamed" && unnamed.length < MAX_EXAMPLES) unnamed.push(pod.metadata.name);
      if (verdict === "no-container") for (const c of pod.spec?.containers ?? []) unwanted.add(c.name);
      for (const container of containers) {
        const waits = waitingOf(pod, container);
        if (waits === undefined) started++;
        else waiting.push(waits);
      }
    }
    return {
      seen: this.pods.size,
      verdicts,
      unnamed,
      unwantedContainers: [...unwanted],
      waiting,
      started,
      unreadable: [...this.unreadable.values()],
    };
  }
}

function waitingOf(pod: Pod, { name, status }: SelectedContainer): WaitingContainer | undefined {
  if (status?.state?.running !== undefined || status?.state?.terminated !== undefined) return undefined;
  // A container in CrashLoopBackOff waits too, but the log of its last run can be read.
  if (status?.lastState?.terminated !== undefined) return undefined;
  const unscheduled = pod.status?.conditions?.find((c) => c.type === "PodScheduled" && c.status === "False");
  const waits = status?.state?.waiting;
  return {
    container: `${pod.metadata.namespace ?? ""}/${pod.metadata.name}/${name}`,
    reason: waits?.reason ?? unscheduled?.reason ?? pod.status?.reason ?? "not started",
    message: waits?.message ?? unscheduled?.message ?? pod.status?.message,
  };
}
