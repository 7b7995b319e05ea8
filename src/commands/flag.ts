// What one flag is. Parsing, help, docs/flags.md, completion, config keys and KLOG_* names all read this one description.

type FlagKind =
  | "boolean"
  | "text"
  | "integer"
  | "number"
  /** `5m`, `1h30m` */
  | "duration"
  /** `4096`, `64KiB`, `1MiB` */
  | "bytes"
  /** Repeatable, and a comma separates values: names. */
  | "list"
  /** Repeatable, commas belong to the value: regular expressions. */
  | "patterns";

/** Who answers when a value is completed; see complete/providers.ts. */
export type ValueSource =
  | "contexts"
  | "clusters"
  | "users"
  | "namespaces"
  | "nodes"
  | "pods"
  | "containers"
  | "labels"
  | "field-selectors"
  | "regions"
  | "zones"
  | "operating-systems"
  | "architectures"
  | "timezones"
  | "files"
  | "sinks"
  | "sources"
  | "profiles"
  | "saved-queries"
  | "query"
  | "fields";

export const FLAG_GROUPS = [
  "What is searched",
  "Choosing sources",
  "Window",
  "Filtering lines",
  "Counting",
  "Output",
  "Paging and export",
  "Colour",
  "Order and limits",
  "Connection",
  "What is collected",
  "Delivery",
  "Operation",
  "General",
] as const;

export interface Flag {
  /** Long name without dashes; also the key in the config file. */
  readonly name: string;
  readonly letter?: string;
  /** Other long names, for people who come from kubectl or stern. */
  readonly aliases?: readonly string[];
  readonly kind: FlagKind;
  /** How the value is called in help: `DURATION`. */
  readonly value?: string;
  /** The value is optional and must be written with `=`; this is what the bare flag means. */
  readonly bare?: string;
  /** What holds without the flag, as help says it. */
  readonly default?: string;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** Smallest number allowed. */
  readonly minimum?: number;
  /** Values offered by completion that are not the only ones. */
  readonly suggestions?: readonly string[];
  readonly group: (typeof FLAG_GROUPS)[number];
  /** One line, no full stop. */
  readonly help: string;
  /** Shown by --help and in docs/flags.md. */
  readonly details?: string;
  readonly completes?: ValueSource;
  /** Left out of -h and --help; --show-hidden-options shows it. */
  readonly hidden?: boolean;
  /** Has no config key and no environment name. */
  readonly commandLineOnly?: boolean;
  /** Has a config key, and no environment name: that one means something else. */
  readonly noVariable?: boolean;
  /** Never printed; the config file may say where it is kept instead of what it is. */
  readonly secret?: boolean;
  /** How the flag compares with stern's and kubectl's. */
  readonly peers?: string;
}

/** Names of the flags of one kind: `NameOf<TailFlag, "boolean">`. */
export type NameOf<E extends Flag, K extends Flag["kind"]> = Extract<E, { readonly kind: K }>["name"];

export function environmentName(flag: Flag): string {
  return `KLOG_${flag.name.replaceAll("-", "_").toUpperCase()}`;
}

export function isRepeatable(flag: Flag): boolean {
  return flag.kind === "list" || flag.kind === "patterns";
}

/** A switch that is on where nobody says otherwise: people write its `--no-` form. */
export function isOnByDefault(flag: Flag): boolean {
  return flag.kind === "boolean" && flag.default !== undefined;
}

/** `-n, --namespace NAME`, `--[no-]follow` as help and docs write it. */
export function spelling(flag: Flag): string {
  const value = flag.value ?? "";
  const behind = flag.kind === "boolean" ? "" : flag.bare === undefined ? ` ${value}` : `[=${value}]`;
  const letter = flag.letter === undefined ? "" : `-${flag.letter}, `;
  return `${letter}--${isOnByDefault(flag) ? "[no-]" : ""}${flag.name}${behind}`;
}
