// What holds for every command and for each of them, after the file, the profile and the environment are put over each other.
import type { Section } from "../../config/config-document.ts";
import { SECTIONS } from "../../config/config-document.ts";
import type { ConfigFile } from "../../config/config-file.ts";
import { KlogError } from "../../errors.ts";
import type { ScannedWords } from "../argv.ts";
import { FLAGS_OF } from "../config-keys.ts";
import { environmentName, type Flag, isRepeatable } from "../flag.ts";
import { type Said, shownValue } from "../flag-check.ts";
import { mergeFlags } from "../flag-values.ts";

export interface EffectiveSetting {
  readonly name: string;
  /** A list where the flag is one; a secret is hidden. */
  readonly value: string | readonly string[];
  /** `KLOG_SINCE`, `/home/me/.config/klog/config.yaml:3`. */
  readonly from: string;
}

export interface EffectiveSettings {
  /** For every command that has the flag. */
  readonly general: readonly EffectiveSetting[];
  /** Where a command has something else, or more. */
  readonly sections: Readonly<Partial<Record<Section, readonly EffectiveSetting[]>>>;
}

export interface EffectiveInputs {
  /** The words of `klog config view` itself: they may choose the profile. */
  readonly words: ScannedWords;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: ConfigFile | undefined;
}

/** Throws KlogError for a setting that cannot be used. */
export function effectiveSettings(inputs: EffectiveInputs, warn: (text: string) => void): EffectiveSettings {
  const general = new Map<string, EffectiveSetting>();
  for (const section of SECTIONS) {
    const flags = FLAGS_OF[section];
    for (const [name, said] of saidOf(inputs, flags, undefined, warn)) {
      if (!general.has(name)) general.set(name, shown(name, said, flags));
    }
  }
  const sections: Partial<Record<Section, readonly EffectiveSetting[]>> = {};
  for (const section of SECTIONS) {
    const flags = FLAGS_OF[section];
    const own = saidOf(inputs, flags, section, () => undefined)
      .map(([name, said]) => shown(name, said, flags))
      .filter(({ name, from }) => general.get(name)?.from !== from);
    if (own.length > 0) sections[section] = own;
  }
  return { general: [...general.values()], sections };
}

function saidOf(
  { words, env, config }: EffectiveInputs,
  flags: readonly Flag[],
  section: Section | undefined,
  warn: (text: string) => void,
): [string, Said][] {
  const table = { flags, help: "klog help config", ...(section === undefined ? {} : { section }) };
  const chosen = { ...words, uses: words.uses.filter(({ flag }) => flag.name === "profile") };
  const warned = new Set<string>();
  const said = mergeFlags({ words: chosen, env, config }, (text) => warned.add(text), table).entries();
  for (const text of warned) warn(text);
  return said;
}

function shown(name: string, said: Said, flags: readonly Flag[]): EffectiveSetting {
  const flag = flags.find((one) => one.name === name);
  if (flag === undefined) throw new KlogError("CONFIG_INVALID", `there is no flag ${name}`);
  const value = isRepeatable(flag) && !flag.secret ? said.values : shownValue(flag, said);
  const from = said.origin === "environment" ? environmentName(flag) : said.where.replace(/: [^:]*$/, "");
  return { name, value, from };
}
