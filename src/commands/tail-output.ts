// How lines are printed: format, template, times, colours, and where markers and copies go.
import { KlogError, messageOf } from "../errors.ts";
import type { OutputFormat } from "../output/formatter.ts";
import { parseTimeStyle, type TimeStyle } from "../query/time-format.ts";
import type { FlagValues } from "./flag-values.ts";
import type { TailFlag } from "./flags.ts";
import { timezoneOf } from "./tail-window.ts";

/** What `klog tail` and `klog search` have in common. */
export interface Printing {
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
  readonly ansi: "auto" | "keep" | "strip";
}

export interface TailOutput extends Printing {
  readonly save: string | undefined;
  readonly markers: "auto" | "stdout" | "stderr" | "off";
}

type PrintingName =
  | "output"
  | "prefix"
  | "color"
  | "theme"
  | "ansi"
  | "timestamps"
  | "template"
  | "template-file"
  | "columns"
  | "pod-colors"
  | "container-colors"
  | "diff-container"
  | "only-log-lines"
  | "timezone";

type PrintingFlag = Extract<TailFlag, { readonly name: PrintingName }>;

/** `readText` reads a template file and throws what node:fs throws. */
export function parseOutput(flags: FlagValues, readText: (path: string) => string): TailOutput {
  return {
    ...parsePrinting(flags, readText),
    save: flags.text("save"),
    markers: (flags.text("markers") ?? "auto") as TailOutput["markers"],
  };
}

export function parsePrinting(flags: FlagValues<PrintingFlag>, readText: (path: string) => string): Printing {
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
    prefix: (flags.text("prefix") ?? "auto") as Printing["prefix"],
    columns: flags.list("columns"),
    color: (flags.text("color") ?? "auto") as Printing["color"],
    theme: (flags.text("theme") ?? "dark") as Printing["theme"],
    podColors,
    containerColors,
    diffContainer: flags.boolean("diff-container") ?? false,
    onlyLogLines: flags.boolean("only-log-lines") ?? false,
    ansi: (flags.text("ansi") ?? "auto") as Printing["ansi"],
  };
}

function parseTemplate(flags: FlagValues<PrintingFlag>, readText: (path: string) => string): Printing["template"] {
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

function colorsOf(name: "pod-colors" | "container-colors", flags: FlagValues<PrintingFlag>): string[] {
  const colors = flags.list(name);
  const wrong = colors.find((color) => !/^\d{1,3}(?:;\d{1,3})*$/.test(color));
  if (wrong === undefined) return colors;
  throw new KlogError("USAGE", `${flags.where(name)}: ${JSON.stringify(wrong)} is not an SGR code`, {
    hint: "write numbers, commas between colours: 91,92,38;2;255;97;136",
  });
}
