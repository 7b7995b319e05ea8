// What a tail session is asked for, and whom it tells what.
import type { KubernetesClient } from "../../clients/kubernetes/client.ts";
import type { Pod } from "../../clients/kubernetes/resources.ts";
import type { Origin, TailItem } from "../../record/log-line.ts";
import type { LineJoiner } from "../../record/multiline.ts";
import type { Clock } from "../clock.ts";
import type { Order } from "../merge/timeline.ts";
import type { SelectedContainer } from "./containers.ts";
import type { LogHistory } from "./history.ts";
import type { ContainerProblem } from "./instance-context.ts";
import type { TailWindow } from "./log-query.ts";
import type { PodCensus } from "./pod-census.ts";
import type { PodProblem } from "./problem.ts";
import type { Selection } from "./selection.ts";
import type { StreamLimits } from "./stream-slots.ts";
import type { TailStats } from "./tail-stats.ts";

export interface TailSessionOptions {
  readonly clients: readonly KubernetesClient[];
  readonly selectionOf: (client: KubernetesClient) => Selection;
  readonly window: TailWindow;
  readonly order: Order;
  readonly reorderWindowMs: number;
  readonly limits: StreamLimits;
  /** Containers whose past is read at once; more are read batch by batch. */
  readonly batch: number;
  readonly joiner: (() => LineJoiner) | undefined;
  /** Gives what the window holds and the kubelets do not have any more. */
  readonly history?: LogHistory | undefined;
  readonly insecureSkipTlsVerifyBackend: boolean;
  /** Without follow: how long to wait for a first container, milliseconds. */
  readonly waitTimeoutMs: number | undefined;
  readonly emit: (item: TailItem) => void;
  /** False while the output is full. `drain()` has to be called when it is not any more. */
  readonly ready: () => boolean;
  readonly listener: TailSessionListener;
  readonly stats: TailStats;
  /** Counts pods for the report on why nothing was shown. */
  readonly census: PodCensus;
  /** Show Kubernetes' events about the selected pods and what owns them. */
  readonly events: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface TailSessionListener {
  opened(origin: Origin): void;
  containerProblem(problem: ContainerProblem): void;
  podProblem(problem: PodProblem): void;
  note(text: string): void;
  /** The past of all containers that were there at the start has been read and handed on. */
  begun(): void;
  /** A pod was deleted or does not match any more: what was kept for it may go. */
  podGone(pod: Pod, client: KubernetesClient): void;
}

/** A pod with what is chosen of it, for the report on why nothing was shown. */
export interface SelectedPod {
  readonly client: KubernetesClient;
  pod: Pod;
  containers: readonly SelectedContainer[];
}
