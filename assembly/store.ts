// The store's hot path: takes the rows of a run into the block's text, and gathers their words and trigrams on the way.
// Twin: src/store/text-twin.ts, equal byte for byte (test/store/block-text.test.ts); what the filters mean: docs/store.md.
import { copyMessage, highBit } from "./store-copy";
import { bloomFolded, clearWords, gatherWords, distinctWords, filterAt } from "./store-words";
import { bitmap, clearTrigrams, gatherTrigrams, packTrigrams } from "./store-trigrams";

const rowStart: usize = memory.data(4 * 65536, 16);
const rowLength: usize = memory.data(4 * 65536, 16);
const staging: usize = memory.data(262144 + 16, 16);
const text: usize = (__heap_base + 15) & ~15;

let high: bool = false;

export function rowStartAt(): usize { return rowStart; }
export function rowLengthAt(): usize { return rowLength; }
export function stagingAt(): usize { return staging; }
export function textAt(): usize { return text; }
export function bloomAt(): usize { return filterAt(); }
export function bitmapAt(): usize { return bitmap; }
export function wordsKept(): i32 { return distinctWords(); }
export function allAscii(): bool { return !high; }

/** Makes room for `length` bytes of text. The memory may move: views have to be taken again. */
export function reserve(length: i32): bool {
  const pages = i32((text + length + 128 + 65535) >> 16) - memory.size();
  return pages <= 0 || memory.grow(pages) >= 0;
}

export function reset(): void {
  clearWords();
  clearTrigrams();
  high = false;
}

/** Copies `count` rows from the staging to the text at `used`; their length is what was added. */
export function takeRows(count: i32, used: i32): i32 {
  const from = text + used;
  let to = from;
  for (let row = 0; row < count; row++) {
    const length = load<u32>(rowLength + (<usize>row << 2));
    copyMessage(to, staging + load<u32>(rowStart + (<usize>row << 2)), length);
    gatherWords(to, length);
    gatherTrigrams(to, length);
    to += length;
  }
  high = high || highBit(from, to);
  return i32(to - text);
}

/** A message that was put into the text at `used` already. */
export function takeLong(used: i32, length: i32): void {
  const from = text + used;
  gatherWords(from, length);
  gatherTrigrams(from, length);
  high = high || highBit(from, from + length);
}

/** Makes both filters; says how many bytes the one of the words has. */
export function makeFilters(): i32 {
  packTrigrams();
  return bloomFolded();
}
