// Help as text: the overview, and each command's short and long form, from the command and flag tables.
import { COMMANDS, type CommandEntry } from "./command-table.ts";
import { FLAG_GROUPS, type Flag, spelling } from "./flag.ts";

export const EXIT_CODES = [
  ["0", "done"],
  ["1", "nothing matched"],
  ["2", "wrong usage, or nothing could be read"],
  ["3", "part of it could not be read"],
  ["130", "interrupted"],
] as const;

export type HelpForm =
  /** -h: one line a flag. */
  | "short"
  /** --help: with details, choices and environment names. */
  | "long"
  /** --show-hidden-options: long, with the connection flags. */
  | "hidden";

const EXIT_CODE_LINES = ["Exit codes:", ...table(EXIT_CODES)];

export function overview(version: string): string {
  return `${[
    `klog ${version}: the logs of a cluster in one place`,
    "",
    "Usage: klog COMMAND [arguments] [flags]",
    "",
    "Commands:",
    ...table(COMMANDS.filter(({ name }) => !name.includes(" ")).map(({ name, help }) => [name, help])),
    "",
    "Examples:",
    ...COMMANDS[0].examples.slice(0, 4).flatMap(example),
    "",
    ...EXIT_CODE_LINES,
    "",
    "`klog help COMMAND` or `klog COMMAND --help` tells more; `klog --version` prints the version.",
  ].join("\n")}\n`;
}

export function commandHelp(command: CommandEntry, flags: readonly Flag[], form: HelpForm, columns: number): string {
  const width = Math.max(60, Math.min(columns, 110));
  const parts = COMMANDS.filter(({ name }) => name.startsWith(`${command.name} `));
  const examples = form === "short" ? command.examples.slice(0, 3) : command.examples;
  const lines = [
    `Usage: ${command.usage}`,
    "",
    ...wrap(command.about, width),
    ...(parts.length === 0 ? [] : ["", "Commands:", ...table(parts.map(({ name, help }) => [name, help]))]),
    "",
    "Examples:",
    ...examples.flatMap(example),
  ];
  if (command.takesFlags) {
    const shown = flags.filter((flag) => form === "hidden" || !flag.hidden);
    for (const group of FLAG_GROUPS) {
      const members = shown.filter((flag) => flag.group === group);
      if (members.length > 0) lines.push("", `${group}:`, ...members.flatMap((flag) => flagLines(flag, form, width)));
    }
    lines.push("", ...footer(command, flags, form, width));
  }
  lines.push("", ...EXIT_CODE_LINES);
  return `${lines.join("\n")}\n`;
}

/** What a command line without anything to do gets: how to begin. */
export function usage(command: CommandEntry): string {
  return `${[
    `Usage: ${command.usage}`,
    "",
    "Examples:",
    ...command.examples.flatMap(example),
    "",
    `\`klog help ${command.name}\` tells more.`,
  ].join("\n")}\n`;
}

function footer({ name }: CommandEntry, flags: readonly Flag[], form: HelpForm, width: number): string[] {
  if (name.startsWith("agent ")) {
    return form === "short"
      ? ["--help has the details."]
      : wrap(
          "What is the same at every start is in the configuration (docs/agent-config.md); a flag wins over it.",
          width,
        );
  }
  const isSettable = flags.some((flag) => !flag.commandLineOnly);
  const environment =
    "Each flag is also a key of the config file (~/.config/klog/config.yaml) and a variable: --max-log-requests is " +
    "max-log-requests and KLOG_MAX_LOG_REQUESTS. A switch is turned off by --no-NAME or --NAME=false.";
  const hides = flags.some((flag) => flag.hidden);
  const more = {
    short: hides
      ? "--help has the details, --show-hidden-options the connection flags too."
      : "--help has the details.",
    long: hides ? "--show-hidden-options shows the connection flags and those of other tools too." : "",
    hidden: "",
  }[form];
  return [
    ...(form === "short" || !isSettable ? [] : wrap(environment, width)),
    ...(more === "" ? [] : wrap(more, width)),
  ];
}

const LETTER_WIDTH = 4;
const FLAG_COLUMN = 34;

function flagLines(flag: Flag, form: HelpForm, width: number): string[] {
  const head = `  ${flag.letter === undefined ? " ".repeat(LETTER_WIDTH) : ""}${spelling(flag)}`;
  const by = flag.default === undefined ? "" : ` (default: ${flag.default})`;
  const extra = form === "short" ? [] : details(flag);
  const behind = [`${flag.help}${by}`, ...extra].flatMap((text) => wrap(text, width - FLAG_COLUMN));
  const [first = "", ...rest] = behind;
  const lines =
    head.length < FLAG_COLUMN ? [head.padEnd(FLAG_COLUMN) + first] : [head, " ".repeat(FLAG_COLUMN) + first];
  return [...lines, ...rest.map((line) => " ".repeat(FLAG_COLUMN) + line)];
}

function details(flag: Flag): string[] {
  const { choices } = flag;
  const told = `${flag.help} ${flag.details ?? ""}`;
  return [
    ...(flag.details === undefined ? [] : [flag.details]),
    ...(choices !== undefined && !choices.every((choice) => told.includes(choice))
      ? [`One of ${choices.join(", ")}.`]
      : []),
    ...(flag.aliases === undefined ? [] : [`Also: ${flag.aliases.map((alias) => `--${alias}`).join(", ")}.`]),
  ];
}

function example([command, what]: readonly [string, string]): string[] {
  return command.length < 56 ? [`  ${command.padEnd(56)} # ${what}`] : [`  ${command}`, `${" ".repeat(58)} # ${what}`];
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
