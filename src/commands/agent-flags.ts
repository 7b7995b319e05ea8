// The flags of `klog agent …`. They live on the command line only: what stays the same on a node is in the agent's configuration.
import type { Flag } from "./flag.ts";
import { HELP_FLAG } from "./flags/help.ts";

export const AGENT_COMMANDS = ["run", "check-config", "status", "audit", "explain"] as const;
export type AgentCommand = (typeof AGENT_COMMANDS)[number];

export interface AgentFlag extends Flag {
  /** The subcommands that take it. */
  readonly of: readonly AgentCommand[];
}

const EVERY = AGENT_COMMANDS;
const CONFIGURED = ["run", "check-config", "explain"] as const;
const READING = ["status", "audit", "explain"] as const;

export const AGENT_FLAGS = [
  {
    name: "config",
    kind: "text",
    value: "FILE|DIR",
    default: "every container of the node into the embedded store",
    group: "What is collected",
    help: "the agent's configuration: a YAML file, or a directory of pipelines",
    details: "Read again when it changes and at SIGHUP. docs/agent-config.md describes it.",
    completes: "files",
    commandLineOnly: true,
    of: EVERY,
  },
  {
    name: "pods-dir",
    kind: "text",
    value: "DIR",
    default: "/var/log/pods",
    group: "What is collected",
    help: "the kubelet's tree of container logs",
    details: "With one of --pods-dir, --docker-dir, --files and --s6-dir only what is named is collected.",
    completes: "files",
    commandLineOnly: true,
    of: CONFIGURED,
  },
  {
    name: "docker-dir",
    kind: "text",
    value: "DIR",
    default: "/var/lib/docker/containers",
    group: "What is collected",
    help: "Docker's tree of json-files",
    completes: "files",
    commandLineOnly: true,
    of: CONFIGURED,
  },
  {
    name: "files",
    kind: "patterns",
    value: "GLOB",
    group: "What is collected",
    help: "files of the host, rotated ones included: '/srv/**/*.log'; repeatable",
    completes: "files",
    commandLineOnly: true,
    of: CONFIGURED,
  },
  {
    name: "s6-dir",
    kind: "text",
    value: "DIR",
    group: "What is collected",
    help: "root of s6-log directories: DIR/<namespace>/<app>/<pod>/log",
    completes: "files",
    commandLineOnly: true,
    of: CONFIGURED,
  },
  {
    name: "multiline",
    kind: "text",
    value: "PRESET|REGEX",
    default: "one line is one event",
    suggestions: ["auto", "java", "python", "go", "node", "ruby", "dotnet", "php", "rust", "json"],
    group: "What is collected",
    help: "join lines to events: by a preset, or REGEX matches their first line",
    commandLineOnly: true,
    of: CONFIGURED,
  },
  {
    name: "sink",
    kind: "patterns",
    value: "SINK",
    default: "store:/var/lib/klog/store",
    group: "Delivery",
    help: "store:DIR, file:PATH, stdout or null; repeatable, each gets everything",
    completes: "sinks",
    commandLineOnly: true,
    of: CONFIGURED,
  },
  {
    name: "once",
    kind: "boolean",
    group: "Delivery",
    help: "read all that is there, deliver it, print a summary on stderr and end",
    details: "Run again with the same state directory it adds nothing but what is new.",
    commandLineOnly: true,
    of: ["run"],
  },
  {
    name: "state-dir",
    kind: "text",
    value: "DIR",
    default: "/var/lib/klog/state",
    group: "Operation",
    help: "where the agent keeps how far it has read; one agent a directory",
    completes: "files",
    commandLineOnly: true,
    of: EVERY,
  },
  {
    name: "node",
    kind: "text",
    value: "NAME",
    default: "$NODE_NAME, or the host's name",
    group: "Operation",
    help: "name of this node in the records",
    commandLineOnly: true,
    of: CONFIGURED,
  },
  {
    name: "http",
    kind: "text",
    value: "ADDRESS",
    default: "127.0.0.1:7953",
    suggestions: [":7953", "0.0.0.0:7953", "off"],
    group: "Operation",
    help: "where /healthz, /readyz and /metrics are served; off for none",
    commandLineOnly: true,
    of: ["run"],
  },
  {
    name: "limit-cpu",
    kind: "number",
    value: "CORES",
    default: "no limit",
    minimum: 0.01,
    group: "Operation",
    help: "CPU the agent may use: 0.4 is two fifths of a core",
    commandLineOnly: true,
    of: ["run"],
  },
  {
    name: "limit-memory",
    kind: "bytes",
    value: "SIZE",
    default: "no limit",
    minimum: 96 * 1024 * 1024,
    group: "Operation",
    help: "resident memory at which reading pauses: 200MiB",
    commandLineOnly: true,
    of: ["run"],
  },
  {
    name: "log-format",
    kind: "text",
    value: "FORMAT",
    choices: ["auto", "json", "text"],
    default: "auto",
    group: "Operation",
    help: "the agent's own log on stderr: auto is text on a terminal, else json",
    commandLineOnly: true,
    of: ["run"],
  },
  {
    name: "since",
    letter: "s",
    kind: "text",
    value: "TIME",
    default: "the first agent of the state directory",
    suggestions: ["1h", "24h", "7d", "yesterday"],
    group: "Window",
    help: "judge only by what was lost from then on: 24h, yesterday 14:00, RFC 3339",
    commandLineOnly: true,
    of: ["audit"],
  },
  {
    name: "output",
    letter: "o",
    kind: "text",
    value: "FORMAT",
    choices: ["default", "json"],
    default: "default",
    group: "Output",
    help: "default for people, json for programs",
    commandLineOnly: true,
    of: [...READING, "check-config"],
  },
  {
    name: "color",
    kind: "text",
    value: "WHEN",
    choices: ["auto", "always", "never"],
    default: "auto",
    group: "Output",
    help: "colour: auto, always or never",
    commandLineOnly: true,
    of: READING,
  },
  { ...HELP_FLAG, of: EVERY },
] as const satisfies readonly AgentFlag[];

export type AgentFlagEntry = (typeof AGENT_FLAGS)[number];

export function isAgentCommand(word: string | undefined): word is AgentCommand {
  return AGENT_COMMANDS.some((name) => name === word);
}

export function agentFlagsOf(command: AgentCommand): AgentFlagEntry[] {
  return AGENT_FLAGS.filter((flag) => (flag as AgentFlag).of.includes(command));
}
