// Reads a whole store while a writer writes: the closed blocks by their indexes, and what the open block has so far. No locks.
import { join } from "node:path";
import type { DecodedBlock } from "./decoded-block.ts";
import { INDEX_SUFFIX, listStore, openBlockName, type StoreListing } from "./file-header.ts";
import { type OpenBlock, readOpenBlock } from "./open-block.ts";
import { type IndexedBlock, SegmentReader } from "./segment-reader.ts";
import { nodeStoreFiles, type StoreFiles } from "./store-files.ts";

export interface StoredBlock {
  readonly segment: SegmentReader;
  readonly entry: IndexedBlock;
}

/** A block that has no index yet; the same object as long as nothing is added to it. */
export interface NumberedBlock extends DecodedBlock {
  readonly number: number;
  /** Of its file. */
  readonly salt: number;
}

/** Everything that was stored at one moment, in the order of storing: the closed blocks, then the open ones. */
export interface StoreView {
  readonly blocks: readonly StoredBlock[];
  readonly open: readonly NumberedBlock[];
  /** What could not be read, for a person: file by file. */
  readonly problems: readonly StoreProblem[];
}

export interface StoreProblem {
  readonly file: string;
  readonly what: string;
  /** Bytes that are lost with it. */
  readonly bytes: number;
}

/** One for each search: what it has held stays readable until it is closed, whatever retention removes meanwhile. */
export class StoreReader {
  readonly #directory: string;
  readonly #files: StoreFiles;
  readonly #segments = new Map<string, SegmentReader>();
  /** What the newest open block's file gave last, and its length then. */
  #lastOpen: { readonly number: number; readonly size: number; readonly read: OpenBlock } | undefined;

  constructor(directory: string, files: StoreFiles = nodeStoreFiles) {
    this.#directory = directory;
    this.#files = files;
  }

  view(): StoreView {
    for (;;) {
      // The listing comes first: a block that it shows open is later found open or in an index, and no block that the
      // writer began after it can be missed in between.
      const listing = listStore(this.#files.list(this.#directory));
      this.#follow(listing);
      const readers = [...this.#segments.values()];
      const blocks = readers.flatMap((segment) => segment.blocks.map((entry) => ({ segment, entry })));
      const opened = this.#openBlocks(listing, (blocks.at(-1)?.entry.number ?? -1) + 1);
      if (opened === undefined) continue;
      return { blocks, open: opened.open, problems: [...readers.flatMap(segmentProblems), ...opened.problems] };
    }
  }

  close(): void {
    for (const segment of this.#segments.values()) segment.close();
    this.#segments.clear();
  }

  #follow(listing: StoreListing): void {
    const names = new Set(listing.segments.map(({ name }) => name));
    for (const [name, segment] of this.#segments) {
      if (names.has(name)) continue;
      segment.close();
      this.#segments.delete(name);
    }
    const newest = listing.segments.at(-1);
    for (const { name } of listing.segments) {
      const segment = this.#segments.get(name) ?? new SegmentReader(this.#directory, name, this.#files);
      if (segment.refresh()) this.#segments.set(name, segment);
      // The writer began another one before the listing, so this one was whole when it was read.
      if (name !== newest?.name) segment.complete();
    }
  }

  /** Undefined when one was closed meanwhile: an index has gained it, and all is looked at again. */
  #openBlocks({ openBlocks }: StoreListing, next: number): Pick<StoreView, "open" | "problems"> | undefined {
    const numbers = openBlocks.filter((number) => number >= next);
    const fds: number[] = [];
    try {
      for (const number of numbers) {
        const fd = this.#files.openForReading(join(this.#directory, openBlockName(number)));
        if (fd === undefined) return undefined;
        fds.push(fd);
      }
      // All are open before the first is read: a block with a successor is whole, and stays readable when it is unlinked.
      const open: NumberedBlock[] = [];
      const problems: StoreProblem[] = [];
      for (const [index, number] of numbers.entries()) {
        const last = index === numbers.length - 1;
        const read = this.#openBlock(number, fds[index]!, last);
        if (read.block !== undefined) open.push(read.block);
        const problem = openBlockProblem(openBlockName(number), read, last);
        if (problem !== undefined) problems.push(problem);
      }
      return { open, problems };
    } finally {
      for (const fd of fds) this.#files.close(fd);
    }
  }

  #openBlock(number: number, fd: number, isNewest: boolean): OpenBlock {
    const size = this.#files.size(fd);
    if (this.#lastOpen?.number === number && this.#lastOpen.size === size) return this.#lastOpen.read;
    const bytes = this.#files.read(fd, 0, size);
    const read = readOpenBlock(bytes, number);
    if (isNewest) this.#lastOpen = { number, size: bytes.length, read };
    return read;
  }
}

/** The end of the newest block's file may still be being written: it is no problem there. */
export function openBlockProblem(
  file: string,
  { header, damaged, torn }: OpenBlock,
  newest: boolean,
): StoreProblem | undefined {
  if (header.state === "version") return { file, what: versionText(header.version), bytes: torn };
  if (header.state === "foreign") return { file, what: "is not a file of a klog store", bytes: torn };
  const bytes = damaged + (newest ? 0 : torn);
  return bytes === 0 ? undefined : { file, what: `has ${bytes} bytes that are no whole frame`, bytes };
}

export function segmentProblems(segment: SegmentReader, index: number, all: readonly SegmentReader[]): StoreProblem[] {
  const file = segment.name + INDEX_SUFFIX;
  const { header, damaged, torn } = segment;
  if (header.state === "version") return [{ file, what: versionText(header.version), bytes: 0 }];
  if (header.state === "foreign") return [{ file, what: "is not an index of a klog store", bytes: 0 }];
  const bytes = damaged + (index < all.length - 1 ? torn : 0);
  return bytes === 0 ? [] : [{ file, what: `has ${bytes} bytes that are no whole entry`, bytes }];
}

export function versionText(version: number): string {
  return `was written in format ${version}, which this klog does not know`;
}
