// From options to one formatter: everything that can be decided once for all lines is decided here.

import { parseStrftime } from "../query/strftime.ts";
import type { TimeStyle } from "../query/time-format.ts";
import type { LogLine, Marker } from "../record/log-line.ts";
import type { WorkloadColors } from "./colors.ts";
import { type Column, resolveColumns } from "./columns.ts";
import { fieldSelection } from "./field-selection.ts";
import type { HighlightPattern } from "./highlight.ts";
import { ExtendedJsonFormat, JsonFormat } from "./json-format.ts";
import type { LineFormat } from "./line-format.ts";
import { type MarkerOptions, markerJson, markerLogfmt, markerText } from "./markers.ts";
import { type Cleaning, Messages } from "./messages.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { PrettyFormat } from "./pretty-format.ts";
import { RecordFormat } from "./record-format.ts";
import { CsvFormat, LogfmtFormat } from "./table-formats.ts";
import type { Template } from "./template/template.ts";
import { TemplateFormat } from "./template-format.ts";
import { TextFormat } from "./text-format.ts";
import type { Styles } from "./theme.ts";
import { Times } from "./times.ts";

export type OutputFormat =
  | "default"
  | "raw"
  | "json"
  | "jsonl"
  | "extjson"
  | "ppextjson"
  | "logfmt"
  | "csv"
  | "pretty"
  /** No lines at all. */
  | "none";

export interface FormatOptions {
  readonly format: OutputFormat;
  /** Wins over `format`. */
  readonly template: Template | undefined;
  readonly timestamps: TimeStyle | "off";
  /** As parseTimezone gives it. */
  readonly timezone: string;
  /** Milliseconds since the epoch, for relative times. */
  readonly now: () => number;
  readonly prefix: "auto" | "short" | "full" | "none";
  /** Whether prefixes tell these: true where lines come from more than one. */
  readonly showNamespace: boolean;
  readonly showCluster: boolean;
  /** Tags lines with the sources that gave them: each, or (`known`) in texts those of which details are known. */
  readonly showSources?: boolean | "known";
  /** Names, or changes of the usual ones: `+node`, `-namespace`. Empty: the usual ones. */
  readonly columns: readonly string[];
  readonly styles: Styles;
  readonly colors: WorkloadColors;
  /** Whether any colour is written. */
  readonly isColoured: boolean;
  readonly highlight: readonly HighlightPattern[];
  readonly fields: readonly string[];
  readonly hideFields: readonly string[];
  readonly ansi: "auto" | "keep" | "strip";
  /** Control bytes are kept from terminals, late lines are marked there. */
  readonly isTerminal: boolean;
  readonly isAligned: boolean;
  /** The output goes on with one that has its header already. */
  readonly isContinued?: boolean;
  /** Told of lines that a template cannot take. */
  readonly onProblem: (text: string) => void;
}

export interface Formatter {
  /** What the format writes once before the first line, with its line end; "" for most. */
  readonly header: string;
  /** Writes an event: all its lines and their ends. */
  line(line: LogLine, out: OutputBuffer): void;
  /** One line without its end: JSON for the JSON formats, pairs for logfmt, else text. */
  marker(marker: Marker): string;
}

/** Throws KlogError USAGE for columns that contradict each other. */
export function createFormatter(options: FormatOptions): Formatter {
  const format = createFormat(options);
  const markers: MarkerOptions = {
    zone: options.timezone,
    styles: options.styles,
    showNamespace: options.showNamespace,
    showCluster: options.showCluster,
  };
  return {
    header: format.header ?? "",
    line: (line, out) => format.line(line, out),
    marker: (marker) => {
      switch (options.template === undefined ? options.format : "default") {
        case "json":
        case "jsonl":
        case "extjson":
        case "ppextjson":
          return markerJson(marker);
        case "logfmt":
          return markerLogfmt(marker);
        default:
          return markerText(marker, markers);
      }
    },
  };
}

