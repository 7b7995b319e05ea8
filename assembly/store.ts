// The store's hot path: takes the rows of a run into the block's text, and gathers their words and trigrams on the way.
// Twin: src/store/text-twin.ts, equal byte for byte (test/store/block-text.test.ts); what the sets mean: docs/store.md.

const MAX_ROWS: i32 = 65536;
const STAGING: i32 = 262144;
const SLOTS: i32 = 262144;
const MAX_WORDS: i32 = 131072;
const HASHES: i32 = 5;

const rowStart: usize = memory.data(4 * 65536, 16);
const rowLength: usize = memory.data(4 * 65536, 16);
const staging: usize = memory.data(262144, 16);
// Open addressing, 0 is empty; a hash of 0 is kept as 1.
const slots: usize = memory.data(4 * 262144, 16);
const words: usize = memory.data(4 * 131072, 16);
// One byte a trigram while the block is open, one bit in the file.
const seen: usize = memory.data(65536, 16);
// A piece of a message in small letters.
const small: usize = memory.data(4160, 16);
const bitmap: usize = memory.data(8192, 16);
// The block's words by 8 bits, at most.
const bloomBits: usize = memory.data(131072, 16);
const text: usize = (__heap_base + 15) & ~15;

let wordCount: i32 = 0;
let overflow: bool = false;
let highBits: i32 = 0;

export function rowStartAt(): usize { return rowStart; }
export function rowLengthAt(): usize { return rowLength; }
export function stagingAt(): usize { return staging; }
export function textAt(): usize { return text; }
export function bloomAt(): usize { return bloomBits; }
export function bitmapAt(): usize { return bitmap; }
/** Distinct words so far; -1 when there were too many to keep. */
export function wordsKept(): i32 { return overflow ? -1 : wordCount; }
export function allAscii(): bool { return (highBits & 0x80) == 0; }

/** Makes room for `length` bytes of text. The memory may move: views have to be taken again. */
export function reserve(length: i32): bool {
  const pages = i32((text + length + 128 + 65535) >> 16) - memory.size();
  return pages <= 0 || memory.grow(pages) >= 0;
}

export function reset(): void {
  memory.fill(slots, 0, 4 * SLOTS);
  memory.fill(seen, 0, 65536);
  wordCount = 0;
  overflow = false;
  highBits = 0;
}

// @ts-ignore: decorator
@inline
function keep(hash: u32): void {
  const h = hash == 0 ? 1 : hash;
  let at = (h * 0x9e3779b1) >>> 14;
  for (;;) {
    const here = load<u32>(slots + (<usize>at << 2));
    if (here == h) return;
    if (here == 0) break;
    at = (at + 1) & (SLOTS - 1);
  }
  if (wordCount == MAX_WORDS) {
    overflow = true;
    return;
  }
  store<u32>(slots + (<usize>at << 2), h);
  store<u32>(words + (<usize>wordCount << 2), h);
  wordCount++;
}

// @ts-ignore: decorator
@inline
function between(bytes: v128, first: u8, last: u8): v128 {
  return v128.and(i8x16.ge_u(bytes, i8x16.splat(first)), i8x16.le_u(bytes, i8x16.splat(last)));
}

/** One bit a byte of the 16 at `at`: letters, digits and `_`. */
// @ts-ignore: decorator
@inline
function wordBits(at: usize): u64 {
  const bytes = v128.load(at);
  const letters = between(v128.or(bytes, i8x16.splat(0x20)), 97, 122);
  const digits = between(bytes, 48, 57);
  const low = v128.eq<u8>(bytes, i8x16.splat(95));
  return <u64>(<u32>i8x16.bitmask(v128.or(v128.or(letters, digits), low)));
}

// @ts-ignore: decorator
@inline
function trigram(three: u32): void {
  store<u8>(seen + (((three << 8) * 0x9e3779b1) >>> 16), 1);
}

/** Four bytes at a time, the last ones filled up with zeros; 0x20 makes capitals small and leaves the word's others apart. */
// @ts-ignore: decorator
@inline
function word(from: usize, to: usize): void {
  const length = to - from;
  if (length < 2) return;
  let hash: u32 = 0x811c9dc5 ^ <u32>length;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    hash = (hash ^ (load<u32>(at) | 0x20202020)) * 0x9e3779b1;
    hash ^= hash >>> 15;
  }
  const rest = <u32>(to - at);
  if (rest != 0) {
    const mask: u32 = 0xffffffff >>> (32 - 8 * rest);
    hash = (hash ^ ((load<u32>(at) | 0x20202020) & mask)) * 0x9e3779b1;
    hash ^= hash >>> 15;
  }
  keep(hash);
}

