// The flag table of `klog search`: what it shares with `klog tail` is taken from there, so that a flag means the same in both.
import type { Flag } from "./flag.ts";
import { CHOOSING_FLAGS } from "./flags/choosing.ts";
import { COLOUR_FLAGS } from "./flags/colour.ts";
import { CONNECTION_FLAGS } from "./flags/connection.ts";
import { GENERAL_FLAGS } from "./flags/general.ts";
import { LINE_FLAGS } from "./flags/lines.ts";
import { OUTPUT_FLAGS } from "./flags/output.ts";
import { WAIT_FLAGS } from "./flags/query.ts";
import { WINDOW_FLAGS } from "./flags/window.ts";

const TIMES = ["5m", "15m", "1h", "6h", "24h", "7d", "today", "yesterday"] as const;

const SEARCHED = [
  {
    name: "source",
    kind: "patterns",
    value: "SOURCE",
    default: "the store and the cluster, as far as they are there",
    suggestions: ["store", "pods", "store:", "files:", "-"],
    group: "What is searched",
    help: "store[:DIR], pods[:CONTEXT], files:GLOB, - or a name of the config file",
    details: "Repeatable: all are merged into one timeline, each line once. - is standard input.",
    completes: "sources",
  },
  {
    name: "fixed",
    kind: "boolean",
    group: "What is searched",
    help: "QUERY is a text to be found as it stands, not a query",
    details: "For pasted lines, JSON and paths. Case does not matter.",
    commandLineOnly: true,
  },
  {
    name: "regexp",
    kind: "boolean",
    group: "What is searched",
    help: "QUERY is a regular expression for the line",
    commandLineOnly: true,
  },
  {
    name: "saved",
    kind: "text",
    value: "NAME",
    group: "What is searched",
    help: "search for this saved query; QUERY is joined to it by AND",
    completes: "saved-queries",
    commandLineOnly: true,
  },
  {
    name: "save-query",
    kind: "text",
    value: "NAME",
    group: "What is searched",
    help: "save QUERY under this name, and search for it",
    commandLineOnly: true,
  },
  {
    name: "explain",
    kind: "boolean",
    group: "What is searched",
    help: "say what would be searched for, where and how, and end",
    details:
      "The query as klog understood it, its range, and for each source what it does itself and what klog checks behind it.",
    commandLineOnly: true,
  },
] as const satisfies readonly Flag[];

const WINDOW = [
  {
    name: "since",
    letter: "s",
    kind: "text",
    value: "TIME",
    default: "1h where the cluster is searched, else no bound; 5m with -f",
    suggestions: TIMES,
    group: "Window",
    help: "from then on: 5m, 2h30m, yesterday 14:00, RFC 3339; 0 = everything",
  },
  {
    name: "since-time",
    aliases: ["from"],
    kind: "text",
    value: "TIME",
    suggestions: TIMES,
    group: "Window",
    help: "the same, as a time",
    commandLineOnly: true,
  },
  {
    name: "until",
    aliases: ["to"],
    kind: "text",
    value: "TIME",
    suggestions: TIMES,
    group: "Window",
    help: "up to then; a day means its end",
    commandLineOnly: true,
  },
  {
    name: "around",
    kind: "text",
    value: "TIME",
    group: "Window",
    help: "--window before that time and as much after it",
    commandLineOnly: true,
  },
  {
    name: "window",
    kind: "duration",
    value: "DURATION",
    default: "5m",
    suggestions: ["30s", "1m", "5m", "15m"],
    group: "Window",
    help: "how far --around reaches to each side",
    commandLineOnly: true,
  },
  {
    name: "follow",
    letter: "f",
    kind: "boolean",
    group: "Window",
    help: "go on with new lines, after what is there",
    commandLineOnly: true,
    peers: "kubectl",
  },
  {
    name: "limit",
    kind: "integer",
    value: "N",
    minimum: 0,
    default: "100 on a terminal, all in a pipe",
    suggestions: ["0", "20", "100", "1000"],
    group: "Window",
    help: "at most so many hits, the newest unless --order says else; 0 = all",
  },
  {
    name: "order",
    kind: "text",
    value: "HOW",
    choices: ["newest", "oldest"],
    default: "in time order: the newest of them with a limit, else all",
    group: "Window",
    help: "newest first, or oldest first",
    details: "With a limit it also says which end of the range the hits are taken from.",
    commandLineOnly: true,
  },
] as const satisfies readonly Flag[];

