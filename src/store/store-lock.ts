// One writer a store: readers need no lock.
import { join } from "node:path";
import { KlogError, messageOf } from "../errors.ts";
import { FileLock, type LockProblem } from "./file-lock.ts";

const LOCK_FILE = "writer.lock";

export class StoreLock {
  readonly #lock: FileLock;

  private constructor(lock: FileLock) {
    this.#lock = lock;
  }

  /** Throws KlogError when another writer has it, or the directory cannot be locked. */
  static take(directory: string): StoreLock {
    const path = join(directory, LOCK_FILE);
    const attempt = FileLock.take(path);
    if (attempt.lock !== undefined) return new StoreLock(attempt.lock);
    throw refusal(directory, path, attempt.problem, attempt.cause);
  }

  release(): void {
    this.#lock.release();
  }
}

function refusal(directory: string, path: string, problem: LockProblem, cause: unknown): KlogError {
  switch (problem) {
    case "held":
      return new KlogError("STORE_UNUSABLE", `another klog agent writes to the store ${directory}`, {
        hint: `end it (fuser ${path} names its process), or give this one a directory of its own`,
        cause,
      });
    case "no-sqlite":
      return new KlogError("STORE_UNUSABLE", `The store ${directory} cannot be locked: this Node has no node:sqlite`, {
        hint: "run klog with a Node from nodejs.org, or one that is built with SQLite",
      });
    case "disk-full":
      return new KlogError(
        "STORE_UNUSABLE",
        `The store ${directory} cannot be locked: no space is left on the device`,
        {
          hint: "make room, or name a directory on another disk",
          cause,
        },
      );
    case "failed":
      return new KlogError("STORE_UNUSABLE", `The store ${directory} cannot be locked: ${messageOf(cause)}`, {
        hint: `check that ${path} can be written`,
        cause,
      });
  }
}
