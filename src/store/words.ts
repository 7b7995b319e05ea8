// What the store counts as a word and a trigram of a line, and the filters that tell which blocks may hold them.

/** assembly/store-words.ts has the same numbers. */
const BLOOM_HASHES = 4;
/** The filter of an open block. Closed, it is folded while at least so many bits a distinct word are left. */
export const FILTER_BYTES = 32_768;
const LEAST_BYTES = 8;
const WORD_BITS = 7;
export const BITMAP_BYTES = 8192;

export function isWordByte(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57) || byte === 95;
}

/** ASCII only. */
export function lowerByte(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte | 0x20 : byte;
}

/**
 * Hash of the word `bytes[from..to)`, never 0. Eight bytes at a time, the last ones filled up with zeros; 0x20 makes
 * capitals small and keeps digits and `_` apart from all else that a word can hold.
 */
export function wordHash(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5 ^ (to - from);
  for (let at = from; at < to; at += 8) {
    const [low, high] = [smallFour(bytes, at, to), smallFour(bytes, at + 4, to)];
    const turned = Math.imul(high, 0x85ebca6b);
    hash = Math.imul(hash ^ low, 0x9e3779b1) ^ ((turned << 15) | (turned >>> 17));
    hash ^= hash >>> 15;
  }
  return hash >>> 0 || 1;
}

function smallFour(bytes: Uint8Array, from: number, to: number): number {
  let four = 0;
  for (let i = 0; i < 4 && from + i < to; i++) four |= (bytes[from + i]! | 0x20) << (8 * i);
  return four;
}

/** True when a bit of it was not set before. */
export function addToBloom(bloom: Uint8Array, hash: number): boolean {
  let fresh = false;
  for (const bit of bloomPositions(bloom.length * 8, hash)) {
    const mask = 1 << (bit & 7);
    fresh ||= (bloom[bit >>> 3]! & mask) === 0;
    bloom[bit >>> 3]! |= mask;
  }
  return fresh;
}

/** The filter for so many words: halves are laid over each other while the words have bits enough. */
export function foldBloom(bloom: Uint8Array, words: number): Uint8Array {
  let folded = bloom.slice();
  while (folded.length > LEAST_BYTES && folded.length * 4 >= words * WORD_BITS) {
    const half = folded.length / 2;
    for (let at = 0; at < half; at++) folded[at]! |= folded[half + at]!;
    folded = folded.slice(0, half);
  }
  return folded;
}

/** `size` is a power of two, so that a bit's place in the folded filter is its place in the whole one, cut off. */
function* bloomPositions(size: number, hash: number): Generator<number> {
  let at = mix(hash);
  const step = (mix((at ^ 0x9e3779b9) >>> 0) | 1) >>> 0;
  for (let k = 0; k < BLOOM_HASHES; k++) {
    yield at & (size - 1);
    at = (at + step) >>> 0;
  }
}

/** murmur3's finisher. */
function mix(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** `three` holds three bytes in small letters, the first one lowest. */
export function trigramBit(three: number): number {
  return Math.imul(three << 8, 0x9e3779b1) >>> 16;
}

/** The words and trigrams of one block. */
export interface BlockFilters {
  readonly bloom: Uint8Array;
  readonly bitmap: Uint8Array;
}

/**
 * False only where no line of the block has `word` as a word (case of ASCII letters ignored). True for anything that is
 * not one ASCII word of two or more letters, digits and `_`: such text is not in the filter.
 */
export function mayContainToken(filters: BlockFilters, word: string): boolean {
  if (!/^\w{2,}$/.test(word)) return true;
  const hash = wordHash(Buffer.from(word, "latin1"), 0, word.length);
  for (const bit of bloomPositions(filters.bloom.length * 8, hash)) {
    if ((filters.bloom[bit >>> 3]! & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/**
 * False only where no line of the block holds `text` (case of ASCII letters ignored). Letters outside ASCII have upper
 * and lower cases of other bytes, so they and what is beside them are not looked up.
 */
export function mayContainTrigrams(filters: BlockFilters, text: string): boolean {
  const bytes = Buffer.from(text, "utf8");
  let three = 0;
  let run = 0;
  for (const byte of bytes) {
    run = byte < 128 ? run + 1 : 0;
    three = (three >>> 8) | (lowerByte(byte) << 16);
    if (run < 3) continue;
    const bit = trigramBit(three);
    if ((filters.bitmap[bit >>> 3]! & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}
