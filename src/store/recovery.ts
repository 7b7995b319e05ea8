// Makes a store whole again after a crash: cuts what was half written, and closes the blocks that were open.
import { join } from "node:path";
import { KlogError } from "../errors.ts";
import type { BlockBuilder } from "./block-builder.ts";
import { packBlock, packedLength } from "./block-file.ts";
import type { Compressor } from "./compressor.ts";
import { DATA_SUFFIX, HEADER_BYTES, INDEX_SUFFIX, listStore, openBlockName } from "./file-header.ts";
import { readOpenBlock } from "./open-block.ts";
import { removeSegment } from "./retention.ts";
import { dataEnd, SegmentReader } from "./segment-reader.ts";
import type { SegmentUse, SegmentWriter } from "./segment-writer.ts";
import { readWhole, type StoreFiles } from "./store-files.ts";
import { openBlockProblem, type StoreProblem, segmentProblems, versionText } from "./store-reader.ts";
import { StoredIds } from "./stored-ids.ts";

export interface Recovered {
  /** The number of the next block. */
  readonly nextBlock: number;
  readonly segments: SegmentUse[];
  readonly ids: StoredIds;
  /** Rows of blocks that were open. */
  readonly records: number;
  readonly problems: readonly StoreProblem[];
}

/** Where an index of unknown length ends at the latest: block numbers may have gaps, but none may come twice. */
const UNKNOWN_BLOCKS = 1_000_000;

/** Throws KlogError for a store of another format. It can stop at any moment and be started again. */
export async function recover(
  directory: string,
  files: StoreFiles,
  builder: BlockBuilder,
  compressor: Compressor,
  writer: SegmentWriter,
  now: number,
): Promise<Recovered> {
  const listing = listStore(files.list(directory));
  const problems: StoreProblem[] = [];
  for (const name of listing.orphans) files.remove(join(directory, name));

  const readers: SegmentReader[] = [];
  let nextBlock = 0;
  for (const { name, firstBlock } of listing.segments) {
    const reader = new SegmentReader(directory, name, files);
    reader.refresh();
    if (reader.header.state === "version")
      throw unknownFormat(join(directory, name + INDEX_SUFFIX), reader.header.version);
    if (reader.header.state === "short") {
      // The crash came before its first entry: what counts as stored of its block is still in an open block's file.
      removeSegment(directory, name, files);
      continue;
    }
    // A damaged or foreign index stays as it is: nothing is appended to it, and nothing of it removed.
    if (reader.header.state === "foreign") problems.push(...segmentProblems(reader, 0, [reader]));
    else readers.push(reader);
    const last = reader.blocks.at(-1)?.number ?? firstBlock + UNKNOWN_BLOCKS;
    nextBlock = Math.max(nextBlock, last + 1);
  }
  if (readers.length > 0) nextBlock = cutNewest(directory, readers, files, nextBlock, problems);
  problems.push(...readers.flatMap(segmentProblems));

  const ids = new StoredIds(directory, files);
  const segments = readers.map((reader) => {
    ids.add(reader);
    reader.close();
    return useOf(directory, reader, files);
  });

  let records = 0;
  const written = new Set<string>();
  for (const [index, number] of listing.openBlocks.entries()) {
    const file = openBlockName(number);
    const path = join(directory, file);
    const read = readOpenBlock(readWhole(files, path) ?? new Uint8Array(), number);
    if (read.header.state === "version") throw unknownFormat(path, read.header.version);
    const newest = index === listing.openBlocks.length - 1;
    const problem = openBlockProblem(file, read, newest);
    if (problem !== undefined && (number >= nextBlock || read.header.state === "foreign")) problems.push(problem);
    if (number >= nextBlock) {
      nextBlock = number + 1;
      if (read.block !== undefined) {
        builder.replay(read.block);
        const block = builder.close(number);
        const segment = await writer.write(block, await packBlock(block, compressor), now);
        if (segments.at(-1)?.name === segment.name) segments.pop();
        segments.push(segment);
        written.add(segment.name);
        records += read.block.rows;
      }
    }
    if (read.header.state !== "foreign") files.remove(path);
  }
  for (const name of written) {
    const reader = new SegmentReader(directory, name, files);
    reader.refresh();
    reader.close();
    ids.add(reader);
  }
  return { nextBlock, segments, ids, records, problems };
}

/** Cuts index and data of the newest segment to their last whole entry. Returns the number of the next block. */
function cutNewest(
  directory: string,
  readers: SegmentReader[],
  files: StoreFiles,
  nextBlock: number,
  problems: StoreProblem[],
): number {
  const newest = readers.at(-1)!;
  const { name, blocks } = newest;
  const size = sizeOf(join(directory, name + DATA_SUFFIX), files);
  let whole = blocks.length;
  while (whole > 0 && dataEnd(blocks[whole - 1]!) > size) whole--;
  const lost = blocks.slice(whole);
  if (lost.length > 0) {
    // Only a machine that died can leave them: the index came to the disk before the data did.
    const rows = lost.reduce((sum, entry) => sum + entry.rows, 0);
    const bytes = lost.reduce((sum, entry) => sum + packedLength(entry), 0);
    problems.push({ file: name + DATA_SUFFIX, what: `lacks the last ${lost.length} blocks (${rows} records)`, bytes });
  }
  newest.close();
  cut(join(directory, name + INDEX_SUFFIX), lost[0]?.indexPosition ?? newest.indexEnd, files);
  const last = blocks[whole - 1];
  cut(join(directory, name + DATA_SUFFIX), last === undefined ? HEADER_BYTES : dataEnd(last), files);
  const reader = new SegmentReader(directory, name, files);
  reader.refresh();
  readers[readers.length - 1] = reader;
  return lost.length === 0 ? nextBlock : lost[0]!.number;
}

function cut(path: string, length: number, files: StoreFiles): void {
  if (sizeOf(path, files) <= length) return;
  const fd = files.openForAppending(path);
  try {
    files.truncate(fd, length);
  } finally {
    files.close(fd);
  }
}

function sizeOf(path: string, files: StoreFiles): number {
  const fd = files.openForReading(path);
  if (fd === undefined) return 0;
  try {
    return files.size(fd);
  } finally {
    files.close(fd);
  }
}

function useOf(directory: string, reader: SegmentReader, files: StoreFiles): SegmentUse {
  const path = join(directory, reader.name);
  return {
    name: reader.name,
    bytes: sizeOf(path + DATA_SUFFIX, files) + sizeOf(path + INDEX_SUFFIX, files),
    rows: reader.blocks.reduce((sum, entry) => sum + entry.rows, 0),
    storedAt: reader.blocks.at(-1)?.storedAt ?? 0,
  };
}

function unknownFormat(path: string, version: number): KlogError {
  return new KlogError("STORE_UNUSABLE", `${path} ${versionText(version)}`, {
    hint: "use the klog that wrote it, or give this one a directory of its own",
  });
}
