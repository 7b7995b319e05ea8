// A block as a search sees it, whether it is closed or still open: what is known without reading it, and its parts when asked for.
import { compareTimestamps, type Timestamp } from "../../record/timestamp.ts";
import type { BlockColumns } from "../../store/columns.ts";
import type { DetailColumns } from "../../store/detail-columns.ts";
import { DATA_SUFFIX, openBlockName } from "../../store/file-header.ts";
import type { StoreGeneration } from "../../store/rows.ts";
import type { BlockState, SegmentReader } from "../../store/segment-reader.ts";
import type { NumberedBlock, StoredBlock, StoreView } from "../../store/store-reader.ts";
import type { BlockFilters } from "../../store/words.ts";

/** What decides whether a row is found; decoded as far as somebody looks. */
export interface BlockRows extends Omit<BlockColumns, "flags" | keyof DetailColumns> {
  readonly start: Uint32Array | Float64Array;
}

export interface SearchBlock {
  /** Counts up over the whole store. */
  readonly number: number;
  readonly rows: number;
  /** Rows before it were seen by somebody who follows. */
  readonly firstRow: number;
  readonly textBytes: number;
  readonly first: Timestamp;
  readonly last: Timestamp;
  readonly levelMask: number;
  readonly streamMask: number;
  /** For messages. */
  readonly file: string;
  /** Of the file that it lies in: another file of the same name has another one. Undefined where the file tells none. */
  readonly salt: number | undefined;
  readonly segment: SegmentReader | undefined;
  generations(): readonly StoreGeneration[];
  columns(): BlockRows | BlockState;
  /** `rows`: what `columns` gave. */
  details(rows: BlockRows): DetailColumns | BlockState;
  /** Undefined where there are none. A view: it holds until the next part of a block is read. */
  filters(): BlockFilters | BlockState | undefined;
  text(): Promise<Uint8Array | BlockState>;
}

/** What was left to be read of a block when it showed that it cannot be. */
export class UnreadableBlock extends Error {
  readonly state: BlockState;

  constructor(state: BlockState) {
    super(`a block is ${state}`);
    this.state = state;
  }
}

/** In the order of storing. */
export function searchBlocks(view: StoreView): SearchBlock[] {
  return [...view.blocks.map(closedBlock), ...view.open.map(openBlock)];
}

function closedBlock({ segment, entry }: StoredBlock): SearchBlock {
  const { number, rows, levelMask, streamMask } = entry;
  return {
    ...{ number, rows, levelMask, streamMask, segment, firstRow: 0, textBytes: entry.textRaw },
    first: { sec: entry.firstSec, nsec: entry.firstNsec },
    last: { sec: entry.lastSec, nsec: entry.lastNsec },
    file: segment.name + DATA_SUFFIX,
    salt: segment.header.state === "good" ? segment.header.salt : undefined,
    generations: () => segment.generationsOf(entry),
    columns: () => segment.keys(entry),
    details: (rows) => segment.details(entry, rows),
    filters: () => (entry.escapes ? undefined : segment.filters(entry)),
    text: () => segment.textLater(entry),
  };
}

/** False where the rows' lengths are not those of the text: the block is damaged. */
export function fitsText({ start, length }: BlockRows, text: Uint8Array): boolean {
  const last = length.length - 1;
  return start[last]! + length[last]! === text.length;
}

function openBlock(block: NumberedBlock): SearchBlock {
  const { columns, rows, number, text } = block;
  const { sec, nsec } = columns;
  let [levelMask, streamMask, first, last] = [0, 0, 0, 0];
  const at = (row: number): Timestamp => ({ sec: sec[row]!, nsec: nsec[row]! });
  for (let row = 0; row < rows; row++) {
    levelMask |= 1 << columns.level[row]!;
    streamMask |= 1 << columns.stream[row]!;
    if (compareTimestamps(at(row), at(first)) < 0) first = row;
    if (compareTimestamps(at(row), at(last)) > 0) last = row;
  }
  const decoded: BlockRows = { ...columns, start: block.start };
  return {
    ...{ number, rows, levelMask, streamMask, segment: undefined, firstRow: 0, textBytes: text.length },
    ...{ first: at(first), last: at(last), file: openBlockName(number), salt: block.salt },
    generations: () => block.generations,
    columns: () => decoded,
    details: () => columns,
    filters: () => undefined,
    text: () => Promise.resolve(text),
  };
}
