// What a chain tells about itself: loss with its exact range, rotations, and trouble that a person can do something about.
import type { Target } from "../target.ts";

export type GapReason =
  /** Whole files may have come and gone while nobody looked; how much they held is not known. */
  | "unseen"
  /** The file went away before it was read. */
  | "deleted"
  /** It was cut short, and no copy of the rest was found. */
  | "truncated"
  /** Deleted files took too much disk space to go on holding them. */
  | "held-limit"
  /** The archive that had the rest cannot be decompressed. */
  | "archive-damaged";

export interface Gap {
  readonly generation: string;
  readonly epoch: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly reason: GapReason;
}

type ProblemKind = "descriptors" | "access" | "io" | "archive";

export interface ChainProblem {
  readonly kind: ProblemKind;
  readonly path: string;
  readonly message: string;
}

/** All of them are told once a happening; `problem` once until `problemGone`. */
export interface ChainEvents {
  /** So many more bytes are delivered, as the saved position says. */
  delivered(target: Target, bytes: number): void;
  gap(target: Target, gap: Gap): void;
  rotation(target: Target, name: string): void;
  truncated(target: Target, name: string): void;
  inodeReuse(target: Target, name: string): void;
  gzipContinuation(target: Target, name: string): void;
  problem(target: Target, problem: ChainProblem): void;
  problemGone(target: Target, problem: ChainProblem): void;
}

/** What was being done; a problem is over when the same step succeeds. */
type Step = "list" | "look" | "recognise" | "discover" | "open" | "poll" | "read" | "unpack";

/** The problems of one chain that are not over, one a step and path. */
export class Problems {
  private readonly target: Target;
  private readonly events: ChainEvents;
  private readonly open = new Map<string, ChainProblem>();

  constructor(target: Target, events: ChainEvents) {
    this.target = target;
    this.events = events;
  }

  get list(): readonly ChainProblem[] {
    return [...this.open.values()];
  }

  get none(): boolean {
    return this.open.size === 0;
  }

  has(path: string): boolean {
    return this.list.some((problem) => problem.path === path);
  }

  /** Undefined where the call failed; that is noted and told. */
  attempt<T>(step: Step, path: string, call: () => T): { readonly value: T } | undefined {
    try {
      const value = call();
      if (this.open.size > 0) this.end(`${step} ${path}`);
      return { value };
    } catch (error) {
      this.failed(step, path, error);
      return undefined;
    }
  }

  failed(step: Step, path: string, error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    // A fault of the program itself is not the file's.
    if (code === undefined) throw error;
    this.note(step, { kind: kindOf(code), path, message });
  }

  note(step: Step, problem: ChainProblem): void {
    const key = `${step} ${problem.path}`;
    if (this.open.get(key)?.kind === problem.kind) return;
    this.end(key);
    const told = this.isOpen(problem);
    this.open.set(key, problem);
    if (!told) this.events.problem(this.target, problem);
  }

  /** Of files that are no more there is nothing to tell. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const [key, { path }] of [...this.open]) if (!paths.has(path)) this.end(key);
  }

  private end(key: string): void {
    const problem = this.open.get(key);
    if (problem === undefined) return;
    this.open.delete(key);
    if (!this.isOpen(problem)) this.events.problemGone(this.target, problem);
  }

  private isOpen({ kind, path }: ChainProblem): boolean {
    return this.list.some((other) => other.kind === kind && other.path === path);
  }
}

function kindOf(code: string): ProblemKind {
  if (code === "EMFILE" || code === "ENFILE") return "descriptors";
  return code === "EACCES" || code === "EPERM" ? "access" : "io";
}
