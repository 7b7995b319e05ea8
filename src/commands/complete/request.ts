// What could stand at the cursor: fixed words at once, and questions that a cluster or this machine can answer. Pure.
import { builtInKind } from "../../sources/pods/api-resource.ts";
import { AGENT_COMMANDS } from "../agent-flags.ts";
import { flagByName, type ScannedWords, scanWords } from "../argv.ts";
import { commandOf, flagsOf } from "../command-flags.ts";
import { COMMANDS, SHELLS } from "../command-table.ts";
import { type Flag, isOnByDefault, type ValueSource } from "../flag.ts";
import { CONFIG_COMMANDS } from "../setup-flags.ts";
import { STORE_COMMANDS } from "../store-flags.ts";

export interface Candidate {
  readonly value: string;
  readonly description?: string;
  /** More is to follow in the same word (`deploy/`): no space behind it. */
  readonly open?: boolean;
}

/** What a kubeconfig, a cluster or this machine can be asked. */
export interface Question {
  readonly what:
    | "contexts"
    | "clusters"
    | "users"
    | "timezones"
    | "namespaces"
    | "nodes"
    | "node-labels"
    | "pods"
    | "containers"
    | "label-keys"
    | "label-values"
    | "names"
    | OwnQuestion
    | LocalQuestion;
  /**
   * The label of node-labels and label-values, the kind of names, the directory of paths, the state directory of agent-logs, the
   * text of a query, the beginning of a field's name.
   */
  readonly of?: string;
  /** What the word itself says by `ctx@` and `ns:`; the flags say the rest. */
  readonly context?: string;
  readonly namespace?: string;
}

/** Questions about what klog itself knows: the config file, saved queries, the query language. */
export type OwnQuestion = "profiles" | "sources" | "saved-queries" | "query" | "fields";

/** Questions that no cluster is needed for. */
export type LocalQuestion = "paths" | "agent-logs";

export function isLocal({ what }: Question): boolean {
  return what === "paths" || what === "agent-logs";
}

/** Words that may stand at the cursor. */
export interface Offer {
  /** Stands before every candidate: `--context=`, `shop,`. */
  readonly prefix: string;
  /** Every candidate begins with it. */
  readonly partial: string;
  readonly fixed?: readonly Candidate[];
  readonly question?: Question;
  /** Comes behind every answer to the question, and more is to follow: `@`, `:`, `=`. */
  readonly suffix?: string;
}

export interface CompletionRequest {
  /** The command whose line it is: `tail`, `agent run`. */
  readonly topic: string;
  /** File names, which the shell completes itself. */
  readonly files: boolean;
  readonly offers: readonly Offer[];
  /** What stands before the cursor's word. */
  readonly typed: ScannedWords;
}

/** `words` is all that stands behind `klog`, up to the cursor; the last one may be empty. */
export function completeWords(words: readonly string[]): CompletionRequest {
  const current = words.at(-1) ?? "";
  const [command] = words;
  const { topic, rest } = commandOf(words.slice(0, -1));
  const flags = flagsOf(topic);
  const typed = scanWords(rest, flags);
  const fixed = (candidates: readonly Candidate[]): CompletionRequest => ({
    topic,
    typed,
    files: false,
    offers: [{ prefix: "", partial: current, fixed: candidates }],
  });
  if (words.length <= 1) {
    const commands = COMMAND_WORDS.map(({ name, help }) => ({ value: name, description: help }));
    return fixed(current.startsWith("-") ? [{ value: "--help" }, { value: "--version" }] : commands);
  }
  if (words.length === 2 && command === "completion") return fixed(SHELLS.map((value) => ({ value })));
  if (words.length === 2 && command === "help") return fixed(COMMAND_WORDS.map(({ name }) => ({ value: name })));
  const [group = "", place] = command === "help" ? [words[1], 3] : [command, 2];
  const subcommands = words.length === place ? subcommandsOf(group) : [];
  if (subcommands.length > 0) return fixed(subcommands);
  const positional = command === "tail" ? targets : POSITIONALS[topic];
  if (positional === undefined) return fixed([]);
  const offers = completeWord(current, typed, flags, positional);
  return { topic, typed, files: offers === "files", offers: offers === "files" ? [] : offers };
}

