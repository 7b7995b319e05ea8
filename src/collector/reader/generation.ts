// The life of one file of a log: who it is, how far it was read and acknowledged, and where its bytes are now.
import type { Glance } from "../file-system.ts";
import type { GenerationKey, Target } from "../target.ts";
import type { DeletedHolder, DescriptorHolder } from "./descriptors.ts";
import type { GzipStream } from "./gzip-stream.ts";
import type { HashedRange, Head, Mark, Signature } from "./identity.ts";

/**
 * LIVE is written under the log's own name. DRAINING was rotated or deleted, its writer may still write. SEALED has stood
 * still for long enough; its last line goes out even without an end. DONE is acknowledged to its end. LOST is gone unread.
 */
export type GenerationState = "LIVE" | "DRAINING" | "SEALED" | "DONE" | "LOST";

/** Where its bytes are read from; `none`: they are waited for, or not needed any more. */
export type Source = "file" | "deleted file" | "copy" | "gzip" | "none";

/** Another file that has the bytes now. */
interface Relocation {
  readonly kind: "copy" | "gzip";
  readonly ino: bigint;
  readonly birthtimeNs: bigint;
}

/** What the journal keeps of a generation, as JSON. */
export interface GenerationRecord extends Signature {
  readonly target: string;
  readonly directory: string;
  readonly id: string;
  readonly epoch: number;
  /** Position among the generations of the target. */
  readonly order: number;
  readonly dev: string;
  readonly ino: string;
  readonly btimeNs: string;
  readonly head: Head;
  readonly marks: readonly Mark[];
  readonly first: HashedRange | undefined;
  /** Where reading began. */
  readonly start: number;
  readonly ackPos: number;
  readonly size: number;
  readonly lastName: string;
  readonly state: GenerationState;
  /** Its own inode was cut short and has another epoch now. */
  readonly detached: boolean;
  readonly relocation: { readonly kind: "copy" | "gzip"; readonly ino: string; readonly btimeNs: string } | undefined;
}

export interface GenerationOwner {
  closeFile(generation: Generation): void;
  giveUp(generation: Generation): void;
}

interface GenerationStart {
  readonly id: string;
  readonly epoch: number;
  readonly order: number;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly birthtimeNs: bigint;
  readonly name: string;
  readonly start: number;
  readonly state: GenerationState;
}

/** One key for the journal: an id and an epoch are enough, as the id holds the target. */
export function recordKey(record: { readonly id: string; readonly epoch: number }): string {
  return `${record.id}.${record.epoch}`;
}

export class Generation implements GenerationKey, DescriptorHolder, DeletedHolder {
  readonly target: Target;
  readonly id: string;
  readonly epoch: number;
  readonly order: number;
  dev: bigint;
  readonly ino: bigint;
  birthtimeNs: bigint;
  head: Head = { length: 0, hash: "" };
  marks: readonly Mark[] = [];
  first: HashedRange | undefined;
  readonly start: number;
  readPos: number;
  ackPos: number;
  /** The largest size seen; what is still to come is unknown. */
  size: number;
  lastName: string;
  state: GenerationState;
  detached = false;
  relocation: Relocation | undefined;

  fd: number | undefined;
  gzip: GzipStream | undefined;
  /** The last bytes before readPos, to see that the file is still the same. */
  tail: Uint8Array = new Uint8Array(0);
  mtimeNs = 0n;
  /** As it was before the last look at it under its name. */
  glance: Glance | undefined;
  unlinked = false;
  /** Nothing but the beginning of a line was left at this size. */
  stalledAt: number | undefined;
  /** The first look that found this size. */
  still: { readonly at: number; readonly size: number } | undefined;
  /** Since when, and how often in a row, the directory has not shown it. */
  unseen: { readonly since: number; readonly times: number } | undefined;
  /** Reading failed; tried again at the next reconcile. */
  faulty = false;
  private readonly owner: GenerationOwner;

  constructor(target: Target, owner: GenerationOwner, from: GenerationStart) {
    this.target = target;
    this.owner = owner;
    this.id = from.id;
    this.epoch = from.epoch;
    this.order = from.order;
    this.dev = from.dev;
    this.ino = from.ino;
    this.birthtimeNs = from.birthtimeNs;
    this.lastName = from.name;
    this.start = from.start;
    this.readPos = from.start;
    this.ackPos = from.start;
    this.size = from.start;
    this.state = from.state;
  }

  static restored(target: Target, owner: GenerationOwner, record: GenerationRecord): Generation {
    const { id, epoch, order, start, lastName: name } = record;
    const dev = BigInt(record.dev);
    const ino = BigInt(record.ino);
    const birthtimeNs = BigInt(record.btimeNs);
    const self = new Generation(target, owner, {
      ...{ id, epoch, order, dev, ino, birthtimeNs, name, start },
      state: record.state,
    });
    self.head = record.head;
    self.marks = record.marks;
    self.first = record.first;
    self.readPos = record.ackPos;
    self.ackPos = record.ackPos;
    self.size = Math.max(record.size, record.ackPos);
    self.detached = record.detached;
    const { relocation } = record;
    if (relocation !== undefined) {
      self.relocation = {
        kind: relocation.kind,
        ino: BigInt(relocation.ino),
        birthtimeNs: BigInt(relocation.btimeNs),
      };
    }
    return self;
  }

  get record(): GenerationRecord {
    const { relocation } = this;
    return {
      target: this.target.id,
      directory: this.target.directory,
      id: this.id,
      epoch: this.epoch,
      order: this.order,
      dev: this.dev.toString(),
      ino: this.ino.toString(),
      btimeNs: this.birthtimeNs.toString(),
      head: this.head,
      marks: this.marks,
      first: this.first,
      start: this.start,
      ackPos: this.ackPos,
      size: this.size,
      lastName: this.lastName,
      state: this.state,
      detached: this.detached,
      relocation: relocation && {
        kind: relocation.kind,
        ino: relocation.ino.toString(),
        btimeNs: relocation.birthtimeNs.toString(),
      },
    };
  }

  /** Known bytes that nothing has taken yet. */
  get unread(): number {
    return this.state === "LOST" ? 0 : this.size - this.readPos;
  }

  get inFlight(): number {
    return this.readPos - this.ackPos;
  }

  get hasSource(): boolean {
    return this.fd !== undefined || this.gzip !== undefined;
  }

  get source(): Source {
    if (this.fd === undefined) return this.gzip === undefined ? "none" : "gzip";
    if (this.relocation?.kind === "copy") return "copy";
    return this.unlinked ? "deleted file" : "file";
  }

  /** Bytes that a read would bring further: not the lone beginning of a line. */
  get readable(): number {
    return this.hasSource && !this.faulty && this.stalledAt !== this.size ? this.unread : 0;
  }

  get closable(): boolean {
    return this.state === "LIVE" && !this.unlinked && !this.faulty && this.ackPos === this.size;
  }

  closeIdle(): void {
    this.owner.closeFile(this);
  }

  giveUp(): void {
    this.owner.giveUp(this);
  }
}
