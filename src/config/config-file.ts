// Finds and reads the config file: the one that was named, else klog's own, else a stern user's, unchanged.
import { join } from "node:path";
import { KlogError, messageOf } from "../errors.ts";
import { type ConfigDocument, parseConfig } from "./config-document.ts";
import type { ConfigProblem } from "./settings.ts";
import { configFolder, expandHome, type UserPlace } from "./user-folders.ts";

export interface ConfigFile extends ConfigDocument {
  readonly path: string;
  readonly writtenFor: "klog" | "stern";
  /** Whether others than the owner may read it; undefined where that is not known. */
  readonly isShared?: boolean | undefined;
}

export interface ConfigRequest extends UserPlace {
  /** --config. */
  readonly named: string | undefined;
  readonly readText: (path: string) => Promise<string>;
  /** Permission bits of a file. Without it nobody warns of secrets that others can read. */
  readonly modeOf?: (path: string) => Promise<number>;
}

export interface ConfigCandidate {
  readonly path: string;
  readonly writtenFor: ConfigFile["writtenFor"];
  /** Who named the file; undefined where it is only the usual place, which may be empty. */
  readonly namedBy?: string;
}

/** Throws KlogError for the first mistake; undefined where there is no file. */
export async function readConfigFile(request: ConfigRequest): Promise<ConfigFile | undefined> {
  const found = await findConfigFile(request);
  if (found === undefined) return undefined;
  const { file, problems } = await parseConfigFile(found, request);
  const [first] = problems;
  if (first === undefined) return file;
  throw new KlogError("CONFIG_INVALID", `${file.path}:${first.line}: ${first.text}`, { hint: first.hint });
}

export type FoundConfig = ConfigCandidate & { readonly text: string };

/** The file that is used, as text. Throws KlogError where one is named, or there, and cannot be read. */
export async function findConfigFile(request: ConfigRequest): Promise<FoundConfig | undefined> {
  for (const candidate of configCandidates(request)) {
    const { path, namedBy } = candidate;
    try {
      return { ...candidate, text: await request.readText(path) };
    } catch (error) {
      if (namedBy !== undefined)
        throw unreadableConfig(path, `${namedBy} names this file: correct the path or leave it out`, error);
      if (isAbsent(error)) continue;
      throw unreadableConfig(path, "make it readable, or name another file with --config", error);
    }
  }
  return undefined;
}

/** With every mistake there is. */
export async function parseConfigFile(
  { path, writtenFor, text }: FoundConfig,
  { modeOf, platform }: Pick<ConfigRequest, "modeOf" | "platform">,
): Promise<{ file: ConfigFile; problems: readonly ConfigProblem[] }> {
  const { document, problems } = await parseConfig(text, path, writtenFor);
  // Windows keeps who may read a file elsewhere than in its mode.
  const isShared =
    modeOf === undefined || platform === "win32" ? undefined : ((await modeOf(path).catch(() => 0)) & 0o077) !== 0;
  return { file: { path, writtenFor, isShared, ...document }, problems };
}

/** Where a file is looked for, in order. */
export function configCandidates(request: UserPlace & Pick<ConfigRequest, "named">): ConfigCandidate[] {
  const { env, home, named } = request;
  if (named !== undefined) return [{ path: expandHome(named, home), writtenFor: "klog", namedBy: "--config" }];
  const klog = env["KLOG_CONFIG"];
  if (klog) return [{ path: expandHome(klog, home), writtenFor: "klog", namedBy: "KLOG_CONFIG" }];
  const own: ConfigCandidate = { path: join(configFolder(request), "klog", "config.yaml"), writtenFor: "klog" };
  const stern = env["STERNCONFIG"];
  return stern
    ? [own, { path: expandHome(stern, home), writtenFor: "stern", namedBy: "STERNCONFIG" }]
    : [own, { path: join(home, ".config", "stern", "config.yaml"), writtenFor: "stern" }];
}

export function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function unreadableConfig(path: string, hint: string, error: unknown): KlogError {
  return new KlogError("CONFIG_INVALID", `cannot read the config file ${path}: ${messageOf(error)}`, {
    hint,
    cause: error,
  });
}
