// What a `klog tail` command line means: flags turned once into typed, checked options. The only reader of flag values for tail.
import { KlogError, messageOf } from "../errors.ts";
import { parseDuration } from "../query/duration.ts";
import { parseTime } from "../query/time-expression.ts";
import { parseTimeStyle, type TimeStyle } from "../query/time-format.ts";
import { parseTimezone } from "../query/time-zone.ts";
import { compareTimestamps, fromMillis, type Timestamp } from "../record/timestamp.ts";
import { type ConnectionOptions, parseConnection } from "./connection-options.ts";
import type { FlagValues } from "./flag-values.ts";
import type { FlagName } from "./flags.ts";

/** A duration stays one, because the API counts `sinceSeconds` on the node's clock. */
export type WindowStart = { readonly seconds: number } | { readonly at: Timestamp };

export interface TailWindow {
  readonly follow: boolean;
  readonly since: WindowStart | undefined;
  readonly until: Timestamp | undefined;
  /** Lines from the end of each container that exists at the start; -1 = all. */
  readonly tail: number;
  /** Nobody chose `tail`: a note may say that older lines exist. */
  readonly tailIsDefault: boolean;
  readonly head: number | undefined;
  readonly limitBytes: number | undefined;
  readonly maxLineBytes: number;
  readonly previous: boolean;
  readonly stream: "stdout" | "stderr" | undefined;
}

export interface LineFilters {
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

export type OutputFormat = "default" | "raw" | "json" | "jsonl" | "extjson" | "ppextjson" | "logfmt" | "csv" | "pretty";

export interface TailOutput {
  readonly format: OutputFormat;
  /** Wins over `format`; `name` is how errors call it. */
  readonly template: { readonly name: string; readonly text: string } | undefined;
  /** undefined = no times. */
  readonly timestamps: TimeStyle | undefined;
  /** As Intl calls it. */
  readonly timezone: string;
  readonly prefix: "auto" | "short" | "full" | "none";
  readonly columns: readonly string[];
  readonly color: "auto" | "always" | "never";
  readonly theme: "dark" | "light" | "colour-blind" | "none";
  readonly podColors: readonly string[];
  readonly containerColors: readonly string[];
  readonly diffContainer: boolean;
  readonly onlyLogLines: boolean;
  readonly save: string | undefined;
  readonly markers: "auto" | "stdout" | "stderr" | "off";
  readonly ansi: "auto" | "keep" | "strip";
}

export type ContainerStateName = "running" | "waiting" | "terminated";

export interface TailOptions {
  /** The positional arguments, not yet parsed: that takes the known contexts. */
  readonly selectorArgs: readonly string[];
  /** Empty = the context's own. */
  readonly namespaces: readonly string[];
  readonly allNamespaces: boolean;
  /** Empty = the current one. */
  readonly contexts: readonly string[];
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly nodes: readonly string[];
  readonly nodeLabels: NodeLabels;
  /** Patterns, joined by OR; empty = all. */
  readonly containers: readonly string[];
  readonly excludeContainers: readonly string[];
  readonly excludePods: readonly string[];
  readonly excludeNamespaces: readonly string[];
  readonly initContainers: boolean;
  readonly ephemeralContainers: boolean;
  readonly containerStates: readonly ContainerStateName[];
  /** `name` or `name=true|false|unknown`. */
  readonly condition: string | undefined;
  readonly defaultContainer: boolean;
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
  readonly connection: ConnectionOptions;
  readonly insecureSkipTlsVerifyBackend: boolean;
}

/** Names allowed for each label of the pod's node; empty = any. */
export interface NodeLabels {
  readonly region: readonly string[];
  readonly zone: readonly string[];
  readonly os: readonly string[];
  readonly arch: readonly string[];
}

export interface TailLimits {
  /** undefined = klog's own cap. */
  readonly maxLogRequests: number | undefined;
  readonly maxStreamsPerNode: number;
  /** Streams opened in a second, Infinity = no limit, and at once before that counts. */
  readonly opensPerSecond: number;
  readonly openBurst: number;
}

export interface TailInputs {
  readonly positionals: readonly string[];
  readonly flags: FlagValues;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Reads a template file; throws what node:fs throws. */
  readonly readText: (path: string) => string;
}

const ALL_STATES: readonly ContainerStateName[] = ["running", "waiting", "terminated"];
const DEFAULT_TAIL = 10;
const MEBIBYTE = 1024 * 1024;

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
];

