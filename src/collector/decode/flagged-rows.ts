// Looks for flags in a batch, four rows at a step: mostly there are none.
import type { RecordBatch } from "../record-batch.ts";

/** The first row with one of the flags; `count` where there is none. */
export function firstFlagged({ flags, count }: RecordBatch, wanted: number): number {
  let row = 0;
  if (flags.byteOffset % 4 === 0) {
    const words = new Uint32Array(flags.buffer, flags.byteOffset, count >> 2);
    const inAll = wanted * 0x01010101;
    let word = 0;
    while (word < words.length && (words[word]! & inAll) === 0) word++;
    row = word * 4;
  }
  while (row < count && (flags[row]! & wanted) === 0) row++;
  return row;
}