/** The first words of commands. */
const COMMAND_WORDS = COMMANDS.filter(({ name }) => !name.includes(" "));

/** What may follow `klog agent`. */
function subcommandsOf(group: string): Candidate[] {
  return COMMANDS.filter(({ name }) => name.startsWith(`${group} `)).map(({ name, help }) => ({
    value: name.slice(group.length + 1),
    description: help,
  }));
}

/** What can be said without asking anybody. */
export function fixedCandidates(offers: readonly Offer[]): Candidate[] {
  return offers.flatMap((offer) => fitting(offer, offer.fixed ?? []));
}

/** The candidates that continue what is typed, as whole words. */
export function fitting({ prefix, partial }: Offer, candidates: readonly Candidate[]): Candidate[] {
  return candidates
    .filter(({ value }) => value.startsWith(partial))
    .map((candidate) => ({ ...candidate, value: prefix + candidate.value }));
}

type Offers = readonly Offer[] | "files";
type Positional = (current: string, typed: ScannedWords) => Offers;

/** What stands for itself behind other commands than `klog tail`. */
const POSITIONALS: Readonly<Record<string, Positional>> = {
  search: (current) => [{ prefix: "", partial: current, question: { what: "query", of: current } }],
  sources: (current) => sources("", current),
  doctor: () => [],
  demo: () => [],
  ...Object.fromEntries(STORE_COMMANDS.map((name) => [`store ${name}`, () => "files" as const])),
  ...Object.fromEntries(CONFIG_COMMANDS.map((name) => [`config ${name}`, () => []])),
  "config check": () => "files",
  "config queries": (current) => [{ prefix: "", partial: current, question: { what: "saved-queries" } }],
  ...Object.fromEntries(AGENT_COMMANDS.map((name) => [`agent ${name}`, () => []])),
  "agent check-config": () => "files",
  "agent explain": (current, { uses }) => {
    if (current.startsWith("/")) return "files";
    const directory = uses.findLast(({ flag }) => flag.name === "state-dir")?.value;
    const question: Question = { what: "agent-logs", ...(directory === undefined ? {} : { of: directory }) };
    return [{ prefix: "", partial: current, question }];
  },
};

function completeWord(current: string, typed: ScannedWords, flags: readonly Flag[], positional: Positional): Offers {
  if (typed.open !== undefined) return valuesOf(typed.open.flag, "", current, typed);
  if (typed.ended || !current.startsWith("-")) return positional(current, typed);
  const equals = current.indexOf("=");
  if (current.startsWith("--") && equals > 0) {
    const found = flagByName(current.slice(2, equals), flags);
    const [prefix, value] = [current.slice(0, equals + 1), current.slice(equals + 1)];
    return found === undefined ? [] : valuesOf(found.flag, prefix, value, typed);
  }
  if (!current.startsWith("--") && current.length > 2) {
    const use = scanWords([current], flags).uses.at(-1);
    if (use === undefined || use.flag.kind === "boolean" || !current.endsWith(use.value)) return [];
    return valuesOf(use.flag, current.slice(0, current.length - use.value.length), use.value, typed);
  }
  return [{ prefix: "", partial: current, fixed: flagNames(current, typed, flags) }];
}

function flagNames(current: string, typed: ScannedWords, flags: readonly Flag[]): Candidate[] {
  const used = new Set(typed.uses.map(({ flag }) => flag));
  const names: Candidate[] = [];
  for (const flag of flags) {
    // Rare flags come only to those who have begun to type them.
    if (flag.hidden && !(current.length > 4 && `--${flag.name}`.startsWith(current))) continue;
    if (used.has(flag) && flag.kind !== "list" && flag.kind !== "patterns") continue;
    names.push({ value: `--${flag.name}`, description: flag.help });
    if (isOnByDefault(flag)) names.push({ value: `--no-${flag.name}`, description: `not: ${flag.help}` });
    if (flag.bare !== undefined) names.push({ value: `--${flag.name}=`, description: flag.help, open: true });
  }
  return names;
}

