// Whether a directory is a store that can be read, and what to do where it is not.
import { readdirSync } from "node:fs";
import { KlogError, messageOf } from "../errors.ts";
import { DATA_SUFFIX, INDEX_SUFFIX } from "./file-header.ts";
import type { StoreView } from "./store-reader.ts";

/** An empty directory is a store in which nothing is yet. Throws KlogError. */
export function requireStore(directory: string): void {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    throw unreadable(directory, error);
  }
  if (names.length === 0 || names.some(isOfStore)) return;
  throw new KlogError("SOURCE_UNREADABLE", `${directory} is no store: it has other files`, {
    hint: "name the directory that `klog agent run` writes to: --source store:DIR",
  });
}

/** Throws KlogError where there is nothing but files of other formats. */
export function requireKnownFormat(directory: string, view: StoreView): void {
  const [problem] = view.problems;
  if (view.blocks.length > 0 || view.open.length > 0 || problem === undefined) return;
  throw new KlogError(
    "STORE_UNUSABLE",
    `nothing in the store ${directory} can be read: ${problem.file} ${problem.what}`,
    {
      hint: "read it with the klog that wrote it; `klog store verify` names every file",
    },
  );
}

/** What a failure to read the store's files is to a person. */
export function unreadable(directory: string, error: unknown): KlogError {
  if (error instanceof KlogError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const [what, hint] =
    code === "ENOENT"
      ? [`there is no store ${directory}`, "`klog agent run` makes one; --source store:DIR names another place"]
      : code === "ENOTDIR"
        ? [`${directory} is a file, and a store is a directory`, "name the directory that `klog agent run` writes to"]
        : code === "EACCES" || code === "EPERM"
          ? [`the store ${directory} may not be read`, "run klog as a user in the group of its files, or with sudo"]
          : [`the store ${directory} cannot be read: ${messageOf(error)}`, "`klog store verify` tells what is damaged"];
  return new KlogError("SOURCE_UNREADABLE", what, { hint, cause: error });
}

function isOfStore(name: string): boolean {
  return (
    name.startsWith("writer.lock") || name.endsWith(INDEX_SUFFIX) || name.endsWith(DATA_SUFFIX) || /^w\d+$/.test(name)
  );
}
