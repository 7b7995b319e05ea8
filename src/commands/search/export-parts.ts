// The parts of an export: lines are appended to the last one; only what the manifest names as sure counts after a kill.
import {
  closeSync,
  createReadStream,
  createWriteStream,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readSync,
} from "node:fs";
import { join } from "node:path";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createGzip, createZstdCompress } from "node:zlib";
import { KlogError } from "../../errors.ts";
import { OutputBuffer } from "../../output/output-buffer.ts";
import { writeWhole } from "../../output/terminal.ts";
import type { LogLine } from "../../record/log-line.ts";
import { toRfc3339Nano } from "../../record/timestamp.ts";
import { type ExportManifest, type ExportPart, exportFailed, partsFolder, writeManifest } from "./export-manifest.ts";

export interface ExportLimits {
  /** A part that has so many bytes is done. */
  readonly partBytes: number;
  /** So many bytes later the manifest is written again. */
  readonly sureBytes: number;
}

export const EXPORT_LIMITS: ExportLimits = { partBytes: 64 * 1024 * 1024, sureBytes: 4 * 1024 * 1024 };

export class ExportParts {
  readonly buffer = new OutputBuffer();
  private readonly file: string;
  private readonly manifest: ExportManifest;
  private readonly limits: ExportLimits;
  private part: ExportPart | undefined;
  private fd = -1;
  /** Bytes, records, crc and times of what is written and not yet sure. */
  private written = { bytes: 0, records: 0, crc: 0, from: "", to: "" };

  /** Throws KlogError where a part is not what the manifest says. */
  constructor(file: string, manifest: ExportManifest, limits: ExportLimits) {
    this.file = file;
    this.manifest = manifest;
    this.limits = limits;
    const last = manifest.parts.at(-1);
    if (last !== undefined && !last.done) this.open(last);
  }

  /** To be called behind each line that was formatted into `buffer`. */
  line(line: LogLine): void {
    if (this.part === undefined) this.begin();
    const { written } = this;
    written.records++;
    if (line.sec < 0) return;
    const time = toRfc3339Nano(line);
    written.from ||= time;
    written.to = time;
  }

  /** To be called where a search could go on; `cursor` is asked only when it is kept. */
  settle(cursor: () => string | undefined): void {
    this.flush();
    if (this.part === undefined) return;
    const isFull = this.written.bytes >= this.limits.partBytes;
    if (!isFull && this.written.bytes - this.part.bytes < this.limits.sureBytes) return;
    this.makeSure(cursor(), isFull);
  }

  /** Everything that was written counts from now on. */
  makeSure(cursor: string | undefined, isDone: boolean): void {
    this.flush();
    this.manifest.cursor = cursor;
    const { part } = this;
    if (part !== undefined) {
      fdatasyncSync(this.fd);
      Object.assign(part, this.written, { done: isDone });
      if (isDone) this.close();
    }
    writeManifest(this.file, this.manifest);
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
    this.part = undefined;
  }

  private flush(): void {
    if (this.buffer.length === 0) return;
    const bytes = this.buffer.peek();
    try {
      writeWhole(this.fd, bytes);
    } catch (error) {
      throw exportFailed(join(partsFolder(this.file), this.part?.file ?? ""), error);
    }
    this.written.crc = crc32(bytes, this.written.crc);
    this.written.bytes += bytes.length;
    this.buffer.clear();
  }

  private begin(): void {
    const file = `part-${String(this.manifest.parts.length + 1).padStart(5, "0")}`;
    const part = { file, bytes: 0, records: 0, crc: 0, done: false, from: "", to: "" };
    this.manifest.parts.push(part);
    // The manifest names a part before it has bytes, so that none is left behind.
    writeManifest(this.file, this.manifest);
    this.open(part);
  }

  private open(part: ExportPart): void {
    const path = join(partsFolder(this.file), part.file);
    const { bytes, records, crc, from, to } = part;
    try {
      this.fd = openSync(path, part.bytes === 0 ? "w" : "r+");
      if (bytes > 0) {
        if (checksum(this.fd, bytes) !== crc) throw new Error("its bytes are not those that were written");
        ftruncateSync(this.fd, bytes);
        closeSync(this.fd);
        this.fd = openSync(path, "a");
      }
    } catch (error) {
      if (bytes === 0) throw exportFailed(path, error);
      throw damaged(this.file, path, error);
    }
    this.part = part;
    this.written = { bytes, records, crc, from, to };
  }
}

/** NaN where there are fewer bytes. */
function checksum(fd: number, bytes: number): number {
  const chunk = Buffer.allocUnsafe(1024 * 1024);
  let crc = 0;
  for (let at = 0; at < bytes; ) {
    const count = readSync(fd, chunk, 0, Math.min(chunk.length, bytes - at), at);
    if (count === 0) return Number.NaN;
    crc = crc32(chunk.subarray(0, count), crc);
    at += count;
  }
  return crc;
}

function damaged(file: string, path: string, cause: unknown): KlogError {
  return new KlogError("CURSOR_INVALID", `cannot go on with the export: ${path} is damaged`, {
    hint: `remove ${partsFolder(file)} and start again without --resume`,
    cause,
  });
}

/** Writes header and parts into `target`, compressed as the name of `file` says. Throws KlogError. */
export async function joinParts(
  file: string,
  target: string,
  header: string,
  parts: readonly ExportPart[],
): Promise<void> {
  const compress = compressorOf(file);
  const source = Readable.from(chunks(file, header, parts));
  const out = createWriteStream(target, { flush: true });
  try {
    await (compress === undefined ? pipeline(source, out) : pipeline(source, compress, out));
  } catch (error) {
    throw error instanceof KlogError ? error : exportFailed(target, error);
  }
}

async function* chunks(file: string, header: string, parts: readonly ExportPart[]): AsyncGenerator<Buffer> {
  if (header !== "") yield Buffer.from(header);
  for (const part of parts) {
    if (part.bytes === 0) continue;
    const path = join(partsFolder(file), part.file);
    let crc = 0;
    let bytes = 0;
    try {
      for await (const chunk of createReadStream(path, { end: part.bytes - 1 })) {
        crc = crc32(chunk as Buffer, crc);
        bytes += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    } catch (error) {
      throw damaged(file, path, error);
    }
    if (crc !== part.crc || bytes !== part.bytes) throw damaged(file, path, undefined);
  }
}

function compressorOf(file: string): Transform | undefined {
  if (/\.gz$/i.test(file)) return createGzip();
  return /\.zst$/i.test(file) ? createZstdCompress() : undefined;
}
