// The CRI format: `2026-11-21T10:47:32.084933411Z stdout F message`.
import { HEADER_MAX } from "./line-format";
import { FLAG_FRAGMENT, STREAM_STDERR, STREAM_STDOUT, addMalformedRow, addRow } from "./rows";
import { parseTime } from "./time";

// " stdout " and " stderr ", eight bytes as one little-endian word.
const STDOUT: u64 = 0x2074756f64747320;
const STDERR: u64 = 0x2072726564747320;

// @ts-ignore: decorator
@inline
export function criRow(line: usize, end: usize, flags: u32): void {
  const limit = min(end, line + HEADER_MAX);
  const p = parseTime(line, limit);
  if (p == 0 || p + 10 > limit) return addMalformedRow(line, end, flags);
  const word = load<u64>(p);
  const stream = word == STDOUT ? STREAM_STDOUT : STREAM_STDERR;
  if (stream == STREAM_STDERR && word != STDERR) return addMalformedRow(line, end, flags);
  const tag = load<u8>(p, 8);
  if (tag != 0x50 && tag != 0x46) return addMalformedRow(line, end, flags);
  let q = p + 9;
  if (load<u8>(q) == 0x3a) while (q < limit && load<u8>(q) != 0x20) q++;
  if (q >= limit || load<u8>(q) != 0x20) return addMalformedRow(line, end, flags);
  addRow(line, end, q + 1, end, stream, tag == 0x50 ? flags | FLAG_FRAGMENT : flags);
}
