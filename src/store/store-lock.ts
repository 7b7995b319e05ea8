// One writer a store. The lock is the kernel's, taken through SQLite (Node itself has no call for it): it ends with the
// process however that dies, and holds between containers that see each other's files but not each other's processes.
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { KlogError, messageOf } from "../errors.ts";

const LOCK_FILE = "writer.lock";
const SQLITE_BUSY = 5;

export class StoreLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Throws KlogError when another writer has it. */
  static async take(directory: string): Promise<StoreLock> {
    // Readers and other commands never need it, so it is loaded here.
    const { DatabaseSync } = await import("node:sqlite");
    const path = join(directory, LOCK_FILE);
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path);
      database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
      return new StoreLock(database);
    } catch (cause) {
      database?.close();
      if ((cause as { errcode?: number }).errcode !== SQLITE_BUSY) {
        const message = `The store ${directory} cannot be locked: ${messageOf(cause)}`;
        throw new KlogError("STORE_UNUSABLE", message, { hint: `check that ${path} can be written`, cause });
      }
      throw new KlogError("STORE_UNUSABLE", `another klog agent writes to the store ${directory}`, {
        hint: `end it (fuser ${path} names its process), or give this one a directory of its own`,
        cause,
      });
    }
  }

  release(): void {
    this.#database.close();
  }
}
