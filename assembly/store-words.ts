// The filter of a block's words: bits are set as the words come, in a piece of memory that stays in the processor's cache.

const FILTER_BYTES: usize = 32768;
const LEAST_BYTES: i32 = 8;
const WORD_BITS: i32 = 7;
const HASHES: i32 = 4;
const RECENT: u32 = 4096;

const filter: usize = memory.data(32768, 16);
// Words that came lately, by their hash: one that comes again costs one look. 0 is empty; a hash of 0 is kept as 1.
const recent: usize = memory.data(4 * 4096, 16);

let distinct: i32 = 0;

// @ts-ignore: decorator
@inline
export function filterAt(): usize { return filter; }
// @ts-ignore: decorator
@inline
export function distinctWords(): i32 { return distinct; }

export function clearWords(): void {
  memory.fill(filter, 0, FILTER_BYTES);
  memory.fill(recent, 0, 4 * RECENT);
  distinct = 0;
}

// @ts-ignore: decorator
@inline
function mix(value: u32): u32 {
  let h = value;
  h = (h ^ (h >>> 16)) * 0x85ebca6b;
  h = (h ^ (h >>> 13)) * 0xc2b2ae35;
  return h ^ (h >>> 16);
}

function add(hash: u32): void {
  let bit = mix(hash);
  const step = mix(bit ^ 0x9e3779b9) | 1;
  let fresh: u32 = 0;
  for (let k = 0; k < HASHES; k++) {
    const at = filter + ((bit >>> 3) & (<u32>FILTER_BYTES - 1));
    const before = <u32>load<u8>(at);
    const mask = <u32>1 << (bit & 7);
    fresh |= ~before & mask;
    store<u8>(at, before | mask);
    bit += step;
  }
  if (fresh != 0) distinct++;
}

// @ts-ignore: decorator
@inline
function keep(hash: u32): void {
  const h = hash == 0 ? 1 : hash;
  const at = recent + <usize>((h >>> 20) << 2);
  if (load<u32>(at) == h) return;
  store<u32>(at, h);
  add(h);
}

/** Takes eight bytes into the hash, the halves side by side. */
// @ts-ignore: decorator
@inline
function step(hash: u32, eight: u64): u32 {
  const h = ((hash ^ <u32>eight) * 0x9e3779b1) ^ rotl<u32>(<u32>(eight >>> 32) * 0x85ebca6b, 15);
  return h ^ (h >>> 15);
}

/** Eight bytes at a time, the last ones filled up with zeros; 0x20 makes capitals small and leaves the word's others apart. */
// @ts-ignore: decorator
@inline
function word(from: usize, to: usize): void {
  let hash: u32 = 0x811c9dc5 ^ <u32>(to - from);
  let at = from;
  while (to - at > 8) {
    hash = step(hash, load<u64>(at) | 0x2020202020202020);
    at += 8;
  }
  const mask = <u64>-1 >>> (64 - (<u64>(to - at) << 3));
  keep(step(hash, (load<u64>(at) | 0x2020202020202020) & mask));
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

/** Takes the words of one message. Up to 63 bytes behind it are read, and do not count. */
export function gatherWords(from: usize, length: usize): void {
  const end = from + length;
  // Where a word began that went on to the end of the 64 bytes before; 0 for none.
  let open: usize = 0;
  let last: u64 = 0;
  for (let at = from; at < end; at += 64) {
    let bits = wordBits(at) | (wordBits(at + 16) << 16) | (wordBits(at + 32) << 32) | (wordBits(at + 48) << 48);
    const left = end - at;
    if (left < 64) bits &= (<u64>1 << <u64>left) - 1;
    // A bit where a word begins, and one behind its last byte.
    const before = (bits << 1) | last;
    let starts = bits & ~before;
    let ends = before & ~bits;
    last = bits >>> 63;
    if (open != 0 && ends != 0) {
      const stop = at + <usize>ctz(ends);
      if (stop - open > 1) word(open, stop);
      ends &= ends - 1;
      open = 0;
    }
    const singles = starts & (ends >>> 1);
    starts ^= singles;
    ends ^= singles << 1;
    while (ends != 0) {
      word(at + <usize>ctz(starts), at + <usize>ctz(ends));
      starts &= starts - 1;
      ends &= ends - 1;
    }
    if (starts != 0) open = at + <usize>ctz(starts);
  }
  if (open != 0 && end - open > 1) word(open, end);
}

/** Lays halves of the filter over each other while its words have bits enough. Returns how many bytes are left. */
export function bloomFolded(): i32 {
  let bytes = <i32>FILTER_BYTES;
  while (bytes > LEAST_BYTES && bytes * 4 >= distinct * WORD_BITS) {
    bytes >>= 1;
    for (let at: i32 = 0; at < bytes; at += 8) {
      const low = filter + <usize>at;
      store<u64>(low, load<u64>(low) | load<u64>(low + <usize>bytes));
    }
  }
  return bytes;
}
