// Checksums of physical lines, as src/record/line-checksum.ts defines them: four lanes at once, sixteen bytes at a step.
import "./reserve";
import { CHECKSUM_COLUMN, INPUT, LINE_END_COLUMN, OFFSET_COLUMN } from "./memory";
import { chunkOffset, rows } from "./rows";

/** Fills the `checksum` column for the lines of the last decode. */
export function checksumRows(): void {
  for (let row = 0; row < rows; row++) {
    const start = <usize>INPUT + <usize>(load<f64>(OFFSET_COLUMN + (row << 3)) - chunkOffset);
    const end = <usize>INPUT + load<u32>(LINE_END_COLUMN + (row << 2));
    store<u32>(CHECKSUM_COLUMN + (row << 2), lineChecksum(start, end));
  }
}

function lineChecksum(start: usize, end: usize): u32 {
  let lanes = i32x4(0x243f6a88, <i32>0x85a308d3, 0x13198a2e, 0x03707344);
  let p = start;
  for (const stop = start + ((end - start) & ~15); p < stop; p += 16) lanes = step(lanes, v128.load(p));
  const rest = <u8>(end - p);
  if (rest > 0) {
    // What stands behind the line is memory of the module, too, and masked out.
    const inside = i8x16.lt_u(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(rest));
    lanes = step(lanes, v128.and(v128.load(p), inside));
  }
  let sum = <u32>(end - start);
  sum = mix(sum, i32x4.extract_lane(lanes, 0));
  sum = mix(sum, i32x4.extract_lane(lanes, 1));
  sum = mix(sum, i32x4.extract_lane(lanes, 2));
  sum = mix(sum, i32x4.extract_lane(lanes, 3));
  sum = (sum ^ (sum >> 16)) * 0x85ebca6b;
  sum = (sum ^ (sum >> 13)) * 0xc2b2ae35;
  return sum ^ (sum >> 16);
}

// @ts-ignore: decorator
@inline
function step(lanes: v128, bytes: v128): v128 {
  const product = i32x4.mul(v128.xor(lanes, bytes), i32x4.splat(<i32>0x9e3779b1));
  return v128.xor(product, i32x4.shr_u(product, 15));
}

// @ts-ignore: decorator
@inline
function mix(sum: u32, lane: i32): u32 {
  const product = (sum ^ <u32>lane) * 0x9e3779b1;
  return product ^ (product >> 15);
}
