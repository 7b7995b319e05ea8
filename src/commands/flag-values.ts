// What was said for each flag, after the command line, KLOG_* variables and the config file are put over each other.
// Every value is checked here, whichever way it came; what a set of flags means together is tail-options.ts's business.
import { parseBytes } from "../config/byte-size.ts";
import { closest } from "../config/closest.ts";
import type { ConfigFile } from "../config/config-file.ts";
import { KlogError } from "../errors.ts";
import { parseDuration } from "../query/duration.ts";
import { flagByName, type ScannedWords, truthOf } from "./argv.ts";
import { environmentName, type Flag, isRepeatable, type NameOf } from "./flag.ts";
import { FLAGS, type TailFlag } from "./flags.ts";

/** Strongest first. */
const ORIGINS = ["command line", "environment", "config file"] as const;
export type FlagOrigin = (typeof ORIGINS)[number];

interface Said {
  readonly values: readonly string[];
  readonly origin: FlagOrigin;
  /** What an error calls it: `--tail`, `KLOG_TAIL`, `config.yaml:3: tail`. */
  readonly where: string;
}

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
   * Which of some flags that exclude each other holds. A stronger origin silently wins over a weaker one (the file says --since,
   * the person says --since-time); two of one origin are a contradiction.
   */
  oneOf<N extends E["name"]>(names: readonly N[], hint: string): N | undefined {
    for (const origin of ORIGINS) {
      const [first, second] = names.filter((name) => this.origin(name) === origin);
      if (first === undefined) continue;
      if (second !== undefined) {
        throw new KlogError("USAGE", `${this.where(first)} and ${this.where(second)} exclude each other`, { hint });
      }
      return first;
    }
    return undefined;
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
}

const TAIL: FlagTable<TailFlag> = { flags: FLAGS, help: "klog help tail" };

export interface FlagInputs {
  readonly words: ScannedWords;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: ConfigFile | undefined;
}

/** Throws KlogError; what is odd but harmless (an unknown key of the file) is told to `warn`. */
export function mergeFlags({ words, env, config }: FlagInputs, warn: (text: string) => void): FlagValues {
  rejectSlips(words, TAIL);
  const said = new Map<string, Said>();
  if (config !== undefined) readSettings(config, said, warn);
  for (const flag of FLAGS as readonly Flag[]) {
    const name = environmentName(flag);
    const value = env[name];
    if (flag.commandLineOnly || value === undefined || value === "") continue;
    said.set(flag.name, checked(flag, [value], "environment", name));
  }
  readWords(words, said);
  return new FlagValues(said);
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

function rejectSlips<E extends Flag>({ unknown, open, detached }: ScannedWords, { flags, help }: FlagTable<E>): void {
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
    throw new KlogError("USAGE", `is "${word}" the value of ${spelled}, or a pod to select?`, {
      hint: `write ${spelled}=${word} for the value; put a pod's name before the flag`,
    });
  }
}

function readSettings(config: ConfigFile, said: Map<string, Said>, warn: (text: string) => void): void {
  for (const { key, values, list, line } of config.settings) {
    const where = `${config.path}:${line}: ${key}`;
    const found = flagByName(key, FLAGS);
    if (found === undefined || (found.flag as Flag).commandLineOnly) {
      warn(unusedSetting(key, `${config.path}:${line}`, config.writtenFor, found?.flag));
      continue;
    }
    const { flag, negated } = found;
    if (list && !isRepeatable(flag)) {
      throw new KlogError("CONFIG_INVALID", `${where} takes one value, not a list`, { hint: flag.help });
    }
    const entry = checked(flag, values, "config file", where);
    said.set(flag.name, negated ? { ...entry, values: entry.values.map((value) => String(!truthOf(value))) } : entry);
  }
}

function unusedSetting(key: string, where: string, writtenFor: ConfigFile["writtenFor"], flag?: Flag): string {
  if (flag !== undefined) return `${where}: ${key} works on the command line only and is ignored here`;
  if (writtenFor === "stern" && key === "prompt") return `${where}: klog has no prompt; this key of stern is ignored`;
  const guess = closest(
    key,
    FLAGS.map(({ name }) => name),
  );
  return `${where}: unknown key ${key} is ignored${guess === undefined ? "" : `; did you mean ${guess}?`}`;
}

function checked(flag: Flag, given: readonly string[], origin: FlagOrigin, where: string): Said {
  const pieces = flag.kind === "list" ? given.flatMap((value) => value.split(",")).map((value) => value.trim()) : given;
  const values = (flag.kind === "list" ? pieces.filter((value) => value !== "") : pieces).map((value) => {
    const meant = flag.bare === undefined ? value : switchValue(flag, value);
    const problem = problemWith(flag, meant);
    if (problem === undefined) return meant;
    throw new KlogError(origin === "config file" ? "CONFIG_INVALID" : "USAGE", `${where}: ${problem.text}`, {
      hint: problem.hint ?? flag.help,
    });
  });
  return { values, origin, where };
}

/** A flag with an optional value is a switch elsewhere (`--timestamps=true` in kubectl); an empty value means that it is off. */
function switchValue(flag: Flag, value: string): string {
  if (value === "true") return flag.bare ?? value;
  if (value !== "false") return value;
  return flag.choices?.includes("none") ? "none" : "";
}

function problemWith(flag: Flag, value: string): { text: string; hint?: string } | undefined {
  const quoted = JSON.stringify(value);
  switch (flag.kind) {
    case "boolean":
      return truthOf(value) === undefined ? { text: `${quoted} is neither true nor false` } : undefined;
    case "integer":
    case "number": {
      const number = value.trim() === "" ? Number.NaN : Number(value);
      const whole = flag.kind === "integer";
      if (!Number.isFinite(number) || (whole && !Number.isSafeInteger(number))) {
        return { text: `${quoted} is not a ${whole ? "whole " : ""}number` };
      }
      return number < (flag.minimum ?? number)
        ? { text: `${value} is below the least value, ${flag.minimum}` }
        : undefined;
    }
    case "bytes": {
      const bytes = parseBytes(value);
      if (bytes === undefined) return { text: `${quoted} is not a size`, hint: "write 4096, 64KiB or 10MiB" };
      return bytes < (flag.minimum ?? 0)
        ? { text: `${value} is below the least value, ${(flag.minimum ?? 0) / 1024 ** 2}MiB` }
        : undefined;
    }
    case "duration":
      return millisecondsOf(value) === undefined
        ? { text: `${quoted} is not a duration`, hint: "write 90s, 5m, 1h30m or 500ms" }
        : undefined;
    default: {
      if (flag.choices === undefined || flag.choices.includes(value)) return undefined;
      const guess = closest(value, flag.choices);
      return {
        text: `${quoted} is not one of ${flag.choices.join(", ")}`,
        ...(guess === undefined ? {} : { hint: `did you mean ${guess}?` }),
      };
    }
  }
}

/** A bare number is seconds, as kubectl reads --request-timeout. */
function millisecondsOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  try {
    const ms = parseDuration(text);
    return ms >= 0 ? ms : undefined;
  } catch (error) {
    if (error instanceof KlogError) return undefined;
    throw error;
  }
}
