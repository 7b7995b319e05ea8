// The FileSystem of this machine: Node's calls, with bigint stats and opens that never wait for a FIFO's other end.
import {
  type BigIntStats,
  closeSync,
  constants,
  type Dirent,
  fdatasync,
  fstatSync,
  fsync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { promisify } from "node:util";
import type { DirectoryEntry, FileKind, FileStat, FileSystem } from "./file-system.ts";

const syncData = promisify(fdatasync);
const syncAll = promisify(fsync);

export const nodeFileSystem: FileSystem = {
  stat: (path) => whenThere(() => statOf(statSync(path, { bigint: true }))),
  glance: (path) => whenThere(() => statSync(path, { throwIfNoEntry: false })),
  lstat: (path) => whenThere(() => statOf(lstatSync(path, { bigint: true }))),
  list: (directory) => whenThere(() => readdirSync(directory, { withFileTypes: true }).map(entryOf)),
  realpath: (path) => whenThere(() => realpathSync(path)),
  openForReading: (path) =>
    whenThere(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)),
  fstat: (fd) => statOf(fstatSync(fd, { bigint: true })),
  glanceAt: (fd) => fstatSync(fd),
  read: (fd, into, at, length, position) => readSync(fd, into, at, length, position),
  close: closeSync,

  readFile: (path) => whenThere(() => readFileSync(path)),
  makeDirectory: (path) => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  },
  openForAppending: (path, mode = 0o600) => openSync(path, "a", mode),
  openForWriting: (path) => openSync(path, "w", 0o600),
  write: (fd, bytes) => {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
  },
  truncate: ftruncateSync,
  rename: renameSync,
  remove: (path) => {
    whenThere(() => unlinkSync(path));
  },
  sync: (fd) => syncData(fd),
  syncDirectory: async (path) => {
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await syncAll(fd);
    } finally {
      closeSync(fd);
    }
  },
};

/** Most bytes of deleted files that may be held: 5 % of the volume that has the directory, 2 GiB at most. */
export function heldBytesLimit(directory: string): number {
  const most = 2 * 1024 ** 3;
  try {
    const { blocks, bsize } = statfsSync(directory);
    return Math.min(most, Math.floor(blocks * bsize * 0.05));
  } catch {
    // Nothing is known of the disk.
    return most;
  }
}

function whenThere<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

function statOf(stats: BigIntStats): FileStat {
  return {
    dev: stats.dev,
    ino: stats.ino,
    size: Number(stats.size),
    nlink: Number(stats.nlink),
    kind: kindOf(stats),
    birthtimeNs: stats.birthtimeNs,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
  };
}

function entryOf(entry: Dirent): DirectoryEntry {
  return { name: entry.name, kind: kindOf(entry) };
}

function kindOf(of: BigIntStats | Dirent): FileKind {
  if (of.isFile()) return "file";
  if (of.isDirectory()) return "directory";
  return of.isSymbolicLink() ? "link" : "other";
}
