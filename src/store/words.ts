// What the store counts as a word and a trigram of a line, and the filters that tell which blocks may hold them.

/** Bits a word and hash functions of the bloom filter; assembly/store.ts has the same numbers. */
export const BLOOM_BITS = 8;
const BLOOM_HASHES = 5;
export const BITMAP_BYTES = 8192;

export function isWordByte(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57) || byte === 95;
}

/** ASCII only. */
export function lowerByte(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte | 0x20 : byte;
}

/**
 * Hash of the word `bytes[from..to)`, never 0. Four bytes at a time, the last ones filled up with zeros; 0x20 makes capitals
 * small and keeps digits and `_` apart from all else that a word can hold.
 */
export function wordHash(bytes: Uint8Array, from: number, to: number): number {
  let hash = (0x811c9dc5 ^ (to - from)) >>> 0;
  for (let at = from; at < to; at += 4) {
    let four = 0;
    for (let i = 0; i < 4 && at + i < to; i++) four |= (bytes[at + i]! | 0x20) << (8 * i);
    hash = Math.imul(hash ^ four, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0 || 1;
}

/** Bytes of the bloom filter for so many words: whole 64-bit pieces, so that a few words are not all bits. */
export function bloomBytes(words: number): number {
  return Math.max(8, Math.ceil((words * BLOOM_BITS) / 64) * 8);
}

export function addToBloom(bloom: Uint8Array, hash: number): void {
  for (const bit of bloomPositions(bloom.length * 8, hash)) bloom[bit >>> 3]! |= 1 << (bit & 7);
}

function* bloomPositions(size: number, hash: number): Generator<number> {
  let at = mix(hash);
  const step = (mix((at ^ 0x9e3779b9) >>> 0) | 1) >>> 0;
  for (let k = 0; k < BLOOM_HASHES; k++) {
    yield at % size;
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
  /** Empty where the block has more words than a filter is made for. */
  readonly bloom: Uint8Array;
  readonly bitmap: Uint8Array;
}

/**
 * False only where no line of the block has `word` as a word (case of ASCII letters ignored). True for anything that is
 * not one ASCII word of two or more letters, digits and `_`: such text is not in the filter.
 */
export function mayContainToken(filters: BlockFilters, word: string): boolean {
  if (filters.bloom.length === 0 || !/^\w{2,}$/.test(word)) return true;
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
