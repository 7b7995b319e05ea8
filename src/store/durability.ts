// Says when rows count as stored: as soon as they are in a file, or when that file is on the disk.
import { messageOf } from "../errors.ts";
import type { AppendFile } from "./append-file.ts";
import type { StoreClock } from "./store-clock.ts";

export type FsyncPolicy = "never" | "interval" | "always";

const INTERVAL_MS = 1000;
/** A faster writer does not wait for the second: what it may have in flight is bounded. */
const INTERVAL_BYTES = 16 << 20;

interface DurabilityEdges {
  readonly syncDirectory: () => Promise<void>;
  /** Called after each round, well or not. */
  readonly synced: () => void;
}

/** Positions count rows from the start on. */
export class Durability {
  readonly #policy: FsyncPolicy;
  readonly #clock: StoreClock;
  readonly #edges: DurabilityEdges;
  readonly #expected: { readonly position: number; readonly stored: () => void }[] = [];
  readonly #dirty = new Set<AppendFile>();
  #dirtyBytes = 0;
  #newFile = false;
  #framed = 0;
  #synced = 0;
  #syncing: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  problem: string | undefined;

  constructor(policy: FsyncPolicy, clock: StoreClock, edges: DurabilityEdges) {
    this.#policy = policy;
    this.#clock = clock;
    this.#edges = edges;
  }

  /** Calls `stored` when all rows before `position` are. */
  expect(position: number, stored: () => void): void {
    this.#expected.push({ position, stored });
    this.#release();
  }

  /** A frame was appended to `file`: all rows before `position` are in a file now. */
  framed(file: AppendFile, bytes: number, position: number): void {
    this.#framed = position;
    if (this.#policy !== "never") {
      this.#newFile ||= file.length === bytes;
      this.#dirty.add(file);
      this.#dirtyBytes += bytes;
      this.#plan();
    }
    this.#release();
  }

  /** Syncs now, whatever the interval. */
  hurry(): void {
    if (this.#dirty.size > 0 && this.#syncing === undefined) this.#syncing = this.#sync();
  }

  /** The rows of `file` are in a segment, as durable as the policy wants: nobody waits for the file, and it may be closed. */
  async settle(file: AppendFile): Promise<void> {
    await this.#syncing;
    this.#dirty.delete(file);
    if (this.#dirty.size === 0) this.#allSynced(this.#framed);
  }

  /** Resolves when no file is in use any more. */
  async finish(): Promise<void> {
    await this.#syncing;
    this.hurry();
    await this.#syncing;
    this.#cancel?.();
  }

  async #sync(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    const upTo = this.#framed;
    const files = [...this.#dirty];
    const [bytes, newFile] = [this.#dirtyBytes, this.#newFile];
    this.#dirty.clear();
    this.#dirtyBytes = 0;
    this.#newFile = false;
    try {
      await Promise.all(files.map((file) => file.sync()));
      if (newFile) await this.#edges.syncDirectory();
      this.problem = undefined;
      this.#syncing = undefined;
      this.#allSynced(upTo);
    } catch (error) {
      this.problem = `fsync failed: ${messageOf(error)}`;
      for (const file of files) this.#dirty.add(file);
      this.#dirtyBytes += bytes;
      this.#newFile ||= newFile;
      this.#syncing = undefined;
    }
    this.#plan();
    this.#edges.synced();
  }

  #plan(): void {
    if (this.#dirty.size === 0 || this.#syncing !== undefined) return;
    const due = this.#policy === "always" || this.#dirtyBytes >= INTERVAL_BYTES;
    if (due && this.problem === undefined) this.hurry();
    else this.#cancel ??= this.#clock.after(INTERVAL_MS, () => this.hurry());
  }

  #allSynced(position: number): void {
    this.#synced = Math.max(this.#synced, position);
    this.#release();
  }

  #release(): void {
    const durable = this.#policy === "never" ? this.#framed : this.#synced;
    while (this.#expected.length > 0 && this.#expected[0]!.position <= durable) this.#expected.shift()!.stored();
  }
}
