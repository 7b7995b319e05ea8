// What an agent knows about itself, as plain data: the status file, /metrics, and `klog agent status`, `audit` and `explain` read it.
// Numbers count since the agent's start, where nothing else is said; positions in files are absolute.
import type { SinkStatus } from "../deliver/sink.ts";
import type { LogOrigin } from "../target.ts";

/** Raised when a field changes its meaning: an older `klog agent status` then says that it is too old. */
export const STATUS_FORMAT = 2;

/** Bytes of log files that this agent has met since its start. The law: seen = acked + inFlight + unread + lost. */
export interface Balance {
  readonly seen: number;
  /** Delivered by every sink. */
  readonly acked: number;
  readonly inFlight: number;
  readonly unread: number;
  /** Gone before they could be read or delivered. */
  readonly lost: number;
}

export type GenerationState = "LIVE" | "DRAINING" | "SEALED" | "DONE" | "LOST";

export interface GenerationStatus {
  readonly id: string;
  readonly epoch: number;
  /** The file's name now, or the last one it was seen under. */
  readonly name: string;
  readonly state: GenerationState;
  readonly inode: string;
  readonly size: number;
  /** Where reading began: not 0 where `first_read` left out what was older. */
  readonly start: number;
  readonly readPosition: number;
  readonly ackPosition: number;
  /** The name is gone; it is read through a descriptor that is still open. */
  readonly deleted: boolean;
  /** Read inside its `.gz`. */
  readonly compressed: boolean;
}

export interface ChainStatus {
  /** The target's id. */
  readonly id: string;
  /** The file as the person knows it, and where it lies when links are resolved. */
  readonly path: string;
  readonly realPath: string;
  readonly format: string;
  readonly origin: Pick<
    LogOrigin,
    "namespace" | "pod" | "podUid" | "container" | "containerId" | "restart" | "dockerContainer"
  >;
  readonly balance: Balance;
  /** Oldest first. */
  readonly generations: readonly GenerationStatus[];
  /** When the oldest unread byte was first seen, in ms since the epoch; absent when all is read. */
  readonly unreadSince?: number;
  /** Estimate of the ms until unread bytes are deleted; absent when none are at risk. */
  readonly timeToLoss?: number;
  /** For a person, in the present tense: `permission denied: …`. */
  readonly problems: readonly string[];
}

/** Bytes that were never delivered. Reason `unseen`: 0 bytes of a file are named, behind which whole files may have been missed. */
export interface GapStatus {
  readonly chain: string;
  readonly path: string;
  readonly generation: string;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly reason: string;
  /** Ms since the epoch. */
  readonly at: number;
}

export interface PipelineCounters {
  readonly readBytes: number;
  /** Physical lines decoded. */
  readonly lines: number;
  /** Events handed to the sinks. */
  readonly events: number;
  /** Events that a processor dropped. */
  readonly filtered: number;
  readonly truncated: number;
  /** Bytes cut off from lines that were too long. */
  readonly cutBytes: number;
  readonly malformed: number;
  readonly partial: number;
  readonly rotations: number;
  readonly truncations: number;
  readonly inodeReuses: number;
  readonly gzContinuations: number;
  /** Records that a sink had already and did not store again. */
  readonly duplicates: number;
  /** Over all agents with this state directory. */
  readonly lostBytesByReason: Readonly<Record<string, number>>;
}

/** Over all agents with this state directory, those before this one too. */
export interface LedgerStatus {
  readonly name: string;
  readonly total: {
    /** When the first of them began to count, ms since the epoch. */
    readonly since: number;
    /** What an agent left unread counts for the one that takes it up: no byte is seen twice. */
    readonly balance: Balance;
  };
  /** The newest 1,000, oldest first; `gapCount` counts all. */
  readonly gaps: readonly GapStatus[];
  readonly gapCount: number;
}

export interface PipelineStatus extends LedgerStatus {
  /** One line an input, for a person: `stdout of containers in /var/log/pods`. */
  readonly inputs: readonly string[];
  /** Over its chains and those that are forgotten. */
  readonly balance: Balance;
  readonly counters: PipelineCounters;
  readonly sinks: readonly SinkStatus[];
  readonly chains: readonly ChainStatus[];
}

/** Something that keeps the agent from doing all it should. It goes on with the rest. */
export interface Degradation {
  /** A constant, for alerts: `config-invalid`, `state-unwritable`, `sink-blocked`, `memory-limit`, `descriptors`, `inotify`, … */
  readonly kind: string;
  /** What and where, for a person. */
  readonly what: string;
  /** Ms since the epoch. */
  readonly since: number;
}

export interface LimitStatus {
  /** Cores; absent where there is no limit. `used` is the mean of the last 10 s. */
  readonly cpu?: { readonly limit: number; readonly used: number; readonly throttledMs: number };
  /** Bytes of resident memory. */
  readonly memory?: { readonly limit: number; readonly used: number; readonly pausedMs: number };
}

export interface AgentStatus {
  readonly format: typeof STATUS_FORMAT;
  readonly agent: {
    readonly pid: number;
    /** Where the number means something; absent where the system does not tell. */
    readonly pidNamespace?: string;
    readonly version: string;
    readonly node: string;
    /** Ms since the epoch. */
    readonly startedAt: number;
    readonly writtenAt: number;
    readonly stateDirectory: string;
    /** Files of the configuration in force; empty = the defaults. */
    readonly config: readonly string[];
  };
  readonly phase: "starting" | "running" | "draining" | "stopped";
  /** The first full scan is done. */
  readonly ready: boolean;
  /** When the loop last turned, ms since the epoch. */
  readonly turnedAt: number;
  readonly degraded: readonly Degradation[];
  readonly limits: LimitStatus;
  readonly openDescriptors: number;
  readonly heldDeletedBytes: number;
  /** When the journal was last made durable, ms since the epoch; 0 before the first time. */
  readonly checkpointedAt: number;
  readonly pipelines: readonly PipelineStatus[];
  /** Pipelines that the configuration does not have any more. */
  readonly former: readonly LedgerStatus[];
}

/** What is missing from the law, 0 when every byte is accounted for. */
export function imbalance({ seen, acked, inFlight, unread, lost }: Balance): number {
  return seen - acked - inFlight - unread - lost;
}
