// One setting of the config file as a command understands it.

import type { Section } from "../config/config-document.ts";
import type { ConfigFile } from "../config/config-file.ts";
import type { Setting } from "../config/settings.ts";
import { KlogError } from "../errors.ts";
import { closest } from "../query/closest.ts";
import { flagByName, truthOf } from "./argv.ts";
import { isConfigKey } from "./config-keys.ts";
import { type Flag, isRepeatable } from "./flag.ts";
import { checked, type Said } from "./flag-check.ts";

/** Who reads a setting of the file: a command, in the whole file or in its section. */
export interface SettingReader {
  readonly config: ConfigFile;
  /** The flags of the command. */
  readonly flags: readonly Flag[];
  readonly section: Section | undefined;
  readonly warn: (text: string) => void;
}

/** undefined for what is not this command's. Throws KlogError CONFIG_INVALID. */
export function readSetting(
  { key, values, list, line, secret }: Setting,
  { config, flags, section, warn }: SettingReader,
): { readonly name: string; readonly said: Said } | undefined {
  const at = `${config.path}:${line}`;
  const where = `${at}: ${key}`;
  const found = flagByName(key, flags);
  if (found === undefined || found.flag.commandLineOnly) {
    const ofOthers = section === undefined && isConfigKey(key);
    if (!ofOthers) warn(unusedSetting(key, at, { config, flags, flag: found?.flag, section }));
    return undefined;
  }
  const { flag, negated } = found;
  if (list && !isRepeatable(flag)) {
    throw new KlogError("CONFIG_INVALID", `${where} takes one value, not a list`, { hint: flag.help });
  }
  if (secret !== undefined) {
    if (flag.secret) return { name: flag.name, said: { values: [], secret, origin: "config file", rank: 0, where } };
    throw new KlogError("CONFIG_INVALID", `${where} is no secret: it takes a value`, { hint: flag.help });
  }
  if (flag.secret && config.isShared) {
    warn(`${where} is a secret in a file that others can read: chmod 600 it, or write ${key}: {file: PATH}`);
  }
  const said = checked(flag, values, "config file", where);
  const meant = negated ? { ...said, values: said.values.map((value) => String(!truthOf(value))) } : said;
  return { name: flag.name, said: meant };
}

interface UnusedSetting {
  readonly config: ConfigFile;
  /** The flags of the command. */
  readonly flags: readonly Flag[];
  readonly flag: Flag | undefined;
  readonly section: Section | undefined;
}

function unusedSetting(key: string, where: string, { config, flags, flag, section }: UnusedSetting): string {
  if (flag !== undefined) return `${where}: ${key} works on the command line only and is ignored here`;
  if (config.writtenFor === "stern" && key === "prompt")
    return `${where}: klog has no prompt; this key of stern is ignored`;
  const guess = closest(
    key,
    flags.map(({ name }) => name),
  );
  const what =
    section !== undefined && isConfigKey(key) ? `${key} is no flag of klog ${section} and` : `unknown key ${key}`;
  return `${where}: ${what} is ignored${guess === undefined ? "" : `; did you mean ${guess}?`}`;
}
