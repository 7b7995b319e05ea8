// What was said for each flag, after the command line, KLOG_* variables and the config file are put over each other.
// Every value is checked here, whichever way it came; what a set of flags means together is tail-options.ts's business.
import { parseBytes } from "../config/byte-size.ts";
import type { Section } from "../config/config-document.ts";
import type { ConfigFile } from "../config/config-file.ts";
import { configLayers } from "../config/config-layers.ts";
import type { SecretReference } from "../config/secret.ts";
import { KlogError } from "../errors.ts";
import { closest } from "../query/closest.ts";
import { type ScannedWords, truthOf } from "./argv.ts";
import { environmentName, type Flag, type NameOf } from "./flag.ts";
import { checked, type FlagOrigin, millisecondsOf, type Said } from "./flag-check.ts";
import { FLAGS, type TailFlag } from "./flags.ts";
import { readSetting } from "./read-setting.ts";

/** `E`: the flags of the command, those of `klog tail` where nothing is said. */
export class FlagValues<E extends Flag = TailFlag> {
  readonly #said: ReadonlyMap<string, Said>;

  constructor(said: ReadonlyMap<string, Said>) {
    this.#said = said;
  }

  origin(name: E["name"]): FlagOrigin | undefined {
    return this.#said.get(name)?.origin;
  }

  where(name: E["name"]): string {
    return this.#said.get(name)?.where ?? `--${name}`;
  }

  /** Everything that was said, for who shows it. */
  entries(): [name: string, said: Said][] {
    return [...this.#said];
  }

  /** Where the value is kept, if the config file says that instead of the value. */
  secret(name: E["name"]): SecretReference | undefined {
    return this.#said.get(name)?.secret;
  }

  boolean(name: NameOf<E, "boolean">): boolean | undefined {
    const text = this.#last(name);
    return text === undefined ? undefined : truthOf(text);
  }

  /** As it was written; of a duration too, for those who read it themselves. */
  text(name: NameOf<E, "text" | "duration">): string | undefined {
    return this.#last(name);
  }

  number(name: NameOf<E, "integer" | "number">): number | undefined {
    const text = this.#last(name);
    return text === undefined ? undefined : Number(text);
  }

  milliseconds(name: NameOf<E, "duration">): number | undefined {
    const text = this.#last(name);
    return text === undefined ? undefined : millisecondsOf(text);
  }

  bytes(name: NameOf<E, "bytes">): number | undefined {
    const text = this.#last(name);
    return text === undefined ? undefined : parseBytes(text);
  }

  /** All values without doubles, in order; empty when nothing was said. */
  list(name: NameOf<E, "list" | "patterns">): string[] {
    return [...new Set(this.#said.get(name)?.values ?? [])];
  }

  /**
   * Which of some flags that exclude each other holds. A stronger place silently wins over a weaker one (the file says --since,
   * the person says --since-time); two of one place are a contradiction.
   */
  oneOf<N extends E["name"]>(names: readonly N[], hint: string): N | undefined {
    const rankOf = (name: N) => this.#said.get(name)?.rank ?? -1;
    const strongest = Math.max(...names.map(rankOf));
    const [first, second] = strongest < 0 ? [] : names.filter((name) => rankOf(name) === strongest);
    if (first !== undefined && second !== undefined) {
      throw new KlogError("USAGE", `${this.where(first)} and ${this.where(second)} exclude each other`, { hint });
    }
    return first;
  }

  /** Runs `parse` on a flag's text; its error then says which flag, variable or line of the config file the text came from. */
  reading<T>(name: E["name"], parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof KlogError)) throw error;
      throw new KlogError(error.code, `${this.where(name)}: ${error.message}`, {
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        cause: error,
      });
    }
  }

  #last(name: E["name"]): string | undefined {
    return this.#said.get(name)?.values.at(-1);
  }
}

/** The flags of one command. */
export interface FlagTable<E extends Flag> {
  readonly flags: readonly E[];
  /** Lists the flags, for those who slip: `klog help tail`. */
  readonly help: string;
  /** The key of the config file under which the command has flags of its own. */
  readonly section?: Section;
  /** What a word without a flag may be: `a pod to select`. */
  readonly argument?: string;
}

