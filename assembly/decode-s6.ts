// s6-log's lines: a TAI64N label, a local time, or nothing before the message.
import { STREAM_NONE, addLocalRow, addPlainRow, addRow } from "./rows";
import { parseLocalTime, parseTai } from "./time";

export function s6Row(line: usize, end: usize, flags: u32): void {
  let p = parseTai(line, end);
  if (p == end || (p != 0 && load<u8>(p) == 0x20)) return addRow(line, end, min(p + 1, end), end, STREAM_NONE, flags);
  p = parseLocalTime(line, end);
  if (p == 0 || (p < end && load<u8>(p) != 0x20)) return addPlainRow(line, end, flags);
  // Two blanks stand behind it.
  p = min(p + 1, end);
  if (p < end && load<u8>(p) == 0x20) p++;
  addLocalRow(line, end, p, flags);
}
