// Keeps the list of targets up to date: subscribe, scan, then look at what changed. Watching makes it quick, looking again makes it sure.
import { messageOf } from "../../errors.ts";
import type { FileSystem } from "../file-system.ts";
import type { Timer } from "../timer.ts";
import type { FoundTarget, TargetDiscovery } from "./found-target.ts";

/** Events within this time are one scan. */
const COALESCE_MS = 20;
/** Directories that are not watched, or changed lately, are asked this often. */
const RECONCILE_MS = 2_000;
/** Everything is asked this often: the kernel may drop events without a word. */
const FULL_EVERY = 15;
/** A directory that comes while its parent is scanned is watched, then scanned, and may bring others. */
const MAX_ROUNDS = 8;

/** Calls `changed` when names come to a directory or go. Throws, or calls `failed` later, where it cannot. Returns what ends it. */
export type Watch = (directory: string, changed: () => void, failed: (error: unknown) => void) => () => void;

/** Something that discovery cannot do for now; it goes on with looking again. */
export interface DiscoveryProblem {
  readonly kind: "inotify" | "discovery";
  readonly what: string;
}

export interface WatcherOptions {
  readonly discovery: TargetDiscovery;
  readonly fs: FileSystem;
  /** Undefined = only look again. */
  readonly watch: Watch | undefined;
  readonly timer: Timer;
  /** Called with the whole list, when it is not the same as before. */
  readonly onTargets: (targets: readonly FoundTarget[]) => void;
  /** All problems there are now; called when they are not the same as before. */
  readonly onProblems: (problems: readonly DiscoveryProblem[]) => void;
}

const NONE: ReadonlySet<string> = new Set();

interface Watching {
  readonly end: () => void;
  readonly inode: bigint | undefined;
}

export class Watcher {
  private readonly options: WatcherOptions;
  private readonly watching = new Map<string, Watching>();
  private readonly dirty = new Set<string>();
  private cancelScan: (() => void) | undefined;
  private cancelReconcile: (() => void) | undefined;
  private reconciles = 0;
  private failure: string | undefined;
  private targets: readonly FoundTarget[] | undefined;
  /** The list that `watching` has all of. */
  private watchedFully: readonly string[] | undefined;
  private told = "";

  constructor(options: WatcherOptions) {
    this.options = options;
  }

  /** Returns behind the first full scan. */
  start(): void {
    this.scan({ full: true });
    this.reconcileLater();
  }

  stop(): void {
    this.cancelScan?.();
    this.cancelReconcile?.();
    for (const directory of [...this.watching.keys()]) this.unwatch(directory);
  }

  private reconcileLater(): void {
    this.cancelReconcile = this.options.timer(RECONCILE_MS, () => {
      this.reconciles++;
      const full = this.reconciles % FULL_EVERY === 0;
      // A watch that failed may succeed by now.
      if (full) this.failure = undefined;
      this.scan(
        full ? { full } : { unchanged: (directory) => this.watching.has(directory) && !this.dirty.has(directory) },
      );
      this.reconcileLater();
    });
  }

  private changed(directory: string): void {
    this.dirty.add(directory);
    this.cancelScan ??= this.options.timer(COALESCE_MS, () => {
      this.cancelScan = undefined;
      const dirty = new Set(this.dirty);
      this.scan({ unchanged: (other) => !dirty.has(other) });
    });
  }

  private scan(scope: Parameters<TargetDiscovery["scan"]>[0]): void {
    const { discovery } = this.options;
    for (const directory of this.dirty) this.forgetIfReplaced(directory);
    this.dirty.clear();
    let targets = discovery.scan(scope);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      // What came between the scan and the watch has made no event.
      const fresh = this.subscribe();
      if (fresh.size === 0) break;
      targets = discovery.scan({ unchanged: (directory) => !fresh.has(directory) });
    }
    if (targets !== this.targets) {
      this.targets = targets;
      this.options.onTargets(targets);
    }
    this.tellProblems();
  }

  /** Watches what is to be watched from now on; gives the directories that are new. */
  private subscribe(): ReadonlySet<string> {
    const list = this.options.discovery.watched();
    if (list === this.watchedFully) return NONE;
    const wanted = new Set(list);
    for (const directory of [...this.watching.keys()]) if (!wanted.has(directory)) this.unwatch(directory);
    const fresh = new Set<string>();
    for (const directory of wanted) {
      if (this.failure !== undefined) break;
      if (!this.watching.has(directory) && this.subscribeTo(directory)) fresh.add(directory);
    }
    this.watchedFully = this.watching.size === wanted.size ? list : undefined;
    return fresh;
  }

  private subscribeTo(directory: string): boolean {
    const { watch } = this.options;
    if (watch === undefined) return false;
    try {
      const inode = this.inodeOf(directory);
      const end = watch(
        directory,
        () => this.changed(directory),
        (error) => this.failed(directory, error),
      );
      this.watching.set(directory, { end, inode });
      return true;
    } catch (error) {
      this.failed(directory, error);
      return false;
    }
  }

  private failed(directory: string, error: unknown): void {
    this.unwatch(directory);
    const what = watchFailure(directory, error);
    if (what === undefined) return;
    this.failure = what;
    this.tellProblems();
  }

  /** A watch is on an inode; under the same name there may be another directory now. */
  private forgetIfReplaced(directory: string): void {
    const watching = this.watching.get(directory);
    if (watching === undefined || watching.inode === this.inodeOf(directory)) return;
    this.unwatch(directory);
  }

  private unwatch(directory: string): void {
    this.watching.get(directory)?.end();
    this.watching.delete(directory);
    this.watchedFully = undefined;
  }

  private inodeOf(directory: string): bigint | undefined {
    try {
      return this.options.fs.stat(directory)?.ino;
    } catch {
      // The scan says that the directory cannot be read.
      return undefined;
    }
  }

  private tellProblems(): void {
    const problems: DiscoveryProblem[] = this.options.discovery.problems().map((what) => ({ kind: "discovery", what }));
    if (this.failure !== undefined) problems.push({ kind: "inotify", what: this.failure });
    const said = problems.map(({ what }) => what).join("\n");
    if (said === this.told) return;
    this.told = said;
    this.options.onProblems(problems);
  }
}

/** Undefined where the directory has just gone: the next scan sees that. */
function watchFailure(directory: string, error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException).code;
  const polling = `new logs are found within ${RECONCILE_MS / 1000} s instead of at once`;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return undefined;
    case "ENOSPC":
      return `the kernel allows no more inotify watches (raise fs.inotify.max_user_watches): ${polling}`;
    case "EMFILE":
    case "ENFILE":
      return `no more inotify instances or open files (raise fs.inotify.max_user_instances or the limit of open files): ${polling}`;
    default:
      return `cannot watch ${directory} (${messageOf(error)}): ${polling}`;
  }
}
