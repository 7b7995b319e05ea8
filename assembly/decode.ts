// Cuts the chunk at INPUT into lines and makes a row of each.
import { criRow } from "./decode-cri";
import { dockerCutRow, dockerRow } from "./decode-docker";
import { s6Row } from "./decode-s6";
import { FORMAT_CRI, FORMAT_DOCKER, FORMAT_S6, HEADER_MAX } from "./line-format";
import { INPUT, INPUT_SIZE, MAX_ROWS } from "./memory";
import { findNewline } from "./newlines";
import { FLAG_PARTIAL, addPlainRow, beginRows, countCut, rows } from "./rows";
import { forgetSecond } from "./time";

const BASE: usize = <usize>INPUT;

/** The last line was too long: what comes until its end is to be dropped. JavaScript keeps it from call to call. */
export let skipping: bool = false;

/** Returns how many bytes are done with. Rows, arena and counts are in rows.ts. */
export function decode(
  format: i32,
  length: i32,
  offset: f64,
  maxMessage: u32,
  final: bool,
  skip: bool,
  readSec: f64,
  readNsec: u32,
): i32 {
  // A message of any format that is as long as allowed fits into the input with its header.
  const max = <usize>min<u32>(maxMessage, INPUT_SIZE - 2 * HEADER_MAX);
  beginRows(offset, max, readSec, readNsec);
  forgetSecond();
  const end = BASE + <usize>length;
  let p = BASE;
  skipping = skip;
  if (skip) {
    p = findNewline(BASE, end);
    countCut(p - BASE);
    skipping = p == end && !final;
    if (p < end) p++;
  }
  while (p < end && rows < MAX_ROWS) {
    const lineEnd = findNewline(p, end);
    if (lineEnd < end) {
      addLine(format, p, lineEnd, 0);
      p = lineEnd + 1;
    } else if (format == FORMAT_DOCKER && length >= INPUT_SIZE && p == BASE) {
      dockerCutRow(p, end);
      skipping = !final;
      p = end;
    } else if (final) {
      addLine(format, p, end, FLAG_PARTIAL);
      p = end;
    } else if (format != FORMAT_DOCKER && end - p > max + <usize>HEADER_MAX) {
      // Longer than the header and all that is kept: the row does not depend on where this chunk ends.
      addLine(format, p, end, 0);
      skipping = true;
      p = end;
    } else break;
  }
  return <i32>(p - BASE);
}

// @ts-ignore: decorator
@inline
function addLine(format: i32, line: usize, end: usize, flags: u32): void {
  if (format == FORMAT_CRI) criRow(line, end, flags);
  else if (format == FORMAT_DOCKER) dockerRow(line, end, flags);
  else if (format == FORMAT_S6) s6Row(line, end, flags);
  else addPlainRow(line, end, flags);
}
