// The sink `file`: encoded records appended to a rotated file, delivered when they are as durable as the fsync policy says.
import type { FileSystem } from "../file-system.ts";
import type { RecordBatch } from "../record-batch.ts";
import type { Timer } from "../timer.ts";
import { Backoff } from "./backoff.ts";
import { DeliveryQueue } from "./delivery-queue.ts";
import type { Encoder } from "./encoder.ts";
import { keptRows } from "./kept-rows.ts";
import { cannotOpen, mayPass, reasonOf } from "./output-trouble.ts";
import { RotatedFile, type Rotation } from "./rotated-file.ts";
import type { Sink, SinkStatus } from "./sink.ts";

/** `never`: delivered when the kernel has it; `batch`: every write is synced; `interval`: once a second, or after 8 MiB. */
export type FsyncPolicy = "never" | "batch" | "interval";

export interface FileSinkOptions extends Rotation {
  readonly fsync: FsyncPolicy;
}

export interface FileSinkEdges {
  readonly fs: FileSystem;
  readonly timer: Timer;
  /** Ms since the epoch. */
  readonly now: () => number;
}

/** Bytes that one write takes: larger ones are no faster. */
const BLOCK_BYTES = 1024 * 1024;
/** Pieces this long are written from where they are: gathering them would copy for nothing. */
const DIRECT_BYTES = 128 * 1024;
const GATHER_MS = 20;
const SYNC_MS = 1000;
const SYNC_BYTES = 8 * 1024 * 1024;
/** How often the file's name is compared with the file that is open. */
const LOOK_MS = 1000;

