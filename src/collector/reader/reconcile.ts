// Compares the directory with the generations that are known: which file is which, what is new, what was moved, copied or lost.
import type { FileStat } from "../file-system.ts";
import { Archives } from "./archives.ts";
import { firstPosition } from "./first-position.ts";
import type { Generation } from "./generation.ts";
import { birthTimeUsable, FileEvidence, generationId, isPrefix, sameContent } from "./identity.ts";
import type { Lineage } from "./lineage.ts";
import { deletesOldestFirst, type Found, mayBeCopied, type Sibling, siblingsOf } from "./siblings.ts";

/** A generation that two looks, this far apart, did not find is gone. */
const GONE_AFTER_MS = 2000;

export class Reconciler {
  readonly archives: Archives;
  private readonly lineage: Lineage;
  private firstLook: boolean;
  /** Something could not be looked at: what was not seen may still be there. */
  private blind = false;
  /** The newest file that was known at the last look, and since when the directory shows younger ones without it. */
  private newest: Generation | undefined;
  private overtaken: number | undefined;
  /** Opened, and not yet a generation's. */
  private loose: number | undefined;

  constructor(lineage: Lineage) {
    this.lineage = lineage;
    this.firstLook = lineage.list.length === 0;
    this.newest = lineage.list.at(-1);
    this.archives = new Archives(lineage);
  }

  /** Whether files were missed is known when it is looked again. */
  get isDoubtful(): boolean {
    return this.overtaken !== undefined;
  }

  run(): void {
    for (const generation of this.lineage.list) generation.faulty = false;
    let names = this.names();
    // What is renamed between two calls is found by looking again.
    for (let round = 0; names !== undefined && round < 3; round++) {
      const found = this.look(names);
      const settled = this.pass(found);
      if (settled) break;
      const again = this.names();
      if (again?.join("/") === names.join("/")) break;
      names = again;
    }
  }

  private names(): string[] | undefined {
    const { fs, list } = this.lineage.deps;
    const { directory } = this.lineage.target;
    const listed = this.lineage.problems.attempt("list", directory, list ?? (() => fs.list(directory)));
    this.blind = listed === undefined;
    return listed && (listed.value ?? []).filter(({ kind }) => kind === "file").map(({ name }) => name);
  }

  private look(names: readonly string[]): Found[] {
    const { target, deps, problems } = this.lineage;
    const found: Found[] = [];
    for (const sibling of siblingsOf(names, target.file, target.siblings)) {
      const path = `${target.directory}/${sibling.name}`;
      const looked = problems.attempt("look", path, () => deps.fs.lstat(path));
      if (looked === undefined) this.blind = true;
      else if (looked.value?.kind === "file") found.push({ sibling, path, stat: looked.value, generation: undefined });
    }
    const paths = this.blind ? names.map((name) => `${target.directory}/${name}`) : found.map(({ path }) => path);
    problems.keepOnly(new Set([target.directory, ...paths]));
    return found;
  }

  /** False where something new turned up. */
  private pass(found: readonly Found[]): boolean {
    const files = found.filter(({ sibling }) => !sibling.compressed);
    // The live file first: whether it was cut short decides what a copy beside it is.
    const plain = files.toReversed().filter((file) => this.settle("recognise", file, () => this.recognise(file)));
    plain.reverse();
    const unknown = plain.filter(({ generation }) => generation === undefined);
    const strangers = mayBeCopied(this.lineage.target.siblings) ? unknown.filter(({ sibling }) => !sibling.live) : [];
    if (strangers.length > 0) this.recheck();
    // Youngest first: it is the copy of what was cut last.
    for (const file of strangers.toReversed()) this.settle("discover", file, () => this.recogniseCopy(file, found));
    for (const file of unknown) {
      if (file.generation === undefined) this.settle("discover", file, () => this.discover(file, found));
    }
    for (const { generation, sibling } of plain) if (generation !== undefined) this.place(generation, sibling);
    this.lookAtMoved(plain);
    const compressed = found.filter(({ sibling }) => sibling.compressed);
    for (const file of compressed) this.archives.meet(file, nextKnown(found, file), plain, this.firstLook);
    this.archives.keepOnly(compressed);
    this.expire(found);
    this.firstLook = false;
    return unknown.length === 0;
  }

