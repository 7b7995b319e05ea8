// The next line end, 64 bytes at a step.
import { splat } from "./splat";

/** The first newline in [from, to), else `to`. */
// @ts-ignore: decorator
@inline
export function findNewline(from: usize, to: usize): usize {
  const newline = splat(0x0a);
  let p = from;
  while (p < to) {
    const a = i8x16.eq(v128.load(p), newline);
    const b = i8x16.eq(v128.load(p, 16), newline);
    const c = i8x16.eq(v128.load(p, 32), newline);
    const d = i8x16.eq(v128.load(p, 48), newline);
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
      const low = <u64>(<u32>i8x16.bitmask(a) | ((<u32>i8x16.bitmask(b)) << 16));
      const high = <u64>(<u32>i8x16.bitmask(c) | ((<u32>i8x16.bitmask(d)) << 16));
      p += <usize>ctz<u64>(low | (high << 32));
      return p < to ? p : to;
    }
    p += 64;
  }
  return to;
}
