// Follows one log through its generations, oldest first, and hands on its bytes exactly once in this process.

import type { FileStat, Glance } from "../file-system.ts";
import type { GenerationKey, Target } from "../target.ts";
import type { ChainProblem } from "./chain-events.ts";
import type { Generation, GenerationState, Source } from "./generation.ts";
import { isGzipError } from "./gzip-stream.ts";
import { addMark, FileEvidence, fingerprint, MARK_BYTES, MARKS_FOR_COPIES, MARKS_FOR_RENAMES } from "./identity.ts";
import { type Balance, type ChainDeps, Lineage } from "./lineage.ts";
import { Reconciler } from "./reconcile.ts";
import { mayBeCopied } from "./siblings.ts";

/** The kubelet looks every 10 s: the shortest time between two rotations, until one was seen. */
const ROTATION_MS = 10_000;
const KUBELET_FILES = 5;
const NEWLINE = 10;
/** So many of the bytes that go out first tell a file from others with the same head. */
const FIRST_BYTES = 64 << 10;

export interface Read {
  readonly generation: GenerationKey;
  readonly offset: number;
  readonly length: number;
  /** Nothing comes behind it: an unterminated last line goes out as it is. */
  readonly final: boolean;
}

interface PendingRead extends Read {
  readonly generation: Generation;
  readonly bytes: Uint8Array;
}

export interface GenerationStatus {
  readonly id: string;
  readonly epoch: number;
  readonly state: GenerationState;
  readonly name: string;
  readonly inode: string;
  readonly source: Source;
  readonly size: number;
  readonly start: number;
  readonly readPos: number;
  readonly ackPos: number;
}

export interface ChainStatus {
  readonly generations: readonly GenerationStatus[];
  readonly problems: readonly ChainProblem[];
  readonly balance: Balance;
}

/**
 * The loop's order: `read`, decode, `consumed` (while the bytes are still where `read` put them), then, before anything is
 * dispatched, wait until what `save` was given is durable; `acknowledged` whenever every sink has the bytes up to a position.
 */
export class Chain {
  readonly target: Target;
  private readonly deps: ChainDeps;
  private readonly lineage: Lineage;
  private readonly reconciler: Reconciler;
  private readonly marks: number;
  private pending: PendingRead | undefined;
  private finishing = false;
  private live: Generation | undefined;
  private rotatedAt: number | undefined;
  private rotationMs = ROTATION_MS;
  private mostFiles = 2;

  constructor(target: Target, deps: ChainDeps) {
    this.target = target;
    this.deps = deps;
    this.marks = mayBeCopied(target.siblings) ? MARKS_FOR_COPIES : MARKS_FOR_RENAMES;
    this.lineage = new Lineage(target, deps);
    this.reconciler = new Reconciler(this.lineage);
  }

  /** Lists the directory and settles which file is which. */
  reconcile(): void {
    this.reconciler.run();
    const { list } = this.lineage;
    this.mostFiles = Math.max(this.mostFiles, list.filter(({ unseen }) => unseen === undefined).length);
    const live = list.findLast(({ state }) => state === "LIVE");
    if (live === this.live) return;
    const now = this.deps.clock();
    if (this.live !== undefined && this.rotatedAt !== undefined) this.rotationMs = Math.max(1, now - this.rotatedAt);
    this.rotatedAt = now;
    this.live = live;
  }

  /** Looks at the open files: what grew, was cut short, was deleted. */
  poll(): void {
    let look = false;
    const { list, problems } = this.lineage;
    for (let i = list.length - 1; i >= 0; i--) {
      const generation = list[i]!;
      if (generation.fd === undefined && generation.state !== "LIVE") continue;
      // Called for every file all the time: nothing is built that is not needed.
      if (problems.none) {
        try {
          look = this.lookAt(generation) || look;
        } catch (error) {
          problems.failed("poll", this.pathOf(generation), error);
        }
      } else {
        const path = this.pathOf(generation);
        // One that could not be opened waits for the next reconcile.
        if (generation.fd === undefined && problems.has(path)) continue;
        look = problems.attempt("poll", path, () => this.lookAt(generation))?.value === true || look;
      }
    }
    if (look || this.isReplaced()) this.reconcile();
  }

