// Which flags a command takes.
import { agentFlagsOf, isAgentCommand } from "./agent-flags.ts";
import { DEMO_FLAGS } from "./demo/demo-flags.ts";
import type { Flag } from "./flag.ts";
import { FLAGS } from "./flags.ts";
import { SEARCH_FLAGS } from "./search-flags.ts";
import { isConfigCommand, isSetupCommand, setupFlagsOf } from "./setup-flags.ts";
import { isStoreCommand, storeFlagsOf } from "./store-flags.ts";

/** The command that the words name, `agent run` being one, and the words behind it. */
export function commandOf(words: readonly string[]): { readonly topic: string; readonly rest: readonly string[] } {
  const [command = "", sub] = words;
  const isPair =
    (command === "agent" && isAgentCommand(sub)) ||
    (command === "store" && isStoreCommand(sub)) ||
    (command === "config" && isConfigCommand(sub));
  return isPair ? { topic: `${command} ${sub}`, rest: words.slice(2) } : { topic: command, rest: words.slice(1) };
}

/** Those of `klog tail` for a command that has none: `--help` is understood everywhere. */
export function flagsOf(command: string): readonly Flag[] {
  const [group, sub] = command.split(" ");
  if (group === "agent" && isAgentCommand(sub)) return agentFlagsOf(sub);
  if (group === "store" && isStoreCommand(sub)) return storeFlagsOf(sub);
  if (isSetupCommand(command)) return setupFlagsOf(command);
  if (command === "demo") return DEMO_FLAGS;
  return command === "search" ? SEARCH_FLAGS : FLAGS;
}
