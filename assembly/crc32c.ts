// Checksums of physical lines: CRC-32C (Castagnoli, reflected), sixteen bytes at a step, two lines at once.
import "./reserve";
import { CRC_COLUMN, CRC_TABLES, INPUT, LINE_END_COLUMN, OFFSET_COLUMN } from "./memory";
import { chunkOffset, rows } from "./rows";

const POLYNOMIAL: u32 = 0x82f63b78;
/** Bytes of a table. */
const TABLE = 1024;

// Table n holds what a byte does to the checksum when n more bytes follow it.
for (let byte: u32 = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * POLYNOMIAL);
  store<u32>(CRC_TABLES + (<i32>byte << 2), crc);
}
for (let i = 256; i < 16 * 256; i++) {
  const before = load<u32>(CRC_TABLES + ((i - 256) << 2));
  store<u32>(CRC_TABLES + (i << 2), (before >> 8) ^ load<u32>(CRC_TABLES + (<i32>(before & 255) << 2)));
}

/** Fills the `crc` column for the lines of the last decode. */
export function checksumRows(): void {
  let row = 0;
  // A step waits for the one before it, so a processor has time for another line's.
  for (; row + 1 < rows; row += 2) {
    let p = lineStart(row);
    let q = lineStart(row + 1);
    const pEnd = lineEnd(row);
    const qEnd = lineEnd(row + 1);
    let pCrc: u32 = ~0;
    let qCrc: u32 = ~0;
    for (const stop = p + (min(pEnd - p, qEnd - q) & ~15); p < stop; p += 16, q += 16) {
      pCrc = sixteen(p, pCrc);
      qCrc = sixteen(q, qCrc);
    }
    storeChecksum(row, finish(p, pEnd, pCrc));
    storeChecksum(row + 1, finish(q, qEnd, qCrc));
  }
  if (row < rows) storeChecksum(row, finish(lineStart(row), lineEnd(row), ~0));
}

// @ts-ignore: decorator
@inline
function lineStart(row: i32): usize {
  return <usize>INPUT + <usize>(load<f64>(OFFSET_COLUMN + (row << 3)) - chunkOffset);
}

// @ts-ignore: decorator
@inline
function lineEnd(row: i32): usize {
  return <usize>INPUT + load<u32>(LINE_END_COLUMN + (row << 2));
}

// @ts-ignore: decorator
@inline
function storeChecksum(row: i32, crc: u32): void {
  store<u32>(CRC_COLUMN + (row << 2), crc);
}

/** The rest of a line and the last inversion. */
function finish(p: usize, end: usize, crc: u32): u32 {
  for (; p + 16 <= end; p += 16) crc = sixteen(p, crc);
  for (; p + 4 <= end; p += 4) {
    const a = load<u32>(p) ^ crc;
    crc =
      load<u32>((a << 2) & 0x3fc, CRC_TABLES + 3 * TABLE) ^
      load<u32>((a >> 6) & 0x3fc, CRC_TABLES + 2 * TABLE) ^
      load<u32>((a >> 14) & 0x3fc, CRC_TABLES + 1 * TABLE) ^
      load<u32>((a >> 22) & 0x3fc, CRC_TABLES);
  }
  while (p < end) crc = (crc >> 8) ^ load<u32>(((crc ^ load<u8>(p++)) & 255) << 2, CRC_TABLES);
  return ~crc;
}

// @ts-ignore: decorator
@inline
function sixteen(p: usize, crc: u32): u32 {
  const a = load<u32>(p) ^ crc;
  const b = load<u32>(p, 4);
  const c = load<u32>(p, 8);
  const d = load<u32>(p, 12);
  return (
    load<u32>((a << 2) & 0x3fc, CRC_TABLES + 15 * TABLE) ^
    load<u32>((a >> 6) & 0x3fc, CRC_TABLES + 14 * TABLE) ^
    load<u32>((a >> 14) & 0x3fc, CRC_TABLES + 13 * TABLE) ^
    load<u32>((a >> 22) & 0x3fc, CRC_TABLES + 12 * TABLE) ^
    load<u32>((b << 2) & 0x3fc, CRC_TABLES + 11 * TABLE) ^
    load<u32>((b >> 6) & 0x3fc, CRC_TABLES + 10 * TABLE) ^
    load<u32>((b >> 14) & 0x3fc, CRC_TABLES + 9 * TABLE) ^
    load<u32>((b >> 22) & 0x3fc, CRC_TABLES + 8 * TABLE) ^
    load<u32>((c << 2) & 0x3fc, CRC_TABLES + 7 * TABLE) ^
    load<u32>((c >> 6) & 0x3fc, CRC_TABLES + 6 * TABLE) ^
    load<u32>((c >> 14) & 0x3fc, CRC_TABLES + 5 * TABLE) ^
    load<u32>((c >> 22) & 0x3fc, CRC_TABLES + 4 * TABLE) ^
    load<u32>((d << 2) & 0x3fc, CRC_TABLES + 3 * TABLE) ^
    load<u32>((d >> 6) & 0x3fc, CRC_TABLES + 2 * TABLE) ^
    load<u32>((d >> 14) & 0x3fc, CRC_TABLES + 1 * TABLE) ^
    load<u32>((d >> 22) & 0x3fc, CRC_TABLES)
  );
}
