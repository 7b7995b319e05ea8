// Whether a command line asks for help, found before anything else of the command is loaded.
import { scanWords } from "./argv.ts";
import { FLAGS } from "./flags.ts";
import type { HelpForm } from "./help.ts";

/** The form of help that the words ask for, wherever the flag stands. */
export function helpAsked(words: readonly string[]): HelpForm | undefined {
  const spelled = scanWords(words, FLAGS).uses.map((use) => use.spelled);
  if (spelled.includes("--show-hidden-options")) return "hidden";
  if (spelled.includes("--help")) return "long";
  return spelled.includes("-h") ? "short" : undefined;
}
