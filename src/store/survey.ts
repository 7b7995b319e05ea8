// What a store's directory holds, segment by segment, from the indexes alone.
import { join } from "node:path";
import { compareTimestamps, type Timestamp } from "../record/timestamp.ts";
import type { BlockEntry } from "./block-file.ts";
import { DATA_SUFFIX, INDEX_SUFFIX } from "./file-header.ts";
import type { SegmentReader } from "./segment-reader.ts";
import { nodeStoreFiles, type StoreFiles } from "./store-files.ts";
import { type StoreProblem, StoreReader, type StoreView } from "./store-reader.ts";

export interface SegmentSurvey {
  readonly name: string;
  /** Of its records, in any order. */
  readonly first: Timestamp | undefined;
  readonly last: Timestamp | undefined;
  readonly blocks: number;
  readonly records: number;
  /** Bytes of the lines. */
  readonly rawBytes: number;
  /** Both of its files on disk. */
  readonly bytes: number;
  /** Lives of log files that it has lines of. */
  readonly generations: number;
  /** Milliseconds since the epoch of its newest block; 0 where it has none. */
  readonly storedAt: number;
}

export interface StoreSurvey {
  readonly segments: readonly SegmentSurvey[];
  /** Blocks that are not in a segment yet. */
  readonly open: { readonly records: number; readonly rawBytes: number };
  readonly problems: readonly StoreProblem[];
}

export function surveyStore(directory: string, files: StoreFiles = nodeStoreFiles): StoreSurvey {
  const reader = new StoreReader(directory, files);
  try {
    const view = reader.view();
    return {
      segments: segmentsOf(view).map((segment) => surveySegment(directory, segment, files)),
      open: {
        records: view.open.reduce((sum, { rows }) => sum + rows, 0),
        rawBytes: view.open.reduce((sum, { text }) => sum + text.length, 0),
      },
      problems: view.problems,
    };
  } finally {
    reader.close();
  }
}

/** Those that have a block, in the order of storing. */
export function segmentsOf(view: StoreView): SegmentReader[] {
  return [...new Set(view.blocks.map(({ segment }) => segment))];
}

function surveySegment(directory: string, segment: SegmentReader, files: StoreFiles): SegmentSurvey {
  const { name, blocks } = segment;
  const sum = (part: (entry: BlockEntry) => number) => blocks.reduce((all, entry) => all + part(entry), 0);
  const size = (suffix: string) => sizeOf(join(directory, name + suffix), files);
  return {
    name,
    first: least(blocks.map((entry) => ({ sec: entry.firstSec, nsec: entry.firstNsec }))),
    last: greatest(blocks.map((entry) => ({ sec: entry.lastSec, nsec: entry.lastNsec }))),
    blocks: blocks.length,
    records: sum(({ rows }) => rows),
    rawBytes: sum(({ textRaw }) => textRaw),
    bytes: size(DATA_SUFFIX) + size(INDEX_SUFFIX),
    generations: segment.generations.length,
    storedAt: blocks.reduce((latest, { storedAt }) => Math.max(latest, storedAt), 0),
  };
}

export function least(times: readonly Timestamp[]): Timestamp | undefined {
  return times.reduce<Timestamp | undefined>(
    (a, b) => (a === undefined || compareTimestamps(b, a) < 0 ? b : a),
    undefined,
  );
}

export function greatest(times: readonly Timestamp[]): Timestamp | undefined {
  return times.reduce<Timestamp | undefined>(
    (a, b) => (a === undefined || compareTimestamps(b, a) > 0 ? b : a),
    undefined,
  );
}

/** 0 where nothing is there: retention has removed it meanwhile. */
export function sizeOf(path: string, files: StoreFiles): number {
  const fd = files.openForReading(path);
  if (fd === undefined) return 0;
  try {
    return files.size(fd);
  } finally {
    files.close(fd);
  }
}
