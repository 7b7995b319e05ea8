// docs/flags.md as text: every flag with its config key, environment name, and how it compares with stern's and kubectl's.
import { AGENT_COMMANDS, AGENT_FLAGS, type AgentFlag } from "./agent-flags.ts";
import { flagsOf } from "./command-flags.ts";
import { COMMANDS } from "./command-table.ts";
import { environmentName, FLAG_GROUPS, type Flag, spelling } from "./flag.ts";
import { FLAGS } from "./flags.ts";
import { EXIT_CODES } from "./help.ts";
import { SEARCH_FLAGS } from "./search-flags.ts";

export function flagsDocument(): string {
  const groups = groupsOf<Flag>(FLAGS).flatMap(([group, flags]) => [
    `## ${group}`,
    "",
    "| flag | what it does | without it | known from |",
    "|---|---|---|---|",
    ...flags.map((flag) => row(flag, flag.peers ?? "")),
    "",
  ]);
  const shared = (SEARCH_FLAGS as readonly Flag[]).filter(isOfTail);
  const ofSearch = groupsOf<Flag>(SEARCH_FLAGS.filter((flag) => !isOfTail(flag))).flatMap(([group, flags]) => [
    `### ${group}`,
    "",
    "| flag | what it does | without it | known from |",
    "|---|---|---|---|",
    ...flags.map((flag) => row(flag, flag.peers ?? "")),
    "",
  ]);
  const ofAgent = groupsOf<AgentFlag>(AGENT_FLAGS).flatMap(([group, flags]) => [
    `### ${group}`,
    "",
    "| flag | what it does | without it | of |",
    "|---|---|---|---|",
    ...flags.map((flag) => row(flag, flag.of.length === AGENT_COMMANDS.length ? "all" : flag.of.join(", "))),
    "",
  ]);
  return [
    "# Flags of klog",
    "",
    "<!-- Written by scripts/flags-doc.mjs from src/commands/flags.ts and agent-flags.ts: change it there. -->",
    "",
    "Those of [`klog search`](#flags-of-klog-search) and [`klog agent`](#flags-of-klog-agent) are at the end. Those of `klog tail`:",
    "",
    "A flag that is given on the command line wins over its `KLOG_*` variable, and that over its key in the config file",
    "(`~/.config/klog/config.yaml`, `--config`, `KLOG_CONFIG`). The key is the flag's name: `max-log-requests: 100`; the",
    `variable is the name in capitals: \`${environmentName(FLAGS.find(({ name }) => name === "max-log-requests")!)}=100\`. A switch \`--x\` is turned off by`,
    "`--no-x`, `--x=false` or `x: false`. Flags marked † live on the command line only.",
    "",
    "Without a config file of its own klog reads a stern user's (`$STERNCONFIG`, `~/.config/stern/config.yaml`) as it is.",
    "",
    ...groups,
    "## Where stern's and kubectl's users should look twice",
    "",
    "| flag | there | here |",
    "|---|---|---|",
    "| `-p` | stern: `--prompt` | `--previous`, as in kubectl |",
    "| `--tail` | stern: all lines, and the limit also hits containers born later | 10 lines of what was there; later ones from their first line |",
    "| `--since` | stern: 48h | nothing; with it `--tail` is unlimited |",
    "| `-f` | kubectl: needed to follow | following is the default; `--no-follow` ends |",
    "| `-c` | kubectl: exact name | regular expression, as in stern |",
    "| `--max-log-requests` | stern ends, kubectl refuses | more sources take turns |",
    "",
    "## Flags of klog search",
    "",
    "It shares these with `klog tail`, with the same meaning; those below are its own ([search.md](search.md)).",
    "",
    `${shared.map(({ name }) => `\`--${name}\``).join(", ")}.`,
    "",
    ...ofSearch,
    "## Flags of klog agent",
    "",
    "All live on the command line only: what is the same at every start is in the agent's configuration",
    "([agent-config.md](agent-config.md)). A flag wins over it.",
    "",
    ...ofAgent,
    "## Flags of the other commands",
    "",
    "These too live on the command line only. Connection flags, `--context`, `--namespace`, `--color`, `--config` and `--profile` are those of",
    "`klog tail`.",
    "",
    "| flag | what it does | without it | of |",
    "|---|---|---|---|",
    ...others(),
    "",
    "## Exit codes",
    "",
    "| code | meaning |",
    "|---|---|",
    ...EXIT_CODES.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    "",
  ].join("\n");
}

/** Commands with few flags of their own: one table for all, a row a meaning. */
function others(): string[] {
  const topics = COMMANDS.filter(({ name, takesFlags }) => takesFlags && !/^(?:tail|search|agent)\b/.test(name));
  const rows = new Map<string, { flag: Flag; of: string[] }>();
  for (const { name } of topics) {
    for (const flag of flagsOf(name)) {
      if (isOfTail(flag) || flag.name === "help") continue;
      const key = `${flag.name}: ${flag.help}`;
      const known = rows.get(key);
      if (known === undefined) rows.set(key, { flag, of: [name] });
      else known.of.push(name);
    }
  }
  return [...rows.values()].map(({ flag, of }) => row(flag, of.map((name) => `\`klog ${name}\``).join(", ")));
}

function isOfTail(flag: Flag): boolean {
  return (FLAGS as readonly Flag[]).includes(flag);
}

function groupsOf<F extends Flag>(flags: readonly F[]): [string, F[]][] {
  return FLAG_GROUPS.map((group): [string, F[]] => [group, flags.filter((flag) => flag.group === group)]).filter(
    ([, members]) => members.length > 0,
  );
}

function row(flag: Flag, last: string): string {
  const aliases = (flag.aliases ?? []).map((alias) => `, \`--${alias}\``).join("");
  const choices =
    flag.choices === undefined ? "" : ` One of ${flag.choices.map((choice) => `\`${choice}\``).join(", ")}.`;
  const what = `${flag.help}.${flag.details === undefined ? "" : ` ${flag.details}`}${choices}`;
  const mark = flag.commandLineOnly && !last.startsWith("`klog ") && !("of" in flag) ? " †" : "";
  return `| \`${spelling(flag)}\`${aliases}${mark} | ${[what, flag.default ?? "", last].map(cell).join(" | ")} |`.replaceAll(
    "  |",
    " |",
  );
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
