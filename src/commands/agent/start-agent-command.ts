// From the words behind `klog agent` to the running subcommand.
import type { AgentCommand } from "../agent-flags.ts";
import { isAgentCommand } from "../agent-flags.ts";
import type { CommandIo } from "../command-io.ts";
import { commandEntry } from "../command-table.ts";
import { usage } from "../help.ts";
import { unknownCommand } from "../program.ts";
import { type AgentOptions, parseAgentOptions } from "./agent-options.ts";

/** Resolves to the exit status. Throws KlogError. */
export async function startAgentCommand(words: readonly string[], io: CommandIo): Promise<number> {
  const [command, ...rest] = words;
  if (command === undefined) {
    io.stderr.write(`klog: klog agent needs to know what to do\n\n${usage(commandEntry("agent"))}`);
    return 2;
  }
  if (!isAgentCommand(command)) throw unknownCommand(`agent ${command}`);
  const options = parseAgentOptions(command, rest);
  const status = await start(command, options, io);
  await new Promise((written) => io.stdout.write("", written));
  return status;
}

async function start(command: AgentCommand, options: AgentOptions, io: CommandIo): Promise<number> {
  switch (command) {
    case "run": {
      const { runAgent } = await import("./run.ts");
      const { loadNodeConfig } = await import("./node-config.ts");
      const { createCollector } = await import("../../collector/collector.ts");
      return runAgent(options, { load: () => loadNodeConfig(options.config, io.env), create: createCollector }, io);
    }
    case "check-config": {
      const { checkConfig } = await import("./check-config.ts");
      return checkConfig(options, io);
    }
    case "status": {
      const { showStatus } = await import("./report.ts");
      return showStatus(options, io);
    }
    case "audit": {
      const { showAudit } = await import("./report.ts");
      return showAudit(options, io);
    }
    case "explain": {
      const { explain } = await import("./explain.ts");
      return explain(options, io);
    }
  }
}
