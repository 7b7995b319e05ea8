// The calls that the store makes on files. Tests put one with faults in the place of the real ones.
import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { promisify } from "node:util";

/** Failures are Node's errors with their `code`. */
export interface StoreFiles {
  makeDirectory(path: string): void;
  /** Empty where no directory is there. */
  list(directory: string): string[];
  /** Undefined where nothing is there. */
  openForReading(path: string): number | undefined;
  size(fd: number): number;
  /** Fewer bytes than asked for at the end of the file. A view of `into`, where that is given: at least as long. */
  read(fd: number, position: number, length: number, into?: Uint8Array): Uint8Array;
  /** Creates it where it is not there. */
  openForAppending(path: string): number;
  /** Appends all of it, or throws with a part of it written. */
  append(fd: number, bytes: Uint8Array): void;
  truncate(fd: number, size: number): void;
  sync(fd: number): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  close(fd: number): void;
  /** Quiet where nothing is there. */
  remove(path: string): void;
  freeBytes(directory: string): number;
}

const datasync = promisify(fdatasync);
/** As log files: the owner and its group read what containers wrote. */
const MODE = 0o640;

export const nodeStoreFiles: StoreFiles = {
  makeDirectory: (path) => void mkdirSync(path, { recursive: true, mode: 0o750 }),
  list: (directory) => unlessMissing(() => readdirSync(directory)) ?? [],
  openForReading: (path) => unlessMissing(() => openSync(path, "r")),
  size: (fd) => fstatSync(fd).size,
  read(fd, position, length, into = Buffer.allocUnsafe(length)) {
    let have = 0;
    while (have < length) {
      const got = readSync(fd, into, have, length - have, position + have);
      if (got === 0) break;
      have += got;
    }
    return into.subarray(0, have);
  },
  openForAppending: (path) => openSync(path, "a", MODE),
  append(fd, bytes) {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
  },
  truncate: (fd, size) => ftruncateSync(fd, size),
  sync: (fd) => datasync(fd),
  async syncDirectory(path) {
    // Windows opens no directories; its file systems journal their names.
    if (process.platform === "win32") return;
    const handle = await open(path, "r");
    await handle.sync().finally(() => handle.close());
  },
  close: (fd) => closeSync(fd),
  remove: (path) => rmSync(path, { force: true }),
  freeBytes(directory) {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  },
};

function unlessMissing<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The whole file; undefined where nothing is there. */
export function readWhole(files: StoreFiles, path: string): Uint8Array | undefined {
  const fd = files.openForReading(path);
  if (fd === undefined) return undefined;
  try {
    return files.read(fd, 0, files.size(fd));
  } finally {
    files.close(fd);
  }
}