/** Takes the words and trigrams of one message that lies in the text. Up to 67 bytes behind it are read, and do not count. */
function gather(from: usize, length: i32): void {
  const end = from + length;
  // Where a word began that went on to the end of the 64 bytes before; 0 for none.
  let open: usize = 0;
  for (let at = from; at < end; at += 64) {
    let bits = wordBits(at) | (wordBits(at + 16) << 16) | (wordBits(at + 32) << 32) | (wordBits(at + 48) << 48);
    const left = end - at;
    if (left < 64) bits &= (<u64>1 << <u64>left) - 1;
    if (open != 0) {
      const more = <usize>ctz(~bits);
      if (more < 64 || left <= 64) {
        word(open, at + more);
        open = 0;
        bits = more < 64 ? (bits >> <u64>more) << <u64>more : 0;
      } else bits = 0;
    }
    while (bits != 0) {
      const start = <usize>ctz(bits);
      const rest = bits >> <u64>start;
      const run = <usize>ctz(~rest);
      if (start + run == 64 && left > 64) {
        open = at + start;
        break;
      }
      word(at + start, at + start + run);
      bits = start + run == 64 ? 0 : (bits >> <u64>(start + run)) << <u64>(start + run);
    }
  }

  // Small letters aside, 16 at a time, so that the trigrams need no look-up a byte.
  let high = i8x16.splat(0);
  for (let at = from; at < end; at += 4096) {
    const stop = min<usize>(at + 4096, end);
    // Two bytes more: the trigrams that begin here and end in the next piece.
    const until = min<usize>(stop + 2, end);
    let to = small;
    for (let piece = at; piece < until; piece += 16) {
      const bytes = v128.load(piece);
      const capital = v128.and(between(bytes, 65, 90), i8x16.splat(0x20));
      v128.store(to, v128.or(bytes, capital));
      to += 16;
    }
    const count = <i32>(until - at) - 2;
    let i: i32 = 0;
    for (; i + 4 <= count; i += 4) {
      trigram(load<u32>(small + i));
      trigram(load<u32>(small + i + 1));
      trigram(load<u32>(small + i + 2));
      trigram(load<u32>(small + i + 3));
    }
    for (; i < count; i++) trigram(load<u32>(small + i));
  }
  let at = from;
  for (; at + 16 <= end; at += 16) high = v128.or(high, v128.load(at));
  if (i8x16.bitmask(high) != 0) highBits = 0x80;
  for (; at < end; at++) highBits |= load<u8>(at);
}

/** Copies `count` rows from the staging to the text at `used`; their length is what was added. */
export function takeRows(count: i32, used: i32): i32 {
  let to = text + used;
  for (let row = 0; row < count; row++) {
    const from = staging + load<u32>(rowStart + (<usize>row << 2));
    const length = load<u32>(rowLength + (<usize>row << 2));
    memory.copy(to, from, length);
    gather(to, length);
    to += length;
  }
  return i32(to - text);
}

/** A message that was put into the text at `used` already. */
export function takeLong(used: i32, length: i32): void {
  gather(text + used, length);
}

// @ts-ignore: decorator
@inline
function mix(value: u32): u32 {
  let h = value;
  h = (h ^ (h >>> 16)) * 0x85ebca6b;
  h = (h ^ (h >>> 13)) * 0xc2b2ae35;
  return h ^ (h >>> 16);
}

/** Fills the bloom filter of `bytes` bytes. */
export function makeBloom(bytes: i32): void {
  memory.fill(bloomBits, 0, bytes);
  const size = <u32>bytes << 3;
  for (let i = 0; i < wordCount; i++) {
    let h = mix(load<u32>(words + (<usize>i << 2)));
    const step = mix(h ^ 0x9e3779b9) | 1;
    for (let k = 0; k < HASHES; k++) {
      const bit = h % size;
      const at = bloomBits + (bit >>> 3);
      store<u8>(at, load<u8>(at) | <u8>((<u32>1) << (bit & 7)));
      h += step;
    }
  }
}

/** Packs the marks of the trigrams: bit i & 7 of byte i >> 3. */
export function makeBitmap(): void {
  for (let i: usize = 0; i < 8192; i++) {
    // Eight marks of 0 or 1: one multiplication moves each to its bit.
    const marks = load<u64>(seen + (i << 3));
    store<u8>(bitmap + i, <u8>((marks * 0x0102040810204080) >> 56));
  }
}