const COUNTING = [
  {
    name: "hist",
    kind: "text",
    value: "DURATION",
    bare: "auto",
    suggestions: ["10s", "1m", "5m", "1h"],
    group: "Counting",
    help: "how many hits in each span of time, by level",
    details: "The span needs the equals sign: --hist=1m. `QUERY | hist 1m by pod` says more.",
    commandLineOnly: true,
  },
  {
    name: "top",
    kind: "text",
    value: "FIELDS",
    suggestions: ["level", "namespace", "pod", "container", "node"],
    group: "Counting",
    help: "the values that are most frequent: --top pod, --top namespace,level",
    completes: "fields",
    commandLineOnly: true,
  },
  {
    name: "fields",
    kind: "text",
    value: "NAMES",
    bare: "all",
    group: "Counting",
    help: "which fields the hits have, how often, and with what values",
    completes: "fields",
    details:
      "Names need the equals sign: --fields=status,user.id. To print only some fields write `QUERY | fields a, b`.",
    commandLineOnly: true,
  },
  {
    name: "patterns",
    kind: "boolean",
    group: "Counting",
    help: "the templates that the messages are made from, with counts",
    commandLineOnly: true,
  },
] as const satisfies readonly Flag[];

const OUTPUT = [
  {
    name: "output",
    letter: "o",
    kind: "text",
    value: "FORMAT",
    choices: [
      "default",
      "pretty",
      "raw",
      "json",
      "jsonl",
      "ndjson",
      "extjson",
      "ppextjson",
      "logfmt",
      "csv",
      "template",
      "none",
    ],
    default: "default",
    group: "Output",
    help: "default, pretty, raw, json, jsonl, logfmt, csv, template, none",
    details:
      "jsonl (also called ndjson) is klog's own record, one object a line; json, extjson and ppextjson are stern's. template needs " +
      "--template. Tables have default, raw (tabs), json, jsonl, logfmt and csv.",
  },
  {
    name: "utc",
    kind: "boolean",
    group: "Output",
    help: "read and print times in UTC",
    commandLineOnly: true,
  },
  {
    name: "progress",
    kind: "text",
    value: "HOW",
    choices: ["auto", "plain", "json", "off"],
    default: "auto",
    group: "Output",
    help: "how far the search is, on stderr: auto on a terminal, plain, json, off",
    commandLineOnly: true,
  },
  {
    name: "stats",
    kind: "boolean",
    group: "Output",
    help: "at the end say what each source read, skipped and gave",
    peers: "logcli",
  },
] as const satisfies readonly Flag[];

const PAGING = [
  {
    name: "cursor",
    kind: "text",
    value: "CURSOR",
    group: "Paging and export",
    help: "go on where an earlier search of the same query ended",
    details: "klog prints the whole command on stderr when there is more.",
    commandLineOnly: true,
  },
  {
    name: "export",
    kind: "text",
    value: "FILE",
    group: "Paging and export",
    help: "write all hits into FILE, oldest first; .gz and .zst compress",
    details:
      "The format is that of the name (.jsonl, .csv, .logfmt, .log) or of --output. Parts and a manifest lie in FILE.parts until " +
      "the file is whole.",
    completes: "files",
    commandLineOnly: true,
  },
  {
    name: "resume",
    kind: "boolean",
    group: "Paging and export",
    help: "go on with an --export that was interrupted",
    commandLineOnly: true,
  },
] as const satisfies readonly Flag[];

const LIMITS = [
  {
    name: "source-timeout",
    kind: "duration",
    value: "DURATION",
    default: "10s",
    suggestions: ["2s", "10s", "1m"],
    group: "Order and limits",
    help: "how long a source may stay silent before klog goes on without it",
  },
  {
    name: "dedupe",
    kind: "boolean",
    default: "true",
    group: "Order and limits",
    help: "print a line once that several sources gave",
  },
] as const satisfies readonly Flag[];

/** Flags of `klog tail` that mean the same here. */
const SHARED = [
  "namespace",
  "all-namespaces",
  "context",
  "selector",
  "node",
  "container",
  "exclude-container",
  "exclude-pod",
  "exclude-namespace",
  "init-containers",
  "ephemeral-containers",
  "max-line-bytes",
  "include",
  "exclude",
  "highlight",
  "before-context",
  "after-context",
  "context-lines",
  "level",
  "hide-fields",
  "template",
  "template-file",
  "timestamps",
  "timezone",
  "prefix",
  "columns",
  "ansi",
  "only-log-lines",
] as const;

type Shared = (typeof SHARED)[number];

function shared<F extends Flag>(flags: readonly F[]): Extract<F, { readonly name: Shared }>[] {
  const names: readonly string[] = SHARED;
  return flags.filter((flag): flag is Extract<F, { readonly name: Shared }> => names.includes(flag.name));
}

export const SEARCH_FLAGS = [
  ...SEARCHED,
  ...shared(CHOOSING_FLAGS),
  ...WINDOW,
  ...shared(WINDOW_FLAGS),
  ...shared(LINE_FLAGS),
  ...COUNTING,
  ...OUTPUT,
  ...shared(OUTPUT_FLAGS),
  ...PAGING,
  ...COLOUR_FLAGS,
  ...LIMITS,
  ...WAIT_FLAGS,
  ...CONNECTION_FLAGS,
  ...GENERAL_FLAGS,
] satisfies readonly Flag[];

export type SearchFlag = (typeof SEARCH_FLAGS)[number];
