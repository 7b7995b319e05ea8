// What a `klog tail` command line means: flags turned once into typed, checked options.
import { KlogError } from "../errors.ts";
import type { ContainerStateName, SelectionFlags } from "../sources/pods/selection.ts";
import { type ConnectionOptions, parseConnection } from "./connection-options.ts";
import type { FlagValues } from "./flag-values.ts";
import type { FlagName } from "./flags.ts";
import { parseOutput, type TailOutput } from "./tail-output.ts";
import { parseWindow, type TailWindow } from "./tail-window.ts";
import { parseWaitFor, type WaitFor } from "./wait-for.ts";

export type { TailOutput };

export interface LineFilters {
  /** In the language of klog search, without pipes. */
  readonly query: string | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly highlight: readonly string[];
  readonly before: number;
  readonly after: number;
  readonly level: string | undefined;
  /** `start` is the pattern of an event's first line. */
  readonly multiline: "auto" | "off" | { readonly start: string };
  readonly fields: readonly string[];
  readonly hideFields: readonly string[];
}

/** The selectors are not parsed yet: that takes the known contexts. */
export interface TailOptions extends SelectionFlags {
  /** Empty = the current one. */
  readonly contexts: readonly string[];
  /** Values of --source; empty: live pods. */
  readonly sources: readonly string[];
  /** undefined: this machine's store, where there is one. An empty directory is the usual one. */
  readonly history: "off" | { readonly store: string } | undefined;
  readonly window: TailWindow;
  readonly lines: LineFilters;
  readonly output: TailOutput;
  readonly order: "time" | "arrival" | "strict";
  readonly reorderWindowMs: number;
  readonly limits: TailLimits;
  readonly events: boolean;
  readonly stats: boolean;
  readonly dryRun: boolean;
  readonly stdin: boolean;
  /** undefined = the full-screen view where there is a terminal. */
  readonly ui: boolean | undefined;
  readonly verbosity: number;
  readonly waitTimeoutMs: number | undefined;
  readonly waitFor: WaitFor | undefined;
  readonly connection: ConnectionOptions;
  readonly insecureSkipTlsVerifyBackend: boolean;
}

interface TailLimits {
  /** undefined = klog's own cap. */
  readonly maxLogRequests: number | undefined;
  readonly maxStreamsPerNode: number;
  /** Streams opened in a second, Infinity = no limit, and at once before that counts. */
  readonly opensPerSecond: number;
  readonly openBurst: number;
}

interface TailInputs {
  readonly positionals: readonly string[];
  readonly flags: FlagValues;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Reads a template file; throws what node:fs throws. */
  readonly readText: (path: string) => string;
}

const ALL_STATES: readonly ContainerStateName[] = ["running", "waiting", "terminated"];

const SELECTING: readonly FlagName[] = [
  "namespace",
  "all-namespaces",
  "selector",
  "field-selector",
  "node",
  "region",
  "zone",
  "os",
  "arch",
  "container",
  "condition",
  "stdin",
  "source",
];

/** False for a bare `klog tail`, whatever the config file says: that asks for usage, not for every pod. */
export function selectsSomething(positionals: readonly string[], flags: FlagValues): boolean {
  return positionals.length > 0 || SELECTING.some((name) => flags.origin(name) === "command line");
}

