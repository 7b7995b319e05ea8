// The collector as the commands see it: what they hand in, what it does, what it tells. collector.ts makes one.
import type { AgentConfig } from "./declare/agent-config.ts";
import type { SinkStatus } from "./deliver/sink.ts";
import type { StandardOutput } from "./deliver/stdout-sink.ts";
import type { FileSystem } from "./file-system.ts";
import type { AgentStatus, LimitStatus } from "./operation/agent-status.ts";
import type { Timer } from "./timer.ts";

export interface Collector {
  /**
   * Takes the state directory, opens the sinks, subscribes, scans and reads on in the background. Resolves behind the first full scan.
   * Throws KlogError where only a person can help: another agent holds the directory, a sink's path is a directory.
   */
  start(): Promise<void>;
  /** Resolves when the collector has stopped by itself, which only a failure or a closed stdout brings about; rejects with the failure. */
  readonly stopped: Promise<void>;
  /**
   * Stops reading, flushes groups and sinks, commits, closes. What is not delivered within `deadlineMs` stays unacked: it is read again
   * at the next start.
   */
  drain(deadlineMs: number): Promise<DrainResult>;
  /** Applies the difference to the configuration in force; cursors are kept. Throws KlogError and changes nothing where it cannot. */
  reload(config: AgentConfig): Promise<ReloadResult>;
  /** Instead of start(): reads all that is there, delivers, commits, closes. `signal` ends it early, and exactly. */
  once(signal: AbortSignal): Promise<Summary>;
  status(): AgentStatus;
  /** Changes whenever status() would say something else than times: costs nothing to ask. */
  readonly revision: number;
  /** A reason to be degraded that only the commands see (`config-invalid`); `what` undefined takes it back. */
  degrade(kind: string, what: string | undefined): void;
}

export interface DrainResult {
  /** False when the deadline came first. */
  readonly complete: boolean;
  /** Bytes read and not delivered. */
  readonly undelivered: number;
}

export interface ReloadResult {
  readonly started: readonly string[];
  readonly stopped: readonly string[];
  readonly kept: readonly string[];
}

export interface Summary {
  readonly files: number;
  readonly bytes: number;
  readonly lines: number;
  readonly events: number;
  readonly filtered: number;
  readonly truncated: number;
  readonly lostBytes: number;
  /** More than those of the lost bytes where files may have been missed as a whole. */
  readonly gaps: number;
  readonly seconds: number;
  readonly sinks: readonly SinkStatus[];
  /** What could not be read, one line each, for a person. */
  readonly problems: readonly string[];
  /** False when the signal came first. */
  readonly complete: boolean;
}

/** The agent's own log. Messages are constant, so that the same one can be told apart and limited; what varies is in the fields. */
export interface AgentLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** How fast the loop may go. Asked once a turn; operation/limits.ts keeps what the configuration says. */
export interface Pace {
  /** Ms to sleep before the next read; 0 = go on. `inFlightBytes` = read and not delivered. */
  pause(inFlightBytes: number): number;
  /** The in-flight budget under the memory limit: `bytes` or less. */
  budget(bytes: number): number;
  status(): LimitStatus;
}

/** Times that the histograms of /metrics show. */
export interface Latencies {
  /** From read to delivered by every sink; once a segment. */
  delivered(milliseconds: number): void;
  /** From a file's birth to its first read. */
  discovered(milliseconds: number): void;
}

export interface CollectorEdges {
  readonly fs: FileSystem;
  /** Ms since the epoch. */
  readonly now: () => number;
  readonly timer: Timer;
  readonly log: AgentLog;
  readonly pace: Pace;
  readonly latencies: Latencies;
  /** For the sink `stdout`. */
  readonly stdout: StandardOutput;
  readonly version: string;
  readonly pid: number;
  /** In which `pid` counts: a container has one of its own. */
  readonly pidNamespace?: string | undefined;
}

/** `files` = the configuration's files, for the status. */
export type CreateCollector = (config: AgentConfig, files: readonly string[], edges: CollectorEdges) => Collector;
