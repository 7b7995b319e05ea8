// Which settings of a config file hold for one command, weakest first: all of the file, a profile over what it extends, the
// command's section, the command's section in the profile.
import { KlogError } from "../errors.ts";
import { closest } from "../query/closest.ts";
import type { Profile, Section } from "./config-document.ts";
import type { ConfigFile } from "./config-file.ts";
import type { Setting } from "./settings.ts";

export interface ConfigLayer {
  /** For people: `profile prod`, `search:` */
  readonly name: string;
  /** undefined: flags of any command. */
  readonly section: Section | undefined;
  readonly settings: readonly Setting[];
}

export interface LayerChoice {
  readonly section: Section | undefined;
  /** undefined: none. */
  readonly profile: string | undefined;
  /** What named the profile, for its errors: `--profile`. */
  readonly named: string;
}

/** Throws KlogError for a profile that is not there. */
export function configLayers(config: ConfigFile | undefined, { section, profile, named }: LayerChoice): ConfigLayer[] {
  const chain = profile === undefined ? [] : profileChain(config, profile, named);
  if (config === undefined) return [];
  const general = [
    { name: "the file", section: undefined, settings: config.settings },
    ...chain.map(({ name, settings }) => ({ name: `profile ${name}`, section: undefined, settings })),
  ];
  if (section === undefined) return general;
  return [
    ...general,
    { name: `${section}:`, section, settings: config.sections[section] ?? [] },
    ...chain.map(({ name, sections }) => ({
      name: `${section}: of profile ${name}`,
      section,
      settings: sections[section] ?? [],
    })),
  ];
}

/** The profile behind those that it extends. The file has been checked: no cycle, no missing base. */
function profileChain(config: ConfigFile | undefined, name: string, named: string): Profile[] {
  const profiles = config?.profiles ?? [];
  const profile = profiles.find((one) => one.name === name);
  if (profile !== undefined) {
    return [...(profile.base === undefined ? [] : profileChain(config, profile.base, named)), profile];
  }
  const names = profiles.map((one) => one.name);
  const guess = closest(name, names);
  const where = config === undefined ? "there is no config file" : `${config.path} has none of that name`;
  const known = names.length === 0 ? "`klog config edit` adds one under profiles:" : `there are ${names.join(", ")}`;
  throw new KlogError("CONFIG_INVALID", `${named}: there is no profile ${JSON.stringify(name)}: ${where}`, {
    hint: guess === undefined ? known : `did you mean ${guess}?`,
  });
}
