// Whether a command line asks for help, found before anything else of the command is loaded.
import { scanWords } from "./argv.ts";
import { commandOf, flagsOf } from "./command-flags.ts";
import type { HelpForm } from "./help.ts";

export interface HelpAsked {
  /** `tail`, `agent run`, or what was typed and is no command. */
  readonly topic: string;
  readonly form: HelpForm;
}

/** The help that the words ask for, wherever the flag stands. */
export function helpAsked(words: readonly string[]): HelpAsked | undefined {
  const { topic, rest } = commandOf(words);
  const spelled = scanWords(rest, flagsOf(topic)).uses.map((use) => use.spelled);
  if (spelled.includes("--show-hidden-options")) return { topic, form: "hidden" };
  if (spelled.includes("--help")) return { topic, form: "long" };
  return spelled.includes("-h") ? { topic, form: "short" } : undefined;
}
