// What travels through `klog tail` and `klog search`: a line as its container wrote it, or a marker that says something about
// the stream itself.
import type { Level } from "./level-names.ts";
import type { Timestamp } from "./timestamp.ts";

/** By which way a line reached klog. */
export type Way = "pod" | "stdin" | "store" | "file" | "kafka" | "elasticsearch";

/** Where lines come from: one instance of one container (a restart is a new origin), a file of a host, or standard input. */
export interface Origin {
  readonly source: Way;
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
  /** What the agent's user gave the log (log-pilot's `_tags` and the like). */
  readonly tags?: Readonly<Record<string, string>>;
  /** The file, where the line is of a host's file or its source tells it. */
  readonly path?: string;
  readonly image?: string;
  /** What the query field `app` means where no label says it: Docker's compose project or service. */
  readonly app?: string;
}

/** What a source knows of a line beside its bytes. The live API knows none of it. */
export interface LineDetails {
  /** "" where it is not known. */
  readonly stream: "" | "stdout" | "stderr";
  /** As it was stored; undefined: the line has none. */
  readonly level: Level | undefined;
  /** The agent's event id, where it has one. */
  readonly id: string | undefined;
  /** Physical lines that the event joins: its first one is the line that other sources know. */
  readonly lines: number;
  /** Fields that came beside the line, as an Elasticsearch document has them. */
  readonly attrs: Readonly<Record<string, unknown>> | undefined;
  /** Names of the sources that gave it, as tags show them; the merge adds those that gave it too. */
  sources: readonly string[];
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
  /** Lines of `klog search` have it. */
  readonly details?: LineDetails;
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
  /** Lines of it that a store had: they stand before the marker. */
  readonly filled?: number;
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
