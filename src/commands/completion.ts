// `klog completion SHELL`: prints the shell's completion script.

import { KlogError } from "../errors.ts";
import { closest } from "../query/closest.ts";
import { isShell, SHELLS } from "./command-table.ts";
import { COMPLETION_SCRIPTS } from "./completion-scripts.ts";

export function completionScript(words: readonly string[]): string {
  const [shell, ...more] = words;
  const hint = `write \`klog completion ${SHELLS.join("|")}\``;
  if (shell === undefined) throw new KlogError("USAGE", "klog completion needs the name of a shell", { hint });
  if (more.length > 0)
    throw new KlogError("USAGE", `klog completion takes one shell, not also ${more.join(" ")}`, { hint });
  if (isShell(shell)) return COMPLETION_SCRIPTS[shell].text;
  const guess = closest(shell, SHELLS);
  throw new KlogError("USAGE", `there is no completion for ${JSON.stringify(shell)}`, {
    hint: guess === undefined ? hint : `did you mean ${guess}?`,
  });
}
