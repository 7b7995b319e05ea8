// Which files beside a log are its older generations, and in which order they were written.
import type { FileStat } from "../file-system.ts";
import type { SiblingNames } from "../target.ts";
import type { Generation } from "./generation.ts";

export interface Sibling {
  readonly name: string;
  /** The name without `.gz`. */
  readonly plainName: string;
  readonly compressed: boolean;
  /** The file that is written now. */
  readonly live: boolean;
}

/** A file of the log as the directory shows it now. */
export interface Found {
  readonly sibling: Sibling;
  readonly path: string;
  readonly stat: FileStat;
  generation: Generation | undefined;
}

interface Ranked extends Sibling {
  /** Compared field by field, smallest (oldest) first. */
  readonly rank: readonly [number, string];
}

/** The log's files among `names`, oldest first, the live one last. Where a file stands beside its own `.gz`, only the file. */
export function siblingsOf(names: Iterable<string>, file: string, style: SiblingNames): Sibling[] {
  const found: Ranked[] = [];
  const plain = new Set<string>();
  for (const name of names) {
    const compressed = style !== "none" && name.endsWith(".gz") && name !== file;
    const plainName = compressed ? name.slice(0, -3) : name;
    const live = name === file;
    const rank: Ranked["rank"] | undefined = live ? [2, ""] : rankOf(plainName, file, style);
    if (rank === undefined) continue;
    found.push({ name, plainName, compressed, live, rank });
    if (!compressed) plain.add(name);
  }
  return found
    .filter(({ compressed, plainName }) => !compressed || !plain.has(plainName))
    .sort((a, b) => a.rank[0] - b.rank[0] || compare(a.rank[1], b.rank[1]));
}

/** Copytruncate keeps the inode and writes copies; the kubelet and s6 only rename. */
export function mayBeCopied(style: SiblingNames): boolean {
  return style === "logrotate" || style === "docker";
}

/** Whoever rotates these deletes the oldest first, and nothing else. Of other files anything may be deleted, or made anew. */
export function deletesOldestFirst(style: SiblingNames): boolean {
  return style === "kubelet" || style === "docker" || style === "s6";
}

/** Numbered names move on with each rotation (`.1` becomes `.2`); stamped ones stay. */
export function namesMove(style: SiblingNames): boolean {
  return mayBeCopied(style);
}

function rankOf(name: string, file: string, style: SiblingNames): readonly [number, string] | undefined {
  switch (style) {
    case "none":
      return undefined;
    case "s6":
      if (file !== "current") return undefined;
      if (name === "previous") return [1, "~"];
      return /^@[0-9a-f]{24}\.[su]$/.test(name) ? [1, name] : undefined;
    case "kubelet":
      return name.startsWith(file) && /^\.\d{8}-\d{6}$/.test(name.slice(file.length)) ? [1, name] : undefined;
    case "docker":
    case "logrotate": {
      if (!name.startsWith(file)) return undefined;
      const rest = name.slice(file.length);
      const number = /^\.(\d{1,6})$/.exec(rest);
      if (number !== null) return [1, String(999_999 - Number(number[1])).padStart(6, "0")];
      if (style === "docker") return undefined;
      return /^[-.]\d{8}(?:[-_.T]?\d{1,10})?$/.test(rest) ? [0, rest] : undefined;
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