  /** The file was renamed, and there is another under its name by now. */
  private isReplaced(): boolean {
    if (this.lineage.list.some(({ state }) => state === "LIVE")) return false;
    const path = `${this.target.directory}/${this.target.file}`;
    return this.lineage.problems.attempt("poll", path, () => this.deps.fs.lstat(path))?.value !== undefined;
  }

  /** No more is waited for: what is there is all there is, and unterminated last lines go out. */
  finish(): void {
    this.finishing = true;
  }

  /** Bytes that wait to be read; 0: a read would bring nothing. */
  get unread(): number {
    let sum = this.reconciler.archives.unread;
    for (const generation of this.lineage.list) {
      const readable = this.readable(generation);
      sum += readable;
      if (readable === 0 && this.blocks(generation)) break;
    }
    return sum;
  }

  get atEnd(): boolean {
    return this.unread === 0;
  }

  /** Estimated ms until unread bytes that were rotated away are deleted; 0: they are. Undefined: none are in danger. */
  get timeToLoss(): number | undefined {
    const files = this.target.siblings === "kubelet" ? KUBELET_FILES : this.mostFiles;
    const { list } = this.lineage;
    for (const [i, generation] of list.entries()) {
      if (generation.state === "LIVE" || this.readable(generation) === 0) continue;
      if (generation.unlinked) return 0;
      const younger = list.slice(i + 1).filter(({ state, detached }) => state !== "LIVE" && !detached).length;
      return Math.max(0, files - 1 - younger) * this.rotationMs;
    }
    return undefined;
  }

  /** When its newest bytes were written; 0 where nothing is there. */
  get modifiedNs(): bigint {
    return this.lineage.list.reduce((newest, { mtimeNs }) => (mtimeNs > newest ? mtimeNs : newest), 0n);
  }

  /** The directory has not shown a file that has unread bytes; looking again tells whether it is gone. */
  get isMissing(): boolean {
    return (
      this.reconciler.isDoubtful || this.lineage.list.some(({ unseen, unread }) => unseen !== undefined && unread > 0)
    );
  }

