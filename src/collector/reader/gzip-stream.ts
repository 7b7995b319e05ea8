// Reads inside a gzip file, in bounded memory: a look at its first bytes, a pass over all of it, a stream from any position.
import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import type { FileSystem } from "../file-system.ts";
import { type Evidence, fingerprint, HEAD_BYTES, type Head } from "./identity.ts";

const CHUNK = 65_536;
/** Header, an empty block and the trailer. */
const SMALLEST = 20;

/** What can be known without decompressing it all. */
export interface GzipGlance {
  readonly head: Head;
  /** Bytes inside modulo 2^32, as the last four bytes of a finished file say. */
  readonly sizeModulo: number;
  headHash(length: number): string | undefined;
}

/** Undefined where it is no gzip file, or not yet. */
export function glance(fs: FileSystem, fd: number): GzipGlance | undefined {
  const { size } = fs.fstat(fd);
  if (size < SMALLEST) return undefined;
  const start = new Uint8Array(Math.min(size, 4096));
  const trailer = new Uint8Array(4);
  fs.read(fd, start, 0, start.length, 0);
  fs.read(fd, trailer, 0, 4, size - 4);
  let inside: Uint8Array;
  try {
    inside = gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return undefined;
  }
  const head = inside.subarray(0, HEAD_BYTES);
  return {
    head: { length: head.length, hash: head.length === 0 ? "" : fingerprint(head) },
    sizeModulo: new DataView(trailer.buffer).getUint32(0, true),
    headHash: (length) => (length <= inside.length ? fingerprint(inside.subarray(0, length)) : undefined),
  };
}

/** One pass over the whole file; undefined where its end or its checksum is not (yet) right. */
export async function survey(
  fs: FileSystem,
  fd: number,
  ranges: readonly [from: number, to: number][],
): Promise<Evidence | undefined> {
  if (fs.fstat(fd).size < SMALLEST) return undefined;
  const wanted = ranges.map(([from, to]) => ({ from, to, hash: createHash("sha1") }));
  const hashes = new Map<string, string>();
  let size = 0;
  try {
    for await (const chunk of inflate(fs, fd, () => false)) {
      const end = size + chunk.length;
      for (const { from, to, hash } of wanted) {
        if (from < end && to > size) hash.update(chunk.subarray(Math.max(0, from - size), to - size));
      }
      size = end;
    }
  } catch (error) {
    if (isGzipError(error)) return undefined;
    throw error;
  }
  for (const { from, to, hash } of wanted) {
    if (to <= size) hashes.set(`${from}-${to}`, hash.digest("hex").slice(0, 16));
  }
  return { size, hash: (from, to) => hashes.get(`${from}-${to}`) };
}

/** The bytes inside a gzip file by position; reading on is cheap, going back begins anew. */
export class GzipStream {
  private readonly fs: FileSystem;
  private readonly fd: number;
  private chunks: AsyncIterator<Uint8Array> | undefined;
  /** Decompressed and not yet passed by: what a reader did not consume is asked for again. */
  private pending: Uint8Array[] = [];
  private from = 0;
  private to = 0;
  private closed = false;

  constructor(fs: FileSystem, fd: number) {
    this.fs = fs;
    this.fd = fd;
  }

  /** Bytes put into `into`; 0 at the end. */
  async read(position: number, into: Uint8Array, at: number, length: number): Promise<number> {
    if (this.chunks === undefined || position < this.from) this.rewind();
    while (this.to < position + length) {
      const next = await this.chunks!.next();
      if (next.done) break;
      this.pending.push(next.value);
      this.to += next.value.length;
      this.passBy(position);
    }
    this.passBy(position);
    let done = 0;
    let skip = position - this.from;
    for (const chunk of this.pending) {
      const part = chunk.subarray(skip, skip + length - done);
      into.set(part, at + done);
      done += part.length;
      skip = 0;
      if (done === length) break;
    }
    return done;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.pending = [];
    this.stop();
    this.fs.close(this.fd);
  }

  private stop(): void {
    // A read that still waits for its bytes gets the error.
    this.chunks?.return?.().catch(() => undefined);
  }

  private rewind(): void {
    this.stop();
    this.pending = [];
    this.from = 0;
    this.to = 0;
    this.chunks = inflate(this.fs, this.fd, () => this.closed)[Symbol.asyncIterator]();
  }

  private passBy(position: number): void {
    while (this.pending.length > 0 && this.from + this.pending[0]!.length <= position) {
      this.from += this.pending.shift()!.length;
    }
  }
}

/** Not a gzip file, or a part of one, or one with a wrong checksum; other errors are the disk's. */
export function isGzipError(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code?.startsWith("Z_") === true;
}

function inflate(fs: FileSystem, fd: number, closed: () => boolean): AsyncIterable<Uint8Array> {
  function* compressed(): Generator<Uint8Array> {
    for (let position = 0; !closed(); ) {
      const chunk = new Uint8Array(CHUNK);
      const n = fs.read(fd, chunk, 0, CHUNK, position);
      if (n === 0) return;
      position += n;
      yield chunk.subarray(0, n);
    }
  }
  // What goes wrong on the way comes out of the iteration.
  return pipeline(Readable.from(compressed(), { highWaterMark: 1 }), createGunzip({ chunkSize: CHUNK }), () => {});
}
