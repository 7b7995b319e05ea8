// Where this person's config, cache and state live: the XDG variables, then the system's habit.
import { join } from "node:path";

export interface UserPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

/** The folder that holds `klog/` and, for those who come from there, `stern/`. */
export function configFolder({ env, home }: UserPlace): string {
  return env["XDG_CONFIG_HOME"] || join(home, ".config");
}

export function cacheFolder({ env, home, platform }: UserPlace): string {
  if (env["XDG_CACHE_HOME"]) return env["XDG_CACHE_HOME"];
  if (platform === "win32" && env["LOCALAPPDATA"]) return env["LOCALAPPDATA"];
  return platform === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache");
}

/** For what klog remembers and nobody edits: saved queries, history. */
export function stateFolder({ env, home, platform }: UserPlace): string {
  if (env["XDG_STATE_HOME"]) return env["XDG_STATE_HOME"];
  if (platform === "win32" && env["LOCALAPPDATA"]) return env["LOCALAPPDATA"];
  return join(home, ".local", "state");
}

/** A leading `~/` is the home folder: a config file is not read by a shell. */
export function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
}
