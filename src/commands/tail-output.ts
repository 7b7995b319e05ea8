// How lines are printed: format, template, times, colours, and where markers and copies go.
import { KlogError, messageOf } from "../errors.ts";
import { parseTimeStyle, type TimeStyle } from "../query/time-format.ts";
import type { FlagValues } from "./flag-values.ts";
import { timezoneOf } from "./tail-window.ts";

type OutputFormat = "default" | "raw" | "json" | "jsonl" | "extjson" | "ppextjson" | "logfmt" | "csv" | "pretty";

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

/** `readText` reads a template file and throws what node:fs throws. */
export function parseOutput(flags: FlagValues, readText: (path: string) => string): TailOutput {
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
    template: parseTemplate(flags, readText),
    timestamps: style ? flags.reading("timestamps", () => parseTimeStyle(style)) : undefined,
    timezone: timezoneOf(flags),
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

function parseTemplate(flags: FlagValues, readText: (path: string) => string): TailOutput["template"] {
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
