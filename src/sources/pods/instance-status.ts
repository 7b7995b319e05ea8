// What the pod's status says of one instance while its log is being read: whether it is still the one that is served, and how it ended.
import type { Pod } from "../../clients/kubernetes/resources.ts";
import type { Ended, Origin } from "../../record/log-line.ts";
import type { Timestamp } from "../../record/timestamp.ts";
import {
  currentInstance,
  endedCard,
  type Instance,
  previousInstance,
  statusOf,
  timeOf,
  willRestart,
} from "./instance.ts";
import type { InstanceContext } from "./instance-context.ts";

/** Kubelets report a container's new state up to a second late: only after this long is "the same instance" believed. */
const STATUS_LAG_MS = 3000;

export class InstanceStatus {
  private readonly at: InstanceContext;
  private readonly instance: Instance;

  constructor(context: InstanceContext, instance: Instance) {
    this.at = context;
    this.instance = instance;
  }

  /** Is the log that the server gave still this instance's? `connectedAt` in milliseconds of the monotonic clock. */
  async isServed(before: "first-line" | "gap", connectedAt: number, previous: boolean): Promise<boolean> {
    const { clock, signal } = this.at;
    // A container may have been started again without its status saying so yet.
    if (before === "gap") await clock.sleep(STATUS_LAG_MS - (clock.monotonic() - connectedAt), signal);
    let pod: Pod;
    try {
      pod = await this.at.refresh();
    } catch {
      pod = this.at.latestPod();
    }
    const status = statusOf(pod, this.at.container);
    const served = previous ? (previousInstance(status) ?? currentInstance(status)) : currentInstance(status);
    return served?.id === this.instance.id;
  }

  /** When the instance ended, whole seconds of the node's clock. */
  finishedSec(): number | undefined {
    return timeOf(this.terminated(this.at.latestPod())?.finishedAt)?.sec;
  }

  card(origin: Origin, pod: Pod, at: Timestamp): Ended {
    const { container, kind } = this.at;
    const status = statusOf(pod, container);
    const isCurrent = currentInstance(status)?.id === this.instance.id;
    const restarted = !isCurrent || willRestart(pod, status, kind);
    const restartCount = (status?.restartCount ?? 0) + (restarted && isCurrent ? 1 : 0);
    return endedCard(origin, this.terminated(pod), { restarted, restartCount, at });
  }

  private terminated(pod: Pod) {
    const status = statusOf(pod, this.at.container);
    const ends = [status?.state?.terminated, status?.lastState?.terminated];
    return ends.find((end) => end?.containerID === this.instance.id) ?? this.instance.terminated;
  }
}
