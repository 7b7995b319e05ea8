// From the words behind `klog tail` to the running command: help, config file, options, run.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import type { ConfigFile } from "../config/config-file.ts";
import { expandHome } from "../config/user-folders.ts";
import { scanWords } from "./argv.ts";
import type { CommandIo } from "./command-io.ts";
import { commandEntry } from "./command-table.ts";
import { mergeFlags } from "./flag-values.ts";
import { FLAGS } from "./flags.ts";
import { usage } from "./help.ts";
import { parseTailOptions, selectsSomething, type TailOptions } from "./tail-options.ts";
import { readUserConfig } from "./user-config.ts";

/** What comes from files beside the command line. */
export interface TailPlace {
  readonly config: ConfigFile | undefined;
}

export type RunTail = (options: TailOptions, io: CommandIo, place: TailPlace) => Promise<number>;

/** `loadRun` is called once the options are right: a slip costs no loading. */
export async function startTail(
  words: readonly string[],
  io: CommandIo,
  loadRun: () => Promise<RunTail>,
): Promise<number> {
  const scanned = scanWords(words, FLAGS);
  const home = homedir();
  const config = await readUserConfig(scanned, io.env);
  const flags = mergeFlags({ words: scanned, env: io.env, config }, (text) => io.stderr.write(`klog: note: ${text}\n`));
  if (!selectsSomething(scanned.positionals, flags)) {
    io.stderr.write(
      `klog: nothing is selected: name pods, or choose them by flags (-n, -A, -l, ...)\n\n${usage(commandEntry("tail"))}`,
    );
    return 2;
  }
  const options = parseTailOptions({
    positionals: scanned.positionals,
    flags,
    now: Date.now(),
    readText: (path) => readFileSync(expandHome(path, home), "utf8"),
  });
  const run = await loadRun();
  return run(options, io, { config });
}
