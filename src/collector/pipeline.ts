// One pipeline at work: what is done to the events of its logs, which sinks take them, and what it has counted.
import type { Latencies } from "./collector-api.ts";
import type { Account } from "./commit/ledger.ts";
import type { PipelineConfig } from "./declare/agent-config.ts";
import { JoinCounts } from "./decode/joiner.ts";
import type { GroupBudget } from "./decode/joiner-budget.ts";
import type { Multiline } from "./decode/multiline.ts";
import type { Sink } from "./deliver/sink.ts";
import type { Balance, PipelineCounters } from "./operation/agent-status.ts";
import type { Processor } from "./process/processor.ts";
import { FLAG_DROPPED, FLAG_PARTIAL, FLAG_TRUNCATED, type RecordBatch } from "./record-batch.ts";

export interface PipelineParts {
  readonly config: PipelineConfig;
  readonly account: Account;
  readonly sinks: readonly Sink[];
  readonly processors: readonly Processor[];
  readonly multiline: Multiline | undefined;
  readonly groups: GroupBudget;
  readonly latencies: Latencies;
  readonly now: () => number;
}

export class Pipeline {
  readonly config: PipelineConfig;
  readonly account: Account;
  readonly sinks: readonly Sink[];
  readonly multiline: Multiline | undefined;
  readonly groups: GroupBudget;
  readonly joins = new JoinCounts();
  readBytes = 0;
  lines = 0;
  /** Of the decoder: cut bytes and lines that were not in the format. */
  cutBytes = 0;
  malformed = 0;
  rotations = 0;
  truncations = 0;
  inodeReuses = 0;
  gzContinuations = 0;
  /** Of chains that are forgotten. */
  private forgotten: Balance = { seen: 0, acked: 0, inFlight: 0, unread: 0, lost: 0 };
  private events = 0;
  private filtered = 0;
  private truncated = 0;
  private partial = 0;
  private readonly parts: PipelineParts;
  private blocked: Promise<void> | undefined;

  constructor(parts: PipelineParts) {
    this.parts = parts;
    this.config = parts.config;
    this.account = parts.account;
    this.sinks = parts.sinks;
    this.multiline = parts.multiline;
    this.groups = parts.groups;
  }

  get name(): string {
    return this.config.name;
  }

  /** Undefined while every sink takes more; else a promise for the moment to ask again. */
  room(): Promise<void> | undefined {
    if (this.blocked !== undefined) return this.blocked;
    const waits = this.sinks.map((sink) => sink.room()).filter((wait) => wait !== undefined);
    if (waits.length === 0) return undefined;
    this.blocked = Promise.all(waits).then(() => {
      this.blocked = undefined;
    });
    return this.blocked;
  }

  /**
   * Hands whole events to every sink, and tells when all of them have delivered. `others`: dropped rows of a stream that is not this
   * pipeline's. `readAt`: ms, when it was read.
   */
  deliver(batch: RecordBatch, others: number, readAt: number, delivered: () => void): void {
    const { processors, latencies, now } = this.parts;
    for (const processor of processors) processor.process(batch);
    this.count(batch, others);
    let pending = this.sinks.length;
    const taken = () => {
      pending--;
      if (pending > 0) return;
      delivered();
      latencies.delivered(now() - readAt);
    };
    for (const sink of this.sinks) sink.write(batch, taken);
  }

  /** A chain is not followed any more: its bytes stay in the sum. */
  retire(balance: Balance): void {
    this.forgotten = addBalances([this.forgotten, balance]);
  }

  balance(chains: readonly Balance[]): Balance {
    return addBalances([this.forgotten, ...chains]);
  }

  get counters(): PipelineCounters {
    return {
      readBytes: this.readBytes,
      lines: this.lines,
      events: this.events,
      filtered: this.filtered,
      truncated: this.truncated,
      cutBytes: this.cutBytes + this.joins.cutBytes,
      malformed: this.malformed,
      partial: this.partial,
      rotations: this.rotations,
      truncations: this.truncations,
      inodeReuses: this.inodeReuses,
      gzContinuations: this.gzContinuations,
      duplicates: this.sinks.reduce((sum, sink) => sum + (sink.status().duplicates ?? 0), 0),
      lostBytesByReason: this.account.lostBytesByReason,
    };
  }

  private count(batch: RecordBatch, others: number): void {
    const { count, flags } = batch;
    let filtered = 0;
    for (let row = 0; row < count; row++) {
      const flag = flags[row]!;
      if (flag === 0) continue;
      if ((flag & FLAG_DROPPED) !== 0) filtered++;
      else {
        if ((flag & FLAG_TRUNCATED) !== 0) this.truncated++;
        if ((flag & FLAG_PARTIAL) !== 0) this.partial++;
      }
    }
    this.filtered += filtered - others;
    this.events += count - filtered;
  }
}

export function addBalances(balances: readonly Balance[]): Balance {
  const sum = { seen: 0, acked: 0, inFlight: 0, unread: 0, lost: 0 };
  for (const { seen, acked, inFlight, unread, lost } of balances) {
    sum.seen += seen;
    sum.acked += acked;
    sum.inFlight += inFlight;
    sum.unread += unread;
    sum.lost += lost;
  }
  return sum;
}
