// From the words behind `klog search` to the running command: help, config file, options, run.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import type { ConfigFile } from "../config/config-file.ts";
import { expandHome } from "../config/user-folders.ts";
import { scanWords } from "./argv.ts";
import type { CommandIo } from "./command-io.ts";
import { type ConnectionOptions, parseConnection } from "./connection-options.ts";
import { type FlagTable, mergeFlags } from "./flag-values.ts";
import { rejectQueryLikeFlags } from "./search/flag-or-query.ts";
import { SEARCH_FLAGS, type SearchFlag } from "./search-flags.ts";
import { parseSearchOptions, type SearchOptions } from "./search-options.ts";
import { readUserConfig } from "./user-config.ts";

/** What comes from files beside the command line. */
export interface SearchPlace {
  readonly config: ConfigFile | undefined;
  readonly connection: ConnectionOptions;
}

export type RunSearch = (options: SearchOptions, io: CommandIo, place: SearchPlace) => Promise<number>;

const SEARCH: FlagTable<SearchFlag> = {
  flags: SEARCH_FLAGS,
  help: "klog help search",
  section: "search",
  argument: "part of the query",
};

/** `loadRun` is called once the options are right: a slip costs no loading. */
export async function startSearch(
  words: readonly string[],
  io: CommandIo,
  loadRun: () => Promise<RunSearch>,
): Promise<number> {
  const scanned = scanWords(words, SEARCH_FLAGS);
  const note = (text: string) => io.stderr.write(`klog: note: ${text}\n`);
  rejectQueryLikeFlags(words, SEARCH_FLAGS, note);
  const config = await readUserConfig(scanned, io.env);
  const flags = mergeFlags({ words: scanned, env: io.env, config }, note, SEARCH);
  const options = parseSearchOptions({
    words,
    positionals: scanned.positionals,
    flags,
    now: Date.now(),
    readText: (path) => readFileSync(expandHome(path, homedir()), "utf8"),
  });
  const run = await loadRun();
  return run(options, io, { config, connection: parseConnection(flags) });
}
