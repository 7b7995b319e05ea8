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
import { KlogError, messageOf } from "../../errors.ts";
import { FileLock } from "../../store/file-lock.ts";

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

/** The lock is the kernel's, on `<state>/agent.lock`: none is ever left behind or to be broken. */
export function openStateDirectory(path: string, now: () => number): StateDirectory {
  const lockFile = `${path}/agent.lock`;
  const ownerFile = `${path}/agent.owner`;
  makeWritable(path, lockFile);
  const lock = takeLock(path, lockFile, ownerFile);
  const owner: Owner = { pid: process.pid, host: hostname(), since: new Date(now()).toISOString() };
  nameOwner(ownerFile, JSON.stringify(owner));
  return {
    path,
    release: () => {
      nameOwner(ownerFile, undefined);
      lock.release();
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

function takeLock(path: string, lockFile: string, ownerFile: string): FileLock {
  const attempt = FileLock.take(lockFile);
  if (attempt.lock !== undefined) return attempt.lock;
  const { problem, cause } = attempt;
  switch (problem) {
    case "held":
      throw inUse(path, ownerFile);
    case "disk-full":
      throw unwritable(path, REASONS["ENOSPC"]!, cause);
    case "no-sqlite":
      throw new KlogError(
        "STATE_UNWRITABLE",
        `the state directory ${path} cannot be locked: this Node has no node:sqlite`,
        { hint: "run klog with a Node from nodejs.org, or one that is built with SQLite" },
      );
    case "failed":
      throw new KlogError("STATE_UNWRITABLE", `the state directory ${path} cannot be locked: ${messageOf(cause)}`, {
        hint: `${lockFile} must be an empty file, on a file system that has locks.`,
        cause,
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
