// Directories as their logs see them: thousands of logs in one directory cost one listing together, not one each.
import type { DirectoryEntry, FileSystem } from "../file-system.ts";
import type { Target } from "../target.ts";

/** File systems stamp changes with a coarse clock: only a listing that is this much younger than the change is believed for long. */
const SETTLED_MS = 2000;
/** Logs that are looked at one after the other may share any listing. */
const TOGETHER_MS = 50;

interface Listed {
  readonly directory: string;
  readonly ino: number;
  readonly mtimeMs: number;
  readonly at: number;
  /** By name. */
  readonly entries: readonly DirectoryEntry[];
}

export class SharedListing {
  private readonly fs: FileSystem;
  /** Ms since the epoch. */
  private readonly now: () => number;
  /** The one that was asked for last. */
  private last: Listed | undefined;

  constructor(fs: FileSystem, now: () => number) {
    this.fs = fs;
    this.now = now;
  }

  /** The entries that may be this log's. Undefined where no directory is there. */
  of({ directory, file, siblings }: Pick<Target, "directory" | "file" | "siblings">): DirectoryEntry[] | undefined {
    const entries = this.list(directory);
    if (entries === undefined) return undefined;
    const prefix = siblings === "s6" ? "" : file;
    let low = 0;
    for (let high = entries.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (entries[middle]!.name < prefix) low = middle + 1;
      else high = middle;
    }
    let end = low;
    while (end < entries.length && entries[end]!.name.startsWith(prefix)) end++;
    return entries.slice(low, end);
  }

  private list(directory: string): readonly DirectoryEntry[] | undefined {
    const { fs, last } = this;
    const stat = fs.glance(directory);
    if (stat === undefined) return undefined;
    const at = this.now();
    if (last?.directory === directory && last.ino === stat.ino && last.mtimeMs === stat.mtimeMs) {
      const isSettled = last.at - stat.mtimeMs >= SETTLED_MS;
      if (isSettled || (at >= last.at && at - last.at < TOGETHER_MS)) return last.entries;
    }
    const entries = fs.list(directory)?.sort((a, b) => (a.name < b.name ? -1 : 1));
    this.last = entries && { directory, ino: stat.ino, mtimeMs: stat.mtimeMs, at, entries };
    return entries;
  }
}
