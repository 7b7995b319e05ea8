// Writes one store: rows go to the open block and its file, full blocks are compressed aside and go to the newest segment.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import { AppendFile } from "./append-file.ts";
import { BlockBuilder } from "./block-builder.ts";
import { type BlockToWrite, type PackedBlock, packBlock } from "./block-file.ts";
import { Compressor } from "./compressor.ts";
import { Durability, type FsyncPolicy } from "./durability.ts";
import { fileHeader, openBlockName } from "./file-header.ts";
import { recover } from "./recovery.ts";
import { countExpired, type Expired, type Retention, removeSegment } from "./retention.ts";
import type { StoreRows } from "./rows.ts";
import { type SegmentUse, SegmentWriter } from "./segment-writer.ts";
import { type StoreClock, systemStoreClock } from "./store-clock.ts";
import { nodeStoreFiles, type StoreFiles } from "./store-files.ts";
import { StoreLock } from "./store-lock.ts";
import type { StoreProblem } from "./store-reader.ts";
import type { StoredIds } from "./stored-ids.ts";

export interface StoreOptions {
  /** When rows count as stored: `never` waits for no disk, `interval` for one fsync a second, `always` for one at once. */
  readonly fsync?: FsyncPolicy;
  readonly retention?: Retention;
  /** A segment ends when it would grow beyond this. */
  readonly segmentBytes?: number;
  readonly segmentMs?: number;
  readonly files?: StoreFiles;
  readonly clock?: StoreClock;
}

export interface StoreStatus {
  /** Rows taken since the start, without the duplicates. */
  readonly records: number;
  /** Rows that were stored before the start, and are not stored again. */
  readonly duplicates: number;
  /** On disk: closed blocks with their index. */
  readonly bytes: number;
  readonly segments: number;
  /** Rows that the start found in open blocks. */
  readonly recovered: number;
  /** What the start found damaged. */
  readonly damage: readonly StoreProblem[];
  /** What retention has removed since the start. */
  readonly expired: Expired;
  /** Why it takes nothing for now; it tries again by itself. */
  readonly problem: string | undefined;
  /** Failed writes since the start. */
  readonly failures: number;
}

interface ClosingBlock {
  readonly block: BlockToWrite;
  /** Undefined where compression failed (it needs memory): the writing tries it again. */
  readonly packed: Promise<PackedBlock | undefined>;
  /** Undefined where the block came to its end before a frame was due. */
  readonly file: AppendFile | undefined;
  /** All of its rows are in frames of its file. No later block may have frames before that, or an index has this one. */
  framed: boolean;
  /** Rows up to its end, from the start on. */
  readonly end: number;
}

const SEGMENT_BYTES = 128 << 20;
const LEAST_SEGMENT_BYTES = 4 << 20;
const SEGMENT_MS = 3_600_000;
/** Rows of a block that is still open so long after them go into a frame; a busy store's blocks are full before. */
const FRAME_MS = 50;
/** Full blocks that may wait for their compression. */
const CLOSING_BLOCKS = 3;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 30_000;

export class StoreWriter {
  readonly #directory: string;
  readonly #files: StoreFiles;
  readonly #clock: StoreClock;
  readonly #retention: Retention;
  readonly #lock: StoreLock;
  readonly #segments: SegmentWriter;
  readonly #builder: BlockBuilder;
  readonly #compressor = new Compressor();
  readonly #durability: Durability;
  #ids!: StoredIds;
  #uses: SegmentUse[] = [];
  #recovered = 0;
  #damage: readonly StoreProblem[] = [];
  #number = 0;
  #salt = 0;
  #file: AppendFile | undefined;
  #closing: ClosingBlock[] = [];
  #writingBlocks: Promise<void> | undefined;
  #room: (() => void)[] = [];
  #cancelFrame: (() => void) | undefined;
  /** The frame waits for a block before it. */
  #frameDue = false;
  #hurried = false;
  #endPause: (() => void) | undefined;
  #frameProblem: string | undefined;
  #blockProblem: string | undefined;
  #retryMs = FIRST_RETRY_MS;
  #failures = 0;
  #records = 0;
  #expired = { segments: 0, records: 0, bytes: 0 };
  #closed = false;

