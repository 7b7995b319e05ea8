// The config file of the person who runs klog, as the command line, the environment and the usual places name it.
import { readFile, stat } from "node:fs/promises";
import { homedir, tmpdir, userInfo } from "node:os";
import { type ConfigFile, type ConfigRequest, readConfigFile } from "../config/config-file.ts";
import type { UserPlace } from "../config/user-folders.ts";
import type { ScannedWords } from "./argv.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export function userPlace(env: Environment): UserPlace {
  return { env, home: homedir() || accountHome(), platform: process.platform };
}

/** With HOME set to nothing: files of the folder that somebody happens to stand in are not this person's. */
function accountHome(): string {
  try {
    return userInfo().homedir || tmpdir();
  } catch {
    // A user id without an account, as containers have it.
    return tmpdir();
  }
}

export function configRequest({ uses }: ScannedWords, env: Environment): ConfigRequest {
  return {
    ...userPlace(env),
    named: uses.findLast(({ flag }) => flag.name === "config")?.value,
    readText: (path) => readFile(path, "utf8"),
    modeOf: async (path) => (await stat(path)).mode,
  };
}

/** Throws KlogError CONFIG_INVALID; undefined where there is no file. */
export function readUserConfig(words: ScannedWords, env: Environment): Promise<ConfigFile | undefined> {
  return readConfigFile(configRequest(words, env));
}
