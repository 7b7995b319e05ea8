// A file or directory of the model file system: its bytes, and what of it would survive a loss of power.
import type { FileKind } from "../../src/collector/file-system.ts";

/** What was done to a file and is not synced yet. */
export type Change = { readonly at: number; readonly bytes: Uint8Array } | { readonly size: number };

export class ModelInode {
  readonly ino: bigint;
  readonly kind: FileKind;
  readonly birth: bigint;
  dev: bigint;
  changed: bigint;
  modified: bigint;
  links = 0;
  size = 0;
  bytes: Uint8Array = new Uint8Array(0);
  target = "";
  entries = new Map<string, ModelInode>();
  /** What would still be there after a loss of power, and what happened since. */
  durable: Uint8Array = new Uint8Array(0);
  pending: Change[] = [];
  durableEntries = new Map<string, ModelInode>();
  pendingEntries: ((entries: Map<string, ModelInode>) => void)[] = [];

  constructor(ino: bigint, dev: bigint, kind: FileKind, now: bigint) {
    this.ino = ino;
    this.dev = dev;
    this.kind = kind;
    this.birth = now;
    this.changed = now;
    this.modified = now;
  }

  put(bytes: Uint8Array, at: number): void {
    const end = at + bytes.length;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(64, end, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.size));
      this.bytes = larger;
    }
    this.bytes.set(bytes, at);
    this.size = Math.max(this.size, end);
  }

  cut(size: number): void {
    if (size > this.size) this.put(new Uint8Array(size - this.size), this.size);
    this.bytes.fill(0, size);
    this.size = size;
  }

  content(): Uint8Array {
    return this.bytes.slice(0, this.size);
  }

  change(change: Change): void {
    if (this.pending.length === 0) this.durable = this.content();
    this.pending.push(change);
    this.apply(change);
  }

  settle(): void {
    this.pending = [];
    this.pendingEntries = [];
    this.durableEntries = new Map(this.entries);
  }

  /** Goes back to what was synced and some first part of what came after; the last write may be torn at any byte. */
  losePower(pick: (most: number) => number): void {
    if (this.kind === "directory") {
      const kept = pick(this.pendingEntries.length);
      this.entries = new Map(this.durableEntries);
      for (const apply of this.pendingEntries.slice(0, kept)) apply(this.entries);
    } else if (this.pending.length > 0) {
      this.bytes = this.durable.slice();
      this.size = this.bytes.length;
      const kept = this.pending.slice(0, pick(this.pending.length));
      const last = kept.pop();
      for (const change of kept) this.apply(change);
      if (last !== undefined && "bytes" in last) {
        this.apply({ at: last.at, bytes: last.bytes.subarray(0, pick(last.bytes.length)) });
      } else if (last !== undefined) this.apply(last);
    }
    this.settle();
  }

  private apply(change: Change): void {
    if ("size" in change) this.cut(change.size);
    else this.put(change.bytes, change.at);
  }
}
