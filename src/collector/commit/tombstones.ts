// Which records belong to which target, and when the finished ones may be forgotten, so that the state stays small for ever.

/** What the checkpoint has to know of a record; the rest is the reader's. */
export interface CheckpointRecord {
  readonly target: string;
  /** DONE and LOST are finished: the record stays only so that the file is not taken for a new one. */
  readonly state: string;
}

/** Reconciles in a row without a target before its records go: one may fall between the rename and the creation of a file. */
const MISSES = 2;

interface Owner {
  readonly keys: Set<string>;
  misses: number;
}

export class Tombstones {
  private readonly limit: number;
  private readonly owners = new Map<string, Owner>();
  private readonly ownerOf = new Map<string, string>();
  /** Keys of finished records, the first finished first. */
  private readonly finished = new Set<string>();

  constructor(limit: number) {
    this.limit = limit;
  }

  note(key: string, { target, state }: CheckpointRecord): void {
    let owner = this.owners.get(target);
    if (owner === undefined) {
      owner = { keys: new Set(), misses: 0 };
      this.owners.set(target, owner);
    }
    owner.keys.add(key);
    this.ownerOf.set(key, target);
    if (state === "DONE" || state === "LOST") this.finished.add(key);
    else this.finished.delete(key);
  }

  drop(key: string): void {
    const target = this.ownerOf.get(key);
    if (target === undefined) return;
    this.ownerOf.delete(key);
    this.finished.delete(key);
    const owner = this.owners.get(target)!;
    owner.keys.delete(key);
    if (owner.keys.size === 0) this.owners.delete(target);
  }

  /** The finished record that goes first, where there are more than allowed. */
  surplus(): string | undefined {
    if (this.finished.size <= this.limit) return undefined;
    const [first] = this.finished;
    return first;
  }

  /** After a full scan: the keys of all targets that it and the one before did not find. */
  missing(present: ReadonlySet<string>): string[] {
    const keys: string[] = [];
    for (const [target, owner] of this.owners) {
      owner.misses = present.has(target) ? 0 : owner.misses + 1;
      if (owner.misses >= MISSES) keys.push(...owner.keys);
    }
    return keys;
  }
}
