// Where records go. At least once: a range of a file counts as delivered when every sink of its pipeline has said so.
import type { RecordBatch } from "../record-batch.ts";

export interface SinkStatus {
  readonly name: string;
  /** `blocked`: it takes nothing for now and tries again by itself; `reason` says why, for a person. */
  readonly state: "open" | "blocked";
  readonly reason?: string;
  readonly records: number;
  readonly bytes: number;
  /** Failed attempts since the start. */
  readonly failures: number;
  /** Records it had already, by their id, and did not keep again. */
  readonly duplicates?: number;
}

export interface Sink {
  readonly name: string;
  /** Resolves when it can take records. Throws KlogError where only a person can help (a path that is a directory, say). */
  open(): Promise<void>;
  /**
   * Takes the rows that are not FLAG_DROPPED. Copies what it keeps before it returns: the batch's memory is used again.
   * Calls `delivered` once, when they are as durable as the sink's policy says, in the order of the calls.
   */
  write(batch: RecordBatch, delivered: () => void): void;
  /** Undefined while it takes more; else a promise for the moment when it does again. Asked before each read. */
  room(): Promise<void> | undefined;
  /** Resolves when everything written so far is delivered, or `signal` ends the wait. */
  flush(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
  status(): SinkStatus;
}
