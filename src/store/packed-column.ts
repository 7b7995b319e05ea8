// A column of whole numbers in as few bits a row as most of them need; the few that need more stand behind in full.
//
// In words of 32 bits: width (lowest 6 bits) and number of exceptions, the least value, the rows' bits one behind the
// other (lowest first, the last word filled up), then the row and the value above the least of each exception. It needs no
// decompression: a search over thousands of blocks would spend most of its time on that.

import { MAX_BLOCK_ROWS } from "./rows.ts";

/** The most bits that a row can have. */
const WORD = 32;
const HEAD_WORDS = 2;
const EXCEPTION_WORDS = 2;
const WIDTH_BITS = 6;

export type WholeNumbers = Uint8Array | Uint16Array | Uint32Array;

/** Of the first `rows` values. */
export function packColumn(values: WholeNumbers, rows: number): Uint32Array {
  let least = rows === 0 ? 0 : values[0]!;
  for (let row = 1; row < rows; row++) if (values[row]! < least) least = values[row]!;
  const counts = new Uint32Array(WORD + 1);
  for (let row = 0; row < rows; row++) counts[WORD - Math.clz32(values[row]! - least)]!++;
  const { width, exceptions } = cheapest(counts, rows);

  const words = new Uint32Array(HEAD_WORDS + bitWords(rows, width) + EXCEPTION_WORDS * exceptions);
  words[0] = width | (exceptions << WIDTH_BITS);
  words[1] = least;
  let next = words.length - EXCEPTION_WORDS * exceptions;
  let bit = HEAD_WORDS * WORD;
  for (let row = 0; row < rows; row++, bit += width) {
    const value = values[row]! - least;
    if (WORD - Math.clz32(value) > width) {
      words[next++] = row;
      words[next++] = value;
    } else if (width > 0) {
      const [at, shift] = [bit >>> 5, bit & 31];
      words[at]! |= value << shift;
      if (shift + width > WORD) words[at + 1]! |= value >>> (WORD - shift);
    }
  }
  return words;
}

/** Bits of a row against two words for each that has more. */
function cheapest(counts: Uint32Array, rows: number): { readonly width: number; readonly exceptions: number } {
  let best = { width: WORD, exceptions: 0, bits: rows * WORD };
  let exceptions = 0;
  for (let width = WORD - 1; width >= 0; width--) {
    exceptions += counts[width + 1]!;
    const bits = rows * width + exceptions * EXCEPTION_WORDS * WORD;
    if (bits < best.bits || (bits === best.bits && exceptions === 0)) best = { width, exceptions, bits };
  }
  return best;
}

function bitWords(rows: number, width: number): number {
  return Math.ceil((rows * width) / WORD);
}

/** How many words the column at `at` has. Throws RangeError where the words are not what packColumn makes. */
export function packedWords(words: Uint32Array, at: number, rows: number): number {
  const head = words[at];
  if (head === undefined) throw new RangeError("a column is missing");
  const [width, exceptions] = [head & ((1 << WIDTH_BITS) - 1), head >>> WIDTH_BITS];
  const first = HEAD_WORDS + bitWords(rows, width);
  const length = first + EXCEPTION_WORDS * exceptions;
  if (width > WORD || at + length > words.length) throw new RangeError("a column is cut off");
  for (let next = at + first; next < at + length; next += EXCEPTION_WORDS) {
    if (words[next]! >= rows) throw new RangeError("a column has more rows than its block");
  }
  return length;
}

/** The column at `at`, which packedWords has passed: at most as many rows as a block has. */
export function unpackColumn<T extends WholeNumbers>(words: Uint32Array, at: number, into: T): T {
  if (into instanceof Uint32Array) unpackWide(words, at, into);
  else into.set(unpackedFor(words, at, into.length));
  return into;
}

/** The same for a caller that makes something else of it at once: a view, it holds until the next column is unpacked. */
export function unpackedFor(words: Uint32Array, at: number, rows: number): Uint32Array {
  const wide = scratch.subarray(0, rows);
  unpackWide(words, at, wide);
  return wide;
}

/** A loop over arrays of one kind is several times as fast as one for all kinds. */
const scratch = new Uint32Array(MAX_BLOCK_ROWS);

function unpackWide(words: Uint32Array, at: number, into: Uint32Array): void {
  const width = words[at]! & ((1 << WIDTH_BITS) - 1);
  const least = words[at + 1]!;
  const first = at + HEAD_WORDS;
  if (width === 0) into.fill(least);
  else unpackBits(words, first, width, least, into);
  let next = first + bitWords(into.length, width);
  for (let left = words[at]! >>> WIDTH_BITS; left > 0; left--, next += EXCEPTION_WORDS) {
    into[words[next]!] = words[next + 1]! + least;
  }
}

/** Rows from here on are all 0, as far as can be said without unpacking the column. */
export function zerosFrom(words: Uint32Array, at: number, rows: number): number {
  if ((words[at]! & ((1 << WIDTH_BITS) - 1)) > 0 || words[at + 1]! > 0) return rows;
  const exceptions = words[at]! >>> WIDTH_BITS;
  return exceptions === 0 ? 0 : words[at + HEAD_WORDS + EXCEPTION_WORDS * (exceptions - 1)]! + 1;
}

/** No branches: a value is taken out of two words, and behind the last one there is nothing, which counts as 0. */
function unpackBits(words: Uint32Array, first: number, width: number, least: number, into: Uint32Array): void {
  const mask = width === WORD ? -1 : (1 << width) - 1;
  for (let row = 0, bit = first << 5; row < into.length; row++, bit += width) {
    const at = bit >>> 5;
    const shift = bit & 31;
    // Shifted twice, since a shift by 32 is none.
    into[row] = (((words[at]! >>> shift) | ((words[at + 1]! << 1) << (31 - shift))) & mask) + least;
  }
}
