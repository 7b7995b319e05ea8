// Reads a file in blocks of whole events, in either direction; a compressed one from its beginning only.
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";

const NEWLINE = 0x0a;
/** A stretch without an event's beginning is read so far; then it is cut at a line. */
const MAX_STRETCH = 8 * 1024 * 1024;
/** A line longer than this is cut. */
const MAX_LINE = 64 * 1024 * 1024;

/** `buffer[start..end)` holds whole events; `offset` is where `buffer[start]` lies in the file, or in what it was compressed from. */
export interface Block {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

export interface EventBorders {
  /** An event begins with this line, whatever stands before it. */
  begins(buffer: Buffer, start: number, end: number): boolean;
  /** The line goes on in a later one. */
  isFragment(buffer: Buffer, start: number, end: number): boolean;
}

export type Compression = "none" | "gzip" | "zstd";

export function compressionOf(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  return head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528 ? "zstd" : "none";
}

export class PlainBlocks {
  readonly size: number;
  private readonly handle: FileHandle;
  private readonly borders: EventBorders;
  private readonly blockBytes: number;
  private scratch: Buffer | undefined;

  /** Only the first `size` bytes count. `reuses`: a block is good only until the next one is read. */
  constructor(handle: FileHandle, size: number, borders: EventBorders, blockBytes: number, reuses = false) {
    if (reuses) this.scratch = Buffer.alloc(0);
    this.handle = handle;
    this.size = size;
    this.borders = borders;
    this.blockBytes = blockBytes;
  }

  read(from: number, to: number): Promise<Buffer> {
    return this.readInto(Buffer.allocUnsafeSlow(Math.max(0, Math.min(to, this.size) - from)), from);
  }

  private readBlock(from: number, to: number): Promise<Buffer> {
    if (this.scratch === undefined) return this.read(from, to);
    if (this.scratch.length < to - from) this.scratch = Buffer.allocUnsafeSlow(to - from);
    return this.readInto(this.scratch.subarray(0, to - from), from);
  }

