// Compressed files beside a log: which known generation each one is, and those that were never seen as plain files.
import type { FileStat } from "../file-system.ts";
import type { Generation } from "./generation.ts";
import { type GzipGlance, GzipStream, glance, survey } from "./gzip-stream.ts";
import {
  archiveId,
  birthTimeUsable,
  type Evidence,
  FileEvidence,
  fingerprint,
  markStart,
  rangesOf,
  sameContent,
} from "./identity.ts";
import type { Lineage } from "./lineage.ts";
import { type Found, namesMove } from "./siblings.ts";

/** An archive without a good end may still be being written; after this long it is damaged. */
const DAMAGED_AFTER_MS = 30_000;

interface Unresolved {
  readonly file: Found;
  readonly fd: number;
  readonly glance: GzipGlance;
  readonly before: Generation | undefined;
}

interface Unfinished {
  readonly size: number;
  readonly since: number;
  damaged: boolean;
}

export class Archives {
  private readonly lineage: Lineage;
  /** Open, and to be decompressed once before anybody knows what they are. Oldest first. */
  private unresolved: Unresolved[] = [];
  private readonly unfinished = new Map<string, Unfinished>();
  private resolving: Promise<void> | undefined;

  constructor(lineage: Lineage) {
    this.lineage = lineage;
  }

  /** Compressed files that may turn out to be a generation that is missed. */
  get waiting(): boolean {
    return this.unresolved.length > 0 || [...this.unfinished.values()].some(({ damaged }) => !damaged);
  }

  /** Bytes that wait in files which were not decompressed yet; at least 1 where there is any. */
  get unread(): number {
    return this.unresolved.reduce((sum, { glance }) => sum + Math.max(1, glance.sizeModulo), 0);
  }

  /** Rows 7 to 9 of the decision table. `plain`: the files that are there uncompressed. */
  meet(file: Found, before: Generation | undefined, plain: readonly Found[], firstLook: boolean): void {
    const { stat, path, sibling } = file;
    const known = this.lineage.list.find((g) => this.isIn(g, file));
    if (known !== undefined) {
      file.generation = known;
      this.again(known, file);
      return;
    }
    if (this.unresolved.some((other) => other.file.stat.ino === stat.ino)) return;
    const unfinished = this.unfinished.get(keyOf(stat));
    if (unfinished?.size === stat.size) {
      if (this.lineage.deps.clock() - unfinished.since >= DAMAGED_AFTER_MS) this.damaged(unfinished, path);
      return;
    }
    const fd = this.open(file);
    if (fd === undefined) return;
    const seen = this.lineage.problems.attempt("read", path, () => glance(this.lineage.deps.fs, fd));
    if (seen?.value === undefined) {
      this.lineage.deps.fs.close(fd);
      this.notFinished(stat);
      return;
    }
    const shown = new Set(plain.map(({ generation }) => generation));
    const exact = this.candidates(sibling.plainName).find(
      (g) => !shown.has(g) && g.lastName === sibling.plainName && this.ends(g, seen.value!),
    );
    if (exact !== undefined) {
      this.continueIn(exact, file, fd);
      file.generation = exact;
    } else if (firstLook && this.lineage.target.firstRead !== "beginning") {
      file.generation = this.passOver(file, seen.value, before);
      this.lineage.deps.fs.close(fd);
    } else this.unresolved.push({ file, fd, glance: seen.value, before });
  }

  /** Forgets about compressed files that are not there any more. */
  keepOnly(compressed: readonly Found[]): void {
    const there = new Set(compressed.map(({ stat }) => keyOf(stat)));
    for (const key of [...this.unfinished.keys()]) if (!there.has(key)) this.unfinished.delete(key);
  }

  /** Decompresses what has to be known before older generations can be read in order; one call at a time. */
  resolve(): Promise<void> | undefined {
    if (this.unresolved.length === 0) return undefined;
    this.resolving ??= this.resolveAll().finally(() => {
      this.resolving = undefined;
    });
    return this.resolving;
  }

  dispose(): void {
    // One that is being decompressed is closed by whoever does it.
    for (const { fd } of this.resolving === undefined ? this.unresolved : this.unresolved.slice(1)) {
      this.lineage.deps.fs.close(fd);
    }
    this.unresolved = [];
  }

  private async resolveAll(): Promise<void> {
    for (let next = this.unresolved[0]; next !== undefined; next = this.unresolved[0]) {
      const { file, fd } = next;
      const candidates = this.candidates(file.sibling.plainName);
      const ranges = candidates.flatMap((g) => [...rangesOf(g), [markStart(g.size), g.size] as [number, number]]);
      let evidence: Evidence | undefined;
      try {
        evidence = await survey(this.lineage.deps.fs, fd, ranges);
      } catch (error) {
        this.lineage.problems.failed("unpack", file.path, error);
      }
      if (this.unresolved[0] !== next) {
        this.lineage.deps.fs.close(fd);
        return;
      }
      this.unresolved.shift();
      if (evidence === undefined) {
        this.lineage.deps.fs.close(fd);
        this.notFinished(file.stat);
      } else this.identify(next, candidates, evidence);
    }
  }

