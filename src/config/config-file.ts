// Finds and reads the config file: the one that was named, else klog's own, else a stern user's, unchanged.
import { join } from "node:path";
import { KlogError, messageOf } from "../errors.ts";
import { parseSettings, type Setting } from "./settings.ts";
import { configFolder, expandHome, type UserPlace } from "./user-folders.ts";

export interface ConfigFile {
  readonly path: string;
  readonly writtenFor: "klog" | "stern";
  readonly settings: readonly Setting[];
}

export interface ConfigRequest extends UserPlace {
  /** --config. */
  readonly named: string | undefined;
  readonly readText: (path: string) => Promise<string>;
}

interface Candidate {
  readonly path: string;
  readonly writtenFor: ConfigFile["writtenFor"];
  /** Who named the file; undefined where it is only the usual place, which may be empty. */
  readonly namedBy?: string;
}

export async function readConfigFile(request: ConfigRequest): Promise<ConfigFile | undefined> {
  for (const { path, writtenFor, namedBy } of candidates(request)) {
    let text: string;
    try {
      text = await request.readText(path);
    } catch (error) {
      if (namedBy !== undefined)
        throw unreadableConfig(path, `${namedBy} names this file: correct the path or leave it out`, error);
      if (isAbsent(error)) continue;
      throw unreadableConfig(path, "make it readable, or name another file with --config", error);
    }
    return { path, writtenFor, settings: await parseSettings(text, path) };
  }
  return undefined;
}

function candidates(request: ConfigRequest): Candidate[] {
  const { env, home, named } = request;
  if (named !== undefined) return [{ path: expandHome(named, home), writtenFor: "klog", namedBy: "--config" }];
  const klog = env["KLOG_CONFIG"];
  if (klog) return [{ path: expandHome(klog, home), writtenFor: "klog", namedBy: "KLOG_CONFIG" }];
  const own: Candidate = { path: join(configFolder(request), "klog", "config.yaml"), writtenFor: "klog" };
  const stern = env["STERNCONFIG"];
  return stern
    ? [own, { path: expandHome(stern, home), writtenFor: "stern", namedBy: "STERNCONFIG" }]
    : [own, { path: join(home, ".config", "stern", "config.yaml"), writtenFor: "stern" }];
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function unreadableConfig(path: string, hint: string, error: unknown): KlogError {
  return new KlogError("CONFIG_INVALID", `cannot read the config file ${path}: ${messageOf(error)}`, {
    hint,
    cause: error,
  });
}