  private async readInto(buffer: Buffer, from: number): Promise<Buffer> {
    let done = 0;
    while (done < buffer.length) {
      const { bytesRead } = await this.handle.read(buffer, done, buffer.length - done, from + done);
      // It was cut short by its writer.
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }

  /** The events that begin at `from`, where one begins; not beyond `end`, which is another's beginning. */
  async next(from: number, end: number): Promise<Block | undefined> {
    if (from >= end) return undefined;
    for (let bytes = this.blockBytes; ; bytes *= 2) {
      const to = Math.min(end, from + bytes);
      const buffer = await this.readBlock(from, to);
      if (to === end || buffer.length < to - from) return blockOf(buffer, 0, buffer.length, from);
      const border = lastBorder(buffer, this.borders) ?? lineBorder(buffer, bytes);
      if (border !== undefined) return blockOf(buffer, 0, border, from);
    }
  }

  /** The events that end at `to`, as far back as a block goes; not before `start`. */
  async previous(to: number, start: number): Promise<Block | undefined> {
    if (to <= start) return undefined;
    for (let bytes = this.blockBytes; ; bytes *= 2) {
      const from = Math.max(start, to - bytes);
      const buffer = await this.readBlock(from, to);
      if (from === start) return blockOf(buffer, 0, buffer.length, from);
      const line = buffer.indexOf(NEWLINE) + 1;
      const border = line === 0 ? undefined : borderBehind(buffer, line, this.borders);
      if (border !== undefined) return blockOf(buffer, border, buffer.length, from + border);
      if (bytes >= MAX_STRETCH && line > 0 && line < buffer.length)
        return blockOf(buffer, line, buffer.length, from + line);
      if (bytes >= MAX_LINE) return blockOf(buffer, 0, buffer.length, from);
    }
  }

  /** Where the first event begins at or behind `offset`; the size where none does. */
  async border(offset: number): Promise<number> {
    if (offset <= 0) return 0;
    for (let from = offset - 1; from < this.size; ) {
      const buffer = await this.read(from, from + this.blockBytes);
      const line = buffer.indexOf(NEWLINE) + 1;
      const border = line === 0 ? undefined : borderBehind(buffer, line, this.borders);
      if (border !== undefined) return from + border;
      if (buffer.length === 0) break;
      from += Math.max(1, buffer.lastIndexOf(NEWLINE) > 0 ? buffer.lastIndexOf(NEWLINE) : buffer.length);
    }
    return this.size;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/** The blocks of a compressed file, one after the other. */
export class StreamBlocks {
  private readonly chunks: AsyncIterator<Buffer>;
  private readonly input: Readable;
  private readonly borders: EventBorders;
  private readonly blockBytes: number;
  private rest: Buffer = Buffer.alloc(0);
  private offset = 0;
  private ended = false;

  constructor(input: Readable, borders: EventBorders, blockBytes: number) {
    this.input = input;
    this.chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.borders = borders;
    this.blockBytes = blockBytes;
  }

  async next(): Promise<Block | undefined> {
    for (let bytes = this.blockBytes; ; bytes *= 2) {
      await this.fill(bytes);
      const buffer = this.rest;
      if (this.ended) {
        this.rest = Buffer.alloc(0);
        return buffer.length === 0 ? undefined : blockOf(buffer, 0, buffer.length, this.offset);
      }
      const border = lastBorder(buffer, this.borders) ?? lineBorder(buffer, bytes);
      if (border === undefined) continue;
      const block = blockOf(buffer, 0, border, this.offset);
      this.rest = buffer.subarray(border);
      this.offset += border;
      return block;
    }
  }

  close(): void {
    this.input.destroy();
  }

  private async fill(bytes: number): Promise<void> {
    const parts = [this.rest];
    let size = this.rest.length;
    while (size < bytes && !this.ended) {
      const { done, value } = await this.chunks.next();
      if (done === true) this.ended = true;
      else {
        parts.push(value);
        size += value.length;
      }
    }
    if (parts.length > 1) this.rest = Buffer.concat(parts, size);
  }
}

export function openFile(path: string): Promise<FileHandle> {
  return open(path, "r");
}

export function decompressed(path: string, compression: "gzip" | "zstd"): Readable {
  const inflate =
    compression === "gzip" ? createGunzip({ chunkSize: CHUNK }) : createZstdDecompress({ chunkSize: CHUNK });
  // What goes wrong on the way comes out of the iteration.
  return pipeline(createReadStream(path, { highWaterMark: CHUNK }), inflate, () => undefined) as unknown as Readable;
}

const CHUNK = 256 * 1024;

function blockOf(buffer: Buffer, start: number, end: number, offset: number): Block {
  return { buffer, start, end, offset };
}

/** Where the last event begins that does not begin the buffer itself. */
function lastBorder(buffer: Buffer, borders: EventBorders): number | undefined {
  // The last line may go on behind the buffer.
  let end = buffer.lastIndexOf(NEWLINE);
  while (end > 0) {
    const start = buffer.lastIndexOf(NEWLINE, end - 1) + 1;
    if (start === 0) return undefined;
    if (borders.begins(buffer, start, end) && isBehindWhole(buffer, start, borders)) return start;
    end = start - 1;
  }
  return undefined;
}

/** Not the line at `from` itself: what stands before it is not here whole, and may go on in it. */
function borderBehind(buffer: Buffer, from: number, borders: EventBorders): number | undefined {
  const newline = buffer.indexOf(NEWLINE, from);
  for (let start = newline < 0 ? buffer.length : newline + 1; start < buffer.length; ) {
    const newline = buffer.indexOf(NEWLINE, start);
    const end = newline < 0 ? buffer.length : newline;
    if (borders.begins(buffer, start, end) && isBehindWhole(buffer, start, borders)) return start;
    start = end + 1;
  }
  return undefined;
}

/** The line in front of `start` does not go on in the one that begins there. */
function isBehindWhole(buffer: Buffer, start: number, borders: EventBorders): boolean {
  if (start < 2) return true;
  const before = buffer.lastIndexOf(NEWLINE, start - 2) + 1;
  return !borders.isFragment(buffer, before, start - 1);
}

/** Where no event begins for a long stretch, a line has to do; where no line does, any byte. */
function lineBorder(buffer: Buffer, bytes: number): number | undefined {
  if (bytes < MAX_STRETCH) return undefined;
  const line = buffer.lastIndexOf(NEWLINE) + 1;
  if (line > 0) return line;
  return bytes >= MAX_LINE ? buffer.length : undefined;
}
