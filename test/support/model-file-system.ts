// A file system in memory: inodes, hard and symbolic links, deleted files held open, faults on any call, and loss of power.
import type { DirectoryEntry, FileStat, FileSystem, Glance } from "../../src/collector/file-system.ts";
import { type Change, ModelInode } from "./model-inode.ts";
import { fault, ModelTree } from "./model-tree.ts";

export { fault };

interface Opened {
  readonly inode: ModelInode;
  readonly path: string;
  readonly appending: boolean;
}

interface ModelFileSystemOptions {
  /** Milliseconds; stands still without it. */
  readonly clock?: () => number;
  /** `none`: birth times are 0; `ctime`: they move with the change time, as where the file system keeps none. */
  readonly birthTimes?: "exact" | "none" | "ctime";
}

/**
 * The FileSystem calls are what the code under test makes: `beforeCall` sees each and may throw, and what they write is
 * durable only once it is synced. The other methods are the rest of the world (runtimes, rotators): no faults, durable at once.
 */
export class ModelFileSystem extends ModelTree implements FileSystem {
  /** Sees each call before it takes effect; `fault("EIO")` makes something to throw. */
  beforeCall: ((name: keyof FileSystem, path: string) => void) | undefined;
  /** Bytes that may still be written through FileSystem; then a write stops in its middle with ENOSPC. */
  freeBytes = Number.POSITIVE_INFINITY;

  private readonly birthTimes: "exact" | "none" | "ctime";
  private readonly opened = new Map<number, Opened>();
  private descriptors = 10;

  constructor(options: ModelFileSystemOptions = {}) {
    super(options.clock ?? (() => 1_790_000_000_000));
    this.birthTimes = options.birthTimes ?? "exact";
  }

  // The world's side.

  /** Appends, making the file and its directories where they are not there. */
  append(path: string, content: string | Uint8Array): void {
    const inode = this.find(path) ?? this.make(path, "file");
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    inode.put(bytes, inode.size);
    this.touched(inode);
  }

  /** Appends to the file that a writer still has open, wherever its name went: by inode as `inodeOf` gave it. */
  appendTo(inode: object, content: string | Uint8Array): void {
    if (!(inode instanceof ModelInode)) throw new Error("not an inode of this file system");
    inode.put(typeof content === "string" ? Buffer.from(content) : content, inode.size);
    this.touched(inode);
  }

  /** A handle on the file as its writer holds it. */
  inodeOf(path: string): object {
    return this.must(path);
  }

  inodeNumber(path: string): bigint {
    return this.must(path).ino;
  }

  cutFile(path: string, size: number): void {
    const inode = this.must(path);
    inode.cut(size);
    this.touched(inode);
  }

  move(from: string, to: string): void {
    const inode = this.must(from);
    this.enter(to, inode, true, from);
    inode.changed = this.now();
  }

  copy(from: string, to: string): void {
    const content = this.must(from).content();
    this.unlink(to);
    this.append(to, content);
  }

  unlink(path: string): void {
    if (this.find(path, false) !== undefined) this.leave(path, true);
  }

  hardLink(from: string, to: string): void {
    this.enter(to, this.must(from), true);
  }

  symlink(target: string, path: string): void {
    this.make(path, "link").target = target;
  }

  directory(path: string): void {
    if (this.find(path) === undefined) this.make(path, "directory");
  }

  /** A FIFO, a socket or a device. */
  special(path: string): void {
    this.make(path, "other");
  }

  content(path: string): Uint8Array | undefined {
    return this.find(path)?.content();
  }

  /** As after a reboot or a remount: everything has another device number. */
  setDevice(dev: bigint): void {
    this.dev = dev;
    const visit = (inode: ModelInode): void => {
      inode.dev = dev;
      for (const child of inode.entries.values()) visit(child);
    };
    visit(this.root);
  }

  get openDescriptors(): number {
    return this.opened.size;
  }

  /** Inode numbers of all files that the code under test has open. */
  get openInodes(): Set<bigint> {
    return new Set([...this.opened.values()].map(({ inode }) => inode.ino));
  }

  /** The process dies: its descriptors close, what it wrote stays. */
  kill(): void {
    const held = [...this.opened.values()];
    this.opened.clear();
    for (const { inode } of held) this.maybeFree(inode);
  }

  /**
   * Power is lost: of what was not synced some first part survives, in each file and each directory by itself.
   * `pick(n)` chooses how much, from 0 (nothing) to n (all).
   */
  crash(pick: (most: number) => number): void {
    this.kill();
    const seen = new Set<ModelInode>();
    const visit = (inode: ModelInode): void => {
      inode.links = seen.has(inode) ? inode.links + 1 : 1;
      if (seen.has(inode)) return;
      seen.add(inode);
      inode.losePower(pick);
      for (const child of inode.entries.values()) visit(child);
    };
    visit(this.root);
  }

  // FileSystem, as the code under test sees it.

  stat(path: string): FileStat | undefined {
    this.beforeCall?.("stat", path);
    const inode = this.find(path);
    return inode && this.statOf(inode);
  }

  glance(path: string): Glance | undefined {
    const stat = this.stat(path);
    return stat && glanceOf(stat);
  }

