// `klog agent explain`: for a log by any of its names, what the agent knows of it; for one it does not know, what is on disk and why not.
import { dirname } from "node:path";
import type { AgentConfig } from "../../collector/declare/agent-config.ts";
import { createDiscoveries } from "../../collector/declare/create-discoveries.ts";
import { matchTargets, type TargetMatch } from "../../collector/declare/match-targets.ts";
import { parsePodDirectory } from "../../collector/discovery/container-log.ts";
import { nodeFileSystem } from "../../collector/node-file-system.ts";
import type { AgentStatus, ChainStatus } from "../../collector/operation/agent-status.ts";
import { describeInput } from "../../collector/operation/describe-input.ts";
import { readStatus } from "../../collector/operation/status-file.ts";
import { messageOf } from "../../errors.ts";
import { painted } from "../../output/paint.ts";
import type { Styles } from "../../output/theme.ts";
import type { CommandIo } from "../command-io.ts";
import type { AgentOptions } from "./agent-options.ts";
import { askedName } from "./asked-name.ts";
import { isNamed } from "./chain-name.ts";
import { chainText, chainTitle, type ExplainedChain } from "./explain-text.ts";
import { declaringFlag, loadNodeConfig } from "./node-config.ts";
import { isAlive, json, stylesOf } from "./report.ts";
import { agentLines } from "./status-text.ts";
import { whyNoLog } from "./why-no-log.ts";

const EXIT = { known: 0, unknown: 1 } as const;

/** A log that is there, with what each pipeline says to it. */
export interface FoundLog {
  readonly id: string;
  readonly path: string;
  readonly realPath: string;
  readonly origin: ChainStatus["origin"];
  readonly routes: TargetMatch["routes"];
  readonly verdicts: TargetMatch["verdicts"];
}

export async function explain(options: AgentOptions, io: CommandIo): Promise<number> {
  const { config, status, disabled, notes } = subject(options, io);
  const matches = matchTargets(config, createDiscoveries(config, nodeFileSystem, Date.now).scan(), (path) =>
    nodeFileSystem.realpath(path),
  );
  const found = matches.map(foundLog);
  const styles = stylesOf(options, io);
  const now = Date.now();
  const answers = options.names.map((text) => {
    const { path, names } = askedName(text, nodeFileSystem);
    const collected = chainsNamed(names, status);
    const known = new Set(collected.map(({ chain }) => chain.realPath));
    const others = found.filter((log) => names.some((name) => isNamed(log, name)) && !known.has(log.realPath));
    const isKnown = collected.length > 0 || others.length > 0;
    const reasons = isKnown ? [] : path === undefined ? notFound(text, config) : whyNoLog(path, config, nodeFileSystem);
    return { name: text, collected, others, reasons };
  });
  const isAnyUnknown = answers.some(({ collected, others }) => collected.length === 0 && others.length === 0);
  const code = isAnyUnknown ? EXIT.unknown : EXIT.known;
  if (options.isJson) {
    io.print(json(answers));
    return code;
  }
  const lines = status === undefined ? [] : agentLines(status, { now, styles, isAlive: isAlive(status) });
  lines.push(...notes.map((note) => painted(styles.warning, `  ${note}`)));
  for (const { name, collected, others, reasons } of answers) {
    for (const explained of collected) {
      const log = found.find(({ realPath }) => realPath === explained.chain.realPath);
      lines.push("", ...chainText(explained, now, styles), ...streamsText(explained, log, styles));
    }
    for (const log of others) lines.push("", ...notCollected(log, status, styles));
    if (reasons.length > 0) lines.push("", `${name}: no log of that name`, ...reasons.map((reason) => `  ${reason}`));
    const isRefused = others.length > 0 || reasons.some((reason) => reason.startsWith("not by"));
    if (isRefused) lines.push(...disabled.map((pipeline) => `  pipeline ${pipeline} is switched off (enabled: false)`));
  }
  io.print(`${lines.join("\n").replace(/^\n/, "")}\n`);
  return code;
}

interface Subject {
  readonly config: AgentConfig;
  readonly status: AgentStatus | undefined;
  /** Pipelines that the configuration leaves out. */
  readonly disabled: readonly string[];
  readonly notes: readonly string[];
}