  /** False where the file could not be read; that is its problem alone. */
  private settle(step: "recognise" | "discover", file: Found, which: () => Generation | undefined): boolean {
    const settled = this.lineage.problems.attempt(step, file.path, which);
    if (settled === undefined) {
      this.blind = true;
      if (this.loose !== undefined) this.lineage.deps.fs.close(this.loose);
    } else file.generation = settled.value;
    this.loose = undefined;
    return settled !== undefined;
  }

  /** Rows 1 to 4 of the decision table: the same file, cut short, or another file with the same inode number. */
  private recognise(file: Found): Generation | undefined {
    const { stat } = file;
    const generation = this.lineage.list.findLast((known) => claims(known, stat));
    if (generation === undefined) return undefined;
    if (generation.fd !== undefined) {
      // An inode that is held open is not used again, whatever its birth time says.
      if (generation.relocation === undefined) generation.birthtimeNs = stat.birthtimeNs;
      this.lineage.observe(generation, stat);
      return this.lineage.list.findLast((known) => claims(known, stat));
    }
    const born = generation.relocation?.birthtimeNs ?? generation.birthtimeNs;
    const sameBirth = born === stat.birthtimeNs;
    const certain = birthTimeUsable(stat) && born !== 0n;
    if (!sameBirth && certain) return this.reused(generation, file);
    if (generation.state === "DONE" && sameBirth && certain && stat.size <= generation.size) return generation;
    return this.reopen(generation, file, sameBirth && certain);
  }

  private reopen(generation: Generation, file: Found, certain: boolean): Generation | undefined {
    const opened = this.open(file);
    if (opened === undefined) return generation;
    const { fd, stat } = opened;
    const evidence = new FileEvidence(this.lineage.deps.fs, fd, stat.size);
    const own = generation.relocation === undefined;
    if (sameContent(generation, evidence, own) && (!own || stat.size >= generation.readPos)) {
      generation.dev = stat.dev;
      if (own) generation.birthtimeNs = stat.birthtimeNs;
      generation.mtimeNs = stat.mtimeNs;
      this.adopt(generation, fd);
      this.lineage.grow(generation, stat.size);
      this.lineage.cutTo(generation, stat.size);
      this.lineage.growHead(generation);
      return generation;
    }
    if (certain && own) {
      this.loose = undefined;
      generation.fd = fd;
      return this.lineage.cut(generation, stat);
    }
    this.shut(fd);
    return this.reused(generation, file);
  }

  private reused(generation: Generation, file: Found): undefined {
    this.lineage.detach(generation);
    this.lineage.deps.events.inodeReuse(this.lineage.target, file.sibling.name);
    return undefined;
  }

  /** Rows 5, 6, 10 and 11: a copy that copytruncate made, or a new generation. */
  private discover(file: Found, found: readonly Found[]): Generation | undefined {
    const { target, deps } = this.lineage;
    const opened = this.open(file);
    if (opened === undefined) return undefined;
    const { fd, stat } = opened;
    const evidence = new FileEvidence(deps.fs, fd, stat.size);
    if (!file.sibling.live && mayBeCopied(target.siblings)) {
      const original = this.originalOf(evidence, stat, found, false);
      if (original !== undefined) return this.continueInCopy(original, fd, file);
      if (this.copyInProgress(file, evidence, found)) {
        this.shut(fd);
        return undefined;
      }
    }
    const head = evidence.head();
    const before = nextKnown(found, file);
    const start = this.firstLook ? firstPosition(target.firstRead, evidence, file.sibling.live) : 0;
    const generation = this.lineage.create({
      ...{ id: generationId(deps.node, target, stat), epoch: 0, stat, name: file.sibling.name, start, before },
      ...{ head, size: stat.size, state: file.sibling.live ? "LIVE" : "DRAINING" },
    });
    this.adopt(generation, fd);
    this.lineage.save(generation);
    // What the first look passes over is done, and stays known.
    if (this.firstLook && !file.sibling.live && target.firstRead !== "beginning") this.lineage.seal(generation);
    return generation;
  }

