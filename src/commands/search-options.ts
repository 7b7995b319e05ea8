// What a `klog search` command line means: flags turned once into typed, checked options.
import { KlogError } from "../errors.ts";

import type { FlagValues } from "./flag-values.ts";
import { parseRange, type TimeRange } from "./search/search-range.ts";
import type { SearchFlag } from "./search-flags.ts";
import { type Printing, parsePrinting } from "./tail-output.ts";
import { timezoneOf } from "./tail-window.ts";
import { parseWaitFor, type WaitFor } from "./wait-for.ts";

/** Which containers are searched, by what every source knows of a line's origin. */
export interface OriginChoice {
  /** Empty: the context's own of live pods, all of other sources. */
  readonly namespaces: readonly string[];
  readonly allNamespaces: boolean;
  readonly contexts: readonly string[];
  readonly labelSelector: string | undefined;
  readonly nodes: readonly string[];
  readonly containers: readonly string[];
  readonly excludeContainers: readonly string[];
  readonly excludePods: readonly string[];
  readonly excludeNamespaces: readonly string[];
  readonly initContainers: boolean;
  readonly ephemeralContainers: boolean;
}

export interface SearchedText {
  /** What stands behind the flags, joined by blanks. */
  readonly text: string;
  readonly reading: "query" | "fixed" | "regexp";
  readonly saved: string | undefined;
  readonly saveAs: string | undefined;
  readonly level: string | undefined;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** What is shown in place of lines. */
export type CountingChoice =
  | { readonly kind: "hist"; readonly every: string | undefined }
  | { readonly kind: "top"; readonly by: readonly string[] }
  /** Empty: every field. */
  | { readonly kind: "fields"; readonly names: readonly string[] }
  | { readonly kind: "patterns" };

export interface ExportChoice {
  readonly file: string;
  readonly resume: boolean;
}

export interface SearchOptions {
  /** The words behind `klog`, for a command that can be pasted. */
  readonly words: readonly string[];
  readonly searched: SearchedText;
  readonly sources: readonly string[];
  readonly origins: OriginChoice;
  /** undefined: nobody said anything about time. */
  readonly range: TimeRange | undefined;
  /** undefined: nobody said how many; 0: all. */
  readonly limit: number | undefined;
  /** Said for this search, and not once for all in the config file: it holds for tables too. */
  readonly limitIsTyped: boolean;
  /** undefined: in time order; with a limit the newest. */
  readonly order: "newest" | "oldest" | undefined;
  readonly follow: boolean;
  readonly before: number;
  readonly after: number;
  readonly counting: CountingChoice | undefined;
  readonly highlight: readonly string[];
  readonly hideFields: readonly string[];
  readonly maxLineBytes: number;
  readonly printing: Printing;
  /** Somebody named the format. */
  readonly formatIsChosen: boolean;
  readonly timesAreChosen: boolean;
  readonly cursor: string | undefined;
  readonly export: ExportChoice | undefined;
  readonly explain: boolean;
  readonly stats: boolean;
  readonly progress: "auto" | "plain" | "json" | "off";
  readonly waitFor: WaitFor | undefined;
  readonly sourceTimeoutMs: number;
  readonly dedupe: boolean;
  readonly verbosity: number;
  /** Milliseconds since the epoch: what relative times count from. */
  readonly now: number;
}

interface SearchInputs {
  readonly words: readonly string[];
  readonly positionals: readonly string[];
  readonly flags: FlagValues<SearchFlag>;
  readonly now: number;
  /** Reads a template file; throws what node:fs throws. */
  readonly readText: (path: string) => string;
}

const SOURCE_TIMEOUT_MS = 10_000;
const MEBIBYTE = 1024 * 1024;

/** Throws KlogError for what cannot be meant. */
export function parseSearchOptions({ words, positionals, flags, now, readText }: SearchInputs): SearchOptions {
  const printing = parseSearchPrinting(flags, readText);
  const around = flags.number("context-lines") ?? 0;
  const follow = flags.boolean("follow") ?? false;
  const range = parseRange(flags, now, printing.timezone);
  const order = flags.text("order") as SearchOptions["order"];
  const cursor = flags.text("cursor");
  const counting = parseCounting(flags);
  const sources = flags.list("source");
  rejectMixedStdin(positionals);
  rejectDetachedSpan(words);
  const options: SearchOptions = {
    words,
    searched: parseSearched(flags, positionals),
    sources,
    origins: parseOrigins(flags),
    range,
    limit: flags.number("limit"),
    limitIsTyped: flags.origin("limit") === "command line",
    order,
    follow,
    before: flags.number("before-context") ?? around,
    after: flags.number("after-context") ?? around,
    counting,
    highlight: flags.list("highlight"),
    hideFields: flags.list("hide-fields"),
    maxLineBytes: flags.bytes("max-line-bytes") ?? MEBIBYTE,
    printing,
    formatIsChosen: flags.origin("output") !== undefined,
    timesAreChosen: flags.origin("timestamps") !== undefined,
    cursor,
    export: parseExport(flags),
    explain: flags.boolean("explain") ?? false,
    stats: flags.boolean("stats") ?? false,
    progress: (flags.text("progress") ?? "auto") as SearchOptions["progress"],
    waitFor: parseWaitFor(flags),
    sourceTimeoutMs: flags.milliseconds("source-timeout") ?? SOURCE_TIMEOUT_MS,
    dedupe: flags.boolean("dedupe") ?? true,
    verbosity: flags.number("verbosity") ?? 0,
    now,
  };
  rejectContradictions(options, flags);
  return options;
}

/** `--hist 10m` would search for the word 10m. */
function rejectDetachedSpan(words: readonly string[]): void {
  const end = words.indexOf("--");
  const at = words.indexOf("--hist");
  const next = at < 0 || (end >= 0 && end < at) ? undefined : words[at + 1];
  if (next === undefined || !/^\d+(?:ms|[smhdw])$/.test(next)) return;
  throw new KlogError("USAGE", `is ${JSON.stringify(next)} the value of --hist, or part of the query?`, {
    hint: `write --hist=${next} for the value; put a word of the query before the flag`,
  });
}

/** `QUERY -` would search for a hyphen; people mean standard input. */
function rejectMixedStdin(positionals: readonly string[]): void {
  if (!positionals.includes("-")) return;
  throw new KlogError("USAGE", "a single - is no query", {
    hint: "standard input is a source: klog search QUERY --source -",
  });
}

function parseSearched(flags: FlagValues<SearchFlag>, positionals: readonly string[]): SearchedText {
  const reading = (["fixed", "regexp"] as const).filter((name) => flags.boolean(name));
  if (reading.length > 1) {
    throw new KlogError("USAGE", "--fixed and --regexp exclude each other", { hint: "leave one of them out" });
  }
  const text = positionals.join(" ");
  const saved = flags.text("saved");
  const saveAs = flags.text("save-query");
  if (reading[0] !== undefined && text === "") {
    throw new KlogError("USAGE", `--${reading[0]} needs a text to search for`, {
      hint: `klog search --${reading[0]} 'error: connection refused'`,
    });
  }
  if (saveAs !== undefined && text === "") {
    throw new KlogError("USAGE", "--save-query needs a query to save", {
      hint: `klog search 'level:>=warn ns:shop' --save-query ${saveAs}`,
    });
  }
  return {
    text,
    reading: reading[0] ?? "query",
    saved,
    saveAs,
    level: flags.text("level"),
    include: flags.list("include"),
    exclude: flags.list("exclude"),
  };
}

function parseOrigins(flags: FlagValues<SearchFlag>): OriginChoice {
  const namespaceFlag = flags.boolean("all-namespaces")
    ? flags.oneOf(["namespace", "all-namespaces"], "leave one out: -A reads every namespace")
    : "namespace";
  return {
    namespaces: namespaceFlag === "namespace" ? flags.list("namespace") : [],
    allNamespaces: namespaceFlag === "all-namespaces",
    contexts: flags.list("context"),
    labelSelector: flags.text("selector"),
    nodes: flags.list("node"),
    containers: flags.list("container"),
    excludeContainers: flags.list("exclude-container"),
    excludePods: flags.list("exclude-pod"),
    excludeNamespaces: flags.list("exclude-namespace"),
    initContainers: flags.boolean("init-containers") ?? true,
    ephemeralContainers: flags.boolean("ephemeral-containers") ?? true,
  };
}

/** `-o template` says with what; `--utc` is `--timezone UTC`. */
function parseSearchPrinting(flags: FlagValues<SearchFlag>, readText: (path: string) => string): Printing {
  // The names that it asks for are in both tables, with the same kinds.
  const shared = flags as unknown as FlagValues;
  const printing = parsePrinting(shared, readText);
  const utc = flags.boolean("utc") === true;
  if (utc && flags.origin("timezone") === "command line") {
    throw new KlogError("USAGE", "--utc and --timezone exclude each other", { hint: "leave one of them out" });
  }
  if ((printing.format as string) === "template" && printing.template === undefined) {
    throw new KlogError("USAGE", `${flags.where("output")} template needs --template or --template-file`, {
      hint: "klog search error -o template --template '{{.PodName}} {{.Message}}{{\"\\n\"}}'",
    });
  }
  return { ...printing, timezone: utc ? "UTC" : timezoneOf(shared) };
}

function parseCounting(flags: FlagValues<SearchFlag>): CountingChoice | undefined {
  const chosen = flags.oneOf(
    ["hist", "top", "fields", "patterns"],
    "each prints a table of its own: leave all but one out",
  );
  switch (chosen) {
    case "hist": {
      const every = flags.text("hist")!;
      return every === "" ? undefined : { kind: "hist", every: every === "auto" ? undefined : every };
    }
    case "top":
      return { kind: "top", by: namesOf("top", flags) };
    case "fields": {
      const text = flags.text("fields")!;
      return text === "" ? undefined : { kind: "fields", names: text === "all" ? [] : namesOf("fields", flags) };
    }
    case "patterns":
      return flags.boolean("patterns") ? { kind: "patterns" } : undefined;
    default:
      return undefined;
  }
}

function namesOf(name: "top" | "fields", flags: FlagValues<SearchFlag>): string[] {
  const names = (flags.text(name) ?? "")
    .split(",")
    .map((field) => field.trim())
    .filter((field) => field !== "");
  if (names.length > 0) return names;
  throw new KlogError("USAGE", `${flags.where(name)} needs the name of a field`, { hint: `--${name}=level,pod` });
}

function parseExport(flags: FlagValues<SearchFlag>): ExportChoice | undefined {
  const file = flags.text("export");
  const resume = flags.boolean("resume") ?? false;
  if (file === undefined) {
    if (!resume) return undefined;
    throw new KlogError("USAGE", "--resume belongs to --export", { hint: "klog search QUERY --export FILE --resume" });
  }
  if (file === "" || /[/\\]$/.test(file)) {
    throw new KlogError("USAGE", `--export ${JSON.stringify(file)} names no file`, {
      hint: "--export hits.jsonl.zst",
    });
  }
  return { file, resume };
}

/** Pairs of flags that cannot both hold, with what to do. */
function rejectContradictions(options: SearchOptions, flags: FlagValues<SearchFlag>): void {
  const { follow, order, cursor, range, counting, before, after, waitFor } = options;
  const live = waitFor === undefined ? "-f" : "--wait-for";
  const rules: readonly (readonly [wrong: boolean, what: string, hint: string])[] = [
    [follow && order === "newest", "-f and --order newest exclude each other", "what is followed comes oldest first"],
    [follow && cursor !== undefined, "-f and --cursor exclude each other", "page first, then follow with --since"],
    [
      cursor !== undefined && range !== undefined && flags.origin("around") !== undefined,
      "--cursor has its range in itself, so --around cannot hold",
      "leave --around out",
    ],
    [
      options.export !== undefined && follow,
      "-f and --export exclude each other",
      "write -o jsonl > FILE to keep what is followed",
    ],
    [
      options.export !== undefined && counting !== undefined,
      "--export writes lines, not tables",
      "write the table with -o csv > FILE",
    ],
    [
      options.export !== undefined && (before > 0 || after > 0),
      "--export takes no context lines",
      "leave -B, -C and --after-context out",
    ],
    [
      options.export !== undefined && cursor !== undefined,
      "--cursor and --export exclude each other",
      "--export FILE --resume goes on by itself",
    ],
    [
      options.export !== undefined && waitFor !== undefined,
      "--wait-for and --export exclude each other",
      "leave one of them out",
    ],
    [
      options.export !== undefined && (options.limitIsTyped || order !== undefined),
      "--export writes all hits, oldest first, so --limit and --order cannot hold",
      "choose by --since, --until and the query",
    ],
    [
      options.export !== undefined && options.printing.format === "none",
      "--export writes lines, and -o none has none",
      "leave -o none out",
    ],
    [
      counting !== undefined && (before > 0 || after > 0),
      "a table has no context lines",
      "leave -B, -C and --after-context out",
    ],
    [counting !== undefined && cursor !== undefined, "a table has no pages", "leave --cursor out"],
    [counting !== undefined && waitFor !== undefined, "--wait-for prints lines, not tables", "leave one of them out"],
    [
      waitFor !== undefined && (order === "newest" || cursor !== undefined),
      `${live} goes on with new lines, so --order newest and --cursor cannot hold`,
      "leave them out",
    ],
  ];
  const broken = rules.find(([wrong]) => wrong);
  if (broken !== undefined) throw new KlogError("USAGE", broken[1], { hint: broken[2] });
}
