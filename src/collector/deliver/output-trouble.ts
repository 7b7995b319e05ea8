// Why a sink cannot write, for a person, and whether waiting may help.
import { KlogError, messageOf } from "../../errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EIO: "the disk reports errors",
  EMFILE: "too many open files",
  ENFILE: "too many open files on this machine",
};

const PASSING = new Set(["ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE"]);

export function reasonOf(path: string, error: unknown): string {
  return `${path}: ${REASONS[codeOf(error)] ?? messageOf(error)}`;
}

/** True for what ends without anybody's doing at this program: room on a disk, say. */
export function mayPass(error: unknown): boolean {
  return PASSING.has(codeOf(error));
}

/** The error of a sink that cannot be opened; one that is for a person already stays as it is. */
export function cannotOpen(sink: string, path: string, error: unknown): KlogError {
  if (error instanceof KlogError) return error;
  return new KlogError("OUTPUT_FAILED", `cannot open the sink ${sink}: ${reasonOf(path, error)}`, {
    hint: "choose another place, or run the agent as a user that may write there",
    cause: error,
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? "";
}
