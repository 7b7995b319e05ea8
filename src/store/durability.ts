// Says when rows count as stored: as soon as they are in a file, or when that file is on the disk.
import type { AppendFile } from "./append-file.ts";
import type { StoreClock } from "./store-clock.ts";

export type FsyncPolicy = "never" | "interval" | "always";

const INTERVAL_MS = 1000;
/** A faster writer does not wait for the second: what it may have in flight is bounded. */
const INTERVAL_BYTES = 16 << 20;

interface DurabilityEdges {
  readonly syncDirectory: () => Promise<void>;
  /** No file that has frames now is known to be on the disk, nor ever will be: their rows have to be written elsewhere. */
  readonly failed: (error: unknown) => void;
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
  #stored = 0;
  #hurried = false;
  #syncing: Promise<void> | undefined;
  #cancel: (() => void) | undefined;

  constructor(policy: FsyncPolicy, clock: StoreClock, edges: DurabilityEdges) {
    this.#policy = policy;
    this.#clock = clock;
    this.#edges = edges;
  }

  /** Calls `stored` when all rows before `position` are. */
  expect(position: number, stored: () => void): void {
    this.#expected.push({ position, stored });
    this.#release(this.#stored);
  }

  /** A frame was appended to `file`: all rows before `position` are in a file now. */
  framed(file: AppendFile, bytes: number, position: number): void {
    this.#framed = position;
    if (this.#policy === "never") this.#release(position);
    else {
      this.#newFile ||= file.length === bytes;
      this.#dirty.add(file);
      this.#dirtyBytes += bytes;
      this.#plan();
    }
  }

  /** Syncs now, whatever the interval. */
  hurry(): void {
    this.#hurried = true;
    this.#plan();
  }

  /** All rows before `position` are in a segment, as durable as the policy wants. What has no use any more may be closed. */
  async indexed(position: number, file: AppendFile | undefined): Promise<void> {
    this.#release(position);
    if (file === undefined) return;
    await this.#syncing;
    this.#dirty.delete(file);
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
    const newFile = this.#newFile;
    this.#dirty.clear();
    this.#dirtyBytes = 0;
    this.#newFile = false;
    this.#hurried = false;
    const failure = await this.#failureOf(files, newFile);
    this.#syncing = undefined;
    if (failure === undefined) this.#release(upTo);
    else {
      // The system forgets what it could not write, and a second sync says nothing of it.
      this.#dirty.clear();
      this.#edges.failed(failure.error);
    }
    this.#plan();
  }

  async #failureOf(files: readonly AppendFile[], newFile: boolean): Promise<{ readonly error: unknown } | undefined> {
    try {
      await Promise.all(files.map((file) => file.sync()));
      if (newFile) await this.#edges.syncDirectory();
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #plan(): void {
    if (this.#syncing !== undefined) return;
    if (this.#dirty.size === 0) this.#hurried = false;
    else if (this.#hurried || this.#policy === "always" || this.#dirtyBytes >= INTERVAL_BYTES)
      this.#syncing = this.#sync();
    else this.#cancel ??= this.#clock.after(INTERVAL_MS, () => this.#intervalOver());
  }

  #intervalOver(): void {
    // Also where nothing is left to sync, as the file has become part of a segment: the next frame begins an interval of its own.
    this.#cancel = undefined;
    this.hurry();
  }

  #release(position: number): void {
    this.#stored = Math.max(this.#stored, position);
    while (this.#expected.length > 0 && this.#expected[0]!.position <= this.#stored) this.#expected.shift()!.stored();
  }
}
