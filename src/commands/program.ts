// The tree of commands that do work. Commander finds the command; what stands behind its name is scanned by argv.ts, in the grammar
// of kubectl and stern, which commander has not.
import { Command, CommanderError } from "commander";
import { KlogError } from "../errors.ts";
import { closest } from "../query/closest.ts";
import { COMMANDS } from "./command-table.ts";

/** What a command does with the words behind its name; resolves to the exit status. A subcommand is the first of them. */
export type Actions = Readonly<Record<string, (words: readonly string[]) => Promise<number>>>;

/** Throws KlogError USAGE for a command that does not exist. */
export async function runProgram(words: readonly string[], actions: Actions): Promise<number> {
  let status = 0;
  const program = new Command("klog").helpOption(false).helpCommand(false).exitOverride();
  program.configureOutput({ writeOut: () => undefined, writeErr: () => undefined, outputError: () => undefined });
  for (const [name, action] of Object.entries(actions)) {
    program
      .command(name)
      .helpOption(false)
      .allowUnknownOption()
      .allowExcessArguments()
      .action(async () => {
        status = await action(words.slice(1));
      });
  }
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    throw error instanceof CommanderError ? unknownCommand(words[0] ?? "", error) : error;
  }
  return status;
}

export function unknownCommand(name: string, cause?: unknown): KlogError {
  const [group = ""] = name.split(" ");
  const inGroup = COMMANDS.filter((command) => command.name.startsWith(`${group} `));
  const guess = closest(
    name,
    (inGroup.length > 0 ? inGroup : COMMANDS).map((command) => command.name),
  );
  const way =
    inGroup.length > 0
      ? `there are ${inGroup.map((command) => `klog ${command.name}`).join(", ")}`
      : `to follow pods of that name: klog tail ${name}`;
  return new KlogError("USAGE", `there is no command ${JSON.stringify(name)}`, {
    hint: guess === undefined ? way : `did you mean klog ${guess}?`,
    cause,
  });
}
