// Finds files of the host by path patterns. Rotated files are parts of the log that they come from, not logs of their own.

import type { FileSystem } from "../file-system.ts";
import { type LogFormat, UNKNOWN_ORIGIN } from "../target.ts";
import { placeOf } from "./container-log.ts";
import { type FoundTarget, type ScanScope, type TargetDiscovery, UNKNOWN_FACTS, UNROUTED } from "./found-target.ts";
import { compileExclude, compileGlob, type Glob } from "./glob.ts";
import { GlobWalker, type WalkedDirectory } from "./glob-walker.ts";
import { placeFields } from "./path-fields.ts";
import { rotationBase } from "./rotated-names.ts";
import { ScanRounds } from "./tracked-directory.ts";

/** A pattern with `**` may pass through very many directories; the others are found by their times of change. */
const MAX_WATCHED = 1_024;

export interface FileGlobOptions {
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly maxDepth: number;
  readonly followLinks: boolean;
  readonly format: LogFormat;
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class FileGlob implements TargetDiscovery {
  readonly name: string;
  private readonly options: FileGlobOptions;
  private readonly rounds: ScanRounds;
  private readonly excluded: (path: string) => boolean;
  private readonly walkers: readonly GlobWalker[];
  private readonly throughLinks = new WeakSet<FoundTarget>();
  private targets: readonly FoundTarget[] = [];

  constructor(fs: FileSystem, options: FileGlobOptions) {
    this.name = `files ${options.paths.join(" ")}`;
    this.options = options;
    this.rounds = new ScanRounds(fs, options.now);
    const excludes = options.exclude.map((pattern) => compileExclude(pattern, options.maxDepth));
    this.excluded = (path) => excludes.some((matches) => matches(path));
    this.walkers = options.paths
      .flatMap((path) => compileGlob(path, options.maxDepth))
      .map(
        (glob) =>
          new GlobWalker(fs, glob, {
            excluded: this.excluded,
            followLinks: options.followLinks,
            targetsOf: (directory) => this.targetsIn(directory, glob),
          }),
      );
  }

  scan(scope: ScanScope = {}): readonly FoundTarget[] {
    const round = this.rounds.next(scope);
    let changed = false;
    for (const walker of this.walkers) if (walker.look(round)) changed = true;
    if (changed) {
      const byId = new Map<string, FoundTarget>();
      for (const walker of this.walkers)
        for (const target of walker.targets()) if (!byId.has(target.id)) byId.set(target.id, target);
      // The first way to a file names it: a link to it that comes later changes nothing.
      const all = [...byId.values()];
      const isLinked = (target: FoundTarget) => this.throughLinks.has(target);
      this.targets = [...all.filter((target) => !isLinked(target)), ...all.filter(isLinked)];
    }
    return this.targets;
  }

  watched(): readonly string[] {
    return this.walkers.flatMap((walker) => walker.watched()).slice(0, MAX_WATCHED);
  }

  problems(): readonly string[] {
    return this.rounds.problems();
  }

  private targetsIn(directory: WalkedDirectory, glob: Glob): readonly FoundTarget[] {
    const kinds = new Map(directory.listing.map(({ name, kind }) => [name, kind]));
    const isFile = (name: string) => kinds.get(name) === "file" || kinds.get(name) === "link";
    const found = new Map<string, FoundTarget>();
    for (const { name, kind } of directory.listing) {
      if (kind !== "file" && kind !== "link") continue;
      const base = kind === "file" ? rotationBase(name, isFile) : undefined;
      const isPart = base !== undefined && directory.accepts(base);
      const log = isPart ? base : name;
      if (found.has(log) || !(isPart || directory.accepts(name))) continue;
      const target = this.target(directory, log, kinds.get(log) === "link", base !== undefined && !isPart, glob);
      if (target !== undefined) found.set(log, target);
    }
    return [...found.values()];
  }

  private target(
    directory: WalkedDirectory,
    name: string,
    isLink: boolean,
    isOlderPart: boolean,
    glob: Glob,
  ): FoundTarget | undefined {
    const path = `${directory.path === "/" ? "" : directory.path}/${name}`;
    if (this.excluded(path)) return undefined;
    const end = isLink ? directory.resolve(name) : `${directory.realPath === "/" ? "" : directory.realPath}/${name}`;
    if (end === undefined || (isLink && this.rounds.fs.stat(end)?.kind !== "file")) return undefined;
    const { containerId, ...place } = placeOf(end);
    const { origin, tags } = placeFields(glob.match(path) ?? {});
    const target: FoundTarget = {
      ...UNROUTED,
      ...place,
      // Somebody asked for this older part alone.
      siblings: isOlderPart ? "none" : place.siblings,
      format: this.options.format === "auto" ? place.format : this.options.format,
      id: `file${path}`,
      way: "file",
      facts: UNKNOWN_FACTS,
      tags,
      origin: { ...UNKNOWN_ORIGIN, node: this.options.node, containerId, ...origin, path },
    };
    if (!end.endsWith(path.slice(glob.base === "/" ? 0 : glob.base.length))) this.throughLinks.add(target);
    return target;
  }
}
