// The command line of `klog config`, `klog sources` and `klog doctor`: words to flags, for each in its own measure of trust in the
// config file.
import type { ConfigFile } from "../config/config-file.ts";
import { KlogError } from "../errors.ts";
import { colorLevel, detectedLevel } from "../output/color-level.ts";
import { createStyles, type Styles } from "../output/theme.ts";
import { type ScannedWords, scanWords } from "./argv.ts";
import type { CommandIo } from "./command-io.ts";
import { type FlagTable, type FlagValues, mergeFlags, typedFlags } from "./flag-values.ts";
import { type SetupCommand, type SetupFlag, setupFlagsOf } from "./setup-flags.ts";

export type SetupValues = FlagValues<SetupFlag>;

export interface SetupLine {
  readonly command: SetupCommand;
  readonly words: ScannedWords;
  readonly positionals: readonly string[];
  readonly table: FlagTable<SetupFlag>;
}

/** @param most how many words may stand beside the flags. Throws KlogError USAGE. */
export function scanSetup(command: SetupCommand, words: readonly string[], most: number): SetupLine {
  const table = { flags: setupFlagsOf(command), help: `klog help ${command}` };
  const scanned = scanWords(words, table.flags);
  const surplus = scanned.positionals[most];
  if (surplus !== undefined) {
    throw new KlogError("USAGE", `klog ${command} has no use for ${JSON.stringify(surplus)}`, {
      hint: `\`klog help ${command}\` tells what it takes`,
    });
  }
  return { command, words: scanned, positionals: scanned.positionals, table };
}

/** What was typed, and nothing else: for commands that are there to look at a config file that may be broken. */
export function typedSetup({ words, table }: SetupLine): SetupValues {
  return typedFlags(words, table);
}

export function mergedSetup(
  { words, table }: SetupLine,
  config: ConfigFile | undefined,
  { env, warn }: { readonly env: CommandIo["env"]; readonly warn: (text: string) => void },
): SetupValues {
  return mergeFlags({ words, env, config }, warn, table);
}

/** Notes as every command writes them. */
export function noting({ env, stderr }: CommandIo): Parameters<typeof mergedSetup>[2] {
  return {
    env,
    warn: (text) =>
      stderr.write(`klog: note: ${text}
`),
  };
}

export function stylesOf(flags: SetupValues, io: CommandIo): Styles {
  const choice = (flags.text("color") as "auto" | "always" | "never" | undefined) ?? "auto";
  const isTerminal = io.stdout.isTTY === true;
  return createStyles("dark", colorLevel({ choice, env: io.env, isTerminal, detected: detectedLevel("stdout") }));
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
