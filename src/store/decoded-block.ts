// A block as its readers see it: columns, messages and the generations that its rows name.
import type { BlockColumns } from "./columns.ts";
import type { StoreGeneration } from "./rows.ts";

export interface DecodedBlock {
  readonly rows: number;
  readonly columns: BlockColumns;
  /** Messages one behind the other. */
  readonly text: Uint8Array;
  /** Where each begins; row i ends at `start[i] + columns.length[i]`. */
  readonly start: Float64Array;
  /** By `columns.generation`. */
  readonly generations: readonly StoreGeneration[];
}

/** Undefined where the parts do not fit together: the block is damaged. */
export function decodedBlock(
  rows: number,
  columns: BlockColumns,
  text: Uint8Array,
  generations: readonly StoreGeneration[],
): DecodedBlock | undefined {
  const start = new Float64Array(rows);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    if (columns.generation[row]! >= generations.length) return undefined;
    start[row] = at;
    at += columns.length[row]!;
  }
  return at === text.length ? { rows, columns, text, start, generations } : undefined;
}

/** A view. */
export function messageOf(block: DecodedBlock, row: number): Uint8Array {
  const from = block.start[row]!;
  return block.text.subarray(from, from + block.columns.length[row]!);
}