/** False for a bare `klog tail`, whatever the config file says: that asks for usage, not for every pod. */
export function selectsSomething(positionals: readonly string[], flags: FlagValues): boolean {
  return positionals.length > 0 || SELECTING.some((name) => flags.origin(name) === "command line");
}

export function parseTailOptions(inputs: TailInputs): TailOptions {
  const { flags, positionals } = inputs;
  const stdin = readsStdin(positionals, flags);
  const namespaceFlag = flags.boolean("all-namespaces")
    ? flags.oneOf(["namespace", "all-namespaces"], "leave one out: -A reads every namespace")
    : "namespace";
  const states = flags.list("container-state");
  return {
    selectorArgs: stdin ? [] : positionals,
    namespaces: namespaceFlag === "namespace" ? flags.list("namespace") : [],
    allNamespaces: namespaceFlag === "all-namespaces",
    contexts: flags.list("context"),
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
    window: parseWindow(inputs),
    lines: parseLineFilters(flags),
    output: parseOutput(inputs),
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
    connection: parseConnection(flags),
    insecureSkipTlsVerifyBackend: flags.boolean("insecure-skip-tls-verify-backend") ?? false,
  };
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

function parseWindow(inputs: TailInputs): TailWindow {
  const { flags, now } = inputs;
  const startFlag = flags.oneOf(["since", "since-time"], "both say where to begin: leave one out");
  const since = startFlag === undefined ? undefined : parseStart(startFlag, inputs);
  const untilText = flags.text("until");
  const until = untilText === undefined ? undefined : timeOf("until", untilText, inputs, true);
  const amount = flags.oneOf(["head", "tail"], "--head counts from the beginning, --tail from the end: leave one out");
  const head = amount === "head" ? flags.number("head") : undefined;
  const tail = amount === "tail" ? flags.number("tail") : undefined;
  const previous = flags.boolean("previous") ?? false;
  const bounded = head !== undefined || (until !== undefined && compareTimestamps(until, fromMillis(now)) <= 0);
  // The instance before a restart has ended, so there is nothing to follow; -f beside -p is a habit, not a contradiction.
  const follow = !previous && (typedFollow(flags) ?? (!bounded && (flags.boolean("follow") ?? true)));
  rejectEmptyWindow(since, until, now, flags);
  if (tail === 0 && !follow && flags.boolean("dry-run") !== true) {
    throw new KlogError("USAGE", `${flags.where("tail")} 0 without following would print nothing`, {
      hint: "leave out --no-follow to wait for new lines, or ask for some lines: --tail 10",
    });
  }
  return {
    follow,
    since: since === "everything" ? undefined : since,
    until,
    tail: tail ?? (since !== undefined || until !== undefined || head !== undefined || previous ? -1 : DEFAULT_TAIL),
    tailIsDefault: tail === undefined && since === undefined && until === undefined && head === undefined && !previous,
    head,
    limitBytes: flags.bytes("limit-bytes") || undefined,
    maxLineBytes: flags.bytes("max-line-bytes") ?? MEBIBYTE,
    previous,
    stream: flags.text("stream") as TailWindow["stream"],
  };
}

/** `-f` on the command line also follows where klog would end by itself; in the config file it only repeats the default. */
function typedFollow(flags: FlagValues): boolean | undefined {
  return flags.origin("follow") === "command line" ? flags.boolean("follow") : undefined;
}

function parseStart(name: "since" | "since-time", inputs: TailInputs): WindowStart | "everything" {
  const text = inputs.flags.text(name)!;
  const ms = durationOf(text);
  // kubectl's default, which scripts write out.
  if (ms === 0) return "everything";
  return ms !== undefined ? { seconds: ms / 1000 } : { at: timeOf(name, text, inputs, false) };
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof KlogError) return undefined;
    throw error;
  }
}

