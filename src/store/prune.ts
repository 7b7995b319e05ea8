// Removes a store's oldest segments on request, where no agent writes to it.
import { compareTimestamps, type Timestamp } from "../record/timestamp.ts";
import { countExpired, removeSegment } from "./retention.ts";
import { nodeStoreFiles, type StoreFiles } from "./store-files.ts";
import { StoreLock } from "./store-lock.ts";
import { type SegmentSurvey, surveyStore } from "./survey.ts";

export interface PruneLimits {
  /** Counts from when a segment's newest record was stored. */
  readonly ageMs: number | undefined;
  readonly bytes: number | undefined;
  /** Segments whose records are all older. */
  readonly before: Timestamp | undefined;
}

/** From the oldest on, and never the newest: block numbers go on from it. `now` in ms since the epoch. */
export function segmentsToPrune(
  segments: readonly SegmentSurvey[],
  { ageMs, bytes, before }: PruneLimits,
  now: number,
): readonly SegmentSurvey[] {
  const uses = segments.map((segment) => ({ ...segment, rows: segment.records }));
  const limits = { ...(ageMs === undefined ? {} : { ageMs }), ...(bytes === undefined ? {} : { bytes }) };
  let count = countExpired(uses, limits, now, 0);
  const isBefore = ({ last }: SegmentSurvey) =>
    before !== undefined && last !== undefined && compareTimestamps(last, before) < 0;
  while (count < segments.length - 1 && isBefore(segments[count]!)) count++;
  return segments.slice(0, count);
}

/** Holds the writer's lock meanwhile. Throws KlogError where an agent has it. */
export function pruneStore(
  directory: string,
  limits: PruneLimits,
  now: number,
  isDryRun: boolean,
  files: StoreFiles = nodeStoreFiles,
): readonly SegmentSurvey[] {
  if (isDryRun) return segmentsToPrune(surveyStore(directory, files).segments, limits, now);
  const lock = StoreLock.take(directory);
  try {
    const segments = segmentsToPrune(surveyStore(directory, files).segments, limits, now);
    for (const { name } of segments) removeSegment(directory, name, files);
    return segments;
  } finally {
    lock.release();
  }
}
