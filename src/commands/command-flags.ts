// Which flags a command takes.
import { agentFlagsOf, isAgentCommand } from "./agent-flags.ts";
import type { Flag } from "./flag.ts";
import { FLAGS } from "./flags.ts";

/** The command that the words name, `agent run` being one, and the words behind it. */
export function commandOf(words: readonly string[]): { readonly topic: string; readonly rest: readonly string[] } {
  const [command = "", sub] = words;
  if (command === "agent" && isAgentCommand(sub)) return { topic: `agent ${sub}`, rest: words.slice(2) };
  return { topic: command, rest: words.slice(1) };
}

/** Those of `klog tail` for a command that has none: `--help` is understood everywhere. */
export function flagsOf(command: string): readonly Flag[] {
  const [group, sub] = command.split(" ");
  return group === "agent" && isAgentCommand(sub) ? agentFlagsOf(sub) : FLAGS;
}
