// `klog agent status` and `klog agent audit`: the status file of the agent, for people or as JSON.
import { nodeFileSystem } from "../../collector/node-file-system.ts";
import type { AgentStatus } from "../../collector/operation/agent-status.ts";
import { readStatus, STALE_MS } from "../../collector/operation/status-file.ts";
import { KlogError } from "../../errors.ts";
import { colorLevel, detectedLevel } from "../../output/color-level.ts";
import { createStyles, type Styles } from "../../output/theme.ts";
import type { CommandIo } from "../command-io.ts";
import type { AgentOptions } from "./agent-options.ts";
import { audit } from "./audit-text.ts";
import { loadNodeConfig } from "./node-config.ts";
import { pidNamespace } from "./pid-namespace.ts";
import { statusText } from "./status-text.ts";

const EXIT = { well: 0, unwell: 3 } as const;

export async function showStatus(options: AgentOptions, io: CommandIo): Promise<number> {
  const status = requireStatus(stateDirectory(options, io));
  const view = { now: Date.now(), styles: stylesOf(options, io), isAlive: isAlive(status) };
  io.print(options.isJson ? json({ ...status, alive: view.isAlive }) : statusText(status, view));
  const isAnswering = view.isAlive && view.now - status.agent.writtenAt <= STALE_MS;
  const isWell = isAnswering && status.phase === "running" && status.ready && status.degraded.length === 0;
  return isWell ? EXIT.well : EXIT.unwell;
}

export async function showAudit(options: AgentOptions, io: CommandIo): Promise<number> {
  const status = requireStatus(stateDirectory(options, io));
  const { text, isClean } = audit(status, stylesOf(options, io), options.since);
  const pipelines = status.pipelines.map(({ name, balance, total, gaps, gapCount }) => ({
    ...{ name, balance, total, gapCount, gaps },
  }));
  io.print(options.isJson ? json({ clean: isClean, pipelines, former: status.former }) : text);
  return isClean ? EXIT.well : EXIT.unwell;
}

/** Of --state-dir, or as the configuration says. */
export function stateDirectory({ config }: AgentOptions, io: CommandIo): string {
  return config.stateDir ?? loadNodeConfig(config, io.env).config.stateDir;
}

export function stylesOf({ color }: AgentOptions, io: CommandIo): Styles {
  const isTerminal = io.stdout.isTTY === true;
  return createStyles(
    "dark",
    colorLevel({ choice: color, env: io.env, isTerminal, detected: detectedLevel("stdout") }),
  );
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function requireStatus(directory: string): AgentStatus {
  const status = readStatus(nodeFileSystem, directory);
  if (status !== undefined) return status;
  throw new KlogError("STATE_UNREADABLE", `no agent has run with the state directory ${directory}`, {
    hint: "start one with `klog agent run`, or name its directory with --state-dir",
  });
}

/** An agent in a container has a process id of its own world: there only the status file's age tells. */
export function isAlive({ agent, phase }: AgentStatus): boolean {
  const { pid, writtenAt } = agent;
  if (phase === "stopped") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPERM") return true;
    const isOurWorld = agent.pidNamespace !== undefined && agent.pidNamespace === pidNamespace();
    return !isOurWorld && Date.now() - writtenAt <= STALE_MS;
  }
}
