// What somebody may mean by a name on the command line: the name itself, and where it is a path, the file and the log that it is part of.
import { resolve } from "node:path";
import { instanceOf } from "../../collector/discovery/container-log.ts";
import { rotationBase } from "../../collector/discovery/rotated-names.ts";
import type { FileSystem } from "../../collector/file-system.ts";

export interface AskedName {
  readonly text: string;
  /** Absolute; undefined where it is no path. */
  readonly path: string | undefined;
  /** All that stands for it, in the order of what was probably meant. */
  readonly names: readonly string[];
}

export function askedName(text: string, fs: Pick<FileSystem, "lstat" | "realpath">): AskedName {
  const whole = resolve(text);
  const isPath = text.startsWith("/") || text.startsWith(".") || attempt(() => fs.lstat(whole)) !== undefined;
  if (!isPath) return { text, path: undefined, names: [text] };
  const end = attempt(() => fs.realpath(whole));
  const logs = [whole, ...(end === undefined ? [] : [end])].flatMap((path) => logOf(path, fs) ?? []);
  return { text, path: whole, names: [...new Set([text, whole, ...(end === undefined ? [] : [end]), ...logs])] };
}

/** `app.log` of `app.log.1`, `0.log` of `0.log.20261121-150156.gz`. */
function logOf(path: string, fs: Pick<FileSystem, "lstat">): string | undefined {
  const slash = path.lastIndexOf("/") + 1;
  const [directory, name] = [path.slice(0, slash), path.slice(slash)];
  const instance = instanceOf(name);
  const isPresent = (other: string) => attempt(() => fs.lstat(directory + other)) !== undefined;
  const base = instance === undefined ? rotationBase(name, isPresent) : `${instance}.log`;
  return base === undefined || base === name ? undefined : directory + base;
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    // Whoever reads the file says that it cannot be read.
    return undefined;
  }
}
