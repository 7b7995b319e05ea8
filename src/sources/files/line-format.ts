// What the physical lines of a file say, in each of the formats that log files have.

import { LineTimes } from "../../collector/decode/line-time.ts";
import type { LocalZone } from "../../collector/decode/local-times.ts";
import { sniffFormat } from "../../collector/decode/sniff-format.ts";
import { type CriHeader, parseCriHeader } from "../../collector/decode/twin-cri.ts";
import { TimeParser } from "../../collector/decode/twin-time.ts";
import { STREAM_STDERR, STREAM_STDOUT } from "../../collector/record-batch.ts";
import type { Timestamp } from "../../record/timestamp.ts";
import { isKlogRecord, type WireRecord, WireRecords } from "./klog-records.ts";

export type FileFormat = "cri" | "docker" | "s6" | "klog" | "plain";

/** One physical line; the object is used again for the next. */
export interface ParsedLine {
  /** -1: the line tells none. */
  sec: number;
  nsec: number;
  stream: "" | "stdout" | "stderr";
  /** The message is `buffer[start..end)`. */
  buffer: Buffer;
  start: number;
  end: number;
  /** More of the line follows in the same stream. */
  isFragment: boolean;
  /** What a line of codec klog says besides. */
  record: WireRecord | undefined;
}

export interface LineFormat {
  readonly name: FileFormat;
  /** Messages stand in the file as they are, without escapes. */
  readonly isVerbatim: boolean;
  /** The line `buffer[start..end)`, without its newline. */
  parse(buffer: Buffer, start: number, end: number): ParsedLine;
}

/** By a file's first lines. */
export function detectFormat(head: Buffer): FileFormat {
  const newline = head.indexOf(0x0a);
  const first = newline < 0 ? head : head.subarray(0, newline);
  return isKlogRecord(first) ? "klog" : sniffFormat(head);
}

export interface FormatOptions {
  /** Of times that name no zone. */
  readonly zone: LocalZone;
  /** When the file was written: times without a year get theirs by it. */
  readonly writtenAt: Timestamp;
}

export function createFormat(name: FileFormat, options: FormatOptions): LineFormat {
  const line: ParsedLine = {
    sec: -1,
    nsec: 0,
    stream: "",
    buffer: NOTHING,
    start: 0,
    end: 0,
    isFragment: false,
    record: undefined,
  };
  const parser = parserOf(name, line, options);
  return {
    name,
    isVerbatim: name !== "docker" && name !== "klog",
    parse(buffer, start, end) {
      line.sec = -1;
      line.nsec = 0;
      line.stream = "";
      line.buffer = buffer;
      line.start = start;
      line.end = end;
      line.isFragment = false;
      line.record = undefined;
      parser(buffer, start, end);
      return line;
    },
  };
}

const NOTHING = Buffer.alloc(0);
const BLANK = 0x20;

function parserOf(
  name: FileFormat,
  line: ParsedLine,
  { zone, writtenAt }: FormatOptions,
): (buffer: Buffer, start: number, end: number) => void {
  switch (name) {
    case "cri":
      return criParser(line);
    case "s6":
      return s6Parser(line, zone);
    case "docker":
      return dockerParser(line);
    case "klog":
      return klogParser(line);
    case "plain":
      return plainParser(line, zone, writtenAt);
  }
}

function criParser(line: ParsedLine) {
  const times = timesOf();
  const header: CriHeader = { stream: 0, fragment: false };
  return (buffer: Buffer, start: number, end: number) => {
    const time = times(buffer);
    const message = parseCriHeader(buffer, time, start, end, header);
    if (message < 0) return;
    line.sec = time.sec;
    line.nsec = time.nsec;
    line.start = message;
    line.stream = header.stream === STREAM_STDOUT ? "stdout" : header.stream === STREAM_STDERR ? "stderr" : "";
    line.isFragment = header.fragment;
  };
}

function s6Parser(line: ParsedLine, zone: LocalZone) {
  const times = timesOf();
  return (buffer: Buffer, start: number, end: number) => {
    const time = times(buffer);
    const label = time.parseTai(start, end);
    if (label === end || (label > 0 && buffer[label] === BLANK)) {
      line.sec = time.sec;
      line.nsec = time.nsec;
      line.start = Math.min(label + 1, end);
      return;
    }
    const local = time.parseLocal(start, end);
    if (local < 0 || (local < end && buffer[local] !== BLANK)) return;
    line.sec = zone(time.sec);
    line.nsec = time.nsec;
    // Two blanks stand behind it.
    line.start = Math.min(local + (buffer[local + 1] === BLANK ? 2 : 1), end);
  };
}

function dockerParser(line: ParsedLine) {
  return (buffer: Buffer, start: number, end: number) => {
    const { log, stream, time } = objectOf(buffer, start, end) ?? {};
    if (typeof log !== "string") return;
    const message = Buffer.from(log);
    line.isFragment = message.at(-1) !== 0x0a;
    line.buffer = message;
    line.start = 0;
    line.end = line.isFragment ? message.length : message.length - 1;
    if (stream === "stdout" || stream === "stderr") line.stream = stream;
    const at = typeof time === "string" ? Buffer.from(time) : NOTHING;
    const parser = new TimeParser(at);
    if (parser.parseInstant(0, at.length) !== at.length || at.length === 0) return;
    line.sec = parser.sec;
    line.nsec = parser.nsec;
  };
}

function klogParser(line: ParsedLine) {
  const records = new WireRecords();
  return (buffer: Buffer, start: number, end: number) => {
    const record = records.read(objectOf(buffer, start, end));
    if (record === undefined) return;
    line.record = record;
    line.sec = record.at.sec;
    line.nsec = record.at.nsec;
    line.stream = record.stream;
    line.buffer = Buffer.from(record.message);
    line.start = 0;
    line.end = line.buffer.length;
  };
}

function plainParser(line: ParsedLine, zone: LocalZone, writtenAt: Timestamp) {
  const times = new LineTimes(zone);
  return (buffer: Buffer, start: number, end: number) => {
    const time = times.find(buffer, start, end, writtenAt);
    if (time === undefined || time.sec < 0) return;
    line.sec = time.sec;
    line.nsec = time.nsec;
  };
}

/** One parser for all lines of a buffer. */
function timesOf(): (buffer: Buffer) => TimeParser {
  let parser = new TimeParser(NOTHING);
  let of: Buffer = NOTHING;
  return (buffer) => {
    if (buffer === of) return parser;
    of = buffer;
    parser = new TimeParser(buffer);
    return parser;
  };
}

function objectOf(buffer: Buffer, start: number, end: number): Record<string, unknown> | undefined {
  if (buffer[start] !== 0x7b) return undefined;
  try {
    return JSON.parse(buffer.toString("utf8", start, end)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
