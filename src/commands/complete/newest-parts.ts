// The newest part of a store, for who wants a taste of it at once: no index but the last ones is read.
import { join } from "node:path";
import type { DecodedBlock } from "../../store/decoded-block.ts";
import { Definitions } from "../../store/definitions.ts";
import { scanEntries } from "../../store/entry.ts";
import { checkHeader, HEADER_BYTES, listStore, openBlockName } from "../../store/file-header.ts";
import { readOpenBlock } from "../../store/open-block.ts";
import type { StoreGeneration } from "../../store/rows.ts";
import { SegmentReader } from "../../store/segment-reader.ts";
import { nodeStoreFiles, readWhole } from "../../store/store-files.ts";

export interface NewestParts {
  /** The newest last. */
  readonly segments: readonly SegmentReader[];
  /** The block that is being written. */
  readonly open: OpenPart | undefined;
}

interface OpenPart {
  readonly generations: readonly StoreGeneration[];
  /** Takes much longer than the generations. */
  readonly decoded: () => DecodedBlock | undefined;
}

/** What was written lately is what is asked for. */
const SEGMENTS = 4;

/** Undefined where there is no store that can be read: the search itself says so. */
export function ofNewestParts<T>(directory: string, look: (parts: NewestParts) => T): T | undefined {
  const segments: SegmentReader[] = [];
  try {
    const listing = listStore(nodeStoreFiles.list(directory));
    for (const { name } of listing.segments.slice(-SEGMENTS)) {
      const segment = new SegmentReader(directory, name, nodeStoreFiles);
      segments.push(segment);
      segment.refresh();
    }
    const newest = listing.openBlocks.at(-1);
    return look({ segments, open: newest === undefined ? undefined : openPart(directory, newest) });
  } catch {
    // Not ours to read, or damaged.
    return undefined;
  } finally {
    for (const segment of segments) segment.close();
  }
}

function openPart(directory: string, number: number): OpenPart | undefined {
  const bytes = readWhole(nodeStoreFiles, join(directory, openBlockName(number)));
  if (bytes === undefined) return undefined;
  const header = checkHeader("open block", bytes);
  if (header.state !== "good") return undefined;
  const definitions = new Definitions();
  for (const { type, payload } of scanEntries(bytes, HEADER_BYTES, header.salt).entries)
    definitions.take(type, payload);
  return { generations: definitions.generations, decoded: () => readOpenBlock(bytes, number).block };
}
