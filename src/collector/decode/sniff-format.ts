// Tells a log's format by its first bytes.
import type { LineFormat } from "./decoder.ts";
import { type CriHeader, parseCriHeader } from "./twin-cri.ts";
import { TimeParser } from "./twin-time.ts";

/** The first line may be torn, and a runtime may have written a word of its own. */
const LINES_TRIED = 10;

/** The format of the first line that has one of its own, `plain` where none has. Give it at least one whole line. */
export function sniffFormat(bytes: Uint8Array): LineFormat {
  const time = new TimeParser(bytes);
  for (let tried = 0, line = 0; tried < LINES_TRIED && line < bytes.length; tried++) {
    const newline = bytes.indexOf(0x0a, line);
    const end = newline < 0 ? bytes.length : newline;
    const format = formatOf(bytes, time, line, end);
    if (format !== undefined) return format;
    line = end + 1;
  }
  return "plain";
}

function formatOf(bytes: Uint8Array, time: TimeParser, line: number, end: number): LineFormat | undefined {
  const header: CriHeader = { stream: 0, fragment: false };
  if (parseCriHeader(bytes, time, line, end, header) > 0) return "cri";
  const label = time.parseTai(line, end);
  if (label === end || (label > 0 && bytes[label] === 0x20)) return "s6";
  return isDocker(bytes.subarray(line, end)) ? "docker" : undefined;
}

/** Applications write JSON too: Docker's has a text `log` that a time stands beside. */
function isDocker(line: Uint8Array): boolean {
  if (line[0] !== 0x7b) return false;
  try {
    const { log, time } = JSON.parse(Buffer.from(line).toString()) as Record<string, unknown>;
    return typeof log === "string" && typeof time === "string";
  } catch {
    return false;
  }
}