  private identify({ file, fd, glance, before }: Unresolved, candidates: readonly Generation[], evidence: Evidence) {
    const { sibling, stat } = file;
    const matching = candidates.filter((g) => g.relocation?.kind !== "gzip" && this.matches(g, evidence));
    // A stamped name is sure, then the very length; a numbered name may be another file's by now.
    const stamped = !namesMove(this.lineage.target.siblings);
    const rank = (g: Generation) =>
      (stamped && g.lastName === sibling.plainName ? 2 : 0) + (g.size === evidence.size ? 1 : 0);
    const reach = (g: Generation) => g.marks.findLast(({ at }) => at <= evidence.size)?.at ?? 0;
    const match = matching.sort((a, b) => rank(b) - rank(a) || reach(b) - reach(a) || a.order - b.order)[0];
    if (match !== undefined) {
      this.lineage.grow(match, evidence.size);
      this.lineage.cutTo(match, evidence.size);
      this.continueIn(match, file, fd);
      return;
    }
    const { node } = this.lineage.deps;
    const generation = this.lineage.create({
      ...{ id: archiveId(node, this.lineage.target, sibling.name, glance.head), epoch: 0, stat, name: sibling.name },
      ...{ head: glance.head, start: 0, size: evidence.size, state: "SEALED" },
      before: before !== undefined && this.lineage.list.includes(before) ? before : undefined,
    });
    generation.relocation = { kind: "gzip", ino: stat.ino, birthtimeNs: stat.birthtimeNs };
    generation.gzip = new GzipStream(this.lineage.deps.fs, fd);
    this.lineage.save(generation);
    this.lineage.settle(generation);
  }

  /** Its plain file is gone, and its name fits: stamped names stay, numbered ones move on. */
  private candidates(plainName: string): Generation[] {
    const { target, list } = this.lineage;
    return list.filter(
      (g) =>
        g.state !== "LOST" &&
        g.relocation?.kind !== "gzip" &&
        g.head.length > 0 &&
        (g.fd === undefined || g.unlinked) &&
        (namesMove(target.siblings) || g.lastName === plainName || g.lastName === target.file),
    );
  }

  /** The same head and the very same length, where that is known to be final. */
  private ends(g: Generation, { headHash, sizeModulo }: GzipGlance): boolean {
    const complete = g.state === "DONE" || g.fd !== undefined;
    return complete && g.size % 2 ** 32 === sizeModulo && headHash(g.head.length) === g.head.hash;
  }

  private matches(g: Generation, evidence: Evidence): boolean {
    if (g.fd !== undefined) {
      const end = new FileEvidence(this.lineage.deps.fs, g.fd, g.size).bytes(markStart(g.size), g.size);
      return g.size === evidence.size && evidence.hash(markStart(g.size), g.size) === fingerprint(end);
    }
    const whole = !g.detached;
    return sameContent(g, evidence, whole) && (!whole || evidence.size >= g.readPos);
  }

  private continueIn(generation: Generation, { sibling, stat }: Found, fd: number): void {
    generation.relocation = { kind: "gzip", ino: stat.ino, birthtimeNs: stat.birthtimeNs };
    generation.lastName = sibling.name;
    generation.unseen = undefined;
    const { events, fs } = this.lineage.deps;
    // A file that is still held open has the same bytes, and is cheaper.
    if (generation.fd !== undefined || generation.unread === 0) fs.close(fd);
    else generation.gzip = new GzipStream(fs, fd);
    if (generation.state === "LIVE" || generation.state === "DRAINING") this.lineage.seal(generation);
    else this.lineage.save(generation);
    events.gzipContinuation(this.lineage.target, sibling.name);
  }

  private isIn(g: Generation, file: Found): boolean {
    if (g.relocation?.kind !== "gzip" || g.relocation.ino !== file.stat.ino) return false;
    if (birthTimeUsable(file.stat)) return g.relocation.birthtimeNs === file.stat.birthtimeNs;
    const fd = this.open(file);
    if (fd === undefined) return false;
    const { fs } = this.lineage.deps;
    const seen = this.lineage.problems.attempt("read", file.path, () => glance(fs, fd))?.value;
    fs.close(fd);
    return seen !== undefined && g.size % 2 ** 32 === seen.sizeModulo && seen.headHash(g.head.length) === g.head.hash;
  }

  /** A known one: numbered names move on, and after a restart it has to be opened. */
  private again(generation: Generation, file: Found): void {
    generation.unseen = undefined;
    if (generation.lastName !== file.sibling.name) {
      generation.lastName = file.sibling.name;
      this.lineage.save(generation);
    }
    if (generation.unread === 0 || generation.hasSource) return;
    const fd = this.open(file);
    if (fd !== undefined) generation.gzip = new GzipStream(this.lineage.deps.fs, fd);
  }

  private passOver({ sibling, stat }: Found, { head, sizeModulo }: GzipGlance, before: Generation | undefined) {
    const id = archiveId(this.lineage.deps.node, this.lineage.target, sibling.name, head);
    const generation = this.lineage.create({
      ...{ id, epoch: 0, stat, name: sibling.name, head, before },
      ...{ start: sizeModulo, size: sizeModulo, state: "SEALED" },
    });
    generation.relocation = { kind: "gzip", ino: stat.ino, birthtimeNs: stat.birthtimeNs };
    this.lineage.settle(generation);
    return generation;
  }

  private notFinished(stat: FileStat): void {
    this.unfinished.set(keyOf(stat), { size: stat.size, since: this.lineage.deps.clock(), damaged: false });
  }

  private damaged(unfinished: Unfinished, path: string): void {
    unfinished.damaged = true;
    const message = `'${path}' is not a whole gzip file`;
    this.lineage.problems.note("unpack", { kind: "archive", path, message });
  }

  private open({ path, stat }: Found): number | undefined {
    const { fs } = this.lineage.deps;
    const fd = this.lineage.problems.attempt("open", path, () => fs.openForReading(path))?.value;
    if (fd === undefined) return undefined;
    if (fs.fstat(fd).ino === stat.ino) return fd;
    fs.close(fd);
    return undefined;
  }
}

function keyOf(stat: FileStat): string {
  return `${stat.ino}:${stat.birthtimeNs}`;
}
