// Twin of assembly/decode-s6.ts: a TAI64N label, a local time, or nothing before the message.
import { STREAM_NONE } from "../record-batch.ts";
import type { TwinRows } from "./twin-rows.ts";
import type { TimeParser } from "./twin-time.ts";

export function addS6Row(rows: TwinRows, time: TimeParser, line: number, end: number, flags: number): void {
  let p = time.parseTai(line, end);
  if (p === end || (p > 0 && rows.bytes[p] === 0x20)) {
    rows.sec = time.sec;
    rows.nsec = time.nsec;
    return rows.add(line, end, Math.min(p + 1, end), end, STREAM_NONE, flags);
  }
  p = time.parseLocal(line, end);
  if (p < 0 || (p < end && rows.bytes[p] !== 0x20)) return rows.addPlain(line, end, flags);
  rows.sec = time.sec;
  rows.nsec = time.nsec;
  // Two blanks stand behind it.
  p = Math.min(p + 1, end);
  if (p < end && rows.bytes[p] === 0x20) p++;
  rows.addLocal(line, end, p, flags);
}
