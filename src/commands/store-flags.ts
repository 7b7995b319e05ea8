// The flags of `klog store …`.
import type { Flag } from "./flag.ts";
import { HELP_FLAG } from "./flags/help.ts";

export const STORE_COMMANDS = ["ls", "verify", "prune", "export"] as const;
export type StoreCommand = (typeof STORE_COMMANDS)[number];

interface OwnFlag extends Flag {
  /** The subcommands that take it. */
  readonly of: readonly StoreCommand[];
}

export const STORE_FLAGS = [
  {
    name: "max-age",
    kind: "duration",
    value: "DURATION",
    suggestions: ["24h", "7d", "30d"],
    group: "Operation",
    help: "remove segments that were stored longer ago",
    commandLineOnly: true,
    of: ["prune"],
  },
  {
    name: "max-bytes",
    kind: "bytes",
    value: "SIZE",
    suggestions: ["1GiB", "10GiB"],
    group: "Operation",
    help: "remove the oldest segments until the store is no larger",
    commandLineOnly: true,
    of: ["prune"],
  },
  {
    name: "before",
    kind: "text",
    value: "TIME",
    suggestions: ["7d", "yesterday", "2026-11-21"],
    group: "Operation",
    help: "remove segments whose records are all older",
    commandLineOnly: true,
    of: ["prune"],
  },
  {
    name: "dry-run",
    kind: "boolean",
    group: "Operation",
    help: "say what would be removed, and remove nothing",
    commandLineOnly: true,
    of: ["prune"],
  },
  {
    name: "from",
    aliases: ["since", "since-time"],
    kind: "text",
    value: "TIME",
    suggestions: ["1h", "24h", "today", "yesterday"],
    group: "Window",
    help: "records from then on: 2h, yesterday 14:00, RFC 3339",
    commandLineOnly: true,
    of: ["export"],
  },
  {
    name: "to",
    aliases: ["until"],
    kind: "text",
    value: "TIME",
    suggestions: ["1h", "today", "yesterday"],
    group: "Window",
    help: "records up to then; a date means its end",
    commandLineOnly: true,
    of: ["export"],
  },
  {
    name: "timezone",
    kind: "text",
    value: "ZONE",
    default: "this machine's",
    group: "Window",
    help: "zone of times without one, and of times that are shown",
    completes: "timezones",
    commandLineOnly: true,
    of: STORE_COMMANDS,
  },
  {
    name: "store",
    kind: "text",
    value: "DIR",
    default: "$KLOG_STORE, else /var/lib/klog/store",
    group: "What is searched",
    help: "directory of the store",
    completes: "files",
    commandLineOnly: true,
    of: STORE_COMMANDS,
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
    of: STORE_COMMANDS,
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
    of: ["ls", "verify"],
  },
  { ...HELP_FLAG, of: STORE_COMMANDS },
] as const satisfies readonly OwnFlag[];

export type StoreFlag = (typeof STORE_FLAGS)[number];

export function isStoreCommand(word: string | undefined): word is StoreCommand {
  return STORE_COMMANDS.some((name) => name === word);
}

export function storeFlagsOf(command: StoreCommand): StoreFlag[] {
  return STORE_FLAGS.filter((flag) => (flag as OwnFlag).of.includes(command));
}
