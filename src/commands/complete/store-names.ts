// Names of what a store holds, from the definitions of its newest segments: no block is read.
import { join } from "node:path";
import { listStore, openBlockName } from "../../store/file-header.ts";
import { readOpenBlock } from "../../store/open-block.ts";
import type { StoreOrigin } from "../../store/rows.ts";
import { SegmentReader } from "../../store/segment-reader.ts";
import { nodeStoreFiles, readWhole } from "../../store/store-files.ts";

export interface StoreNames {
  readonly namespaces: readonly string[];
  readonly pods: readonly string[];
  readonly containers: readonly string[];
  readonly nodes: readonly string[];
}

/** What was written lately is what is asked for. */
const SEGMENTS = 4;

/** Nothing where there is no store that can be read: the search itself says so. */
export function storeNames(directory: string): StoreNames {
  const origins = new Set<StoreOrigin>();
  try {
    const { segments, openBlocks } = listStore(nodeStoreFiles.list(directory));
    for (const { name } of segments.slice(-SEGMENTS)) {
      const segment = new SegmentReader(directory, name, nodeStoreFiles);
      try {
        if (segment.refresh()) for (const { origin } of segment.generations) origins.add(origin);
      } finally {
        segment.close();
      }
    }
    const newest = openBlocks.at(-1);
    if (newest !== undefined) {
      const bytes = readWhole(nodeStoreFiles, join(directory, openBlockName(newest)));
      const open = bytes === undefined ? undefined : readOpenBlock(bytes, newest).block;
      for (const { origin } of open?.generations ?? []) origins.add(origin);
    }
  } catch {
    // Not ours to read, or damaged.
  }
  const distinct = (key: "namespace" | "pod" | "container" | "node") =>
    [...new Set([...origins].map((origin) => origin[key]))].filter((name) => name !== "").toSorted();
  return {
    namespaces: distinct("namespace"),
    pods: distinct("pod"),
    containers: distinct("container"),
    nodes: distinct("node"),
  };
}