  /** Copies that a mark speaks for, before those that only begin alike. */
  private recogniseCopy(file: Found, found: readonly Found[]): Generation | undefined {
    const opened = this.open(file);
    if (opened === undefined) return undefined;
    const { fd, stat } = opened;
    const original = this.originalOf(new FileEvidence(this.lineage.deps.fs, fd, stat.size), stat, found, true);
    if (original !== undefined) return this.continueInCopy(original, fd, file);
    this.shut(fd);
    return undefined;
  }

  /** One whose inode was cut short; or the one that was written when this process last ended, if its file is gone. */
  private originalOf(
    evidence: FileEvidence,
    stat: FileStat,
    found: readonly Found[],
    sure: boolean,
  ): Generation | undefined {
    const there = new Set(found.map(({ generation }) => generation));
    const gone = (known: Generation) => known.state === "LIVE" && known.fd === undefined && !there.has(known);
    // A copy may be shorter than what was read, if it was made before.
    const cut = ({ id, epoch }: Generation) => this.lineage.list.some((g) => g.id === id && g.epoch > epoch);
    const matching = this.lineage.list.filter(
      (known) =>
        (known.detached || gone(known)) &&
        known.relocation === undefined &&
        known.state !== "LOST" &&
        known.head.length > 0 &&
        (known.marks[0] === undefined ? !sure : known.marks[0].at <= evidence.size) &&
        bornAfter(stat, known) &&
        sameContent(known, evidence, !cut(known)),
    );
    const reach = ({ marks }: Generation) => marks.findLast(({ at }) => at <= evidence.size)?.at ?? 0;
    return matching.sort((a, b) => reach(b) - reach(a) || (sure ? b.order - a.order : a.order - b.order))[0];
  }

  private continueInCopy(generation: Generation, fd: number, { sibling, stat }: Found): Generation {
    generation.relocation = { kind: "copy", ino: stat.ino, birthtimeNs: stat.birthtimeNs };
    generation.lastName = sibling.name;
    generation.mtimeNs = stat.mtimeNs;
    generation.state = "DRAINING";
    this.lineage.grow(generation, stat.size);
    this.lineage.cutTo(generation, stat.size);
    if (stat.size > generation.readPos) {
      this.adopt(generation, fd);
      this.lineage.save(generation);
    } else {
      this.shut(fd);
      this.lineage.seal(generation);
    }
    return generation;
  }

  /** Only what is born after a file can be its copy, and stands before it: what was renamed away is older than what follows. */
  private copyInProgress(file: Found, evidence: FileEvidence, found: readonly Found[]): boolean {
    const { fs } = this.lineage.deps;
    return found.slice(found.indexOf(file) + 1).some(({ generation: original }) => {
      if (original?.fd === undefined || !bornAfter(file.stat, original)) return false;
      return isPrefix(evidence, new FileEvidence(fs, original.fd, original.size));
    });
  }

  /** Files may have been cut short and grown past the old size since: only their content tells. */
  private recheck(): void {
    const { fs } = this.lineage.deps;
    for (const generation of [...this.lineage.list]) {
      const { fd, lastName } = generation;
      if (fd === undefined) continue;
      this.lineage.problems.attempt("poll", `${this.lineage.target.directory}/${lastName}`, () => {
        const stat = fs.fstat(fd);
        if (!this.lineage.stands(generation, new FileEvidence(fs, fd, stat.size))) this.lineage.cut(generation, stat);
      });
    }
  }

  private place(generation: Generation, { name, live }: Sibling): void {
    generation.unseen = undefined;
    const { state, lastName } = generation;
    if (!live) this.lineage.rotate(generation);
    else if (state !== "LIVE") generation.state = "LIVE";
    generation.lastName = name;
    if (lastName !== name || state !== generation.state) this.lineage.save(generation);
  }