  private constructor(directory: string, options: StoreOptions, lock: StoreLock) {
    this.#directory = directory;
    this.#lock = lock;
    this.#files = options.files ?? nodeStoreFiles;
    this.#clock = options.clock ?? systemStoreClock;
    this.#retention = options.retention ?? {};
    const fsync = options.fsync ?? "interval";
    const limits = {
      bytes: options.segmentBytes ?? segmentBytes(this.#retention),
      ms: options.segmentMs ?? SEGMENT_MS,
    };
    this.#segments = new SegmentWriter(directory, this.#files, limits, fsync !== "never");
    this.#builder = new BlockBuilder();
    this.#durability = new Durability(fsync, this.#clock, {
      syncDirectory: () => this.#files.syncDirectory(directory),
      failed: (error) => this.#syncFailed(error),
    });
  }

  /** Recovers what a crash left. Throws KlogError when another process writes there, or the format is unknown. */
  static async open(directory: string, options: StoreOptions = {}): Promise<StoreWriter> {
    const files = options.files ?? nodeStoreFiles;
    files.makeDirectory(directory);
    const lock = await StoreLock.take(directory);
    const writer = new StoreWriter(directory, options, lock);
    try {
      await writer.#recover();
    } catch (error) {
      writer.#segments.close();
      writer.#compressor.close();
      lock.release();
      throw error;
    }
    return writer;
  }

  /** Copies the rows that are neither dropped nor stored already. `stored` is called once, in the order of the calls. */
  append(rows: StoreRows, stored?: () => void): void {
    if (this.#closed) throw new Error("the store is closed");
    this.#take(rows);
    if (stored !== undefined) this.#durability.expect(this.#records, stored);
    if (this.#builder.pendingRows > 0) this.#cancelFrame ??= this.#clock.after(FRAME_MS, () => this.#frame());
  }

  /** Resolves when all that was appended is stored, as the policy says. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#durability.expect(this.#records, resolve);
      this.#hurried = true;
      this.#frame();
    });
  }

  /** True while the caller should append nothing more. */
  get full(): boolean {
    return this.#problem !== undefined || this.#closing.length >= CLOSING_BLOCKS;
  }

  /** Resolves when there is room again. */
  drained(): Promise<void> {
    return this.full ? new Promise((resolve) => this.#room.push(resolve)) : Promise.resolve();
  }

  /** True when the record was stored before this start. */
  contains(generationId: string, epoch: number, offset: number, checksum: number): boolean {
    return this.#ids.contains(generationId, epoch, offset, checksum);
  }

  /** Removes what is beyond the limits. Done with each block; to be called now and then where nothing is written. */
  retain(): void {
    const { ageMs, bytes, freeDisk } = this.#retention;
    if (ageMs === undefined && bytes === undefined && freeDisk === undefined) return;
    const free = freeDisk === undefined ? 0 : this.#files.freeBytes(this.#directory);
    const count = countExpired(this.#uses, this.#retention, this.#clock.now(), free);
    for (const { name, rows, bytes } of this.#uses.slice(0, count)) {
      removeSegment(this.#directory, name, this.#files);
      this.#uses.shift();
      const { segments, records, bytes: before } = this.#expired;
      this.#expired = { segments: segments + 1, records: records + rows, bytes: before + bytes };
    }
  }

  status(): StoreStatus {
    return {
      records: this.#records,
      duplicates: this.#builder.skipped,
      bytes: this.#uses.reduce((sum, { bytes }) => sum + bytes, 0),
      segments: this.#uses.length,
      recovered: this.#recovered,
      damage: this.#damage,
      expired: this.#expired,
      problem: this.#problem,
      failures: this.#failures,
    };
  }

  /** Writes what it holds, unless the disk takes nothing: that stays in the open blocks' files, for the next start. */
  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#problem === undefined && this.#builder.rows > 0) this.#closeBlock();
    this.#closed = true;
    this.#cancelFrame?.();
    this.#endPause?.();
    await this.#writingBlocks;
    await this.#durability.finish();
    for (const { file } of this.#closing) file?.close();
    this.#file?.close();
    this.#segments.close();
    this.#compressor.close();
    this.#lock.release();
  }

  get #problem(): string | undefined {
    return this.#frameProblem ?? this.#blockProblem;
  }

  async #recover(): Promise<void> {
    const now = this.#clock.now();
    const found = await recover(this.#directory, this.#files, this.#builder, this.#compressor, this.#segments, now);
    this.#ids = found.ids;
    this.#uses = found.segments;
    this.#recovered = found.records;
    this.#damage = found.problems;
    this.#number = found.nextBlock;
    this.#begin();
    this.retain();
  }

  #begin(): void {
    this.#file = undefined;
    this.#salt = randomBytes(4).readUInt32LE();
    this.#builder.begin(this.#salt);
  }

  #take(rows: StoreRows): void {
    const skip = this.#ids.filter(rows);
    for (let row = 0; row < rows.count; ) {
      const before = this.#builder.rows;
      row = this.#builder.take(rows, row, skip);
      this.#records += this.#builder.rows - before;
      if (this.#builder.full) this.#closeBlock();
    }
  }

  /** Appends what the open block has gained to its file, as soon as all before it is in a file. */
  #frame(): void {
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
    this.#frameDue = this.#builder.pendingRows > 0 && this.#closing.some(({ framed }) => !framed);
    if (this.#frameDue || (this.#builder.pendingRows > 0 && !this.#appendFrame())) return;
    if (this.#hurried) this.#durability.hurry();
    this.#hurried = false;
  }

  /** False when it failed: it is tried again. */
  #appendFrame(): boolean {
    try {
      const frame = this.#builder.frame();
      this.#file ??= new AppendFile(this.#files, join(this.#directory, openBlockName(this.#number)));
      const header = this.#file.length === 0 ? fileHeader("open block", this.#number, this.#salt) : new Uint8Array();
      this.#file.append(header.length === 0 ? frame : Buffer.concat([header, frame]));
      this.#builder.framed();
      this.#durability.framed(this.#file, header.length + frame.length, this.#records);
    } catch (error) {
      this.#frameProblem = this.#failed(error);
      this.#cancelFrame = this.#clock.after(this.#nextRetry(), () => this.#frame());
      return false;
    }
    this.#frameProblem = undefined;
    this.#retryMs = FIRST_RETRY_MS;
    this.#offerRoom();
    return true;
  }

  #closeBlock(): void {
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
    this.#frameDue = false;
    const framed = this.#builder.pendingRows === 0;
    const block = this.#builder.close(this.#number);
    const packed = packBlock(block, this.#compressor).catch(() => undefined);
    this.#closing.push({ block, packed, file: this.#file, framed, end: this.#records });
    this.#number++;
    this.#begin();
    this.#writingBlocks ??= this.#writeBlocks();
  }

  /** What the files of open blocks hold may never come to the disk, but all of it is in memory still: it goes to a segment. */
  #syncFailed(error: unknown): void {
    if (this.#closed) return;
    if (this.#builder.rows > 0) this.#closeBlock();
    for (const block of this.#closing) block.framed = false;
    if (this.#closing.length > 0) this.#frameProblem = this.#failed(error);
  }

  async #writeBlocks(): Promise<void> {
    for (let next = this.#closing[0]; next !== undefined; next = this.#closing[0]) {
      try {
        const packed = (await next.packed) ?? (await packBlock(next.block, this.#compressor));
        const written = await this.#segments.write(next.block, packed, this.#clock.now());
        this.#closing.shift();
        this.#frameProblem = undefined;
        this.#blockProblem = undefined;
        this.#retryMs = FIRST_RETRY_MS;
        if (this.#uses.at(-1)?.name === written.name) this.#uses.pop();
        this.#uses.push(written);
        this.#builder.recycle(next.block);
        await this.#durability.indexed(next.end, next.file);
        next.file?.close();
        if (next.file !== undefined) this.#files.remove(next.file.path);
        this.retain();
        this.#offerRoom();
      } catch (error) {
        this.#blockProblem = this.#failed(error);
        if (this.#closed) break;
        await this.#pause(this.#nextRetry());
      }
      if (this.#frameDue) this.#frame();
    }
    this.#writingBlocks = undefined;
    if (this.#closing.length > 0) return;
    // What failed last was only the clearing away behind the last block.
    this.#blockProblem = undefined;
    this.#offerRoom();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  /** What a person is told. Where retention may free the disk, it does so first. */
  #failed(error: unknown): string {
    this.#failures++;
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") return `${this.#directory}: ${messageOf(error)}`;
    try {
      this.retain();
    } catch (other) {
      return `${this.#directory}: no space is left on the disk, and the oldest segment stays: ${messageOf(other)}`;
    }
    return `${this.#directory}: no space is left on the disk`;
  }

  #nextRetry(): number {
    const ms = this.#retryMs;
    this.#retryMs = Math.min(2 * ms, LAST_RETRY_MS);
    return ms;
  }

  #offerRoom(): void {
    if (this.full) return;
    const waiting = this.#room;
    this.#room = [];
    for (const resolve of waiting) resolve();
  }
}

/** What retention removes at a time is to be a small part of what it keeps. */
function segmentBytes({ bytes = Number.POSITIVE_INFINITY }: Retention): number {
  return Math.max(LEAST_SEGMENT_BYTES, Math.min(SEGMENT_BYTES, bytes / 16));
}
