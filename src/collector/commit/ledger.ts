// What all agents with this state directory have delivered and lost, by pipeline: kept in the journal, in the batches of the positions,
// so that after a crash the sums say exactly what the positions say.
import type { GapStatus } from "../operation/agent-status.ts";
import type { Journal } from "./journal.ts";

/** Gaps that are remembered for `klog agent audit`, a pipeline; all are counted. */
const GAPS = 1000;
/** Pipelines of former configurations that are remembered. */
const FORMER = 50;

const SUMS = "ledger/";
const GAP = "gap/";

interface SumsRecord {
  readonly since: number;
  readonly changedAt: number;
  readonly acked: number;
  readonly lostBytesByReason: Readonly<Record<string, number>>;
  readonly gapCount: number;
}

/** Whether a key of the journal is the ledger's; all others are positions. */
export function isLedgerKey(key: string): boolean {
  return key.startsWith(SUMS) || key.startsWith(GAP);
}

/** One pipeline's. Its sums go on over all processes. */
export class Account {
  readonly pipeline: string;
  /** When the first process began to count, ms since the epoch. */
  readonly since: number;
  /** Lost bytes and gaps of earlier processes. */
  readonly before: { readonly lost: number; readonly gaps: number };
  /** The newest 1,000, oldest first. */
  readonly gaps: GapStatus[];
  changedAt: number;
  gapCount: number;
  /** Bytes, over all processes. */
  acked: number;
  private readonly lostByReason: Map<string, number>;
  private readonly journal: Journal;
  private isChanged = false;

  constructor(pipeline: string, journal: Journal, sums: SumsRecord, gaps: GapStatus[]) {
    this.pipeline = pipeline;
    this.journal = journal;
    this.since = sums.since;
    this.changedAt = sums.changedAt;
    this.acked = sums.acked;
    this.gapCount = sums.gapCount;
    this.gaps = gaps;
    this.lostByReason = new Map(Object.entries(sums.lostBytesByReason));
    this.before = { lost: this.lost, gaps: this.gapCount };
  }

  get lost(): number {
    return [...this.lostByReason.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  get lostBytesByReason(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.lostByReason);
  }

  delivered(bytes: number): void {
    this.acked += bytes;
    this.isChanged = true;
  }

  addGap(gap: GapStatus): void {
    this.journal.put(this.gapKey(this.gapCount), gap);
    this.journal.remove(this.gapKey(this.gapCount - GAPS));
    this.gapCount++;
    this.gaps.push(gap);
    if (this.gaps.length > GAPS) this.gaps.shift();
    this.lostByReason.set(gap.reason, (this.lostByReason.get(gap.reason) ?? 0) + gap.bytes);
    this.isChanged = true;
  }

  /** Into the batch that is about to be written. */
  put(now: number): void {
    if (!this.isChanged) return;
    this.isChanged = false;
    this.changedAt = now;
    const { since, acked, lostBytesByReason, gapCount } = this;
    const sums: SumsRecord = { since, changedAt: now, acked, lostBytesByReason, gapCount };
    this.journal.put(SUMS + this.pipeline, sums);
  }

  forget(): void {
    this.journal.remove(SUMS + this.pipeline);
    for (let n = this.gapCount - this.gaps.length; n < this.gapCount; n++) this.journal.remove(this.gapKey(n));
  }

  private gapKey(number: number): string {
    return `${GAP}${number}/${this.pipeline}`;
  }
}

export class Ledger {
  private readonly journal: Journal;
  private readonly now: () => number;
  private readonly accounts = new Map<string, Account>();

  /** Takes the journal's sums, and puts them into each of its batches. `now`: ms since the epoch. */
  constructor(journal: Journal, now: () => number) {
    this.journal = journal;
    this.now = now;
    const gaps = new Map<string, [number, GapStatus][]>();
    for (const [key, record] of journal.records) {
      const [, number, pipeline] = /^gap\/(\d+)\/(.*)$/s.exec(key) ?? [];
      if (pipeline === undefined) continue;
      const list = gaps.get(pipeline) ?? [];
      list.push([Number(number), record as GapStatus]);
      gaps.set(pipeline, list);
    }
    for (const [key, record] of journal.records) {
      if (!key.startsWith(SUMS)) continue;
      const name = key.slice(SUMS.length);
      const known = (gaps.get(name) ?? []).sort(([a], [b]) => a - b).map(([, gap]) => gap);
      this.accounts.set(name, new Account(name, journal, record as SumsRecord, known));
    }
    const former = [...this.accounts.values()].sort((a, b) => b.changedAt - a.changedAt);
    for (const account of former.slice(FORMER)) {
      account.forget();
      this.accounts.delete(account.pipeline);
    }
    journal.beforeWrite = () => {
      for (const account of this.accounts.values()) account.put(this.now());
    };
  }

  account(pipeline: string): Account {
    let account = this.accounts.get(pipeline);
    if (account === undefined) {
      const now = this.now();
      const sums = { since: now, changedAt: now, acked: 0, lostBytesByReason: {}, gapCount: 0 };
      account = new Account(pipeline, this.journal, sums, []);
      this.accounts.set(pipeline, account);
    }
    return account;
  }

  /** Of pipelines that are not in force. */
  former(inForce: ReadonlySet<string>): Account[] {
    return [...this.accounts.values()].filter(({ pipeline }) => !inForce.has(pipeline));
  }
}
