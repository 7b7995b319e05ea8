// The file that a file sink writes: appended to in whole pieces, rotated to `.1`, `.2`, …, opened anew when somebody moved it away.
import { dirname } from "node:path";
import { KlogError } from "../../errors.ts";
import type { FileSystem } from "../file-system.ts";
import { wholeLines } from "./file-end.ts";

export interface Rotation {
  readonly path: string;
  /** Undefined: one file that grows. */
  readonly rotateBytes: number | undefined;
  /** Rotated files kept beside the one that is written. */
  readonly keep: number;
  readonly mode: number;
}

export class RotatedFile {
  readonly path: string;
  readonly #fs: FileSystem;
  readonly #rotation: Rotation;
  #fd: number | undefined;
  #size = 0;
  #synced = 0;
  /** A failed write may have left a part of itself behind the good bytes. */
  #isTorn = false;

  constructor(fs: FileSystem, rotation: Rotation) {
    this.path = rotation.path;
    this.#fs = fs;
    this.#rotation = rotation;
  }

  /** Bytes written that no sync has covered. */
  get unsynced(): number {
    return this.#fd === undefined ? 0 : this.#size - this.#synced;
  }

  /** Bytes that may be appended before the file must be rotated. */
  get left(): number {
    return (this.#rotation.rotateBytes ?? Number.POSITIVE_INFINITY) - this.#size;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Throws KlogError where waiting cannot help, else what the file system throws. Does nothing when it is open. */
  open(): void {
    if (this.#fd !== undefined) return;
    const there = this.#fs.stat(this.path);
    if (there !== undefined && there.kind !== "file") {
      throw new KlogError("OUTPUT_FAILED", `sink file: ${this.path} is not a regular file`, {
        hint: "name a file; for a pipe or a terminal use the sink stdout",
      });
    }
    if (there === undefined) this.#fs.makeDirectory(dirname(this.path));
    const { size, needsNewline } = wholeLines(this.#fs, this.path);
    const fd = this.#fs.openForAppending(this.path, this.#rotation.mode);
    try {
      if (there !== undefined && size < there.size) this.#fs.truncate(fd, size);
      if (needsNewline) this.#fs.write(fd, NEWLINE);
    } catch (error) {
      this.#fs.close(fd);
      throw error;
    }
    this.#fd = fd;
    this.#size = needsNewline ? size + 1 : size;
    this.#synced = this.#size;
    this.#isTorn = false;
  }

  /** All of it or nothing: what a failed write left is cut off before the next. */
  append(bytes: Uint8Array): void {
    this.open();
    const fd = this.#fd!;
    if (this.#isTorn) this.#fs.truncate(fd, this.#size);
    this.#isTorn = true;
    this.#fs.write(fd, bytes);
    this.#isTorn = false;
    this.#size += bytes.length;
  }

  /** Its name is another file's now, or nobody's. */
  isMovedAway(): boolean {
    if (this.#fd === undefined) return false;
    const named = this.#fs.stat(this.path);
    const own = this.#fs.fstat(this.#fd);
    if (named === undefined || named.ino !== own.ino || named.dev !== own.dev) return true;
    // Emptied in place: appending goes on at the end that is there.
    if (own.size < this.#size && !this.#isTorn) {
      this.#size = own.size;
      this.#synced = Math.min(this.#synced, own.size);
    }
    return false;
  }

  /** Call it with nothing unsynced. Renames from the oldest on, so that a crash between two steps loses none. */
  rotate(): void {
    const { path } = this;
    const { keep } = this.#rotation;
    this.close();
    if (keep === 0) return this.#fs.remove(path);
    for (let number = keep; number > 1; number--) {
      if (this.#fs.lstat(`${path}.${number - 1}`) !== undefined) {
        this.#fs.rename(`${path}.${number - 1}`, `${path}.${number}`);
      }
    }
    this.#fs.rename(path, `${path}.1`);
  }

  /** Resolves when all that had been appended before the call is durable. */
  async sync(): Promise<void> {
    const fd = this.#fd;
    const size = this.#size;
    if (fd === undefined) return;
    const isNew = this.#synced === 0;
    await this.#fs.sync(fd);
    // The name must be as durable as the bytes.
    if (isNew) await this.#fs.syncDirectory(dirname(this.path));
    this.#synced = size;
  }

  /**
   * After a failed sync: the kernel may call the pages clean and never write them again, so they are taken back to be appended anew.
   * Throws, and changes nothing, where they cannot be read back.
   */
  takeBackUnsynced(): Uint8Array {
    const bytes = Buffer.alloc(this.unsynced);
    if (bytes.length === 0) return bytes;
    const reading = this.#fs.openForReading(this.path);
    if (reading === undefined) throw new Error(`${this.path} is gone`);
    try {
      let length = 0;
      for (let got = -1; got !== 0 && length < bytes.length; length += got) {
        got = this.#fs.read(reading, bytes, length, bytes.length - length, this.#synced + length);
      }
      if (length < bytes.length) throw new Error(`${this.path} has become shorter`);
      this.#size = this.#synced;
      this.#isTorn = true;
      return bytes;
    } finally {
      this.#fs.close(reading);
    }
  }

  close(): void {
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    this.#size = 0;
    this.#synced = 0;
    this.#fs.close(fd);
  }
}

const NEWLINE = Buffer.from("\n");
