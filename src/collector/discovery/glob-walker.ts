// Walks the directories that a path pattern leads through, and makes targets of what it ends at.
import type { FileSystem } from "../file-system.ts";
import type { FoundTarget } from "./found-target.ts";
import type { Glob } from "./glob.ts";
import { type Listing, type ScanRound, TrackedDirectory } from "./tracked-directory.ts";

export interface WalkedDirectory {
  /** As the pattern reaches it, and with its links resolved. */
  readonly path: string;
  readonly realPath: string;
  readonly listing: Listing;
  /** The pattern ends at this directory itself. */
  readonly isEnd: boolean;
  /** The pattern ends at this name in the directory. */
  accepts(name: string): boolean;
  /** A link's end, where it may be followed. */
  resolve(name: string): string | undefined;
}

export interface GlobWalkerOptions {
  /** Leaves out a directory with all that is below it. */
  readonly excluded: (path: string) => boolean;
  /** Links may lead out of the pattern's base: else whoever may write there could have any file of the host read. */
  readonly followLinks: boolean;
  readonly targetsOf: (directory: WalkedDirectory) => readonly FoundTarget[];
}

/** Where in the pattern a directory stands: the next component, and how often `**` was used up. */
interface Step {
  readonly next: number;
  readonly depth: number;
}

export class GlobWalker {
  readonly fs: FileSystem;
  readonly glob: Glob;
  readonly options: GlobWalkerOptions;
  realBase = "";
  private base: WalkNode | undefined;

  constructor(fs: FileSystem, glob: Glob, options: GlobWalkerOptions) {
    this.fs = fs;
    this.glob = glob;
    this.options = options;
  }

  /** True when targets may have come or gone. */
  look(round: ScanRound): boolean {
    const realBase = this.fs.realpath(this.glob.base);
    if (realBase === undefined) {
      const gone = this.base !== undefined;
      this.base = undefined;
      return gone;
    }
    if (this.base === undefined || realBase !== this.realBase) {
      this.realBase = realBase;
      this.base = new WalkNode(this, this.glob.base, this.steps([{ next: 0, depth: 0 }]));
    }
    return this.base.look(round);
  }

  targets(): readonly FoundTarget[] {
    return this.base?.all() ?? [];
  }

  /** Directories without a log, where something new may appear. */
  watched(): readonly string[] {
    return this.base?.watched() ?? [];
  }

  /** Adds the steps that `**` allows by standing for nothing. */
  steps(found: readonly Step[]): readonly Step[] {
    const all: Step[] = [];
    const add = (step: Step): void => {
      if (all.some(({ next, depth }) => next === step.next && depth <= step.depth)) return;
      all.push(step);
      if (this.glob.segments[step.next] === "any-depth") add({ next: step.next + 1, depth: 0 });
    };
    for (const step of found) add(step);
    return all;
  }

  /** Where the pattern stands behind `name`. A link does not count as one of the directories of `**`: it may lead in a circle. */
  after(steps: readonly Step[], name: string, isLink: boolean): readonly Step[] {
    const found: Step[] = [];
    for (const { next, depth } of steps) {
      const segment = this.glob.segments[next];
      if (segment === undefined) continue;
      if (segment === "any-depth") {
        if (depth < this.glob.maxDepth && !name.startsWith(".") && !isLink) found.push({ next, depth: depth + 1 });
      } else if ("text" in segment ? segment.text === name : segment.name.test(name))
        found.push({ next: next + 1, depth: 0 });
    }
    return this.steps(found);
  }

  isEnd(steps: readonly Step[]): boolean {
    return steps.some(({ next }) => next === this.glob.segments.length);
  }

  leadsOn(steps: readonly Step[]): boolean {
    return steps.some(({ next }) => next < this.glob.segments.length);
  }

  resolve(path: string): string | undefined {
    const end = this.fs.realpath(path);
    if (end === undefined) return undefined;
    const inside = end.startsWith(this.realBase === "/" ? "/" : `${this.realBase}/`);
    return inside || this.options.followLinks ? end : undefined;
  }
}

class WalkNode {
  private readonly walker: GlobWalker;
  private readonly path: string;
  private readonly directory: TrackedDirectory;
  private readonly steps: readonly Step[];
  private listing: Listing | undefined;
  private version = -1;
  private children = new Map<string, WalkNode>();
  private own: readonly FoundTarget[] = [];

  constructor(walker: GlobWalker, path: string, steps: readonly Step[]) {
    this.walker = walker;
    this.path = path;
    this.steps = steps;
    this.directory = new TrackedDirectory(walker.fs, path);
  }

  look(round: ScanRound): boolean {
    const listing = this.directory.look(round);
    let changed = false;
    if (listing !== this.listing || this.directory.version !== this.version) {
      this.listing = listing;
      this.version = this.directory.version;
      this.readChildren(listing ?? []);
      const before = this.own;
      this.own = listing === undefined ? [] : this.kept(this.walker.options.targetsOf(this.walked(listing)));
      changed = before.length !== this.own.length || before.some((target, i) => target !== this.own[i]);
    }
    for (const child of this.children.values()) if (child.look(round)) changed = true;
    return changed;
  }

  all(): FoundTarget[] {
    return [...this.own, ...[...this.children.values()].flatMap((child) => child.all())];
  }

  watched(): string[] {
    if (this.listing === undefined) return [];
    const below = [...this.children.values()].flatMap((child) => child.watched());
    return this.own.length === 0 ? [this.path, ...below] : below;
  }

  private readChildren(listing: Listing): void {
    const known = this.children;
    this.children = new Map();
    for (const { name, kind } of listing) {
      if (kind !== "directory" && kind !== "link") continue;
      const path = this.join(name);
      const steps = this.walker.after(this.steps, name, kind === "link");
      if (!this.walker.leadsOn(steps) && !(this.walker.isEnd(steps) && this.isEndless())) continue;
      if (this.walker.options.excluded(path)) continue;
      if (kind === "link" && this.walker.resolve(path) === undefined) continue;
      this.children.set(name, known.get(name) ?? new WalkNode(this.walker, path, steps));
    }
  }

  /** The pattern is one of directories: its last component is `**`. */
  private isEndless(): boolean {
    return this.walker.glob.segments.at(-1) === "any-depth";
  }

  /** The objects that there were, where they say the same. */
  private kept(targets: readonly FoundTarget[]): readonly FoundTarget[] {
    const known = new Map(this.own.map((target) => [target.id, target]));
    return targets.map((target) => {
      const before = known.get(target.id);
      const same = before?.directory === target.directory && before.file === target.file;
      return before !== undefined && same && before.siblings === target.siblings ? before : target;
    });
  }

  private walked(listing: Listing): WalkedDirectory {
    const { walker, steps } = this;
    return {
      path: this.path,
      realPath: walker.fs.realpath(this.path) ?? this.path,
      listing,
      isEnd: walker.isEnd(steps),
      accepts: (name) => walker.isEnd(walker.after(steps, name, false)),
      resolve: (name) => walker.resolve(this.join(name)),
    };
  }

  private join(name: string): string {
    return this.path === "/" ? `/${name}` : `${this.path}/${name}`;
  }
}
