// Directories, names and inode numbers of the model file system.
import type { FileKind } from "../../src/collector/file-system.ts";
import { ModelInode } from "./model-inode.ts";

export abstract class ModelTree {
  /** The next file that the world makes gets this inode number, if no living file has it. */
  nextInode: bigint | undefined;
  protected readonly root: ModelInode;
  protected dev = 1n;
  private readonly clock: () => number;
  private readonly living = new Set<bigint>();
  private ticks = 0n;
  private inodes = 100n;

  constructor(clock: () => number) {
    this.clock = clock;
    this.root = this.born("directory");
    this.root.links = 1;
  }

  protected abstract isHeld(inode: ModelInode): boolean;

  protected now(): bigint {
    this.ticks += 1n;
    return BigInt(Math.round(this.clock())) * 1_000_000n + this.ticks;
  }

  protected born(kind: FileKind): ModelInode {
    const wanted = this.nextInode;
    this.nextInode = undefined;
    const ino = wanted !== undefined && !this.living.has(wanted) ? wanted : ++this.inodes;
    this.living.add(ino);
    return new ModelInode(ino, this.dev, kind, this.now());
  }

  protected make(path: string, kind: FileKind, durable = true): ModelInode {
    const parent = path.slice(0, path.lastIndexOf("/"));
    if (parent !== "" && this.find(parent) === undefined) this.make(parent, "directory", durable);
    const inode = this.born(kind);
    this.enter(path, inode, durable);
    return inode;
  }

  /** A rename is one change of its directory: a loss of power leaves one name or the other. */
  protected enter(path: string, inode: ModelInode, durable: boolean, from?: string): void {
    const [parent, name] = this.parentOf(path);
    const replaced = parent.entries.get(name);
    if (replaced === inode) return;
    const [source, old] = from === undefined ? [parent, undefined] : this.parentOf(from);
    this.entry(parent, durable, (entries) => {
      entries.set(name, inode);
      if (old !== undefined && source === parent) entries.delete(old);
    });
    if (old !== undefined && source !== parent) this.entry(source, durable, (entries) => entries.delete(old));
    if (from === undefined) inode.links += 1;
    if (replaced === undefined) return;
    replaced.links -= 1;
    this.maybeFree(replaced);
  }

  protected leave(path: string, durable: boolean): void {
    const [parent, name] = this.parentOf(path);
    const inode = parent.entries.get(name)!;
    inode.links -= 1;
    inode.changed = this.now();
    this.entry(parent, durable, (entries) => entries.delete(name));
    this.maybeFree(inode);
  }

  protected entry(parent: ModelInode, durable: boolean, apply: (entries: Map<string, ModelInode>) => void): void {
    apply(parent.entries);
    if (durable) apply(parent.durableEntries);
    else parent.pendingEntries.push(apply);
    this.touched(parent);
  }

  protected parentOf(path: string): [ModelInode, string] {
    const cut = path.lastIndexOf("/");
    const parent = cut <= 0 ? this.root : this.find(path.slice(0, cut));
    if (parent === undefined) throw fault("ENOENT", path);
    if (parent.kind !== "directory") throw fault("ENOTDIR", path);
    return [parent, path.slice(cut + 1)];
  }

  protected find(path: string, follow = true): ModelInode | undefined {
    return this.walk(path, follow)?.inode;
  }

  protected must(path: string): ModelInode {
    const inode = this.find(path);
    if (inode === undefined) throw fault("ENOENT", path);
    return inode;
  }

  protected walk(path: string, follow: boolean, hops = 0): { inode: ModelInode; path: string } | undefined {
    if (hops > 40) throw fault("ELOOP", path);
    let inode = this.root;
    let real = "";
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    for (let i = 0; i < parts.length; i++) {
      const child: ModelInode | undefined = inode.entries.get(parts[i]!);
      if (child === undefined) return undefined;
      if (child.kind === "link" && (follow || i < parts.length - 1)) {
        const from = child.target.startsWith("/") ? child.target : `${real}/${child.target}`;
        return this.walk([from, ...parts.slice(i + 1)].join("/"), follow, hops + 1);
      }
      inode = child;
      real += `/${parts[i]!}`;
    }
    return { inode, path: real === "" ? "/" : real };
  }

  protected touched(inode: ModelInode): void {
    inode.modified = this.now();
    inode.changed = inode.modified;
  }

  protected maybeFree(inode: ModelInode): void {
    if (inode.links === 0 && !this.isHeld(inode)) this.living.delete(inode.ino);
  }
}

/** An error as Node throws it. */
export function fault(code: string, path = ""): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: the model says so, '${path}'`), { code, path });
}
