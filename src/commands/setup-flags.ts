// The flags of the commands that set klog up: `klog config …`, `klog sources`, `klog doctor`.
import type { Flag } from "./flag.ts";
import { CHOOSING_FLAGS } from "./flags/choosing.ts";
import { COLOUR_FLAGS } from "./flags/colour.ts";
import { CONNECTION_FLAGS } from "./flags/connection.ts";
import { GENERAL_FLAGS } from "./flags/general.ts";

export const CONFIG_COMMANDS = ["path", "view", "edit", "init", "check", "queries"] as const;
export type ConfigCommand = (typeof CONFIG_COMMANDS)[number];
export type SetupCommand = `config ${ConfigCommand}` | "sources" | "doctor";

interface OwnFlag extends Flag {
  /** The commands that take it. */
  readonly of: readonly SetupCommand[];
}

const OWN = [
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
    of: ["config path", "config check", "config queries", "sources", "doctor"],
  },
  {
    name: "output",
    letter: "o",
    kind: "text",
    value: "FORMAT",
    choices: ["yaml", "json"],
    default: "yaml",
    group: "Output",
    help: "yaml with where each value comes from, or json",
    commandLineOnly: true,
    of: ["config view"],
  },
  {
    name: "force",
    kind: "boolean",
    group: "Operation",
    help: "write over a file that is there; the old one is kept beside it as .old",
    commandLineOnly: true,
    of: ["config init"],
  },
  {
    name: "delete",
    kind: "text",
    value: "NAME",
    group: "Operation",
    help: "forget a saved query",
    completes: "saved-queries",
    commandLineOnly: true,
    of: ["config queries"],
  },
  {
    name: "history",
    kind: "boolean",
    group: "Operation",
    help: "the queries that were run lately, with time and hits",
    commandLineOnly: true,
    of: ["config queries"],
  },
  {
    name: "timeout",
    kind: "duration",
    value: "DURATION",
    default: "5s",
    suggestions: ["2s", "5s", "30s"],
    group: "Operation",
    help: "how long one source or server may take to answer",
    commandLineOnly: true,
    of: ["sources", "doctor"],
  },
  {
    name: "state-dir",
    kind: "text",
    value: "DIR",
    default: "/var/lib/klog/state",
    group: "Operation",
    help: "state directory of this node's agent",
    completes: "files",
    commandLineOnly: true,
    of: ["doctor"],
  },
] as const satisfies readonly OwnFlag[];

const CLUSTER = [...CHOOSING_FLAGS, ...CONNECTION_FLAGS] as const;
const EVERYWHERE = [...COLOUR_FLAGS, ...GENERAL_FLAGS] as const;

export type SetupFlag = (typeof OWN)[number] | (typeof CLUSTER)[number] | (typeof EVERYWHERE)[number];

const OF_CLUSTERS: readonly string[] = ["context", "namespace", ...CONNECTION_FLAGS.map(({ name }) => name)];
const OF_ALL: readonly string[] = ["config", "help"];
const PAINTING: readonly SetupCommand[] = ["config path", "config view", "config queries", "sources", "doctor"];

export function isConfigCommand(word: string | undefined): word is ConfigCommand {
  return CONFIG_COMMANDS.some((name) => name === word);
}

export function isSetupCommand(topic: string): topic is SetupCommand {
  return topic === "sources" || topic === "doctor" || CONFIG_COMMANDS.some((name) => topic === `config ${name}`);
}

export function setupFlagsOf(command: SetupCommand): SetupFlag[] {
  const speaksToClusters = command === "sources" || command === "doctor";
  const general = [
    ...OF_ALL,
    ...(PAINTING.includes(command) ? ["color"] : []),
    ...(speaksToClusters || command === "config view" ? ["profile"] : []),
    ...(speaksToClusters ? ["show-hidden-options"] : []),
  ];
  return [
    ...OWN.filter((flag: OwnFlag) => flag.of.includes(command)),
    ...CLUSTER.filter(({ name }) => speaksToClusters && OF_CLUSTERS.includes(name)),
    ...EVERYWHERE.filter(({ name }) => general.includes(name)),
  ];
}