export function parseTailOptions(inputs: TailInputs): TailOptions {
  const { flags, positionals } = inputs;
  const { sources, contexts } = parseSources(flags);
  const stdin = readsStdin(positionals, flags);
  if (stdin && sources.length > 0) {
    throw new KlogError("USAGE", "standard input and --source cannot be read together", {
      hint: "leave out one of them",
    });
  }
  const namespaceFlag = flags.boolean("all-namespaces")
    ? flags.oneOf(["namespace", "all-namespaces"], "leave one out: -A reads every namespace")
    : "namespace";
  const states = flags.list("container-state");
  return {
    selectorArgs: stdin ? [] : positionals,
    namespaces: namespaceFlag === "namespace" ? flags.list("namespace") : [],
    allNamespaces: namespaceFlag === "all-namespaces",
    contexts: contexts.length > 0 ? contexts : flags.list("context"),
    labelSelector: flags.text("selector"),
    fieldSelector: flags.text("field-selector"),
    nodes: flags.list("node"),
    nodeLabels: {
      region: flags.list("region"),
      zone: flags.list("zone"),
      os: flags.list("os"),
      arch: flags.list("arch"),
    },
    containers: flags.list("container"),
    excludeContainers: flags.list("exclude-container"),
    excludePods: flags.list("exclude-pod"),
    excludeNamespaces: flags.list("exclude-namespace"),
    initContainers: flags.boolean("init-containers") ?? true,
    ephemeralContainers: flags.boolean("ephemeral-containers") ?? true,
    containerStates: states.includes("all") || states.length === 0 ? ALL_STATES : (states as ContainerStateName[]),
    condition: flags.text("condition"),
    defaultContainer: defaultContainerOnly(flags),
    sources,
    history: parseHistory(flags),
    window: parseWindow(flags, inputs.now),
    lines: parseLineFilters(flags),
    output: parseOutput(flags, inputs.readText),
    order: (flags.text("order") ?? "time") as TailOptions["order"],
    reorderWindowMs: flags.milliseconds("reorder-window") ?? 200,
    limits: parseLimits(flags),
    events: flags.boolean("events") ?? false,
    stats: flags.boolean("stats") ?? false,
    dryRun: flags.boolean("dry-run") ?? false,
    stdin,
    ui: flags.boolean("ui"),
    verbosity: flags.number("verbosity") ?? 0,
    waitTimeoutMs: flags.milliseconds("wait-timeout"),
    waitFor: parseWaitFor(flags),
    connection: parseConnection(flags),
    insecureSkipTlsVerifyBackend: flags.boolean("insecure-skip-tls-verify-backend") ?? false,
  };
}

/** Pods alone are what is tailed anyway; `pods:CONTEXT` then says of which clusters. */
function parseSources(flags: FlagValues): { sources: string[]; contexts: string[] } {
  const sources = flags.list("source");
  if (!sources.every((word) => word === "pods" || word.startsWith("pods:"))) return { sources, contexts: [] };
  const contexts = sources.map((word) => word.slice("pods:".length)).filter((name) => name !== "");
  if (contexts.length > 0 && flags.origin("context") === "command line") {
    throw new KlogError("USAGE", `--source ${sources.join(",")} and --context both name clusters`, {
      hint: "leave out one of them",
    });
  }
  return { sources: [], contexts };
}

function parseHistory(flags: FlagValues): TailOptions["history"] {
  const text = flags.text("history");
  if (text === undefined || text === "") return undefined;
  if (text === "off") return "off";
  if (text === "store" || text.startsWith("store:")) return { store: text.slice("store:".length) };
  throw new KlogError("USAGE", `${flags.where("history")}: ${JSON.stringify(text)} is no history`, {
    hint: "store, store:DIR or off",
  });
}

function readsStdin(positionals: readonly string[], flags: FlagValues): boolean {
  const pods = positionals.filter((argument) => argument !== "-");
  const stdin = flags.boolean("stdin") === true || pods.length < positionals.length;
  if (stdin && pods.length > 0) {
    throw new KlogError("USAGE", `standard input and pods (${pods.join(" ")}) cannot be read together`, {
      hint: "leave out one of them",
    });
  }
  return stdin;
}

function defaultContainerOnly(flags: FlagValues): boolean {
  const winner = flags.oneOf(["default-container", "all-containers"], "leave one of them out");
  if (winner === undefined) return false;
  return winner === "all-containers" ? !flags.boolean(winner) : flags.boolean(winner) === true;
}

function parseLineFilters(flags: FlagValues): LineFilters {
  const around = flags.number("context-lines") ?? 0;
  const multiline = flags.text("multiline") ?? "auto";
  return {
    query: flags.text("query"),
    include: flags.list("include"),
    exclude: flags.list("exclude"),
    highlight: flags.list("highlight"),
    before: flags.number("before-context") ?? around,
    after: flags.number("after-context") ?? around,
    level: flags.text("level"),
    multiline: multiline === "auto" || multiline === "off" ? multiline : { start: multiline },
    fields: flags.list("fields"),
    hideFields: flags.list("hide-fields"),
  };
}

function parseLimits(flags: FlagValues): TailLimits {
  const requests = flags.number("max-log-requests") ?? -1;
  const rate = flags.number("qps") ?? 0;
  return {
    maxLogRequests: requests > 0 ? requests : undefined,
    maxStreamsPerNode: flags.number("max-streams-per-node") ?? 64,
    opensPerSecond: rate < 0 ? Number.POSITIVE_INFINITY : rate || 200,
    openBurst: flags.number("burst") || 400,
  };
}
