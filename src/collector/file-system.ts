// The calls that the collector makes on files. node-file-system.ts makes them for real; tests put a model with faults in its place.

export type FileKind = "file" | "directory" | "link" | "other";

export interface FileStat {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: number;
  readonly nlink: number;
  readonly kind: FileKind;
  /** Nanoseconds since the epoch. `birthtimeNs` is 0 or equal to `ctimeNs` where the file system does not keep it. */
  readonly birthtimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** A stat as plain doubles, at a third of the cost: rounded, so it only tells whether something is as it was. */
export interface Glance {
  readonly ino: number;
  readonly size: number;
  readonly nlink: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** Synchronous where the page cache answers; durable writes are asynchronous. Failures are Node's errors with their `code`. */
export interface FileSystem {
  /** Undefined where nothing is there (ENOENT, ENOTDIR). Follows links. */
  stat(path: string): FileStat | undefined;
  /** As `stat`, for asking thousands of paths again and again. */
  glance(path: string): Glance | undefined;
  /** Does not follow a link. */
  lstat(path: string): FileStat | undefined;
  /** Undefined where no directory is there. */
  list(directory: string): DirectoryEntry[] | undefined;
  realpath(path: string): string | undefined;
  /** Opens for reading, never blocking on a FIFO or a device. Undefined where nothing is there. */
  openForReading(path: string): number | undefined;
  fstat(fd: number): FileStat;
  /** As `fstat`, for asking thousands of files again and again. */
  glanceAt(fd: number): Glance;
  /** Bytes read, 0 at the end. */
  read(fd: number, into: Uint8Array, at: number, length: number, position: number): number;
  close(fd: number): void;

  readFile(path: string): Uint8Array | undefined;
  makeDirectory(path: string): void;
  /** `mode`, 0600 by default, is that of a file that is created. */
  openForAppending(path: string, mode?: number): number;
  /** Creates or empties. */
  openForWriting(path: string): number;
  /** Writes all of it. */
  write(fd: number, bytes: Uint8Array): void;
  truncate(fd: number, size: number): void;
  rename(from: string, to: string): void;
  /** Quiet where nothing is there. */
  remove(path: string): void;
  /** fdatasync of a file, fsync of a directory. */
  sync(fd: number): Promise<void>;
  syncDirectory(path: string): Promise<void>;
}
