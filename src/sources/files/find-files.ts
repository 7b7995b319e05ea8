// The log files that path patterns name, rotated ones in front of the file that they belong to.
import { existsSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import { compileGlob, type Glob } from "../../collector/discovery/glob.ts";
import { rotationBase } from "../../collector/discovery/rotated-names.ts";
import { siblingsOf } from "../../collector/reader/siblings.ts";
import { KlogError } from "../../errors.ts";

export interface FoundFile {
  readonly path: string;
  readonly realPath: string;
  /** As `inodeOf` gives it. */
  readonly inode: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** An older part of another file, by its name. */
  readonly isRotated: boolean;
}

/** Stays the same when the file is renamed; a later file that gets the number of a deleted one has another birth. */
export function inodeOf({ dev, ino, birthtimeMs }: Stats): string {
  return `${dev}-${ino}-${birthtimeMs}`;
}

/** A directory stands for all files below it. Throws CONFIG_INVALID for a pattern that is none. */
export function findFiles(patterns: readonly string[]): FoundFile[] {
  const found = new Map<string, FoundFile>();
  for (const path of patterns.flatMap(pathsOf)) {
    const file = fileAt(path);
    // One file by two names is read once.
    if (file !== undefined && !found.has(file.inode)) found.set(file.inode, file);
  }
  return inOrder([...found.values()]);
}

/** As `findFiles`. Throws SOURCE_UNREADABLE where no file is there. */
export function requireFiles(patterns: readonly string[]): FoundFile[] {
  const files = findFiles(patterns);
  if (files.length > 0) return files;
  const literal = patterns.length === 1 && !/[*?[{]/.test(patterns[0]!);
  throw new KlogError(
    "SOURCE_UNREADABLE",
    literal ? `there is no file ${patterns[0]}` : `no file matches ${patterns.join(", ")}`,
    { hint: "* ? […] {a,b} and ** are wildcards; put the pattern in quotes, so that klog and not the shell reads it" },
  );
}

function pathsOf(pattern: string): string[] {
  const path = resolve(pattern);
  if (existsSync(path)) return isDirectory(path) ? walkAll(compileGlob(`${escaped(path)}/**`)) : [path];
  return walkAll(compileGlob(path));
}

function escaped(path: string): string {
  return path === "/" ? "" : path.replace(/[\\*?[\]{}]/g, "\\$&");
}

function walkAll(globs: readonly Glob[]): string[] {
  return globs.flatMap((glob) => {
    const paths: string[] = [];
    walk(glob, glob.base, 0, 0, new Set(), paths);
    return paths;
  });
}

/** Goes down where the pattern leads, and no further. */
function walk(glob: Glob, directory: string, next: number, depth: number, seen: Set<string>, paths: string[]): void {
  const segment = glob.segments[next];
  if (segment === undefined) return;
  const place = `${directory} ${next}`;
  if (seen.has(place)) return;
  seen.add(place);
  if (segment === "any-depth") walk(glob, directory, next + 1, 0, seen, paths);
  const isLast = next === glob.segments.length - 1;
  for (const entry of entriesOf(directory)) {
    const path = directory === "/" ? `/${entry.name}` : `${directory}/${entry.name}`;
    if (segment === "any-depth") {
      if (entry.isDirectory() && !entry.name.startsWith(".") && depth < glob.maxDepth)
        walk(glob, path, next, depth + 1, seen, paths);
      continue;
    }
    if (!("text" in segment ? segment.text === entry.name : segment.name.test(entry.name))) continue;
    if (isLast) paths.push(path);
    else if (entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(path)))
      walk(glob, path, next + 1, 0, seen, paths);
  }
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    // Not there, or not ours to read: other directories may be.
    return [];
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function fileAt(path: string): FoundFile | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return undefined;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const beside = path.slice(0, -name.length);
  return {
    path,
    realPath: realpathSync(path),
    inode: inodeOf(stat),
    size: stat.size,
    modified: stat.mtimeMs,
    isRotated: rotationBase(name, (base) => existsSync(beside + base)) !== undefined || /\.log\.\d{8}-\d{6}/.test(name),
  };
}

/** By path, the parts of one log from the oldest to the one that is written now. */
function inOrder(files: readonly FoundFile[]): FoundFile[] {
  const logs = new Map<string, FoundFile[]>();
  for (const file of files) {
    const slash = file.path.lastIndexOf("/") + 1;
    const name = file.path.slice(slash);
    const base = rotationBase(name, (other) => existsSync(file.path.slice(0, slash) + other)) ?? kubeletBase(name);
    const log = file.path.slice(0, slash) + base;
    logs.set(log, [...(logs.get(log) ?? []), file]);
  }
  return [...logs.keys()].sort().flatMap((log) => ordered(logs.get(log)!, log));
}

function kubeletBase(name: string): string {
  return name.replace(/\.\d{8}-\d{6}(?:\.gz)?$/, "");
}

function ordered(files: readonly FoundFile[], log: string): FoundFile[] {
  const slash = log.lastIndexOf("/") + 1;
  const names = files.map(({ path }) => path.slice(slash));
  const style = names.some((name) => /\.\d{8}-\d{6}/.test(name)) ? "kubelet" : "logrotate";
  const order = siblingsOf(names.map(plainly), log.slice(slash), style).map(({ name }) => name);
  const rank = (file: FoundFile) => order.indexOf(plainly(file.path.slice(slash)));
  return [...files].sort((a, b) => rank(a) - rank(b));
}

/** Siblings know `.gz` alone. */
function plainly(name: string): string {
  return name.replace(/\.zst$/, ".gz");
}
