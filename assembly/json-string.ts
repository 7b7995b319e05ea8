// Writes bytes of a log line as the inside of a JSON string.
import { splat } from "./splat";
import { characterLength } from "./utf8";

/** For each set of eight bytes to be escaped: where each byte of the result comes from; 8 is the backslash. */
const SPREAD: usize = memory.data(256 * 16, 16);
for (let set: u32 = 0; set < 256; set++) {
  let to = SPREAD + (set << 4);
  for (let i: u32 = 0; i < 8; i++) {
    if ((set & (1 << i)) != 0) store<u8>(to++, 8);
    store<u8>(to++, <u8>i);
  }
}

/** A byte below 0x20: its escape, and in the last byte how long that is. */
const CONTROLS: usize = memory.data(32 * 8, 8);
for (let byte: u32 = 0; byte < 32; byte++) {
  const at = CONTROLS + (byte << 3);
  const letter = shortEscape(byte);
  store<u8>(at, 0x5c);
  store<u8>(at + 1, letter != 0 ? letter : 0x75);
  store<u16>(at + 2, 0x3030);
  store<u8>(at + 4, <u8>(0x30 + (byte >> 4)));
  store<u8>(at + 5, <u8>((byte & 15) < 10 ? 0x30 + (byte & 15) : 0x57 + (byte & 15)));
  store<u8>(at + 7, letter != 0 ? 2 : 6);
}

function shortEscape(byte: u32): u8 {
  if (byte == 8) return 0x62; // b
  if (byte == 9) return 0x74; // t
  if (byte == 10) return 0x6e; // n
  if (byte == 12) return 0x66; // f
  return byte == 13 ? 0x72 : 0; // r
}

/** The most that one byte becomes. */
export const MAX_GROWTH: u32 = 6;

/** Writes `[from, end)` to `out` and returns where it ends. Up to 32 bytes behind that are overwritten. */
export function putString(from: usize, end: usize, out: usize): usize {
  const quote = splat(0x22);
  const backslash = splat(0x5c);
  const blank = splat(0x20);
  let i = from;
  let o = out;
  while (i < end) {
    const bytes = v128.load(i);
    const quoted = v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash));
    // As signed numbers, controls and what is not ASCII are all below the blank.
    const special = i8x16.lt_s(bytes, blank);
    const left = end - i;
    if (left >= 16 && !v128.any_true(v128.or(quoted, special))) {
      v128.store(o, bytes);
      i += 16;
      o += 16;
      continue;
    }
    const plain = ctz(<u32>i8x16.bitmask(special) | (left < 16 ? <u32>1 << <u32>left : 0x10000));
    const quotes = <u32>i8x16.bitmask(quoted) & ((<u32>1 << plain) - 1);
    if (quotes == 0) v128.store(o, bytes);
    else {
      v128.store(o, spread(v128.load64_zero(i), quotes & 0xff));
      if (plain > 8) v128.store(o + 8 + popcnt(quotes & 0xff), spread(v128.load64_zero(i + 8), quotes >> 8));
    }
    i += plain;
    o += plain + popcnt(quotes);
    while (i < end) {
      const byte = load<u8>(i);
      if (byte < 0x20) {
        const escape = load<u64>(CONTROLS + (<usize>byte << 3));
        store<u64>(o, escape);
        o += <usize>(escape >> 56);
        i++;
      } else if (byte > 0x7f) {
        const length = characterLength(i, end);
        store<u32>(o, length > 0 ? load<u32>(i) : 0xbdbfef);
        o += length > 0 ? <usize>length : 3;
        i += <usize>abs(length);
      } else break;
    }
  }
  return o;
}

/** Puts a backslash before each of the eight low bytes whose bit is set. */
// @ts-ignore: decorator
@inline
function spread(bytes: v128, set: u32): v128 {
  const source = i64x2.replace_lane(bytes, 1, 0x5c5c5c5c5c5c5c5c);
  return i8x16.swizzle(source, v128.load(SPREAD + (<usize>set << 4)));
}
