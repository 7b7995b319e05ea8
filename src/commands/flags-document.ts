// docs/flags.md as text: every flag with its config key, environment name, and how it compares with stern's and kubectl's.
import { environmentName, FLAG_GROUPS, type Flag, spelling } from "./flag.ts";
import { FLAGS } from "./flags.ts";
import { EXIT_CODES } from "./help.ts";

export function flagsDocument(): string {
  const groups = FLAG_GROUPS.flatMap((group) => [
    `## ${group}`,
    "",
    "| flag | what it does | without it | known from |",
    "|---|---|---|---|",
    ...FLAGS.filter((flag) => flag.group === group).map(row),
    "",
  ]);
  return [
    "# Flags of klog tail",
    "",
    "<!-- Written by scripts/flags-doc.mjs from src/commands/flags.ts: change it there. -->",
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
    "## Exit codes",
    "",
    "| code | meaning |",
    "|---|---|",
    ...EXIT_CODES.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    "",
  ].join("\n");
}

function row(flag: Flag): string {
  const aliases = (flag.aliases ?? []).map((alias) => `, \`--${alias}\``).join("");
  const choices =
    flag.choices === undefined ? "" : ` One of ${flag.choices.map((choice) => `\`${choice}\``).join(", ")}.`;
  const what = `${flag.help}.${flag.details === undefined ? "" : ` ${flag.details}`}${choices}`;
  const mark = flag.commandLineOnly ? " †" : "";
  return `| \`${spelling(flag)}\`${aliases}${mark} | ${[what, flag.default ?? "", flag.peers ?? ""].map(cell).join(" | ")} |`.replaceAll(
    "  |",
    " |",
  );
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
