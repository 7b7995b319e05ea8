// Finds the directories that s6-log writes to, <root>/<namespace>/<app>/<pod>/log/, with the names that the path gives.

import type { FileSystem } from "../file-system.ts";
import { UNKNOWN_ORIGIN } from "../target.ts";
import { type FoundTarget, type ScanScope, type TargetDiscovery, UNKNOWN_FACTS, UNROUTED } from "./found-target.ts";
import { compileGlob, type Glob } from "./glob.ts";
import { GlobWalker, type WalkedDirectory } from "./glob-walker.ts";
import { placeFields } from "./path-fields.ts";
import { type Listing, ScanRounds } from "./tracked-directory.ts";

/** How far below the template's end the log may lie: `log/`, `log/default/`. */
const DEPTH_BELOW = 2;

export interface S6TreeOptions {
  readonly root: string;
  readonly template: string;
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The pattern of the directories that may be s6-log's. Throws CONFIG_INVALID. */
export function s6Directories({ root, template }: Pick<S6TreeOptions, "root" | "template">): readonly Glob[] {
  return compileGlob(`${root.replace(/\/+$/, "")}/${template.replace(/^\/+|\/+$/g, "")}`, DEPTH_BELOW);
}

export class S6Tree implements TargetDiscovery {
  readonly name: string;
  private readonly node: string;
  private readonly rounds: ScanRounds;
  private readonly walkers: readonly GlobWalker[];
  private targets: readonly FoundTarget[] = [];

  constructor(fs: FileSystem, options: S6TreeOptions) {
    this.name = `s6 ${options.root}`;
    this.node = options.node;
    this.rounds = new ScanRounds(fs, options.now);
    this.walkers = s6Directories(options).map(
      (glob) =>
        new GlobWalker(
          fs,
          { ...glob, segments: [...glob.segments, "any-depth"] },
          {
            excluded: () => false,
            followLinks: false,
            targetsOf: (directory) => this.targetsIn(directory, glob),
          },
        ),
    );
  }

  scan(scope: ScanScope = {}): readonly FoundTarget[] {
    const round = this.rounds.next(scope);
    let changed = false;
    for (const walker of this.walkers) if (walker.look(round)) changed = true;
    if (changed) this.targets = this.walkers.flatMap((walker) => walker.targets());
    return this.targets;
  }

  watched(): readonly string[] {
    return this.walkers.flatMap((walker) => walker.watched());
  }

  problems(): readonly string[] {
    return this.rounds.problems();
  }

  private targetsIn(directory: WalkedDirectory, glob: Glob): readonly FoundTarget[] {
    if (!directory.isEnd || !isS6(directory.listing)) return [];
    const { origin, tags } = placeFields(s6Fields(directory.path, [glob]) ?? {});
    return [
      {
        ...UNROUTED,
        id: `s6${directory.path}`,
        directory: directory.realPath,
        file: "current",
        siblings: "s6",
        format: "s6",
        way: "s6",
        facts: UNKNOWN_FACTS,
        tags,
        origin: { ...UNKNOWN_ORIGIN, node: this.node, ...origin, path: `${directory.path}/current` },
      },
    ];
  }
}

/** The template's fields; undefined where the directory is not one that it leads to. */
export function s6Fields(path: string, globs: readonly Glob[]): Readonly<Record<string, string>> | undefined {
  let at = path;
  for (let up = 0; up <= DEPTH_BELOW && at !== ""; up++) {
    for (const glob of globs) {
      const fields = glob.match(at);
      if (fields !== undefined) return fields;
    }
    at = at.slice(0, at.lastIndexOf("/"));
  }
  return undefined;
}

/** s6-log leaves a lock, its state, or archives beside `current`; between two of its files there are only archives. */
function isS6(listing: Listing): boolean {
  const names = new Set(listing.filter(({ kind }) => kind === "file").map(({ name }) => name));
  const hasArchive = [...names].some((name) => /^@[0-9a-f]{24}\.[su]$/.test(name));
  return hasArchive || (names.has("current") && (names.has("lock") || names.has("state")));
}
