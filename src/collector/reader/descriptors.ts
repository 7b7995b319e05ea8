// What all chains share: the number of open files, and the disk space that deleted files keep while klog still reads them.

export interface DescriptorHolder {
  /** Nothing would be lost by closing: written now, everything in it acknowledged. */
  readonly closable: boolean;
  closeIdle(): void;
}

/** Keeps the number of open files near a limit by closing idle ones, the longest unused first. Never one with unread bytes. */
export class DescriptorPool {
  private readonly limit: number;
  private readonly most: number;
  /** Least recently used first. */
  private readonly holders = new Set<DescriptorHolder>();

  /** `limit` is aimed at; `most` is never passed, so that the journal and the sinks can open their files. */
  constructor(limit = 8192, most = Number.POSITIVE_INFINITY) {
    this.limit = limit;
    this.most = most;
  }

  get open(): number {
    return this.holders.size;
  }

  /** To be called before a file is opened. Throws what the kernel would throw. */
  require(): void {
    if (this.holders.size >= this.most) this.shrink(this.most - 1);
    if (this.holders.size < this.most) return;
    const message = `EMFILE: too many open files: ${this.most} logs are open, and 'ulimit -n' leaves room for no more`;
    throw Object.assign(new Error(message), { code: "EMFILE" });
  }

  add(holder: DescriptorHolder): void {
    this.holders.add(holder);
    this.shrink(this.limit, holder);
  }

  private shrink(limit: number, keep?: DescriptorHolder): void {
    // A holder that must stay open goes to the end, so that a crowd of them is not looked at again and again.
    let looks = 32;
    for (const other of this.holders) {
      if (this.holders.size <= limit || looks-- === 0) return;
      if (other === keep) continue;
      if (other.closable) other.closeIdle();
      else this.used(other);
    }
  }

  used(holder: DescriptorHolder): void {
    if (this.holders.delete(holder)) this.holders.add(holder);
  }

  remove(holder: DescriptorHolder): void {
    this.holders.delete(holder);
  }
}

export interface DeletedHolder {
  /** Closes the file; what was not read of it is lost, and reported. */
  giveUp(): void;
}

/** Bounds the bytes of deleted files that stay on disk because they are held open. Over it, the one deleted first goes. */
export class HeldBytes {
  private readonly limit: number;
  private readonly held = new Map<DeletedHolder, number>();
  private total = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get bytes(): number {
    return this.total;
  }

  hold(holder: DeletedHolder, bytes: number): void {
    this.total += bytes - (this.held.get(holder) ?? 0);
    this.held.set(holder, bytes);
    for (const oldest of this.held.keys()) {
      if (this.total <= this.limit) return;
      this.release(oldest);
      oldest.giveUp();
    }
  }

  release(holder: DeletedHolder): void {
    this.total -= this.held.get(holder) ?? 0;
    this.held.delete(holder);
  }
}
