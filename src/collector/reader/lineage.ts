// The generations of one log in the order they were written, and all that can happen to one: found, cut short, done, lost.
import type { DirectoryEntry, FileStat, FileSystem } from "../file-system.ts";
import type { Target } from "../target.ts";
import type { ChainEvents, GapReason } from "./chain-events.ts";
import { Problems } from "./chain-events.ts";
import type { DescriptorPool, HeldBytes } from "./descriptors.ts";
import { Generation, type GenerationOwner, type GenerationRecord, type GenerationState } from "./generation.ts";
import { FileEvidence, fingerprint, HEAD_BYTES, type Head, markStart } from "./identity.ts";

const SEAL_AFTER_MS = 5000;

export interface ChainDeps {
  readonly fs: FileSystem;
  /** The entries of the log's directory that may be its files; all of them by default. */
  readonly list?: () => DirectoryEntry[] | undefined;
  /** Milliseconds. */
  readonly clock: () => number;
  readonly node: string;
  /** What the journal has of this target. */
  readonly restored: readonly GenerationRecord[];
  /** Called for every change that must outlive the process. */
  save(record: GenerationRecord): void;
  /** The record is not needed any more: the file and its copies are gone. */
  forget(record: GenerationRecord): void;
  readonly events: ChainEvents;
  readonly descriptors: DescriptorPool;
  readonly held: HeldBytes;
}

/** `seen = acked + inFlight + unread + lost`, in bytes since this process began. */
export interface Balance {
  readonly seen: number;
  readonly acked: number;
  readonly inFlight: number;
  readonly unread: number;
  readonly lost: number;
}

interface NewGeneration {
  readonly id: string;
  readonly epoch: number;
  readonly stat: FileStat;
  readonly name: string;
  readonly head: Head;
  readonly start: number;
  readonly size: number;
  readonly state: GenerationState;
  /** The generation that was written next; undefined: it is the newest. */
  readonly before: Generation | undefined;
}

export class Lineage implements GenerationOwner {
  readonly target: Target;
  readonly deps: ChainDeps;
  readonly problems: Problems;
  /** Oldest first. */
  readonly list: Generation[] = [];
  private seen = 0;
  private acked = 0;
  private lost = 0;

  constructor(target: Target, deps: ChainDeps) {
    this.target = target;
    this.deps = deps;
    this.problems = new Problems(target, deps.events);
    for (const record of deps.restored) {
      const generation = Generation.restored(target, this, record);
      this.list.push(generation);
      this.seen += generation.unread;
    }
    this.list.sort((a, b) => a.order - b.order);
  }

  get balance(): Balance {
    let inFlight = 0;
    let unread = 0;
    for (const generation of this.list) {
      inFlight += generation.inFlight;
      unread += generation.unread;
    }
    return { seen: this.seen, acked: this.acked, inFlight, unread, lost: this.lost };
  }

  save(generation: Generation): void {
    this.deps.save(generation.record);
  }

  create({ id, epoch, stat, name, head, start, size, state, before }: NewGeneration): Generation {
    const { dev, ino, birthtimeNs } = stat;
    const order = this.orderBefore(before);
    const generation = new Generation(this.target, this, {
      ...{ id, epoch, order, dev, ino, birthtimeNs, name, start, state },
    });
    generation.head = head;
    generation.mtimeNs = stat.mtimeNs;
    this.list.splice(before === undefined ? this.list.length : this.list.indexOf(before), 0, generation);
    this.grow(generation, size);
    return generation;
  }

  adoptFile(generation: Generation, fd: number): void {
    generation.fd = fd;
    this.loadTail(generation);
    this.deps.descriptors.add(generation);
  }

  closeFile(generation: Generation): void {
    if (generation.fd !== undefined) {
      this.deps.fs.close(generation.fd);
      generation.fd = undefined;
      this.deps.descriptors.remove(generation);
    }
    generation.gzip?.close();
    generation.gzip = undefined;
    this.deps.held.release(generation);
  }

  grow(generation: Generation, size: number): void {
    if (size <= generation.size) return;
    this.seen += size - generation.size;
    generation.size = size;
    generation.still = undefined;
    if (generation.state === "SEALED" || generation.state === "DONE") generation.state = "DRAINING";
    // Not for reading on: should the file be gone when this process has died, what nobody has delivered of it is a gap.
    if (generation.first !== undefined) this.save(generation);
    if (generation.unlinked) this.deps.held.hold(generation, size);
  }

  unlink(generation: Generation): void {
    if (generation.unlinked) return;
    generation.unlinked = true;
    this.rotate(generation);
    this.deps.held.hold(generation, generation.size);
  }

  /** LIVE no more. */
  rotate(generation: Generation): void {
    if (generation.state !== "LIVE") return;
    generation.state = "DRAINING";
    generation.still = undefined;
    this.save(generation);
    this.deps.events.rotation(this.target, generation.lastName);
  }

  seal(generation: Generation): void {
    generation.state = "SEALED";
    generation.stalledAt = undefined;
    this.save(generation);
    this.settle(generation);
  }

  /** SEALED and acknowledged to its end is DONE: nothing is held of it any more. */
  settle(generation: Generation): void {
    if (generation.state !== "SEALED" || generation.ackPos < generation.size) return;
    generation.state = "DONE";
    // A tombstone is small: there may be a hundred thousand.
    generation.marks = generation.marks.slice(-1);
    this.closeFile(generation);
    this.save(generation);
  }

  acknowledged(generation: Generation, position: number): void {
    if (position <= generation.ackPos) return;
    const bytes = position - generation.ackPos;
    this.acked += bytes;
    this.deps.events.delivered(this.target, bytes);
    generation.ackPos = position;
    this.save(generation);
    this.settle(generation);
  }