function timeOf(name: FlagName, text: string, { flags, now }: TailInputs, endOfDay: boolean): Timestamp {
  const zone = zoneOf(flags);
  return naming(name, flags, () => parseTime(text, { now, zone, endOfDay }));
}

function zoneOf(flags: FlagValues): string {
  return naming("timezone", flags, () => parseTimezone(flags.text("timezone") ?? "Local"));
}

/** An error of a value says which flag, variable or line of the config file it came from. */
function naming<T>(name: FlagName, flags: FlagValues, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof KlogError)) throw error;
    throw new KlogError(error.code, `${flags.where(name)}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

function rejectEmptyWindow(
  since: WindowStart | "everything" | undefined,
  until: Timestamp | undefined,
  now: number,
  flags: FlagValues,
): void {
  if (since === undefined || since === "everything" || until === undefined) return;
  const start = "at" in since ? since.at : fromMillis(now - since.seconds * 1000);
  if (compareTimestamps(start, until) < 0) return;
  throw new KlogError("USAGE", `the window ends (${flags.where("until")} ${flags.text("until")}) before it begins`, {
    hint: "--until 5m means five minutes ago, so --since has to reach further back",
  });
}

function parseLineFilters(flags: FlagValues): LineFilters {
  const around = flags.number("context-lines") ?? 0;
  const multiline = flags.text("multiline") ?? "auto";
  return {
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

function parseOutput(inputs: TailInputs): TailOutput {
  const { flags } = inputs;
  const format = flags.text("output") ?? "default";
  const style = flags.text("timestamps");
  const podColors = colorsOf("pod-colors", flags);
  const containerColors = colorsOf("container-colors", flags);
  if (containerColors.length > 0 && containerColors.length !== podColors.length) {
    throw new KlogError(
      "USAGE",
      `--container-colors has ${containerColors.length} colours, --pod-colors ${podColors.length}`,
      {
        hint: "give as many of one as of the other: they are used in pairs",
      },
    );
  }
  return {
    format: (format === "ndjson" ? "jsonl" : format) as OutputFormat,
    template: parseTemplate(inputs),
    timestamps: style ? naming("timestamps", flags, () => parseTimeStyle(style)) : undefined,
    timezone: zoneOf(flags),
    prefix: (flags.text("prefix") ?? "auto") as TailOutput["prefix"],
    columns: flags.list("columns"),
    color: (flags.text("color") ?? "auto") as TailOutput["color"],
    theme: (flags.text("theme") ?? "dark") as TailOutput["theme"],
    podColors,
    containerColors,
    diffContainer: flags.boolean("diff-container") ?? false,
    onlyLogLines: flags.boolean("only-log-lines") ?? false,
    save: flags.text("save"),
    markers: (flags.text("markers") ?? "auto") as TailOutput["markers"],
    ansi: (flags.text("ansi") ?? "auto") as TailOutput["ansi"],
  };
}

function parseTemplate({ flags, readText }: TailInputs): TailOutput["template"] {
  const file = flags.text("template-file");
  if (file) {
    try {
      return { name: file, text: readText(file) };
    } catch (error) {
      throw new KlogError("TEMPLATE_INVALID", `cannot read the template file ${file}: ${messageOf(error)}`, {
        hint: `${flags.where("template-file")} names it`,
        cause: error,
      });
    }
  }
  const text = flags.text("template");
  return text ? { name: flags.where("template"), text } : undefined;
}

function colorsOf(name: "pod-colors" | "container-colors", flags: FlagValues): string[] {
  const colors = flags.list(name);
  const wrong = colors.find((color) => !/^\d{1,3}(?:;\d{1,3})*$/.test(color));
  if (wrong === undefined) return colors;
  throw new KlogError("USAGE", `${flags.where(name)}: ${JSON.stringify(wrong)} is not an SGR code`, {
    hint: "write numbers, commas between colours: 91,92,38;2;255;97;136",
  });
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