  /** Open files that the directory does not show were deleted, or moved to where nobody looks. */
  private lookAtMoved(plain: readonly Found[]): void {
    const seen = new Set(plain.map(({ generation }) => generation));
    for (const generation of [...this.lineage.list]) {
      const { fd, lastName } = generation;
      if (fd === undefined || seen.has(generation)) continue;
      const path = `${this.lineage.target.directory}/${lastName}`;
      this.lineage.problems.attempt("poll", path, () =>
        this.lineage.observe(generation, this.lineage.deps.fs.fstat(fd)),
      );
      if (!this.blind) this.lineage.rotate(generation);
    }
  }

  private expire(found: readonly Found[]): void {
    if (this.blind || this.archives.waiting) return;
    const now = this.lineage.deps.clock();
    const seen = new Set(found.map(({ generation }) => generation));
    for (const generation of [...this.lineage.list]) {
      if (seen.has(generation) || generation.hasSource) {
        generation.unseen = undefined;
        continue;
      }
      const { since, times } = generation.unseen ?? { since: now, times: 0 };
      generation.unseen = { since, times: times + 1 };
      if (times === 0 || now - since < GONE_AFTER_MS) continue;
      if (generation.unread > 0) this.lineage.lose(generation, this.isCut(generation) ? "truncated" : "deleted");
      if (generation.inFlight === 0) this.lineage.forget(generation);
    }
    this.lookForUnseen(seen, now);
  }

  /** Its inode has another epoch; one whose inode was given to another file was deleted. */
  private isCut({ id, epoch, detached }: Generation): boolean {
    return detached && this.lineage.list.some((other) => other.id === id && other.epoch > epoch);
  }

  /**
   * The oldest file is the first to be deleted. As long as the newest that was known is there, so is all that came after it; where it is gone
   * and younger ones are there, others may have come and gone between two looks.
   */
  private lookForUnseen(seen: ReadonlySet<Generation | undefined>, now: number): void {
    const { newest } = this;
    const youngest = this.lineage.list.findLast((generation) => seen.has(generation));
    if (!deletesOldestFirst(this.lineage.target.siblings) || newest === undefined || seen.has(newest)) {
      this.newest = youngest ?? newest;
      this.overtaken = undefined;
      return;
    }
    if (youngest === undefined || youngest.order < newest.order) return;
    this.overtaken ??= now;
    if (now - this.overtaken < GONE_AFTER_MS) return;
    this.overtaken = undefined;
    this.newest = youngest;
    this.lineage.unseen(newest);
  }

  /** Undefined where it cannot be opened, or another file has taken the name since. */
  private open({ path, stat }: Found): { readonly fd: number; readonly stat: FileStat } | undefined {
    const { fs, descriptors } = this.lineage.deps;
    const opened = this.lineage.problems.attempt("open", path, () => {
      descriptors.require();
      return fs.openForReading(path);
    });
    const fd = opened?.value;
    if (fd === undefined) {
      if (opened === undefined) this.blind = true;
      return undefined;
    }
    this.loose = fd;
    const now = fs.fstat(fd);
    if (now.ino === stat.ino && now.kind === "file") return { fd, stat: now };
    this.shut(fd);
    return undefined;
  }

  private adopt(generation: Generation, fd: number): void {
    this.loose = undefined;
    this.lineage.adoptFile(generation, fd);
  }

  private shut(fd: number): void {
    this.loose = undefined;
    this.lineage.deps.fs.close(fd);
  }
}

function claims(known: Generation, { dev, ino }: FileStat): boolean {
  if (known.state === "LOST" || known.relocation?.kind === "gzip") return false;
  // While it is open, its device keeps its number.
  if (known.fd !== undefined && known.dev !== dev) return false;
  return known.relocation === undefined ? !known.detached && known.ino === ino : known.relocation.ino === ino;
}

function bornAfter(stat: FileStat, known: Generation): boolean {
  return !birthTimeUsable(stat) || stat.birthtimeNs > known.birthtimeNs;
}

/** The generation of the nearest younger file that is known. */
function nextKnown(found: readonly Found[], file: Found): Generation | undefined {
  return found.slice(found.indexOf(file) + 1).find(({ generation }) => generation !== undefined)?.generation;
}
