// A lock between processes that the kernel keeps: nothing is left behind by a process that dies, however it dies.
import type { DatabaseSync } from "node:sqlite";

/** Why a lock was not given. `held`: by another process, or by another FileLock of this one. */
export type LockProblem = "held" | "disk-full" | "no-sqlite" | "failed";

type LockAttempt =
  | { readonly lock: FileLock }
  | { readonly lock?: undefined; readonly problem: LockProblem; readonly cause?: unknown };

/** SQLITE_BUSY and SQLITE_FULL. */
const PROBLEMS: Readonly<Record<number, LockProblem>> = { 5: "held", 13: "disk-full" };

/** A database that nobody refers to is closed by the garbage collector, and its lock is gone. */
const held = new Set<DatabaseSync>();

/**
 * An fcntl lock on a file, which is made where it is missing and stays empty. It goes by inode, so it holds between containers that mount
 * one directory, whatever their process numbers, boot or network namespaces are. Node gives such locks through its SQLite alone.
 * While it is held, nothing in this process may open and close the file: closing any descriptor of it gives the lock up.
 */
export class FileLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Tries once and does not wait. */
  static take(path: string): LockAttempt {
    const sqlite = loadSqlite();
    if (sqlite === undefined) return { problem: "no-sqlite" };
    let database: DatabaseSync | undefined;
    try {
      database = new sqlite.DatabaseSync(path);
      database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
    } catch (cause) {
      database?.close();
      const { errcode } = cause as { errcode?: number };
      return { problem: PROBLEMS[errcode ?? 0] ?? "failed", cause };
    }
    held.add(database);
    return { lock: new FileLock(database) };
  }

  release(): void {
    held.delete(this.#database);
    this.#database.close();
  }
}

/** Node 22 and 24 warn of an experiment when SQLite is loaded; that line has no place in a log. */
function loadSqlite(): typeof import("node:sqlite") | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
