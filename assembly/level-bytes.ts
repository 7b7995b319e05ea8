// Looks at the bytes of a line for its level: what a byte is, and where a text in quotes ends.
import { splat } from "./splat";

/** Over eight bytes: folds letters to lower case. */
export const FOLD: u64 = 0x2020202020202020;

// @ts-ignore: decorator
@inline
export function isLetter(byte: u8): bool {
  return <u8>((byte | 0x20) - 0x61) < 26;
}

// @ts-ignore: decorator
@inline
export function isUpper(byte: u8): bool {
  return <u8>(byte - 0x41) < 26;
}

// @ts-ignore: decorator
@inline
export function isDigit(byte: u8): bool {
  return <u8>(byte - 0x30) < 10;
}

/** A bit for each of the sixteen bytes that is a letter. */
// @ts-ignore: decorator
@inline
export function letters(bytes: v128): u32 {
  return lettersOfFolded(v128.or(bytes, splat(0x20)), splat(0x61), splat(25));
}

/** The same of bytes that are folded to lower case, with `a` and 25 in all lanes. */
// @ts-ignore: decorator
@inline
export function lettersOfFolded(bytes: v128, a: v128, others: v128): u32 {
  return <u32>i8x16.bitmask(i8x16.le_u(i8x16.sub(bytes, a), others));
}

/** Where the string ends that begins at `at`, or `end`. */
export function closingQuote(at: usize, end: usize): usize {
  const quote = splat(0x22);
  const backslash = splat(0x5c);
  let i = at;
  while (i < end) {
    const bytes = v128.load(i);
    const found = v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash));
    const mask = <u32>i8x16.bitmask(found);
    if (mask == 0) {
      i += 16;
      continue;
    }
    i += ctz(mask);
    if (i >= end) return end;
    if (load<u8>(i) == 0x22) return i;
    i += 2;
  }
  return end;
}

/** Goes over blanks and tabs. */
// @ts-ignore: decorator
@inline
export function skipBlanks(at: usize, end: usize): usize {
  let i = at;
  while (i < end && (load<u8>(i) == 0x20 || load<u8>(i) == 0x09)) i++;
  return i;
}
