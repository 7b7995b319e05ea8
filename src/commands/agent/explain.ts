// `klog agent explain`: for a log by any of its names, what the agent knows of it; for one it does not know, what is on disk and why not.

import { createDiscoveries } from "../../collector/declare/create-discoveries.ts";
import { matchTargets, type TargetMatch } from "../../collector/declare/match-targets.ts";
import { nodeFileSystem } from "../../collector/node-file-system.ts";
import type { AgentStatus, ChainStatus } from "../../collector/operation/agent-status.ts";
import { readStatus } from "../../collector/operation/status-file.ts";
import { messageOf } from "../../errors.ts";
import { painted } from "../../output/paint.ts";
import type { Styles } from "../../output/theme.ts";
import type { CommandIo } from "../command-io.ts";
import type { AgentOptions } from "./agent-options.ts";
import { chainName, isNamed } from "./chain-name.ts";
import { chainText, type ExplainedChain } from "./explain-text.ts";
import { loadNodeConfig } from "./node-config.ts";
import { isAlive, json, stylesOf } from "./report.ts";
import { agentLines } from "./status-text.ts";

const EXIT = { known: 0, unknown: 1 } as const;

/** A log that is there, with what each pipeline says to it. */
export interface FoundLog {
  readonly id: string;
  readonly path: string;
  readonly realPath: string;
  readonly origin: ChainStatus["origin"];
  readonly verdicts: TargetMatch["verdicts"];
}

export async function explain(options: AgentOptions, io: CommandIo): Promise<number> {
  const { config } = loadNodeConfig(options.config, io.env);
  const status = readStatus(nodeFileSystem, config.stateDir);
  const matches = matchTargets(config, createDiscoveries(config, nodeFileSystem, Date.now).scan());
  const found = matches.map(foundLog);
  const styles = stylesOf(options, io);
  const now = Date.now();
  let code: number = EXIT.known;
  const answers = options.names.map((name) => {
    const collected = chainsNamed(name, status);
    const known = new Set(collected.map(({ chain }) => chain.realPath));
    const others = found.filter((log) => isNamed(log, name) && !known.has(log.realPath));
    if (collected.length === 0 && others.length === 0) code = EXIT.unknown;
    return { name, collected, others };
  });
  if (options.isJson) {
    io.print(json(answers));
    return code;
  }
  const lines = status === undefined ? [] : agentLines(status, { now, styles, isAlive: isAlive(status) });
  for (const { name, collected, others } of answers) {
    for (const explained of collected) lines.push("", ...chainText(explained, now, styles));
    for (const log of others) lines.push("", ...notCollected(log, status, styles));
    if (collected.length === 0 && others.length === 0) lines.push("", ...unknownName(name));
  }
  io.print(`${lines.join("\n").replace(/^\n/, "")}\n`);
  return code;
}

function chainsNamed(name: string, status: AgentStatus | undefined): ExplainedChain[] {
  return (status?.pipelines ?? []).flatMap(({ name: pipeline, sinks, chains }) =>
    chains
      .filter((chain) => isNamed(chain, name))
      .map((chain) => ({ pipeline, sinks: sinks.map((sink) => sink.name), chain })),
  );
}

function foundLog({ target, verdicts }: TargetMatch): FoundLog {
  const { id, origin, directory, file } = target;
  return { id, path: origin.path, realPath: `${directory}/${file}`, origin, verdicts };
}

function notCollected(log: FoundLog, status: AgentStatus | undefined, styles: Styles): string[] {
  const takers = log.verdicts.filter(({ whyNot }) => whyNot === undefined).map(({ pipeline }) => pipeline);
  const head = `${painted(styles.key, chainName(log))}: ${log.path}`;
  const reasons = log.verdicts.map(({ pipeline, whyNot }) => `  not by pipeline ${pipeline}: ${whyNot}`);
  if (takers.length === 0) return [head, painted(styles.warning, "  no pipeline takes it"), ...reasons];
  const why =
    status === undefined
      ? "no agent has run with this state directory"
      : "the agent has not found it yet, or runs with another configuration";
  return [head, `  pipeline ${takers.join(", ")} would take it, but ${why}`, unreadable(log.realPath)].filter(
    (line) => line !== "",
  );
}

function unreadable(path: string): string {
  try {
    const fd = nodeFileSystem.openForReading(path);
    if (fd !== undefined) nodeFileSystem.close(fd);
    return "";
  } catch (error) {
    return `  it cannot be read by this user: ${messageOf(error)}`;
  }
}

function unknownName(name: string): string[] {
  return [
    `${name}: no log of that name, neither in the agent's status nor on disk where the configuration looks`,
    "  a name is a container, a pod, namespace/pod, a container's id, a file or a directory",
  ];
}