function valuesOf(flag: Flag, before: string, value: string, typed: ScannedWords): Offers {
  if (flag.completes === "files") return "files";
  if (flag.completes === "labels") return labelSelector(before, value);
  if (flag.completes === "field-selectors") return fieldSelector(before, value);
  if (flag.completes === "sinks") return sinks(before, value);
  if (flag.completes === "sources") return sources(before, value);
  if (flag.completes === "query") return [{ prefix: before, partial: value, question: { what: "query", of: value } }];
  if (flag.completes === "fields") return fieldList(before, value, flag.suggestions);
  const comma = flag.kind === "list" ? value.lastIndexOf(",") + 1 : 0;
  const place = { prefix: before + value.slice(0, comma), partial: value.slice(comma) };
  const taken = new Set(value.slice(0, comma).split(","));
  for (const use of typed.uses) if (use.flag === flag) for (const name of use.value.split(",")) taken.add(name);
  const names = flag.kind === "boolean" ? ["true", "false"] : (flag.choices ?? flag.suggestions ?? []);
  const fixed = names.filter((name) => !taken.has(name)).map((name) => ({ value: name }));
  return flag.completes === undefined
    ? [{ ...place, fixed }]
    : [{ ...place, fixed, question: questionOf(flag.completes) }];
}

/** `status,us`: commas are between names, of which each comes once. */
function fieldList(before: string, value: string, suggestions: readonly string[] = []): Offers {
  const start = value.lastIndexOf(",") + 1;
  const [taken, partial] = [value.slice(0, start).split(","), value.slice(start)];
  const fixed = suggestions.filter((name) => !taken.includes(name)).map((name) => ({ value: name }));
  return [{ prefix: before + value.slice(0, start), partial, fixed, question: { what: "fields", of: partial } }];
}

const NODE_LABELS = {
  regions: "topology.kubernetes.io/region",
  zones: "topology.kubernetes.io/zone",
  "operating-systems": "kubernetes.io/os",
  architectures: "kubernetes.io/arch",
} as const;

type AskedSource = Exclude<
  ValueSource,
  "files" | "labels" | "field-selectors" | "sinks" | "sources" | "query" | "fields"
>;

function questionOf(source: AskedSource): Question {
  switch (source) {
    case "regions":
    case "zones":
    case "operating-systems":
    case "architectures":
      return { what: "node-labels", of: NODE_LABELS[source] };
    default:
      return { what: source };
  }
}

const SINKS: readonly Candidate[] = [
  { value: "store:", description: "the embedded store in a directory", open: true },
  { value: "file:", description: "a file that is rotated", open: true },
  { value: "stdout", description: "one JSON object a line" },
  { value: "null", description: "counts and drops" },
];

function sinks(before: string, value: string): Offers {
  if (!value.includes(":")) return [{ prefix: before, partial: value, fixed: SINKS }];
  return paths(before, value);
}

const SOURCES: readonly Candidate[] = [
  { value: "store", description: "the store of this machine's agent" },
  { value: "store:", description: "the store in a directory", open: true },
  { value: "pods", description: "the cluster of the current context" },
  { value: "pods:", description: "the cluster of another context", open: true },
  { value: "files:", description: "log files by a glob", open: true },
  { value: "-", description: "standard input" },
];

function sources(before: string, value: string): Offers {
  if (value.startsWith("pods:")) {
    return [{ prefix: `${before}pods:`, partial: value.slice("pods:".length), question: { what: "contexts" } }];
  }
  if (value.includes(":")) return paths(before, value);
  return [{ prefix: before, partial: value, fixed: SOURCES, question: { what: "sources" } }];
}

