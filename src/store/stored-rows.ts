// Goes through all rows of a store in the order of storing, in runs of one generation: for who copies them elsewhere.
import { compareTimestamps, type Timestamp } from "../record/timestamp.ts";
import type { DecodedBlock } from "./decoded-block.ts";
import { DATA_SUFFIX } from "./file-header.ts";
import type { StoreGeneration, StoreRows } from "./rows.ts";
import type { StoreProblem, StoreView } from "./store-reader.ts";

export interface RowRange {
  /** Both inclusive. */
  readonly from: Timestamp | undefined;
  readonly to: Timestamp | undefined;
}

/** Rows of one generation; arrays are views of the block's. */
export type RowRun = StoreRows & { readonly generation: StoreGeneration };

/** Damaged blocks are told to `lost`. */
export function* rowRuns(view: StoreView, range: RowRange, lost: (problem: StoreProblem) => void): Generator<RowRun> {
  for (const { segment, entry } of view.blocks) {
    const first = { sec: entry.firstSec, nsec: entry.firstNsec };
    const last = { sec: entry.lastSec, nsec: entry.lastNsec };
    if (range.from !== undefined && compareTimestamps(last, range.from) < 0) continue;
    if (range.to !== undefined && compareTimestamps(first, range.to) > 0) continue;
    const block = segment.rows(entry);
    if (typeof block !== "string") yield* runsOf(block, range);
    else {
      const what = block === "expired" ? "was removed by retention" : "is damaged";
      lost({ file: `${segment.name}${DATA_SUFFIX} block ${entry.number}`, what, bytes: entry.textRaw });
    }
  }
  for (const block of view.open) yield* runsOf(block, range);
}

function* runsOf(block: DecodedBlock, { from, to }: RowRange): Generator<RowRun> {
  const { rows, columns, text, start, generations } = block;
  const { sec, nsec, generation, length } = columns;
  const starts = Uint32Array.from(start);
  const ends = starts.map((at, row) => at + length[row]!);
  const isInside = (row: number) => {
    const at = { sec: sec[row]!, nsec: nsec[row]! };
    if (from !== undefined && compareTimestamps(at, from) < 0) return false;
    return to === undefined || compareTimestamps(at, to) <= 0;
  };
  for (let row = 0; row < rows; ) {
    const first = row;
    if (!isInside(row)) {
      row++;
      continue;
    }
    while (row < rows && generation[row] === generation[first] && isInside(row)) row++;
    const part = <T extends { subarray(from: number, to: number): T }>(column: T) => column.subarray(first, row);
    yield {
      generation: generations[generation[first]!]!,
      count: row - first,
      bytes: text,
      ...{ start: part(starts), end: part(ends), sec: part(sec), nsec: part(nsec), offset: part(columns.offset) },
      ...{ level: part(columns.level), stream: part(columns.stream), flags: part(columns.flags) },
      ...{ lines: part(columns.lines), checksum: part(columns.checksum) },
    };
  }
}
