// What a pod's status says of one container: which instance of it there is, which one there was, and how they are doing.
import type { ContainerStateTerminated, ContainerStatus, Pod } from "../../clients/kubernetes/resources.ts";
import type { Ended, Origin } from "../../record/log-line.ts";
import { fromMillis, type Timestamp } from "../../record/timestamp.ts";

export type ContainerKind = Origin["containerKind"];

export interface Instance {
  readonly id: string;
  readonly restart: number;
  readonly state: "running" | "terminated";
  readonly terminated: ContainerStateTerminated | undefined;
}

export function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  const { status } = pod;
  const named = (list: readonly ContainerStatus[] | undefined) => list?.find((s) => s.name === container);
  return (
    named(status?.containerStatuses) ??
    named(status?.initContainerStatuses) ??
    named(status?.ephemeralContainerStatuses)
  );
}

/** The newest instance that has a log: running, or ended; undefined while the container has never started. */
export function currentInstance(status: ContainerStatus | undefined): Instance | undefined {
  if (status === undefined) return undefined;
  const { state, lastState } = status;
  const id = status.containerID ?? state?.terminated?.containerID ?? lastState?.terminated?.containerID;
  if (id === undefined || id === "") return undefined;
  if (state?.running !== undefined)
    return { id, restart: status.restartCount, state: "running", terminated: undefined };
  const terminated = state?.terminated ?? lastState?.terminated;
  if (terminated === undefined) return undefined;
  // While it waits for its next start (CrashLoopBackOff) the id is still that of the instance that ended.
  return { id: terminated.containerID ?? id, restart: status.restartCount, state: "terminated", terminated };
}

/** The instance before the current one: its log is what `previous` gives. */
export function previousInstance(status: ContainerStatus | undefined): Instance | undefined {
  const terminated = status?.lastState?.terminated;
  const current = currentInstance(status);
  if (status === undefined || terminated?.containerID === undefined || terminated.containerID === current?.id)
    return undefined;
  return {
    id: terminated.containerID,
    restart: Math.max(0, status.restartCount - 1),
    state: "terminated",
    terminated,
  };
}

/** Whether the kubelet will start the container again. */
export function willRestart(pod: Pod, status: ContainerStatus | undefined, kind: ContainerKind): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return false;
  if (status?.state?.running !== undefined || status?.state?.waiting !== undefined) return true;
  const failed = (status?.state?.terminated?.exitCode ?? 0) !== 0;
  const policy = pod.spec?.restartPolicy ?? "Always";
  if (kind === "ephemeral") return false;
  if (kind === "init") {
    const sidecar = pod.spec?.initContainers?.some((c) => c.name === status?.name && c.restartPolicy === "Always");
    return sidecar === true || (failed && policy !== "Never");
  }
  return policy === "Always" || (policy === "OnFailure" && failed);
}

/** The card of an instance that ended. */
export function endedCard(
  origin: Origin,
  terminated: ContainerStateTerminated | undefined,
  details: { restarted: boolean; restartCount: number; at: Timestamp },
): Ended {
  const finishedAt = timeOf(terminated?.finishedAt);
  return {
    kind: "ended",
    origin,
    at: details.at,
    exitCode: terminated?.exitCode,
    reason: terminated?.reason,
    signal: terminated?.signal === 0 ? undefined : terminated?.signal,
    message: terminated?.message,
    startedAt: timeOf(terminated?.startedAt),
    finishedAt,
    restarted: details.restarted,
    restartCount: details.restartCount,
  };
}

/** Kubernetes' times have whole seconds; null and the zero time mean none. */
export function timeOf(text: string | null | undefined): Timestamp | undefined {
  if (text === undefined || text === null || text.startsWith("0001-")) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : fromMillis(ms);
}

export function originOf(
  pod: Pod,
  details: {
    cluster: string;
    container: string;
    kind: ContainerKind;
    instance: Instance;
    workload: string;
  },
): Origin {
  return {
    source: "pod",
    cluster: details.cluster,
    node: pod.spec?.nodeName ?? "",
    namespace: pod.metadata.namespace ?? "",
    pod: pod.metadata.name,
    podUid: pod.metadata.uid,
    container: details.container,
    containerKind: details.kind,
    containerId: details.instance.id,
    restart: details.instance.restart,
    labels: pod.metadata.labels ?? {},
    annotations: pod.metadata.annotations ?? {},
    workload: details.workload,
  };
}