const TAIL: FlagTable<TailFlag> = {
  flags: FLAGS,
  help: "klog help tail",
  section: "tail",
  argument: "a pod to select",
};

export interface FlagInputs {
  readonly words: ScannedWords;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: ConfigFile | undefined;
}

/** Throws KlogError; what is odd but harmless (an unknown key of the file) is told to `warn`. */
export function mergeFlags(inputs: FlagInputs, warn: (text: string) => void): FlagValues;
export function mergeFlags<E extends Flag>(
  inputs: FlagInputs,
  warn: (text: string) => void,
  table: FlagTable<E>,
): FlagValues<E>;
export function mergeFlags(
  { words, env, config }: FlagInputs,
  warn: (text: string) => void,
  table: FlagTable<Flag> = TAIL,
): FlagValues<Flag> {
  rejectSlips(words, table);
  const said = new Map<string, Said>();
  const layers = configLayers(config, { section: table.section, ...chosenProfile({ words, env, config }) });
  if (config !== undefined) {
    for (const [rank, { section, settings }] of layers.entries()) {
      for (const setting of settings) {
        const read = readSetting(setting, { config, flags: table.flags, section, warn });
        if (read !== undefined) said.set(read.name, { ...read.said, rank });
      }
    }
  }
  for (const flag of table.flags) {
    const name = environmentName(flag);
    const value = env[name];
    if (flag.commandLineOnly || flag.noVariable || value === undefined || value === "") continue;
    said.set(flag.name, checked(flag, [value], "environment", name));
  }
  readWords(words, said);
  return new FlagValues(said);
}

/** The profile that the command line, the environment or the file itself chooses; an empty name is none. */
export function chosenProfile({ words, env, config }: FlagInputs): { profile: string | undefined; named: string } {
  const typed = words.uses.findLast(({ flag }) => flag.name === "profile");
  if (typed !== undefined) return { profile: typed.value || undefined, named: typed.spelled };
  const variable = env["KLOG_PROFILE"];
  if (variable) return { profile: variable, named: "KLOG_PROFILE" };
  const setting = config?.settings.findLast(({ key }) => key === "profile");
  const named = config === undefined || setting === undefined ? "" : `${config.path}:${setting.line}: profile`;
  return { profile: setting?.values[0] || undefined, named };
}

/** Flags that live on the command line only. Throws KlogError. */
export function typedFlags<E extends Flag>(words: ScannedWords, table: FlagTable<E>): FlagValues<E> {
  rejectSlips(words, table);
  const said = new Map<string, Said>();
  readWords(words, said);
  return new FlagValues<E>(said);
}

function readWords(words: ScannedWords, said: Map<string, Said>): void {
  const typed = new Map<Flag, { values: string[]; spelled: string }>();
  for (const { flag, value, spelled } of words.uses) {
    const entry = typed.get(flag);
    if (entry === undefined) typed.set(flag, { values: [value], spelled });
    else entry.values.push(value);
  }
  for (const [flag, { values, spelled }] of typed) said.set(flag.name, checked(flag, values, "command line", spelled));
}

function rejectSlips(
  { unknown, open, detached }: ScannedWords,
  { flags, help, argument = "an argument" }: FlagTable<Flag>,
): void {
  const [flag] = unknown;
  if (flag !== undefined) {
    const names = flags.flatMap(({ name, aliases = [], kind }: Flag) =>
      kind === "boolean" ? [name, ...aliases, `no-${name}`] : [name, ...aliases],
    );
    const guess = flag.startsWith("--") ? closest(flag.slice(2), names) : undefined;
    const hint =
      guess === undefined ? `\`${help}\` lists the flags; after -- a word is no flag` : `did you mean --${guess}?`;
    throw new KlogError("USAGE", `there is no flag ${flag}`, { hint });
  }
  if (open !== undefined) {
    const value = open.flag.value ?? "VALUE";
    throw new KlogError("USAGE", `${open.spelled} needs a value: ${open.spelled} ${value}`, { hint: open.flag.help });
  }
  if (detached !== undefined) {
    const { spelled, word } = detached;
    throw new KlogError("USAGE", `is "${word}" the value of ${spelled}, or ${argument}?`, {
      hint: `write ${spelled}=${word} for the value; put an argument before the flag`,
    });
  }
}
