// From the words behind `klog config` to the running subcommand.
import type { CommandIo } from "../command-io.ts";

import { usage } from "../help.ts";
import { unknownCommand } from "../program.ts";
import { isConfigCommand } from "../setup-flags.ts";
import { scanSetup } from "../setup-inputs.ts";
import { SETUP_TABLE } from "../setup-table.ts";

/** Resolves to the exit status. Throws KlogError. */
export async function startConfigCommand(words: readonly string[], io: CommandIo): Promise<number> {
  const [command, ...rest] = words;
  if (command === undefined) {
    io.stderr.write(`klog: klog config needs to know what to do\n\n${usage(SETUP_TABLE[0])}`);
    return 2;
  }
  if (!isConfigCommand(command)) throw unknownCommand(`config ${command}`);
  const most = { path: 0, view: 0, edit: 0, init: 0, check: 1, queries: 1 }[command];
  const line = scanSetup(`config ${command}`, rest, most);
  switch (command) {
    case "path":
      return (await import("./path.ts")).showPath(line, io);
    case "view":
      return (await import("./view.ts")).showView(line, io);
    case "edit":
      return (await import("./edit.ts")).editConfig(line, io);
    case "init":
      return (await import("./init.ts")).initConfig(line, io);
    case "check":
      return (await import("./check.ts")).checkConfig(line, io);
    case "queries":
      return (await import("./queries.ts")).showQueries(line, io);
  }
}