  get inFlight(): number {
    return this.lineage.list.reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  get balance(): Balance {
    return this.lineage.balance;
  }

  get generations(): readonly GenerationKey[] {
    return this.lineage.list;
  }

  get status(): ChainStatus {
    const generations = this.lineage.list.map((g): GenerationStatus => {
      const { id, epoch, state, lastName: name, source, size, start, readPos, ackPos } = g;
      return { id, epoch, state, name, inode: String(g.ino), source, size, start, readPos, ackPos };
    });
    return { generations, problems: this.lineage.problems.list, balance: this.lineage.balance };
  }

  /** The file that the next read goes on in; undefined where it is an archive, or there is nothing to read. */
  get next(): GenerationKey | undefined {
    return this.reconciler.archives.unread > 0 ? undefined : this.nextFile();
  }

  /** Saves what tells the next file from others before any of it is handed on. Its first bytes are left in `into`. */
  introduce(into: Uint8Array): void {
    const generation = this.nextFile();
    const fd = generation?.fd;
    if (generation === undefined || fd === undefined || generation.first !== undefined) return;
    const { fs } = this.deps;
    const { readPos, size } = generation;
    this.lineage.problems.attempt("read", this.pathOf(generation), () => {
      const n = fs.read(fd, into, 0, Math.min(FIRST_BYTES, into.length, size - readPos), readPos);
      const bytes = into.subarray(0, n);
      // One that was cut short meanwhile is the next read's to find.
      if (n === 0 || !this.lineage.stands(generation, new FileEvidence(fs, fd, size, { at: readPos, bytes }))) return;
      generation.first = { from: readPos, to: readPos + n, hash: fingerprint(bytes) };
      this.lineage.save(generation);
    });
  }

  /** One file, known and read as far as it can be: only a change of its directory can bring what a poll does not see. */
  get resting(): boolean {
    const { list, problems } = this.lineage;
    const [only] = list;
    return (
      list.length === 1 &&
      only!.state === "LIVE" &&
      only!.unseen === undefined &&
      !only!.faulty &&
      problems.none &&
      !this.reconciler.archives.waiting
    );
  }

  /** Of the oldest generation that has unread bytes, at most `length` into `into[at..]`. A promise only inside archives. */
  read(into: Uint8Array, at: number, length: number): Read | undefined | Promise<Read | undefined> {
    this.pending = undefined;
    const resolving = this.reconciler.archives.resolve();
    if (resolving !== undefined) return resolving.then(() => this.readOldest(into, at, length));
    return this.readOldest(into, at, length);
  }

  /** The first `bytes` of what was read were taken. The rest is read again, when there is more of it. */
  consumed(read: Read, bytes: number): void {
    const pending = this.pending;
    if (pending === undefined || pending !== read) throw new Error("consumed() is for the last read");
    this.pending = undefined;
    const { generation, offset, length, final } = pending;
    if (bytes > 0) this.advance(generation, pending.bytes.subarray(0, bytes), offset);
    const atEnd = offset + length === generation.size;
    // A taker may also stop between two whole lines, having no room for more.
    const beginning = bytes < length && !pending.bytes.includes(NEWLINE, bytes);
    if (beginning && atEnd && !final) generation.stalledAt = generation.size;
  }

  acknowledged(generation: GenerationKey, position: number): void {
    const known = this.lineage.list.find((other) => other === generation);
    if (known !== undefined) this.lineage.acknowledged(known, position);
  }

  dispose(): void {
    this.reconciler.archives.dispose();
    for (const generation of this.lineage.list) this.lineage.closeFile(generation);
  }

  private lookAt(generation: Generation): boolean {
    if (generation.fd !== undefined) {
      // Before the stat: a change in between shows at the next look.
      const glance = this.deps.fs.glanceAt(generation.fd);
      if (generation.state === "LIVE" && isSame(generation.glance, glance)) return false;
      // Stays so where something fails.
      generation.glance = undefined;
      // It grew or was renamed: what its name leads to tells both at once.
      let named: FileStat | undefined;
      try {
        if (generation.state === "LIVE") named = this.deps.fs.lstat(this.pathOf(generation));
      } catch (error) {
        // Its directory may be closed to us by now; the file is open.
        if (this.lineage.observe(generation, this.deps.fs.fstat(generation.fd))) return true;
        generation.glance = glance;
        throw error;
      }
      const { dev, ino } = generation;
      const stat = named?.ino === ino && named.dev === dev ? named : this.deps.fs.fstat(generation.fd);
      const look = this.lineage.observe(generation, stat);
      if (look || generation.state !== "LIVE") return look;
      generation.glance = glance;
      return named?.ino !== ino;
    }
    // Closed to stay below the limit of open files.
    const stat = this.deps.fs.lstat(this.pathOf(generation));
    return stat?.ino !== generation.ino || stat.mtimeNs !== generation.mtimeNs;
  }

  private pathOf({ lastName }: Generation): string {
    return `${this.target.directory}/${lastName}`;
  }

  private readable(generation: Generation): number {
    if (this.finishing && generation.hasSource && !generation.faulty) return generation.unread;
    return generation.readable;
  }

  /** Its last line may still get its end: what was written later waits for it. */
  private blocks(generation: Generation): boolean {
    return generation.faulty || (generation.hasSource && generation.unread > 0 && generation.state !== "LIVE");
  }

  private nextFile(): Generation | undefined {
    for (const generation of this.lineage.list) {
      if (this.readable(generation) > 0) return generation.fd === undefined ? undefined : generation;
      if (this.blocks(generation)) return undefined;
    }
    return undefined;
  }

  private readOldest(into: Uint8Array, at: number, length: number): Read | undefined | Promise<Read | undefined> {
    for (const generation of this.lineage.list) {
      if (this.readable(generation) === 0) {
        if (this.blocks(generation)) return undefined;
        continue;
      }
      if (generation.fd === undefined) return this.readArchive(generation, into, at, length);
      return this.readFile(generation, generation.fd, into, at, length);
    }
    return undefined;
  }

  private readFile(generation: Generation, fd: number, into: Uint8Array, at: number, length: number): Read | undefined {
    const path = this.pathOf(generation);
    const { fs, descriptors } = this.deps;
    descriptors.used(generation);
    const done = this.lineage.problems.attempt("read", path, () => {
      const n = fs.read(fd, into, at, length, generation.readPos);
      // After the bytes themselves: whatever they are, this is what they follow.
      const piece = { at: generation.readPos, bytes: into.subarray(at, at + n) };
      const evidence = new FileEvidence(fs, fd, Math.max(generation.size, generation.readPos + n), piece);
      if (n < Math.min(length, generation.unread)) this.shorter(generation, fd);
      else if (this.lineage.stands(generation, evidence)) return n;
      else this.lineage.cut(generation, fs.fstat(fd));
      return 0;
    });
    if (done === undefined) generation.faulty = true;
    const n = done?.value ?? 0;
    if (n === 0) return undefined;
    this.lineage.grow(generation, generation.readPos + n);
    return this.hand(generation, into, at, n);
  }

  private shorter(generation: Generation, fd: number): void {
    if (this.lineage.observe(generation, this.deps.fs.fstat(fd))) this.reconcile();
  }

  private async readArchive(generation: Generation, into: Uint8Array, at: number, length: number) {
    const stream = generation.gzip!;
    const path = this.pathOf(generation);
    let n = 0;
    try {
      n = await stream.read(generation.readPos, into, at, length);
    } catch (error) {
      if (generation.gzip !== stream) return undefined;
      if (isGzipError(error)) {
        const message = `'${path}' cannot be decompressed: ${(error as Error).message}`;
        this.lineage.problems.note("unpack", { kind: "archive", path, message });
        this.lineage.lose(generation, "archive-damaged");
      } else {
        this.lineage.problems.failed("unpack", path, error);
        generation.faulty = true;
      }
      return undefined;
    }
    if (generation.gzip !== stream) return undefined;
    if (n === 0) {
      this.lineage.cutTo(generation, generation.readPos);
      this.lineage.settle(generation);
      return undefined;
    }
    return this.hand(generation, into, at, n);
  }

  private hand(generation: Generation, into: Uint8Array, at: number, length: number): Read {
    const { readPos: offset, size, state } = generation;
    const final = (state === "SEALED" || this.finishing) && offset + length === size;
    this.pending = { generation, offset, length, final, bytes: into.subarray(at, at + length) };
    return this.pending;
  }

  private advance(generation: Generation, bytes: Uint8Array, offset: number): void {
    const to = offset + bytes.length;
    generation.readPos = to;
    // An archive does not change: nothing of it has to be recognised again.
    if (generation.fd !== undefined) {
      generation.tail =
        bytes.length >= MARK_BYTES
          ? new Uint8Array(bytes.subarray(-MARK_BYTES))
          : Buffer.concat([generation.tail, bytes]).subarray(-MARK_BYTES);
      generation.marks = addMark(generation.marks, { at: to, hash: fingerprint(generation.tail) }, this.marks);
      this.lineage.growHead(generation);
    }
    if (generation.first !== undefined) return;
    generation.first = { from: offset, to, hash: fingerprint(bytes) };
    this.lineage.save(generation);
  }
}

function isSame(a: Glance | undefined, b: Glance): boolean {
  return a?.size === b.size && a.nlink === b.nlink && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}
