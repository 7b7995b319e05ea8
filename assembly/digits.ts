// Writes numbers as text, eight digits at once in the bytes of one word.

/** Eight decimal digits of a number below 10^8, the first in the lowest byte; each as a number, not yet as a character. */
function eightDigits(value: u32): u64 {
  const halves = <u64>(value / 10000) | (<u64>(value % 10000) << 32);
  const hundreds = ((halves * 10486) >> 20) & 0x0000007f0000007f;
  const pairs = hundreds | ((halves - hundreds * 100) << 16);
  const tens = ((pairs * 103) >> 10) & 0x000f000f000f000f;
  return tens | ((pairs - tens * 10) << 8);
}

const ZEROS: u64 = 0x3030303030303030;

/** Nine digits, zeros in front. */
// @ts-ignore: decorator
@inline
export function putNanoseconds(value: u32, out: usize): usize {
  store<u8>(out, <u8>(0x30 + value / 100000000));
  store<u64>(out + 1, eightDigits(value % 100000000) | ZEROS);
  return out + 9;
}

/** As short as can be. Numbers up to 10^16, which every safe integer is. */
export function putNumber(value: u64, out: usize): usize {
  const rest = <u32>(value % 100000000);
  if (value >= 100000000) {
    const o = putShort(<u32>(value / 100000000), out);
    store<u64>(o, eightDigits(rest) | ZEROS);
    return o + 8;
  }
  return putShort(rest, out);
}

// @ts-ignore: decorator
@inline
function putShort(value: u32, out: usize): usize {
  const digits = eightDigits(value);
  // The last digit stays, be it a zero.
  const leading = ctz(digits | (<u64>1 << 56)) >> 3;
  store<u64>(out, (digits | ZEROS) >> (leading << 3));
  return out + 8 - <usize>leading;
}

/** Two digits. */
// @ts-ignore: decorator
@inline
export function putPair(value: u32, out: usize): void {
  store<u16>(out, <u16>(0x3030 | (value / 10) | ((value % 10) << 8)));
}

/** Eight hex digits. */
// @ts-ignore: decorator
@inline
export function putHex(value: u32, out: usize): usize {
  let x = <u64>bswap<u32>(value);
  x = (x | (x << 16)) & 0x0000ffff0000ffff;
  x = (x | (x << 8)) & 0x00ff00ff00ff00ff;
  x = ((x >> 4) & 0x000f000f000f000f) | ((x & 0x000f000f000f000f) << 8);
  const letters = ((x + 0x0606060606060606) >> 4) & 0x0101010101010101;
  store<u64>(out, x + ZEROS + letters * 39);
  return out + 8;
}
