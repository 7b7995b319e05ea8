// The agent's state directory: made where it is missing, and held by one agent at a time.
import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { KlogError, messageOf } from "../../errors.ts";

export interface StateDirectory {
  readonly path: string;
  /** Lets another agent have it. The end of the process does so too, however it comes. */
  release(): void;
}

/** Who holds the directory, for the message to another agent; the lock itself is the kernel's. */
interface Owner {
  readonly pid: number;
  /** A process number says nothing in another container, where this name does. */
  readonly host: string;
  readonly since: string;
}

/** SQLITE_BUSY: another connection holds the lock. SQLITE_FULL: the disk has no room for its file. */
const BUSY = 5;
const FULL = 13;

/** A database that nobody refers to is closed by the garbage collector, and its lock is gone. */
const held = new Set<DatabaseSync>();

/**
 * The lock is an fcntl lock on `<state>/agent.lock`. The kernel lets go of it when the process ends, so none is ever left behind or to be
 * broken, and it goes by inode, so it holds between containers that mount one directory, whatever their process numbers, boot or network
 * namespaces are. Node gives such locks through its SQLite alone; the database stays empty.
 */
export function openStateDirectory(path: string, now: () => number): StateDirectory {
  const lockFile = `${path}/agent.lock`;
  const ownerFile = `${path}/agent.owner`;
  makeWritable(path, lockFile);
  const database = lock(path, lockFile, ownerFile);
  held.add(database);
  const owner: Owner = { pid: process.pid, host: hostname(), since: new Date(now()).toISOString() };
  nameOwner(ownerFile, JSON.stringify(owner));
  return {
    path,
    release: () => {
      nameOwner(ownerFile, undefined);
      held.delete(database);
      database.close();
    },
  };
}

function nameOwner(ownerFile: string, owner: string | undefined): void {
  try {
    rmSync(ownerFile, { force: true });
    if (owner !== undefined) writeFileSync(ownerFile, owner, { mode: 0o600 });
  } catch {
    // A full or read-only disk: the lock holds all the same, a second agent is only told less.
  }
}

function makeWritable(path: string, lockFile: string): void {
  try {
    makeDirectories(path);
    accessSync(path, constants.W_OK | constants.X_OK);
    // Before the lock is taken: closing any descriptor of the file would give it up.
    closeSync(openSync(lockFile, constants.O_RDWR | constants.O_CREAT, 0o600));
  } catch (error) {
    throw unwritable(path, reasonOf(error), error);
  }
}

function unwritable(path: string, reason: string, cause: unknown): KlogError {
  return new KlogError("STATE_UNWRITABLE", `the state directory ${path} cannot be written: ${reason}`, {
    hint: "name a directory that this user may write on a local disk with --state-dir",
    cause,
  });
}

/** Not mkdir's own `recursive`: Node tries for ever where a file system answers ENOENT below a directory that is there, as /proc does. */
function makeDirectories(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeDirectories(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function lock(path: string, lockFile: string, ownerFile: string): DatabaseSync {
  const sqlite = loadSqlite();
  if (sqlite === undefined) {
    throw new KlogError(
      "STATE_UNWRITABLE",
      `the state directory ${path} cannot be locked: this Node has no node:sqlite`,
      {
        hint: "run klog with a Node from nodejs.org, or one that is built with SQLite",
      },
    );
  }
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(lockFile);
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database?.close();
    const { errcode } = error as { errcode?: number };
    if (errcode === BUSY) throw inUse(path, ownerFile);
    if (errcode === FULL) throw unwritable(path, REASONS["ENOSPC"]!, error);
    throw new KlogError("STATE_UNWRITABLE", `the state directory ${path} cannot be locked: ${messageOf(error)}`, {
      hint: `${lockFile} must be an empty file, on a file system that has locks.`,
      cause: error,
    });
  }
}

function inUse(path: string, ownerFile: string): KlogError {
  const owner = readOwner(ownerFile);
  const who =
    owner === undefined
      ? "another klog agent"
      : `the klog agent with pid ${owner.pid} on ${owner.host}, since ${owner.since}`;
  return new KlogError("STATE_IN_USE", `the state directory ${path} is in use by ${who}`, {
    hint: "stop that agent, or give this one a directory of its own with --state-dir",
  });
}

function readOwner(ownerFile: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(ownerFile, "utf8")) as Owner;
  } catch {
    // It is about to be written, or could not be.
    return undefined;
  }
}

/** Node 22 and 24 warn of an experiment when SQLite is loaded; that line has no place in the agent's log. */
function loadSqlite(): typeof import("node:sqlite") | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left on the device",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "a part of the path is not a directory",
  EEXIST: "there is a file of that name",
};

function reasonOf(error: unknown): string {
  return REASONS[(error as NodeJS.ErrnoException).code ?? ""] ?? messageOf(error);
}
