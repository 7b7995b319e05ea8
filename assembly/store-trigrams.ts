// The trigrams of a block: three bytes of a message in a row, capitals of ASCII made small.

const PIECE: usize = 4096;

// One byte a trigram while the block is open, one bit in the file.
const seen: usize = memory.data(65536, 16);
export const bitmap: usize = memory.data(8192, 16);
// A piece of a message in small letters.
const small: usize = memory.data(4160, 16);

export function clearTrigrams(): void {
  memory.fill(seen, 0, 65536);
}

// @ts-ignore: decorator
@inline
function trigram(three: u32): void {
  store<u8>(seen + (((three << 8) * 0x9e3779b1) >>> 16), 1);
}

// @ts-ignore: decorator
@inline
function smallLetters(bytes: v128): v128 {
  const capital = v128.and(i8x16.ge_u(bytes, i8x16.splat(65)), i8x16.le_u(bytes, i8x16.splat(90)));
  return v128.or(bytes, v128.and(capital, i8x16.splat(0x20)));
}

/** Small letters aside, 16 at a time, so that the trigrams need no look-up a byte. */
export function gatherTrigrams(from: usize, length: usize): void {
  const end = from + length;
  for (let at = from; at < end; at += PIECE) {
    // Two bytes more: the trigrams that begin here and end in the next piece.
    const until = min<usize>(at + PIECE + 2, end);
    let to = small;
    for (let piece = at; piece < until; piece += 16) {
      v128.store(to, smallLetters(v128.load(piece)));
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
}

/** Packs the marks: bit i & 7 of byte i >> 3. */
export function packTrigrams(): void {
  for (let i: usize = 0; i < 8192; i++) {
    // Eight marks of 0 or 1: one multiplication moves each to its bit.
    const marks = load<u64>(seen + (i << 3));
    store<u8>(bitmap + i, <u8>((marks * 0x0102040810204080) >> 56));
  }
}