  /** Takes in what a stat says of an open file. True where the directory should be looked at. */
  observe(generation: Generation, stat: FileStat): boolean {
    const unlinked = stat.nlink === 0 && !generation.unlinked;
    if (unlinked) this.unlink(generation);
    const touched = stat.mtimeNs !== generation.mtimeNs || stat.size < generation.size;
    generation.mtimeNs = stat.mtimeNs;
    const grew = stat.size > generation.size;
    if (grew) this.grow(generation, stat.size);
    const same = grew
      ? this.growHead(generation)
      : !touched || this.stands(generation, new FileEvidence(this.deps.fs, generation.fd!, stat.size));
    if (!same) {
      this.cut(generation, stat);
      return true;
    }
    this.cutTo(generation, stat.size);
    this.drain(generation);
    return unlinked;
  }

  /** Two looks at the same end, far enough apart: a writer keeps the renamed file until it is told to open a new one. */
  private drain(generation: Generation): void {
    const { state, size, still } = generation;
    if (state !== "DRAINING") return;
    const now = this.deps.clock();
    if (still?.size !== size) generation.still = { at: now, size };
    else if (now - still.at >= SEAL_AFTER_MS) this.seal(generation);
  }

  /** The file ends before what was seen of it. */
  cutTo(generation: Generation, size: number): void {
    if (size >= generation.size) return;
    const from = Math.max(size, generation.readPos);
    this.gap(generation, from, generation.size, "truncated");
    generation.size = from;
    generation.stalledAt = undefined;
    generation.still = undefined;
    this.save(generation);
  }

  /** The inode has other content now: its next epoch begins, and the old one waits for a copy of its bytes. */
  cut(generation: Generation, stat: FileStat): Generation {
    const epochs = this.list.filter(({ id }) => id === generation.id).map(({ epoch }) => epoch);
    const evidence = new FileEvidence(this.deps.fs, generation.fd!, stat.size);
    const next = this.create({
      id: generation.id,
      epoch: Math.max(...epochs) + 1,
      stat,
      name: generation.lastName,
      head: evidence.head(),
      start: 0,
      size: stat.size,
      state: generation.state === "LIVE" ? "LIVE" : "DRAINING",
      before: this.list[this.list.indexOf(generation) + 1],
    });
    next.unlinked = generation.unlinked;
    const fd = generation.fd!;
    generation.fd = undefined;
    this.deps.descriptors.remove(generation);
    this.deps.held.release(generation);
    this.adoptFile(next, fd);
    this.detach(generation);
    this.save(next);
    this.deps.events.truncated(this.target, next.lastName);
    return next;
  }

  /** Its own inode is not its own any more. */
  detach(generation: Generation): void {
    generation.detached = true;
    generation.relocation = undefined;
    generation.unseen = undefined;
    if (generation.state !== "DONE") generation.state = "DRAINING";
    this.save(generation);
  }

  giveUp(generation: Generation): void {
    this.lose(generation, "held-limit");
  }

  lose(generation: Generation, reason: GapReason): void {
    this.closeFile(generation);
    this.gap(generation, generation.readPos, generation.size, reason);
    generation.state = "LOST";
    this.save(generation);
  }

  forget(generation: Generation): void {
    this.closeFile(generation);
    this.list.splice(this.list.indexOf(generation), 1);
    this.deps.forget(generation.record);
  }

  /** Whether the file still has what was read of it before readPos (or, before anything was, the head that was seen). */
  stands(generation: Generation, evidence: FileEvidence): boolean {
    const { readPos, tail, head } = generation;
    if (evidence.size < readPos) return false;
    if (readPos > 0) return Buffer.compare(evidence.bytes(readPos - tail.length, readPos), tail) === 0;
    return head.length === 0 || evidence.hash(0, head.length) === head.hash;
  }

  /** The head grows from the first byte; false where the file's beginning is not the one that was seen. */
  growHead(generation: Generation): boolean {
    const { head, fd } = generation;
    if (fd === undefined || head.length >= HEAD_BYTES || head.length >= generation.size) return true;
    const bytes = new FileEvidence(this.deps.fs, fd, generation.size).bytes(0, Math.min(HEAD_BYTES, generation.size));
    if (bytes.length < head.length) return false;
    if (head.length > 0 && fingerprint(bytes.subarray(0, head.length)) !== head.hash) return false;
    generation.head = { length: bytes.length, hash: fingerprint(bytes) };
    return true;
  }

  loadTail(generation: Generation): void {
    const { fd, readPos } = generation;
    if (fd === undefined) return;
    generation.tail = new FileEvidence(this.deps.fs, fd, readPos).bytes(markStart(readPos), readPos);
  }

  /** What came behind a file that is gone was not seen from its beginning on. */
  unseen({ id, epoch, lastName: name, size }: Generation): void {
    this.deps.events.gap(this.target, {
      ...{ generation: id, epoch, name, from: size, to: size, bytes: 0, reason: "unseen" },
    });
  }

  private gap(generation: Generation, from: number, to: number, reason: GapReason): void {
    if (to <= from) return;
    this.lost += to - from;
    const { id, epoch, lastName: name } = generation;
    this.deps.events.gap(this.target, { generation: id, epoch, name, from, to, bytes: to - from, reason });
  }

  private orderBefore(before: Generation | undefined): number {
    if (before === undefined) return (this.list[this.list.length - 1]?.order ?? 0) + 1;
    const previous = this.list[this.list.indexOf(before) - 1];
    return previous === undefined ? before.order - 1 : (previous.order + before.order) / 2;
  }
}
