// What travels through `klog tail`: a line as its container wrote it, or a marker that says something about the stream itself.
import type { Timestamp } from "./timestamp.ts";

/** Where lines come from: one instance of one container (a restart is a new origin), or standard input. */
export interface Origin {
  readonly source: "pod" | "stdin";
  /** The kubeconfig context. */
  readonly cluster: string;
  readonly node: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly containerKind: "container" | "init" | "ephemeral";
  readonly containerId: string;
  readonly restart: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** What owns the pod, `kind/name` of the nearest owner without generated suffixes (`deployment/web`), else the pod's name: colours go by it. */
  readonly workload: string;
}

/** One physical line. Its bytes stay where they were received: `buffer[start..end)`, without time stamp and line end. */
export interface LogLine extends Timestamp {
  readonly kind: "line";
  readonly origin: Origin;
  /** `sec` is -1 where no time is known (standard input). */
  readonly sec: number;
  readonly nsec: number;
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  /** Bytes of the line that were cut off because it was longer than --max-line-bytes; 0 for almost every line. */
  readonly cut: number;
  /** When klog received it, milliseconds of the monotonic clock. */
  readonly arrival: number;
  /** Continuation lines (a stack trace) that belong to this one, in order. */
  rest: LogLine[] | undefined;
  /** True when it is printed after a line that is newer than it. */
  late: boolean;
}

export type GapCause =
  /** The node rotated the file away while klog was disconnected or reading slowly. */
  | "rotated"
  /** The instance ended and its log is no longer served. */
  | "instance-gone"
  /** --limit-bytes or the server ended the read before the end. */
  | "truncated"
  /** The server refused or failed for good before the end was read. */
  | "unreadable";

export interface Gap {
  readonly kind: "gap";
  readonly origin: Origin;
  readonly at: Timestamp;
  /** The last line shown before the gap; undefined when none was. */
  readonly after: Timestamp | undefined;
  /** The first line shown behind the gap; undefined when none follows. */
  readonly before: Timestamp | undefined;
  readonly cause: GapCause;
}

/** The card of a container instance that ended. */
export interface Ended {
  readonly kind: "ended";
  readonly origin: Origin;
  readonly at: Timestamp;
  readonly exitCode: number | undefined;
  /** `Error`, `OOMKilled`, `Completed`, … as the kubelet says. */
  readonly reason: string | undefined;
  readonly signal: number | undefined;
  readonly message: string | undefined;
  readonly startedAt: Timestamp | undefined;
  readonly finishedAt: Timestamp | undefined;
  /** True when another instance of the container follows (a restart), false when it ended for good. */
  readonly restarted: boolean;
  readonly restartCount: number;
}

/** A Kubernetes event or a step of a pod's life, shown with --events. */
export interface ClusterEvent {
  readonly kind: "event";
  readonly at: Timestamp;
  readonly cluster: string;
  readonly namespace: string;
  /** `pod/web-1`, `deployment/web`, … */
  readonly object: string;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

export type Marker = Gap | Ended | ClusterEvent;

/** The last line of an instance is behind it. */
export interface Closed {
  readonly kind: "closed";
  readonly origin: Origin;
  readonly at: Timestamp;
}

export type TailItem = LogLine | Marker | Closed;
