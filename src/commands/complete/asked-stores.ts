// The stores that a command line would search, as far as it is typed.
import type { ConfigFile } from "../../config/config-file.ts";
import type { UserPlace } from "../../config/user-folders.ts";
import { KlogError } from "../../errors.ts";
import { defaultStore } from "../../sources/open-sources.ts";
import { entryTarget, type SourceTarget, type TargetPlace, wordTarget } from "../../sources/source-target.ts";
import type { ScannedWords } from "../argv.ts";

/** Directories: those that --source names, else the config file's and this machine's. */
export function askedStores(
  { uses }: ScannedWords,
  config: Pick<ConfigFile, "sources"> | undefined,
  { env, home }: Pick<UserPlace, "env" | "home">,
): string[] {
  const entries = config?.sources ?? [];
  const place: TargetPlace = { entries, home, defaultStore: defaultStore(env) };
  const words = uses.filter(({ flag }) => flag.name === "source").map(({ value }) => value);
  const targets =
    words.length > 0
      ? words.flatMap((word) => named(word, place))
      : [...entries.map((entry) => entryTarget(entry, place)), ...named("store", place)];
  return [...new Set(targets.flatMap(({ spec }) => (spec.kind === "store" ? spec.directory : [])))];
}

/** Nothing for a word that is no source: the search itself says so. */
function named(word: string, place: TargetPlace): SourceTarget[] {
  try {
    return [wordTarget(word, place)];
  } catch (error) {
    if (error instanceof KlogError) return [];
    throw error;
  }
}