/** `file:/var/l`: the shell would complete the whole word as a path, so klog does it. */
function paths(before: string, value: string): Offers {
  const colon = value.indexOf(":") + 1;
  const slash = value.lastIndexOf("/") + 1;
  const directory = value.slice(colon, slash);
  const place = {
    prefix: before + value.slice(0, Math.max(colon, slash)),
    partial: value.slice(Math.max(colon, slash)),
  };
  return [{ ...place, question: { what: "paths", of: directory === "" ? "." : directory } }];
}

const REQUIREMENT = /^([^=!]+)(==|!=|=)(.*)$/;

/** `app=web,ti` asks for keys, `app=web,tier=` for the values of one. */
function labelSelector(before: string, value: string): Offers {
  const start = value.lastIndexOf(",") + 1;
  const lead = before + value.slice(0, start);
  const requirement = REQUIREMENT.exec(value.slice(start));
  if (requirement === null) {
    return [{ prefix: lead, partial: value.slice(start), question: { what: "label-keys" }, suffix: "=" }];
  }
  const [, key = "", operator = "", partial = ""] = requirement;
  return [{ prefix: lead + key + operator, partial, question: { what: "label-values", of: key } }];
}

const POD_PHASES = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];
const POD_FIELDS: Readonly<Record<string, Pick<Offer, "fixed" | "question">>> = {
  "metadata.name": { question: { what: "pods" } },
  "metadata.namespace": { question: { what: "namespaces" } },
  "spec.nodeName": { question: { what: "nodes" } },
  "spec.restartPolicy": { fixed: ["Always", "OnFailure", "Never"].map((value) => ({ value })) },
  "status.phase": { fixed: POD_PHASES.map((value) => ({ value })) },
};

function fieldSelector(before: string, value: string): Offers {
  const start = value.lastIndexOf(",") + 1;
  const lead = before + value.slice(0, start);
  const requirement = REQUIREMENT.exec(value.slice(start));
  if (requirement === null) {
    const fixed = Object.keys(POD_FIELDS).map((field) => ({ value: `${field}=`, open: true }));
    return [{ prefix: lead, partial: value.slice(start), fixed }];
  }
  const [, key = "", operator = "", partial = ""] = requirement;
  return [{ prefix: lead + key + operator, partial, ...POD_FIELDS[key] }];
}

/** The spellings offered, those that people look for first. */
const KINDS = ["deploy", "sts", "ds", "svc", "job", "cronjob", "pod", "rs", "rc", "ing", "node"];

/** A selector argument: `[context@][namespace:]pod`, `…type/name`, `…type/name/container`. */
function targets(current: string): Offers {
  const at = current.lastIndexOf("@") + 1;
  const colon = current.indexOf(":", at) + 1;
  const begin = Math.max(at, colon);
  const scope = {
    ...(at > 0 ? { context: current.slice(0, at - 1) } : {}),
    ...(colon > 0 ? { namespace: current.slice(at, colon - 1) } : {}),
  };
  const rest = current.slice(begin);
  const [type = "", name, container] = rest.split("/", 3);
  const offers: Offer[] = [];
  if (container !== undefined) {
    const prefix = current.slice(0, current.length - container.length);
    offers.push({ prefix, partial: container, question: { what: "containers", ...scope } });
  } else if (name !== undefined) {
    const prefix = current.slice(0, begin + type.length + 1);
    offers.push({ prefix, partial: name, question: { what: "names", of: type, ...scope } });
  } else {
    const place = { prefix: current.slice(0, begin), partial: rest };
    const fixed = KINDS.map((kind) => ({ value: `${kind}/`, description: builtInKind(kind)!.plural, open: true }));
    offers.push({ ...place, fixed, question: { what: "pods", ...scope } });
    // Only once something is typed: the empty word shows what is read most, pods and kinds.
    if (colon === 0 && rest !== "") offers.push({ ...place, question: { what: "namespaces", ...scope }, suffix: ":" });
  }
  // Names of contexts may hold : and /, so they are tried on the whole word.
  if (at === 0 && current !== "") {
    offers.push({ prefix: "", partial: current, question: { what: "contexts" }, suffix: "@" });
  }
  return offers;
}
