// Writers and rotators of the model world: they number every line, and know which of them nobody can have any more.
import { gzipSync } from "node:zlib";
import type { SiblingNames } from "../../../src/collector/target.ts";
import type { ModelFileSystem } from "../../support/model-file-system.ts";
import { DIRECTORY } from "./rig.ts";

export const FILES: Record<SiblingNames, string> = {
  kubelet: "0.log",
  docker: "x-json.log",
  logrotate: "app.log",
  s6: "current",
  none: "app.log",
};

export class LogWriter {
  /** Lines whose every byte was written. */
  readonly lines: string[] = [];
  /** Those that may be missing at the end: their bytes were gone before anybody could have them. */
  readonly excused = new Set<string>();
  /** Whether the collector has the inode open now. */
  holds: (ino: bigint) => boolean = () => false;
  private readonly fs: ModelFileSystem;
  private readonly style: SiblingNames;
  private readonly banner: string;
  private readonly live: string;
  private readonly contents = new Map<bigint, Set<string>>();
  /** Deleted but held by the collector: gone when it dies. */
  private readonly heldOnly = new Set<string>();
  private file: { inode: object; ino: bigint };
  private rest = "";
  private stamp = 0;

  constructor(fs: ModelFileSystem, style: SiblingNames, banner: string) {
    this.fs = fs;
    this.style = style;
    this.banner = banner;
    this.live = `${DIRECTORY}/${FILES[style]}`;
    fs.directory(DIRECTORY);
    this.file = this.create();
  }

  /** Whole lines; the last only up to its middle if `half`. */
  write(count: number, half: boolean): void {
    for (let i = 0; i < count; i++) {
      this.finishLine();
      const line = `line ${this.lines.length} ${"x".repeat((this.lines.length * 7) % 60)}`;
      const text = `${line}\n`;
      const cut = half && i === count - 1 ? Math.floor(text.length / 2) : text.length;
      this.fs.appendTo(this.file.inode, text.slice(0, cut));
      this.rest = text.slice(cut);
      this.lines.push(line);
      this.contents.get(this.file.ino)!.add(line);
    }
  }

  finishLine(): void {
    if (this.rest !== "") this.fs.appendTo(this.file.inode, this.rest);
    this.rest = "";
  }

  /** The runtime opens its file anew where it was renamed or deleted. */
  reopen(reuseInode: boolean): void {
    if (this.fs.content(this.live) !== undefined) return;
    this.finishLine();
    if (reuseInode) this.fs.nextInode = this.freed;
    this.file = this.create();
  }

  rotate(options: { compress: boolean; keep: number; reopen: boolean; reuseInode: boolean }): void {
    if (this.fs.content(this.live) === undefined) return;
    if (this.style === "kubelet" || this.style === "s6") this.rotateStamped(options.compress, options.keep);
    else this.rotateNumbered(options.compress, options.keep, () => this.fs.move(this.live, `${this.live}.1`));
    if (options.reopen || this.style !== "kubelet") this.reopen(options.reuseInode);
  }

  /** `between` runs after the copy, before the file is cut. */
  copyTruncate(keep: number, between: () => void): void {
    if (this.fs.content(this.live) === undefined) return;
    this.finishLine();
    this.rotateNumbered(false, keep, () => this.fs.copy(this.live, `${this.live}.1`));
    const copied = new Set(this.contents.get(this.file.ino));
    this.contents.set(this.fs.inodeNumber(`${this.live}.1`), copied);
    between();
    this.finishLine();
    this.cut(copied);
  }

  truncate(): void {
    if (this.fs.content(this.live) === undefined) return;
    this.finishLine();
    this.cut(new Set());
  }

  remove(): void {
    if (this.fs.content(this.live) !== undefined) this.unlink(this.live);
  }

  /** Whatever only the collector's open files still had is gone with it. */
  collectorDied(): void {
    for (const line of this.heldOnly) this.excused.add(line);
    this.heldOnly.clear();
  }

  private freed: bigint | undefined;

  private create(): { inode: object; ino: bigint } {
    this.fs.append(this.live, this.banner);
    const ino = this.fs.inodeNumber(this.live);
    this.contents.set(ino, new Set());
    return { inode: this.fs.inodeOf(this.live), ino };
  }

  private cut(copied: ReadonlySet<string>): void {
    for (const line of this.contents.get(this.file.ino)!) if (!copied.has(line)) this.excused.add(line);
    this.contents.set(this.file.ino, new Set());
    this.fs.cutFile(this.live, 0);
    this.fs.appendTo(this.file.inode, this.banner);
  }

  private unlink(path: string): void {
    const ino = this.fs.inodeNumber(path);
    const lines = this.contents.get(ino) ?? new Set();
    const gone = this.holds(ino) ? this.heldOnly : this.excused;
    for (const line of lines) gone.add(line);
    this.fs.unlink(path);
    this.freed = ino;
  }

  private rotateStamped(compress: boolean, keep: number): void {
    const names = (this.fs.list(DIRECTORY) ?? []).map(({ name }) => name);
    const old = names.filter((name) => name !== FILES[this.style]).sort();
    for (const name of old.slice(0, Math.max(0, old.length - keep))) this.unlink(`${DIRECTORY}/${name}`);
    for (const name of old.slice(-keep)) if (compress && !name.endsWith(".gz")) this.compress(`${DIRECTORY}/${name}`);
    this.stamp += 1;
    const stamp = String(this.stamp).padStart(6, "0");
    const rotated = this.style === "s6" ? `@${stamp.padStart(24, "0")}.s` : `0.log.20261121-${stamp}`;
    if (this.style === "s6") this.finishLine();
    this.fs.move(this.live, `${DIRECTORY}/${rotated}`);
  }

  private rotateNumbered(compress: boolean, keep: number, last: () => void): void {
    this.finishLine();
    for (let n = 9; n >= 1; n--) {
      for (const end of ["", ".gz"]) {
        const path = `${this.live}.${n}${end}`;
        if (this.fs.content(path) === undefined) continue;
        if (n >= keep) this.unlink(path);
        else this.fs.move(path, `${this.live}.${n + 1}${end}`);
      }
    }
    if (compress && this.fs.content(`${this.live}.2`) !== undefined) this.compress(`${this.live}.2`);
    last();
  }

  /** As the kubelet does it: another file under another name, and only then away with the old one. */
  private compress(path: string): void {
    const ino = this.fs.inodeNumber(path);
    const packed = gzipSync(this.fs.content(path)!, { level: 1 });
    this.fs.append(`${path}.tmp`, packed.subarray(0, packed.length / 2));
    this.fs.append(`${path}.tmp`, packed.subarray(packed.length / 2));
    this.fs.move(`${path}.tmp`, `${path}.gz`);
    this.contents.set(this.fs.inodeNumber(`${path}.gz`), new Set(this.contents.get(ino)));
    this.fs.unlink(path);
    this.freed = ino;
  }
}
