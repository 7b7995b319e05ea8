// One log file as far as a few looks into it tell: format, origin, first and last time, and whether its lines are in the order of time.
import type { CompileContext } from "../../query/compile-context.ts";
import { instantOfWall, parseTimezone } from "../../query/time-zone.ts";
import type { Origin } from "../../record/log-line.ts";
import { compareTimestamps, fromMillis, type Timestamp } from "../../record/timestamp.ts";
import { EventParser } from "./event-parser.ts";
import { type Compression, compressionOf, decompressed, openFile, PlainBlocks, StreamBlocks } from "./file-blocks.ts";
import { originOfFile } from "./file-origin.ts";
import type { FoundFile } from "./find-files.ts";
import { createFormat, detectFormat, type LineFormat } from "./line-format.ts";

const HEAD_BYTES = 64 * 1024;
/** A look into the middle of a file. */
const LOOK_BYTES = 16 * 1024;
const MAX_LOOK_BYTES = 256 * 1024;
const LOOKS = 32;
/** Smaller files are read whole. */
export const SMALL_BYTES = 1024 * 1024;
/** Lines may be out of order by as much, seconds: a range is read so much wider. */
export const SLACK_SEC = 60;

export interface FileSettings {
  readonly context: CompileContext;
  readonly maxLineBytes: number;
  /** The name that hits are tagged with. */
  readonly name: string;
}

export interface LogFile {
  readonly found: FoundFile;
  readonly compression: Compression;
  readonly format: LineFormat;
  readonly origin: Origin;
  readonly isEmpty: boolean;
  /** Bytes up to the end of the last line that has one. */
  readonly wholeBytes: number;
  /** Undefined where no line at the beginning (at the end) has a time. */
  readonly first: Timestamp | undefined;
  /** Undefined for compressed files too: their end is not read for it. */
  readonly last: Timestamp | undefined;
  /** As far as looks into it tell. */
  readonly isOrdered: boolean;
}

export async function lookAt(found: FoundFile, settings: FileSettings): Promise<LogFile> {
  const handle = await openFile(found.path);
  const raw = new PlainBlocks(handle, found.size, EVERY_LINE, LOOK_BYTES);
  try {
    const start = await raw.read(0, HEAD_BYTES);
    const compression = compressionOf(start);
    const head = compression === "none" ? start : await headOf(found.path, compression);
    const format = createFormat(detectFormat(wholeLines(head)), {
      zone: zoneOf(settings.context.zone),
      writtenAt: fromMillis(found.modified),
    });
    const origin = originOfFile(found.path, found.realPath);
    const parser = parserOf({ format, origin }, settings);
    const tail = compression === "none" ? await raw.read(Math.max(0, found.size - HEAD_BYTES), found.size) : EMPTY;
    const last = parser.lastTime(tail, 0, tail.length);
    return {
      found,
      compression,
      format,
      origin,
      isEmpty: head.length === 0,
      wholeBytes: found.size - (tail.length - (tail.lastIndexOf(0x0a) + 1)),
      first: parser.firstTime(head, 0, head.length),
      last,
      isOrdered: compression !== "none" || found.size <= SMALL_BYTES || (await isInOrder(raw, parser)),
    };
  } finally {
    await handle.close();
  }
}

export function parserOf({ format, origin }: Pick<LogFile, "format" | "origin">, settings: FileSettings): EventParser {
  return new EventParser({ format, origin, maxLineBytes: settings.maxLineBytes, sources: [settings.name] });
}

/** False where looks into the file, evenly over it, show a line more than the slack older than one before it. */
async function isInOrder(blocks: PlainBlocks, parser: EventParser): Promise<boolean> {
  let newest: Timestamp | undefined;
  for (let i = 0; i < LOOKS; i++) {
    const time = await timeAt(blocks, parser, Math.floor((blocks.size / LOOKS) * i));
    if (time === undefined) continue;
    if (newest !== undefined && time.sec < newest.sec - SLACK_SEC) return false;
    if (newest === undefined || compareTimestamps(time, newest) > 0) newest = time;
  }
  return true;
}

/**
 * Between which two offsets the lines of `time` begin: all before the first are older, all behind the second are not, as far
 * as the file is in order.
 */
export async function seek(blocks: PlainBlocks, parser: EventParser, time: Timestamp): Promise<[number, number]> {
  let low = 0;
  let high = blocks.size;
  while (high - low > HEAD_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const there = await timeAt(blocks, parser, middle);
    if (there === undefined) break;
    if (compareTimestamps(there, time) < 0) low = middle;
    else high = middle;
  }
  return [low, high];
}

/** The first time behind `offset`. */
async function timeAt(blocks: PlainBlocks, parser: EventParser, offset: number): Promise<Timestamp | undefined> {
  for (let bytes = LOOK_BYTES; bytes <= MAX_LOOK_BYTES; bytes *= 4) {
    const buffer = await blocks.read(offset, offset + bytes);
    const start = offset === 0 ? 0 : buffer.indexOf(0x0a) + 1;
    const end = buffer.lastIndexOf(0x0a) + 1;
    const time = start < end ? parser.firstTime(buffer, start, end) : undefined;
    if (time !== undefined || buffer.length < bytes) return time;
  }
  return undefined;
}

async function headOf(path: string, compression: "gzip" | "zstd"): Promise<Buffer> {
  const stream = new StreamBlocks(decompressed(path, compression), EVERY_LINE, HEAD_BYTES);
  try {
    const block = await stream.next();
    return block === undefined ? EMPTY : block.buffer.subarray(block.start, block.end);
  } finally {
    stream.close();
  }
}

function wholeLines(head: Buffer): Buffer {
  const end = head.lastIndexOf(0x0a) + 1;
  return end === 0 ? head : head.subarray(0, end);
}

export function zoneOf(name: string): (wall: number) => number {
  const zone = parseTimezone(name);
  return (wall) => instantOfWall(zone, wall);
}

const EMPTY = Buffer.alloc(0);
const EVERY_LINE = { begins: () => true, isFragment: () => false };
