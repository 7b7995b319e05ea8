// Lines of klog out of rows that matched: what they hold is copied, so that they outlive the block.
import { LEVELS } from "../../record/level-names.ts";
import type { LineDetails, LogLine } from "../../record/log-line.ts";
import { recordId } from "../../store/record-id.ts";
import { type RecordBlock, STREAMS } from "./row-record.ts";

const NEWLINE = 0x0a;

/** The lines of some of the block's rows, in the order of `hits`. Its text is there, and its details are read. */
export function hitLines(block: RecordBlock, hits: Uint32Array, source: string): LogLine[] {
  const { rows } = block;
  const { generations, origins } = block.logs;
  const { offset, checksum, lines: counts } = block.details();
  const text = block.text!;
  let size = 0;
  for (const row of hits) size += rows.length[row]!;
  const buffer = Buffer.allocUnsafeSlow(size);
  const lines: LogLine[] = [];
  let at = 0;
  for (const row of hits) {
    const [from, generation] = [rows.start[row]!, rows.generation[row]!];
    const end = at + rows.length[row]!;
    text.copy(buffer, at, from, from + rows.length[row]!);
    const details: LineDetails = {
      stream: STREAMS[rows.stream[row]!] ?? "",
      level: LEVELS[rows.level[row]! - 1],
      id: recordId(generations[generation]!, offset[row]!, checksum[row]!),
      lines: counts[row]!,
      attrs: undefined,
      sources: [source],
    };
    const line: LogLine = {
      ...{ kind: "line" as const, origin: origins[generation]!, sec: rows.sec[row]!, nsec: rows.nsec[row]! },
      ...{ buffer, start: at, end, cut: 0, arrival: 0, rest: undefined, late: false },
      details,
    };
    lines.push(details.lines > 1 ? split(line) : line);
    at = end;
  }
  return lines;
}

/** An event of several lines: the first, and the others behind it. */
function split(line: LogLine): LogLine {
  const { buffer, start, end } = line;
  const { details: _, ...plain } = line;
  const rest: LogLine[] = [];
  let first = end;
  for (let from = start; from <= end; ) {
    const newline = buffer.indexOf(NEWLINE, from);
    const stop = newline < 0 || newline >= end ? end : newline;
    if (from === start) first = stop;
    else rest.push({ ...plain, start: from, end: stop });
    from = stop + 1;
  }
  return rest.length === 0 ? line : { ...line, end: first, rest };
}