/** The configuration that the flags name; where they name none, that of the agent. */
function subject(options: AgentOptions, io: CommandIo): Subject {
  const flags = options.config;
  const named = loadNodeConfig(flags, io.env);
  const status = readStatus(nodeFileSystem, named.config.stateDir);
  const isNamed = flags.config !== undefined || declaringFlag(flags) !== undefined;
  const [file, ...more] = status?.agent.config ?? [];
  if (status === undefined || isNamed) return { ...named, status, notes: [] };
  if (file === undefined) {
    const inputs = (pipelines: readonly { readonly inputs: readonly string[] }[]) => pipelines.flatMap((p) => p.inputs);
    const ours = named.config.pipelines.map((pipeline) => ({
      inputs: pipeline.inputs.map((input) => describeInput(input, named.config)),
    }));
    const isSame = inputs(status.pipelines).join() === inputs(ours).join();
    return { ...named, status, notes: isSame ? [] : [OTHER_FLAGS] };
  }
  try {
    const config = more.length === 0 ? file : dirname(file);
    const own = loadNodeConfig({ ...flags, config }, io.env);
    return { ...own, status, notes: [] };
  } catch (error) {
    return { ...named, status, notes: [`the agent's configuration cannot be read now: ${messageOf(error)}`] };
  }
}

const OTHER_FLAGS =
  "the agent runs with flags of its own: give explain the same ones (--files, --pods-dir, …) to hear why it leaves a log out";

function chainsNamed(names: readonly string[], status: AgentStatus | undefined): ExplainedChain[] {
  return (status?.pipelines ?? []).flatMap(({ name: pipeline, sinks, counters, chains }) =>
    chains
      .filter((chain) => names.some((name) => isNamed(chain, name) || hasFile(chain, name)))
      .map((chain) => ({ pipeline, sinks: sinks.map((sink) => sink.name), filtered: counters.filtered, chain })),
  );
}

function hasFile({ path, realPath, generations }: ChainStatus, file: string): boolean {
  const directories = [dirname(path), dirname(realPath)];
  return generations.some(({ name }) => directories.some((directory) => `${directory}/${name}` === file));
}

function streamsText({ pipeline, chain }: ExplainedChain, log: FoundLog | undefined, styles: Styles): string[] {
  const own = log?.routes.find((route) => route.pipeline === pipeline && route.id === chain.id);
  if (log === undefined || own === undefined || own.streams === "both") return [];
  const other = own.streams === "stdout" ? "stderr" : "stdout";
  const taker = log.routes.find(({ streams, id }) => streams === other && id !== chain.id)?.pipeline;
  return taker === undefined
    ? [painted(styles.warning, `  only its ${own.streams}: no pipeline takes its ${other}`)]
    : [`  only its ${own.streams}: pipeline ${taker} takes its ${other}`];
}

function foundLog({ target, routes, verdicts }: TargetMatch): FoundLog {
  const { id, origin, directory, file } = target;
  return { id, path: origin.path, realPath: `${directory}/${file}`, origin, routes, verdicts };
}

function notCollected(log: FoundLog, status: AgentStatus | undefined, styles: Styles): string[] {
  const takers = log.verdicts.filter(({ whyNot }) => whyNot === undefined).map(({ pipeline }) => pipeline);
  const head = chainTitle(log, styles);
  const reasons = log.verdicts.map(({ pipeline, whyNot }) => `  not by pipeline ${pipeline}: ${whyNot}`);
  if (takers.length === 0) return [head, painted(styles.warning, "  no pipeline takes it"), ...reasons];
  const isOutput = status?.pipelines.some(({ sinks }) => sinks.some(({ name }) => name === `file:${log.realPath}`));
  if (isOutput) return [head, "  it is the agent's own output, which is never collected"];
  const why =
    status === undefined
      ? "no agent has run with this state directory"
      : isAlive(status)
        ? "the agent has not found it yet, or runs with another configuration"
        : "the agent does not run";
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

/** For a name that is no path. */
function notFound(name: string, config: AgentConfig): readonly string[] {
  const places = config.pipelines.flatMap(({ inputs }) => inputs.map((input) => describeInput(input, config)));
  const empty = podsWithoutLog(name, config.roots.pods);
  return [
    ...empty.map(
      (directory) => `${directory} is there without a log: its container has not started, or it was cleaned up`,
    ),
    `neither in the agent's status nor on disk in ${[...new Set(places)].join("; ")}`,
    "a name is a container, a pod, namespace/pod, a container's id, a file or a directory",
  ];
}

function podsWithoutLog(name: string, root: string | undefined): readonly string[] {
  if (root === undefined) return [];
  const pod = name.split("/").at(-1);
  return (nodeFileSystem.list(root) ?? [])
    .filter(
      (entry) =>
        parsePodDirectory(entry.name)?.pod === pod || parsePodDirectory(entry.name)?.pod === name.split("/")[0],
    )
    .map((entry) => `${root}/${entry.name}`);
}
