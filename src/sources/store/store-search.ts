// One search of a store: its view, the blocks that are worth a look, and what is counted and said on the way.
import { timeBounds } from "../../query/bounds.ts";
import type { CompileContext } from "../../query/predicate.ts";
import { compareTimestamps, type Timestamp } from "../../record/timestamp.ts";
import type { BlockState } from "../../store/segment-reader.ts";
import { requireKnownFormat, requireStore, unreadable } from "../../store/store-directory.ts";
import { StoreReader } from "../../store/store-reader.ts";
import type { SearchRequest } from "../source.ts";
import { BlockPlan, type PlannedBlock, type Pruned } from "./block-plan.ts";
import { BlockScan, type Scan, type ScannedBlock } from "./block-scan.ts";
import { FilterPlan } from "./filter-plan.ts";
import type { RecordBlock } from "./row-record.ts";
import { fitsText, type SearchBlock, searchBlocks } from "./search-block.ts";
import type { StoredEnd } from "./store-position.ts";
import { StoredOrigins } from "./stored-origin.ts";

export interface StoreOptions {
  readonly directory: string;
  readonly name: string;
  readonly context: CompileContext;
}

export class StoreSearch {
  readonly request: SearchRequest;
  readonly plan: BlockPlan;
  readonly name: string;
  readonly pruned: Pruned = { time: 0, level: 0, origin: 0 };
  readonly #directory: string;
  #reader: StoreReader;
  readonly #scan: BlockScan;
  readonly #said = new Set<string>();

  /** Close it. Throws KlogError where there is no store. */
  constructor({ directory, name, context }: StoreOptions, request: SearchRequest) {
    requireStore(directory);
    this.request = request;
    this.name = name;
    this.#directory = directory;
    this.#reader = new StoreReader(directory);
    const bounds = timeBounds(request.filter, context);
    const range = { from: later(request.from, bounds.from), to: earlier(request.to, bounds.to) };
    const filter = new FilterPlan(request.filter, request.accepts, context);
    this.plan = new BlockPlan(request.filter, filter, range, new StoredOrigins());
    this.#scan = new BlockScan(this.plan, name);
  }

  /** All blocks as they are now. What cannot be read of the store is said once. */
  blocks(): SearchBlock[] {
    const view = this.#read(() => this.#reader.view());
    requireKnownFormat(this.#directory, view);
    for (const { file, what, bytes } of view.problems) {
      if (!this.#says(`${file} ${what}`, file)) continue;
      this.request.work.lostBytes += bytes;
    }
    return searchBlocks(view);
  }

  /** The same, with nothing taken for known: files of the same names are others now. */
  blocksAnew(): SearchBlock[] {
    this.#reader.close();
    this.#reader = new StoreReader(this.#directory);
    return this.blocks();
  }

  /** The block's rows from `firstRow` on, and their text alone: what stands before was counted. */
  rowsFrom(block: SearchBlock, firstRow: number): SearchBlock {
    const columns = this.#read(() => block.columns());
    const seenBytes = typeof columns === "string" ? 0 : columns.start[firstRow]!;
    return { ...block, firstRow, textBytes: block.textBytes - seenBytes };
  }

  /** What has to be looked into, in the order given; it stays readable from now on. */
  select(blocks: readonly SearchBlock[]): PlannedBlock[] {
    const { work } = this.request;
    const planned = this.plan.select(blocks, (block, by) => {
      this.pruned[by]++;
      work.skippedBytes += block.textBytes;
    });
    work.totalBytes = planned.reduce((sum, { block }) => sum + block.textBytes, work.totalBytes ?? 0);
    return planned.filter(({ block }) => this.#read(() => block.segment?.hold() ?? true));
  }

  isRuledOut(planned: PlannedBlock): boolean {
    return this.#read(() => this.#scan.isRuledOut(planned));
  }

  /** Undefined where it has no hit, or cannot be read, which is said. */
  async scan(planned: PlannedBlock, wantsText: boolean): Promise<ScannedBlock | undefined> {
    let scan: Scan;
    try {
      scan = await this.#scan.run(planned, wantsText);
    } catch (error) {
      throw isOfFiles(error) ? unreadable(this.#directory, error) : error;
    }
    return this.#counted(planned.block, scan);
  }

  /** The block whole, for hits that are known. Undefined where it cannot be read any more, which is said. */
  async read({ block }: PlannedBlock): Promise<RecordBlock | undefined> {
    const read = await wholeBlock(block);
    if (typeof read !== "string") return { ...read, logs: this.plan.originsOf(block) };
    this.#counted(block, read);
    return undefined;
  }

  close(): void {
    this.#reader.close();
  }

  note(text: string, partial?: "partial"): void {
    this.request.note(`${this.name}: ${text}`, partial);
  }

  #counted(block: SearchBlock, scan: Scan): ScannedBlock | undefined {
    const { work } = this.request;
    if (scan === "ruled out") {
      work.skippedBytes += block.textBytes;
      if (work.totalBytes !== undefined) work.totalBytes -= block.textBytes;
      return undefined;
    }
    work.records += block.rows - block.firstRow;
    work.bytes += block.textBytes;
    if (scan === "damaged" || scan === "expired") {
      work.lostBytes += block.textBytes;
      const what = scan === "damaged" ? "is damaged" : "was removed while it was read";
      this.#says(`${block.file} ${what}: ${block.rows} records of one block or more are lost`, block.file);
      return undefined;
    }
    return scan === "no hits" ? undefined : scan;
  }

  /** False where this file's damage was told before. */
  #says(text: string, file: string): boolean {
    if (this.#said.has(file)) return false;
    this.#said.add(file);
    this.note(text, "partial");
    return true;
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw isOfFiles(error) ? unreadable(this.#directory, error) : error;
    }
  }
}

async function wholeBlock(block: SearchBlock): Promise<Omit<RecordBlock, "logs"> | BlockState> {
  const rows = block.columns();
  if (typeof rows === "string") return rows;
  const details = block.details(rows);
  if (typeof details === "string") return details;
  const text = await block.text();
  if (typeof text === "string") return text;
  const buffer = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  return fitsText(rows, buffer) ? { rows, text: buffer, details: () => details } : "damaged";
}

export function endOf(blocks: readonly SearchBlock[]): StoredEnd | undefined {
  const last = blocks.at(-1);
  return last === undefined ? undefined : { block: last.number, rows: last.rows };
}

function isOfFiles(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).syscall !== undefined;
}

function later(a: Timestamp | undefined, b: Timestamp | undefined): Timestamp | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareTimestamps(a, b) > 0 ? a : b;
}

function earlier(a: Timestamp | undefined, b: Timestamp | undefined): Timestamp | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareTimestamps(a, b) < 0 ? a : b;
}