  lstat(path: string): FileStat | undefined {
    this.beforeCall?.("lstat", path);
    const inode = this.find(path, false);
    return inode && this.statOf(inode);
  }

  list(directory: string): DirectoryEntry[] | undefined {
    this.beforeCall?.("list", directory);
    const inode = this.find(directory);
    if (inode?.kind !== "directory") return undefined;
    return [...inode.entries].map(([name, { kind }]) => ({ name, kind }));
  }

  realpath(path: string): string | undefined {
    this.beforeCall?.("realpath", path);
    return this.walk(path, true)?.path;
  }

  openForReading(path: string): number | undefined {
    this.beforeCall?.("openForReading", path);
    const inode = this.find(path);
    return inode && this.open(inode, path, false);
  }

  fstat(fd: number): FileStat {
    const { inode, path } = this.of(fd);
    this.beforeCall?.("fstat", path);
    return this.statOf(inode);
  }

  glanceAt(fd: number): Glance {
    return glanceOf(this.fstat(fd));
  }

  read(fd: number, into: Uint8Array, at: number, length: number, position: number): number {
    const { inode, path } = this.of(fd);
    this.beforeCall?.("read", path);
    if (inode.kind === "directory") throw fault("EISDIR", path);
    const end = Math.min(inode.size, position + length);
    if (end <= position) return 0;
    into.set(inode.bytes.subarray(position, end), at);
    return end - position;
  }

  close(fd: number): void {
    const { inode, path } = this.of(fd);
    this.beforeCall?.("close", path);
    this.opened.delete(fd);
    this.maybeFree(inode);
  }

  readFile(path: string): Uint8Array | undefined {
    this.beforeCall?.("readFile", path);
    const inode = this.find(path);
    if (inode?.kind === "directory") throw fault("EISDIR", path);
    return inode?.content();
  }

  makeDirectory(path: string): void {
    this.beforeCall?.("makeDirectory", path);
    if (this.find(path) === undefined) this.make(path, "directory", false);
  }

  openForAppending(path: string): number {
    this.beforeCall?.("openForAppending", path);
    return this.open(this.find(path) ?? this.make(path, "file", false), path, true);
  }

  openForWriting(path: string): number {
    this.beforeCall?.("openForWriting", path);
    const inode = this.find(path) ?? this.make(path, "file", false);
    if (inode.size > 0) this.change(inode, { size: 0 });
    return this.open(inode, path, true);
  }

  write(fd: number, bytes: Uint8Array): void {
    const { inode, path, appending } = this.of(fd);
    this.beforeCall?.("write", path);
    if (!appending) throw fault("EBADF", path);
    const fits = Math.min(bytes.length, this.freeBytes);
    if (fits > 0) this.change(inode, { at: inode.size, bytes: bytes.slice(0, fits) });
    this.freeBytes -= fits;
    if (fits < bytes.length) throw fault("ENOSPC", path);
  }

  truncate(fd: number, size: number): void {
    const { inode, path } = this.of(fd);
    this.beforeCall?.("truncate", path);
    this.change(inode, { size });
  }

  rename(from: string, to: string): void {
    this.beforeCall?.("rename", from);
    const inode = this.find(from, false);
    if (inode === undefined) throw fault("ENOENT", from);
    this.enter(to, inode, false, from);
    inode.changed = this.now();
  }

  remove(path: string): void {
    this.beforeCall?.("remove", path);
    if (this.find(path, false) !== undefined) this.leave(path, false);
  }

  sync(fd: number): Promise<void> {
    return promised(() => {
      const { inode, path } = this.of(fd);
      this.beforeCall?.("sync", path);
      inode.settle();
    });
  }

  syncDirectory(path: string): Promise<void> {
    return promised(() => {
      this.beforeCall?.("syncDirectory", path);
      this.must(path).settle();
    });
  }

  // Inside.

  protected override isHeld(inode: ModelInode): boolean {
    for (const { inode: held } of this.opened.values()) if (held === inode) return true;
    return false;
  }

  private open(inode: ModelInode, path: string, appending: boolean): number {
    if (appending && inode.kind === "directory") throw fault("EISDIR", path);
    const fd = this.descriptors++;
    this.opened.set(fd, { inode, path, appending });
    return fd;
  }

  private of(fd: number): Opened {
    const opened = this.opened.get(fd);
    if (opened === undefined) throw fault("EBADF", String(fd));
    return opened;
  }

  private change(inode: ModelInode, change: Change): void {
    inode.change(change);
    this.touched(inode);
  }

  private statOf(inode: ModelInode): FileStat {
    return {
      dev: inode.dev,
      ino: inode.ino,
      size: inode.size,
      nlink: inode.links,
      kind: inode.kind,
      birthtimeNs: this.birthTimes === "exact" ? inode.birth : this.birthTimes === "none" ? 0n : inode.changed,
      mtimeNs: inode.modified,
      ctimeNs: inode.changed,
    };
  }
}

function glanceOf({ ino, size, nlink, mtimeNs, ctimeNs }: FileStat): Glance {
  return { ino: Number(ino), size, nlink, mtimeMs: Number(mtimeNs) / 1e6, ctimeMs: Number(ctimeNs) / 1e6 };
}

/** Runs at once; a throw becomes a rejection. */
async function promised(run: () => void): Promise<void> {
  run();
}
