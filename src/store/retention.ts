// What has to go: the oldest segments, until age, size and free disk are within their limits. Never the newest.
import { join } from "node:path";
import { DATA_SUFFIX, INDEX_SUFFIX } from "./file-header.ts";
import type { SegmentUse } from "./segment-writer.ts";
import type { StoreFiles } from "./store-files.ts";

export interface Retention {
  /** Counts from when a segment's newest record was stored, not from the times in the records. */
  readonly ageMs?: number;
  /** Of the whole store. */
  readonly bytes?: number;
  /** Bytes that stay free on the file system. */
  readonly freeDisk?: number;
}

export interface Expired {
  readonly segments: number;
  readonly records: number;
  readonly bytes: number;
}

/** How many of `segments`, from the oldest on, have to go. `free` is what the file system has free. */
export function countExpired(segments: readonly SegmentUse[], limits: Retention, now: number, free: number): number {
  let total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  let freed = 0;
  let count = 0;
  for (const { bytes, storedAt } of segments.slice(0, -1)) {
    const old = limits.ageMs !== undefined && now - storedAt > limits.ageMs;
    const large = limits.bytes !== undefined && total > limits.bytes;
    const full = limits.freeDisk !== undefined && free + freed < limits.freeDisk;
    if (!old && !large && !full) break;
    total -= bytes;
    freed += bytes;
    count++;
  }
  return count;
}

/** The index goes first: a reader that does not find it never looks for the data, and one that knows it counts the block as expired. */
export function removeSegment(directory: string, name: string, files: StoreFiles): void {
  files.remove(join(directory, name + INDEX_SUFFIX));
  files.remove(join(directory, name + DATA_SUFFIX));
}