export class FileSink implements Sink {
  readonly name: string;
  readonly #encoder: Encoder;
  readonly #edges: FileSinkEdges;
  readonly #fsync: FsyncPolicy;
  readonly #file: RotatedFile;
  readonly #backoff = new Backoff();
  readonly #deliveries = new DeliveryQueue();
  readonly #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #gathered = 0;
  /** What could not be written yet, oldest first, in front of the block. */
  #waiting: Uint8Array[] = [];
  /** Bytes since the start: taken from the encoder, and appended to a file. */
  #accepted = 0;
  #appended = 0;
  #syncing: Promise<void> | undefined;
  #cancelWrite: (() => void) | undefined;
  #cancelSync: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #lookedAt = 0;
  #isFlushing = false;
  /** A sync has failed, and what it did not cover is not yet taken back. */
  #isSuspect = false;
  #isClosed = false;
  #failures = 0;
  #reason: string | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(options: FileSinkOptions, encoder: Encoder, edges: FileSinkEdges) {
    this.name = `file:${options.path}`;
    this.#fsync = options.fsync;
    this.#encoder = encoder;
    this.#edges = edges;
    this.#file = new RotatedFile(edges.fs, options);
  }

  /** A full disk is no reason to fail: the sink opens blocked, and goes on when there is room. */
  async open(): Promise<void> {
    try {
      this.#file.open();
    } catch (error) {
      if (!mayPass(error)) throw cannotOpen(this.name, this.#file.path, error);
      this.#blocked(error);
    }
  }

  write(batch: RecordBatch, delivered: () => void): void {
    this.#encoder.encode(batch, (bytes) => this.#accept(bytes));
    this.#deliveries.push(this.#accepted, keptRows(batch), delivered);
    this.#settle();
    if (this.#gathered > 0) this.#cancelWrite ??= this.#edges.timer(GATHER_MS, () => this.#writeGathered());
  }

  room(): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#reason === undefined) return undefined;
    this.#room ??= Promise.withResolvers<void>();
    return this.#room.promise;
  }

  async flush(signal?: AbortSignal): Promise<void> {
    this.#isFlushing = true;
    this.#writeGathered();
    this.#settle();
    await this.#deliveries.whenEmpty(signal);
    this.#isFlushing = false;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of [this.#cancelWrite, this.#cancelSync, this.#cancelRetry]) cancel?.();
    await this.#syncing;
    this.#file.close();
  }

  status(): SinkStatus {
    const { name } = this;
    const counts = { records: this.#deliveries.records, bytes: this.#appended, failures: this.#failures };
    return this.#reason === undefined
      ? { name, state: "open", ...counts }
      : { name, state: "blocked", reason: this.#reason, ...counts };
  }

  #accept(bytes: Uint8Array): void {
    this.#accepted += bytes.length;
    if (this.#gathered + bytes.length > BLOCK_BYTES || bytes.length >= DIRECT_BYTES) {
      this.#sendBlock();
      if (bytes.length >= DIRECT_BYTES) return this.#send(bytes);
    }
    this.#block.set(bytes, this.#gathered);
    this.#gathered += bytes.length;
  }

  #writeGathered(): void {
    this.#cancelWrite?.();
    this.#cancelWrite = undefined;
    this.#sendBlock();
    this.#settle();
  }

  #sendBlock(): void {
    const length = this.#gathered;
    this.#gathered = 0;
    if (length > 0) this.#send(this.#block.subarray(0, length));
  }

  /** Appends the bytes, whole records, or keeps a copy of what must wait. */
  #send(bytes: Uint8Array): void {
    const rest = this.#waiting.length === 0 && this.#reason === undefined ? this.#append(bytes) : bytes;
    // Not slice(): of a Buffer that is no copy.
    if (rest.length > 0) this.#waiting.push(Buffer.from(rest));
  }

  /** What could not be appended: the disk refuses it, or a sync must come before the rotation. */
  #append(bytes: Uint8Array): Uint8Array {
    let rest = bytes;
    try {
      while (rest.length > 0) {
        if (this.#isMovedAway()) {
          if (this.#syncFirst()) return rest;
          this.#file.close();
        }
        this.#file.open();
        const part = fitting(rest, this.#file.left, this.#file.isEmpty);
        if (part.length > 0) {
          this.#file.append(part);
          this.#appended += part.length;
          this.#recovered();
          rest = rest.subarray(part.length);
        } else if (this.#syncFirst()) return rest;
        else this.#file.rotate();
      }
    } catch (error) {
      this.#blocked(error);
    }
    return rest;
  }

  #isMovedAway(): boolean {
    const now = this.#edges.now();
    if (now - this.#lookedAt < LOOK_MS) return false;
    const isMoved = this.#file.isMovedAway();
    if (!isMoved) this.#lookedAt = now;
    return isMoved;
  }

  /** True while bytes of the file must become durable before it may be left. */
  #syncFirst(): boolean {
    if (this.#fsync === "never" || (this.#file.unsynced === 0 && this.#syncing === undefined)) return false;
    this.#startSync();
    return true;
  }

  /** Tells what is delivered by now, or sees to it that it will be. */
  #settle(): void {
    if (this.#fsync === "never") this.#deliveries.settle(this.#appended);
    // A batch that left no bytes, filtered whole, waits only for those before it.
    else if (this.#file.unsynced === 0 && this.#syncing === undefined) this.#deliveries.settle(this.#appended);
    else if (this.#fsync === "batch" || this.#isFlushing || this.#file.unsynced >= SYNC_BYTES) this.#startSync();
    else this.#cancelSync ??= this.#edges.timer(SYNC_MS, () => this.#startSync());
  }

  #startSync(): void {
    if (this.#syncing !== undefined || this.#isSuspect) return;
    this.#cancelSync?.();
    this.#cancelSync = undefined;
    const position = this.#appended;
    this.#syncing = this.#file.sync().then(
      () => {
        this.#syncing = undefined;
        this.#deliveries.settle(position);
        this.#writeWaiting();
      },
      (error) => {
        this.#syncing = undefined;
        this.#isSuspect = true;
        this.#blocked(error);
        this.#takeBack();
      },
    );
  }

  #takeBack(): void {
    try {
      const bytes = this.#file.takeBackUnsynced();
      this.#isSuspect = false;
      this.#appended -= bytes.length;
      if (bytes.length > 0) this.#waiting.unshift(bytes);
    } catch (error) {
      this.#blocked(error);
    }
  }

  #writeWaiting(): void {
    if (this.#isClosed) return;
    while (this.#waiting.length > 0) {
      const rest = this.#append(this.#waiting[0]!);
      if (rest.length > 0) {
        this.#waiting[0] = rest;
        return;
      }
      this.#waiting.shift();
    }
    if (this.#reason === undefined) this.#makeRoom();
    this.#settle();
  }

  #blocked(error: unknown): void {
    this.#failures++;
    this.#reason = reasonOf(this.#file.path, error);
    this.#cancelRetry?.();
    if (this.#isClosed) return;
    this.#cancelRetry = this.#edges.timer(this.#backoff.next(), () => this.#retry());
  }

  #retry(): void {
    this.#cancelRetry = undefined;
    if (this.#isSuspect) this.#takeBack();
    if (this.#isSuspect) return;
    if (this.#waiting.length > 0) return this.#writeWaiting();
    try {
      this.#file.open();
      this.#recovered();
      this.#makeRoom();
      this.#settle();
    } catch (error) {
      this.#blocked(error);
    }
  }

  #recovered(): void {
    this.#reason = undefined;
    this.#backoff.succeeded();
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

/** As many whole records as fit into `left`; one that is longer than a file may be has a file of its own. */
function fitting(bytes: Uint8Array, left: number, isEmpty: boolean): Uint8Array {
  if (bytes.length <= left) return bytes;
  const end = left <= 0 ? 0 : bytes.lastIndexOf(10, left - 1) + 1;
  if (end > 0 || !isEmpty) return bytes.subarray(0, end);
  const first = bytes.indexOf(10) + 1;
  return first === 0 ? bytes : bytes.subarray(0, first);
}
