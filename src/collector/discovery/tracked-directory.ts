// A directory that is listed again only when it changed, so that a scan of thousands of quiet ones costs next to nothing.
import { messageOf } from "../../errors.ts";
import type { DirectoryEntry, FileSystem } from "../file-system.ts";
import type { ScanScope } from "./found-target.ts";

/**
 * File systems stamp changes with the tick of a coarse clock, so a directory may change twice under one time. Only a listing
 * that is this much younger than the change is believed.
 */
const SETTLED_MS = 2_000;

/** A directory that has not changed for so long is rarely about to. */
const RESTING_MS = 30_000;
/** At most so many of those are asked in one scan (up to 10 µs each); the others have their turn in the next ones. */
const RESTING_PER_SCAN = 500;

/** So many are told by name: where one cannot be listed for want of descriptors, none can. */
const MAX_PROBLEMS = 5;

/** One scan of one discovery. */
export interface ScanRound {
  readonly nowMs: number;
  readonly unchanged: ((directory: string) => boolean) | undefined;
  /** 1 = every resting directory is asked; n = each n-th. */
  readonly slices: number;
  readonly number: number;
  resting: number;
  /** A directory came, went, or has other names in it. */
  changed: boolean;
  readonly problems: string[];
}

/** Makes the rounds of a discovery, each with what the one before has counted. */
export class ScanRounds {
  readonly fs: FileSystem;
  private readonly now: () => number;
  private current: ScanRound | undefined;

  constructor(fs: FileSystem, now: () => number) {
    this.fs = fs;
    this.now = now;
  }

  next(scope: ScanScope): ScanRound {
    this.current = {
      nowMs: this.now(),
      unchanged: scope.unchanged,
      slices: scope.full ? 1 : Math.max(1, Math.ceil((this.current?.resting ?? 0) / RESTING_PER_SCAN)),
      number: (this.current?.number ?? 0) + 1,
      resting: 0,
      changed: false,
      problems: [],
    };
    return this.current;
  }

  problems(): readonly string[] {
    const problems = this.current?.problems ?? [];
    const more = problems.length - MAX_PROBLEMS;
    return more > 0 ? [...problems.slice(0, MAX_PROBLEMS), `and ${more} more directories`] : problems;
  }
}

export type Listing = readonly DirectoryEntry[];

let serials = 0;

export class TrackedDirectory {
  readonly path: string;
  /** Counts changes, also of what is in the files: one written anew by rename leaves the names as they were. */
  version = 0;
  private readonly fs: FileSystem;
  private readonly serial = serials++;
  private listing: Listing | undefined;
  private mtimeMs = -1;
  private inode = -1;
  private settled = false;

  constructor(fs: FileSystem, path: string) {
    this.fs = fs;
    this.path = path;
  }

  /** The same array as before when nothing changed; undefined where no directory is there. */
  look(round: ScanRound): Listing | undefined {
    if (this.listing !== undefined && this.settled) {
      if (round.unchanged?.(this.path)) return this.listing;
      if (round.nowMs - this.mtimeMs > RESTING_MS) {
        round.resting++;
        if ((this.serial + round.number) % round.slices !== 0) return this.listing;
      }
    }
    try {
      const before = this.listing;
      const listing = this.refresh(round.nowMs);
      if (listing !== before) round.changed = true;
      return listing;
    } catch (error) {
      // Too many open files, say: what was there is taken to be there still.
      round.problems.push(`cannot list ${this.path}: ${messageOf(error)}`);
      return this.listing;
    }
  }

  private refresh(nowMs: number): Listing | undefined {
    // The time before the names: a change in between shows as a newer time at the next look.
    const stat = this.fs.glance(this.path);
    if (stat === undefined) {
      this.settled = false;
      this.listing = undefined;
      return undefined;
    }
    const same = stat.mtimeMs === this.mtimeMs && stat.ino === this.inode;
    if (same && this.settled && this.listing !== undefined) return this.listing;
    this.version++;
    const names = this.fs.list(this.path);
    this.mtimeMs = stat.mtimeMs;
    this.inode = stat.ino;
    this.settled = nowMs - this.mtimeMs >= SETTLED_MS;
    if (names === undefined || !equal(names, this.listing)) this.listing = names;
    return this.listing;
  }
}

function equal(a: Listing, b: Listing | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false;
  return a.every((entry, i) => entry.name === b[i]!.name && entry.kind === b[i]!.kind);
}
