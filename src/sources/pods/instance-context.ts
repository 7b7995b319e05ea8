// What the tail of a container instance is given by those around it, and whom it tells what.
import type { ApiError, KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { Pod } from "../../clients/kubernetes/resources.ts";
import type { Origin } from "../../record/log-line.ts";
import type { LineJoiner } from "../../record/multiline.ts";
import type { Clock } from "../clock.ts";
import type { Lane, Timeline } from "../merge/timeline.ts";
import type { Cursor } from "./cursor.ts";
import type { LogHistory } from "./history.ts";
import type { ContainerKind } from "./instance.ts";
import type { TailWindow } from "./log-query.ts";
import type { LogRead } from "./log-read.ts";
import type { StreamSlots } from "./stream-slots.ts";
import type { TailStats } from "./tail-stats.ts";

export interface ContainerProblem {
  readonly pod: string;
  readonly namespace: string;
  readonly container: string;
  readonly error: ApiError;
  /** Undefined when it is not tried again. */
  readonly retryInMs: number | undefined;
}

export interface ContainerTailListener {
  opened(origin: Origin): void;
  problem(problem: ContainerProblem): void;
  /** `previous` was asked for and there is none, or the container has not started (in a read without follow). */
  nothingToRead(container: string, pod: Pod, why: "no-previous" | "not-started"): void;
  /** The places for followed streams are used up: this one is read in turn. */
  queued(): void;
  /** The container's past has been read, or cannot be read now: nobody needs to wait for it. */
  backlogRead(): void;
}

export interface ContainerTailOptions {
  readonly client: KubernetesClient;
  readonly pod: Pod;
  readonly container: string;
  readonly kind: ContainerKind;
  readonly workload: string;
  readonly window: TailWindow;
  /** The pod was there when klog started: the window's `tail` and `since` hold for its instance. */
  readonly existed: boolean;
  /** The past is read by a request of its own first, so that it can be merged by time. */
  readonly backlogFirst: boolean;
  readonly timeline: Timeline;
  readonly lane: Lane;
  readonly joiner: (() => LineJoiner) | undefined;
  /** Gives what the window holds and the kubelet does not have any more. */
  readonly history?: LogHistory | undefined;
  readonly slots: StreamSlots;
  readonly stats: TailStats;
  readonly listener: ContainerTailListener;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly insecureSkipTlsVerifyBackend: boolean;
}

export interface InstanceContext extends ContainerTailOptions {
  readonly path: string;
  latestPod(): Pod;
  podGone(): boolean;
  nextChange(): Promise<void>;
  isReading(): boolean;
  /** Resolves when the lane can take more, or the signal aborts. */
  room(): Promise<void>;
  setRead(read: LogRead | undefined): void;
  carry(id: string, cursor: Cursor): void;
  /** The pod as the server has it now. Throws ApiError; `not-found` also when another pod has its name. */
  refresh(): Promise<Pod>;
  count(bytes: number): { lines: number; bytes: number };
  satisfy(): void;
  isSatisfied(): boolean;
}
