// Decides when the journal is made durable: every second, after 8 MiB of acknowledgements, and before a new file is dispatched.
import type { Timer } from "../timer.ts";
import type { Journal } from "./journal.ts";
import { isLedgerKey } from "./ledger.ts";
import { type CheckpointRecord, Tombstones } from "./tombstones.ts";

export interface CheckpointOptions {
  readonly timer: Timer;
  /** Ms since the epoch. */
  readonly now: () => number;
  readonly everyMs?: number;
  readonly everyBytes?: number;
  /** Finished records that are kept at most; above it the first finished is forgotten. */
  readonly tombstones?: number;
}

const EVERY_MS = 1000;
const EVERY_BYTES = 8 << 20;
const TOMBSTONES = 100_000;

/** `Kept` is what the caller saves, and what an earlier process with the same journal saved. */
export class Checkpoint<Kept extends CheckpointRecord> {
  private readonly journal: Journal;
  private readonly timer: Timer;
  private readonly now: () => number;
  private readonly everyMs: number;
  private readonly everyBytes: number;
  private readonly tombstones: Tombstones;
  private acked = 0;
  private cancel: (() => void) | undefined;
  private saved = 0;
  private closed = false;

  constructor(journal: Journal, options: CheckpointOptions) {
    this.journal = journal;
    this.timer = options.timer;
    this.now = options.now;
    this.everyMs = options.everyMs ?? EVERY_MS;
    this.everyBytes = options.everyBytes ?? EVERY_BYTES;
    this.tombstones = new Tombstones(options.tombstones ?? TOMBSTONES);
    for (const [key, record] of this.positions()) this.tombstones.note(key, record);
  }

  get(key: string): Kept | undefined {
    return this.journal.records.get(key) as Kept | undefined;
  }

  /** The journal holds the ledger too. */
  *positions(): Generator<[key: string, record: Kept]> {
    for (const [key, record] of this.journal.records) if (!isLedgerKey(key)) yield [key, record as Kept];
  }

  /** Ms since the epoch; 0 before the first time. */
  get savedAt(): number {
    return this.saved;
  }

  /** Why nothing can be made durable, for a person; it is tried again every second. */
  get problem(): string | undefined {
    return this.journal.problem;
  }

  save(key: string, record: Kept): void {
    this.journal.put(key, record);
    this.tombstones.note(key, record);
    const surplus = this.tombstones.surplus();
    if (surplus !== undefined) this.forget(surplus);
    this.arm();
  }

  forget(key: string): void {
    this.journal.remove(key);
    this.tombstones.drop(key);
    this.arm();
  }

  /** So many more bytes of files count as delivered by what was saved. */
  acknowledged(bytes: number): void {
    this.acked += bytes;
    if (this.acked >= this.everyBytes) void this.sync();
  }

  /**
   * Everything saved so far is durable; many new files share one write. False where nothing can be written (`problem`): what the caller
   * then dispatches has ids that are the same after a crash wherever birth times are kept.
   */
  identitySaved(): Promise<boolean> {
    return this.sync();
  }

  /**
   * After a full scan, with the ids of all targets that it found. Forgets the finished records of targets that are gone for good, and
   * gives back the unfinished ones: bytes of theirs were never delivered, which the caller tells before it forgets them.
   */
  reconciled(present: ReadonlySet<string>): ReadonlyMap<string, Kept> {
    const unfinished = new Map<string, Kept>();
    for (const key of this.tombstones.missing(present)) {
      const record = this.get(key)!;
      if (record.state === "DONE" || record.state === "LOST") this.forget(key);
      else unfinished.set(key, record);
    }
    return unfinished;
  }

  /** The last write; false where it failed. */
  async close(): Promise<boolean> {
    this.closed = true;
    this.disarm();
    const durable = await this.journal.close();
    if (durable) this.saved = this.now();
    return durable;
  }

  private async sync(): Promise<boolean> {
    this.disarm();
    this.acked = 0;
    const durable = await this.journal.sync();
    if (durable) this.saved = this.now();
    else this.arm();
    return durable;
  }

  private arm(): void {
    if (this.closed) return;
    this.cancel ??= this.timer(this.everyMs, () => {
      this.cancel = undefined;
      void this.sync();
    });
  }

  private disarm(): void {
    this.cancel?.();
    this.cancel = undefined;
  }
}
