// The formats made of columns: csv (RFC 4180, with a header) and logfmt.
import { fieldAt, type ParsedFields, parseFields } from "../record/fields.ts";
import type { LogLine } from "../record/log-line.ts";
import type { Column } from "./columns.ts";
import { lineLevel, lineSources, withAttributes } from "./line-facts.ts";
import { fieldValue, flatFields, logfmtValue } from "./line-fields.ts";
import type { LineFormat } from "./line-format.ts";
import { cutNote, cutOf, type Messages } from "./messages.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { cleanString } from "./sanitize.ts";
import type { Times } from "./times.ts";

export interface TableOptions {
  readonly columns: readonly Column[];
  readonly messages: Messages;
  readonly times: Times;
  readonly isTerminal: boolean;
}

function columnText(column: Column, line: LogLine, { messages, times }: TableOptions): string {
  switch (column.kind) {
    case "origin":
      return column.of(line.origin);
    case "timestamp":
      return times.always(line);
    case "level":
      return lineLevel(line) ?? "";
    case "source":
      return lineSources(line).join(",");
    case "field":
      return fieldValue(line, column.name);
    case "message": {
      const cut = cutOf(line);
      return messages.joined(line) + (cut > 0 ? cutNote(cut) : "");
    }
  }
}

export class CsvFormat implements LineFormat {
  /** With its line end. */
  readonly header: string;
  private readonly options: TableOptions;
  private hasHeader: boolean;

  /** `isContinued`: the header is somewhere already. */
  constructor(options: TableOptions, isContinued = false) {
    this.options = options;
    this.header = `${options.columns.map((column) => csvValue(column.name)).join(",")}\r\n`;
    this.hasHeader = isContinued;
  }

  line(line: LogLine, out: OutputBuffer): void {
    const { columns } = this.options;
    if (!this.hasHeader) {
      this.hasHeader = true;
      out.text(this.header);
    }
    out.text(`${columns.map((column) => csvValue(this.value(column, line))).join(",")}\r\n`);
  }

  private value(column: Column, line: LogLine): string {
    const value = columnText(column, line, this.options);
    if (column.kind !== "field" || !this.options.isTerminal) return value;
    return value
      .split("\n")
      .map((part) => cleanString(part, false))
      .join("\n");
  }
}

export function csvValue(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

const LOGFMT_NAMES: Readonly<Record<string, string>> = { timestamp: "ts", message: "msg" };

/** The columns as pairs, then the fields that the line itself has. */
export class LogfmtFormat implements LineFormat {
  private readonly options: TableOptions;

  constructor(options: TableOptions) {
    this.options = options;
  }

  line(line: LogLine, out: OutputBuffer): void {
    const parsed = line.rest === undefined ? parseFields(this.options.messages.text(line)) : undefined;
    const pairs = new Map<string, string>();
    for (const column of this.options.columns) {
      const value = this.value(column, line, parsed);
      if (value !== "") pairs.set(LOGFMT_NAMES[column.name] ?? column.name, logfmtValue(value));
    }
    const hasLevel = pairs.has("level");
    for (const [key, value] of flatFields(withAttributes(line, parsed?.fields) ?? {})) {
      if (key === parsed?.messageKey || (hasLevel && key === parsed?.levelKey)) continue;
      const name = key.replace(/[\s="]/g, "_");
      // A field that is called like a column is another thing: both stay.
      pairs.set(pairs.has(name) ? `line.${name}` : name, logfmtValue(value));
    }
    const text = Array.from(pairs, ([name, value]) => `${name}=${value}`).join(" ");
    out.text(`${this.options.isTerminal ? cleanString(text, false) : text}\n`);
  }

  /** The line's own message stands for the line, since its fields follow as pairs. */
  private value(column: Column, line: LogLine, parsed: ParsedFields | undefined): string {
    if (column.kind !== "message" || parsed === undefined) return columnText(column, line, this.options);
    return parsed.messageKey === undefined ? "" : String(fieldAt(parsed.fields, parsed.messageKey));
  }
}