function createFormat(options: FormatOptions): LineFormat {
  const { format, template, styles, isTerminal, isColoured, highlight, isAligned, onProblem } = options;
  const paints = options.colors.of.bind(options.colors);
  const escapes = format === "json" || format === "jsonl" || format === "extjson" || format === "ppextjson";
  const selection = fieldSelection(options.fields, options.hideFields);
  const messages = new Messages(cleaning(options, escapes && template === undefined), selection);
  if (template !== undefined) {
    const times = timesOf(options, options.timestamps);
    return new TemplateFormat({ template, messages, times, styles, paints, highlight, onProblem });
  }
  switch (format) {
    case "default":
    case "raw": {
      const columns = resolveColumns(textColumns(options), options.columns);
      const times = timesOf(options, timestampsFor(columns, options));
      const colorsLevels = format === "default" && isTerminal && isColoured;
      return new TextFormat({
        columns,
        messages,
        times,
        styles,
        paints,
        highlight,
        colorsLevels,
        isAligned,
        marksLate: isTerminal && format === "default",
        tagsKnown: options.showSources === "known" && format === "default",
      });
    }
    case "json":
      return new JsonFormat({ messages, times: timesOf(options, options.timestamps), isTerminal });
    case "extjson":
    case "ppextjson": {
      const times = timesOf(options, options.timestamps);
      const { showNamespace } = options;
      return new ExtendedJsonFormat({
        messages,
        times,
        isTerminal,
        paints,
        showNamespace,
        isPretty: format === "ppextjson",
      });
    }
    case "jsonl":
      return new RecordFormat({ messages, isTerminal });
    case "logfmt": {
      const columns = resolveColumns(["timestamp", "level", ...originColumns(options), "message"], options.columns);
      return new LogfmtFormat({ columns, messages, times: timesOf(options, options.timestamps), isTerminal });
    }
    case "csv": {
      const usual = [
        "timestamp",
        ...(options.showSources === true ? ["source"] : []),
        ...(options.showCluster ? ["cluster"] : []),
        "namespace",
        "pod",
        "container",
        "message",
      ];
      const columns = resolveColumns(usual, options.columns);
      const times = timesOf(options, options.timestamps);
      return new CsvFormat({ columns, messages, times, isTerminal }, options.isContinued);
    }
    case "none":
      return { line: () => undefined };
    case "pretty": {
      const columns = resolveColumns(originColumns(options), options.columns);
      const style = options.timestamps === "off" ? parseStrftime("%H:%M:%S.%L") : options.timestamps;
      return new PrettyFormat({
        columns,
        messages,
        times: timesOf(options, style),
        styles,
        paints,
        highlight,
        isTerminal,
        isColoured,
        isAligned,
        tagsKnown: options.showSources === "known",
      });
    }
  }
}

function cleaning({ ansi, isTerminal, isColoured }: FormatOptions, escapes: boolean): Cleaning {
  if (ansi === "strip") return "plain";
  // JSON escapes control bytes by itself; into a pipe everything goes as it came.
  if (escapes || !isTerminal) return "verbatim";
  return ansi === "keep" || isColoured ? "colours" : "plain";
}

function timesOf({ timezone, now }: FormatOptions, style: TimeStyle | "off"): Times {
  return new Times({ style, zone: timezone, now });
}

/** A timestamp column that was asked for by name is printed without -t too. */
function timestampsFor(columns: readonly Column[], { columns: chosen, timestamps }: FormatOptions): TimeStyle | "off" {
  const isChosen = chosen.length > 0 && columns.some((column) => column.kind === "timestamp");
  return isChosen && timestamps === "off" && !chosen.every((name) => /^[+-]/.test(name)) ? "default" : timestamps;
}

/** `[namespace ]pod container [time ]message`, as stern has it. */
function textColumns(options: FormatOptions): string[] {
  const names = options.format === "raw" && options.prefix === "auto" ? [] : originColumns(options);
  return [...names, "timestamp", "message"];
}

function originColumns(options: FormatOptions): string[] {
  return [...(options.showSources === true ? ["source"] : []), ...nameColumns(options)];
}

function nameColumns({ prefix, showCluster, showNamespace }: FormatOptions): string[] {
  switch (prefix) {
    case "none":
      return [];
    case "short":
      return ["pod"];
    case "full":
      return ["cluster", "node", "namespace", "pod", "container"];
    case "auto":
      return [...(showCluster ? ["cluster"] : []), ...(showNamespace ? ["namespace"] : []), "pod", "container"];
  }
}
