// Twin of assembly/decode-cri.ts: `2026-11-21T10:47:32.084933411Z stdout F message`.
import { HEADER_MAX } from "../../../assembly/line-format.ts";
import { FLAG_FRAGMENT, STREAM_STDERR, STREAM_STDOUT } from "../record-batch.ts";
import type { TwinRows } from "./twin-rows.ts";
import type { TimeParser } from "./twin-time.ts";

/** What a CRI line says before its message. */
export interface CriHeader {
  stream: number;
  fragment: boolean;
}

export function addCriRow(rows: TwinRows, time: TimeParser, line: number, end: number, flags: number): void {
  const message = parseCriHeader(rows.bytes, time, line, end, header);
  if (message < 0) return rows.addMalformed(line, end, flags);
  rows.sec = time.sec;
  rows.nsec = time.nsec;
  rows.add(line, end, message, end, header.stream, header.fragment ? flags | FLAG_FRAGMENT : flags);
}

/** Where the message begins, -1 where there is no header. */
export function parseCriHeader(
  bytes: Uint8Array,
  time: TimeParser,
  line: number,
  end: number,
  into: CriHeader,
): number {
  const limit = Math.min(end, line + HEADER_MAX);
  const p = time.parseInstant(line, limit);
  if (p < 0 || p + 10 > limit) return -1;
  if (holds(bytes, p, STDOUT)) into.stream = STREAM_STDOUT;
  else if (holds(bytes, p, STDERR)) into.stream = STREAM_STDERR;
  else return -1;
  const tag = bytes[p + 8];
  if (tag !== 0x50 && tag !== 0x46) return -1;
  into.fragment = tag === 0x50;
  let q = p + 9;
  if (bytes[q] === 0x3a) while (q < limit && bytes[q] !== 0x20) q++;
  return q < limit && bytes[q] === 0x20 ? q + 1 : -1;
}

// One for all lines: nothing is allocated a line.
const header: CriHeader = { stream: 0, fragment: false };

const STDOUT = Buffer.from(" stdout ");
const STDERR = Buffer.from(" stderr ");

function holds(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}
