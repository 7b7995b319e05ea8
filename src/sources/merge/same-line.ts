// Whether two sources gave one and the same line, and which of the two knows more of it.
import { lineChecksum } from "../../record/line-checksum.ts";
import type { LineDetails, LogLine, Origin } from "../../record/log-line.ts";

const NEWLINE = 0x0a;

/** The first physical line of an event, which all sources know, is `buffer[start..firstLineEnd)`. */
export function firstLineEnd({ buffer, start, end, details }: LogLine): number {
  if (details === undefined || details.lines < 2) return end;
  const newline = buffer.indexOf(NEWLINE, start);
  return newline < 0 || newline > end ? end : newline;
}

/** Of the first physical line. */
export function checksumOf(line: LogLine): number {
  return lineChecksum(line.buffer, line.start, firstLineEnd(line));
}

export function physicalLines({ rest, details }: LogLine): number {
  return Math.max(1 + (rest?.length ?? 0), details?.lines ?? 1);
}

/** Checksums of an event's second and later lines. */
export function furtherLines(line: LogLine): number[] {
  if (line.rest !== undefined) return line.rest.map(({ buffer, start, end }) => lineChecksum(buffer, start, end));
  const found: number[] = [];
  let at = firstLineEnd(line) + 1;
  while (at <= line.end) {
    const newline = line.buffer.indexOf(NEWLINE, at);
    const end = newline < 0 || newline > line.end ? line.end : newline;
    found.push(lineChecksum(line.buffer, at, end));
    at = end + 1;
  }
  return found;
}

/** What of an origin tells containers and files apart. */
export type Place = Pick<Origin, "podUid" | "namespace" | "pod" | "container" | "restart" | "containerId" | "path">;

export function placeOf({ podUid, namespace, pod, container, restart, containerId, path }: Place): Place {
  return { podUid, namespace, pod, container, restart, containerId, ...(path === undefined ? {} : { path }) };
}

/** Foreign indices know neither uid nor restart: there the names have to do. */
export function isSamePlace(a: Place, b: Place): boolean {
  if (a === b) return true;
  if (a.podUid !== "" && b.podUid !== "")
    return a.podUid === b.podUid && a.container === b.container && a.restart === b.restart;
  if (a.pod !== "" || b.pod !== "")
    return a.pod === b.pod && a.namespace === b.namespace && a.container === b.container;
  if (a.path !== undefined && b.path !== undefined) return a.path === b.path;
  return a.containerId !== "" && a.containerId === b.containerId;
}

interface Moment {
  readonly sec: number;
  readonly nsec: number;
}

/** To the nanosecond, or as exactly as the coarser of both is kept: many indices have milliseconds. */
export function isSameTime(a: Moment, b: Moment): boolean {
  if (a.sec !== b.sec) return false;
  if (a.nsec === b.nsec) return true;
  if (a.nsec % 1000 !== 0 && b.nsec % 1000 !== 0) return false;
  const unit = Math.max(unitOf(a.nsec), unitOf(b.nsec));
  return Math.floor(a.nsec / unit) === Math.floor(b.nsec / unit);
}

function unitOf(nsec: number): number {
  if (nsec % 1000 !== 0) return 1;
  return nsec % 1_000_000 === 0 ? 1_000_000 : 1000;
}

/** Of two lines of one moment. A line that was cut off is compared as far as it goes. */
export function isSameLine(a: LogLine, b: LogLine): boolean {
  const ids = a.details?.id !== undefined && b.details?.id !== undefined;
  if (ids && a.origin.pod === "" && b.origin.pod === "") return a.details.id === b.details.id;
  if (!isSamePlace(a.origin, b.origin) || !isSameTime(a, b)) return false;
  const aEnd = firstLineEnd(a);
  const bEnd = firstLineEnd(b);
  const aSize = aEnd - a.start;
  const bSize = bEnd - b.start;
  if (aSize !== bSize && !(aSize < bSize ? a.cut > 0 : b.cut > 0)) return false;
  const size = Math.min(aSize, bSize);
  return a.buffer.compare(b.buffer, b.start, b.start + size, a.start, a.start + size) === 0;
}

/** True when `b` holds more of the line, or knows more of it, than `a`. */
export function isRicher(b: LogLine, a: LogLine): boolean {
  const size = (line: LogLine) => firstLineEnd(line) - line.start;
  if ((a.cut > 0 || b.cut > 0) && size(a) !== size(b)) return size(b) > size(a);
  const lines = physicalLines(b) - physicalLines(a);
  if (lines !== 0) return lines > 0;
  const known = knownOf(b.details) - knownOf(a.details);
  return known > 0 || (known === 0 && unitOf(b.nsec) < unitOf(a.nsec));
}

function knownOf(details: LineDetails | undefined): number {
  if (details === undefined) return 0;
  const { stream, level, id, attrs } = details;
  return Number(stream !== "") + Number(level !== undefined) + Number(id !== undefined) + Number(attrs !== undefined);
}

const NOTHING_KNOWN: LineDetails = {
  stream: "",
  level: undefined,
  id: undefined,
  lines: 1,
  attrs: undefined,
  sources: [],
};

/** The line with these names as its sources. */
export function taggedWith(line: LogLine, sources: readonly string[]): LogLine {
  return { ...line, details: { ...(line.details ?? { ...NOTHING_KNOWN, lines: physicalLines(line) }), sources } };
}
