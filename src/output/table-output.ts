// Tables in every output format: aligned text for people, csv, json, jsonl, logfmt and tab-separated for programs.
import type { Column, Row, Table } from "../query/pipes/table.ts";
import { type AlignedOptions, alignedLines, GrowingTable } from "./aligned-table.ts";
import { logfmtValue } from "./line-fields.ts";
import { cleanString, escapeJsonForTerminal } from "./sanitize.ts";
import { plainValue } from "./table-cells.ts";
import { csvValue } from "./table-formats.ts";
import type { Styles } from "./theme.ts";

/** `raw`: values separated by tabs, with blanks for the tabs and line ends in them; a head line. */
export type TableFormat = "text" | "csv" | "json" | "jsonl" | "logfmt" | "raw";

export interface TableOutputOptions {
  readonly format: TableFormat;
  /** As parseTimezone gives it. */
  readonly zone: string;
  /** Control bytes are kept from terminals, and tables are cut to their width. */
  readonly isTerminal: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  readonly styles: Styles;
}

/** Rows in a format, one by one: head, rows, tail, each with its line ends. */
export interface RowFormat {
  readonly head: string;
  row(row: Row): string;
  readonly tail: string;
}

/** The whole table in pieces of some thousand characters, each of whole lines. */
export function* tableText(table: Table, options: TableOutputOptions): Iterable<string> {
  yield* inPieces(options.format === "text" ? textLines(table, options) : formatLines(table, options));
}

export function rowFormat(columns: readonly Column[], options: TableOutputOptions): RowFormat {
  const values = (row: Row) => columns.map((column, at) => plainValue(row[at], column, options.zone));
  const safe = (text: string) => (options.isTerminal ? cleanString(text, false) : text);
  switch (options.format) {
    case "text": {
      const growing = new GrowingTable(columns, alignedOptions(options));
      return { head: `${growing.head()}\n`, row: (row) => `${growing.row(row)}\n`, tail: "" };
    }
    case "csv": {
      const line = (cells: readonly (string | number | null)[]) =>
        `${cells.map((cell) => csvValue(safeLines(String(cell ?? ""), safe))).join(",")}\r\n`;
      return { head: line(columns.map(({ name }) => name)), row: (row) => line(values(row)), tail: "" };
    }
    case "raw": {
      const line = (cells: readonly (string | number | null)[]) =>
        `${cells.map((cell) => safe(String(cell ?? "").replace(/[\t\r\n]+/g, " "))).join("\t")}\n`;
      return { head: line(columns.map(({ name }) => name)), row: (row) => line(values(row)), tail: "" };
    }
    case "logfmt":
      return { head: "", row: (row) => `${safe(logfmtPairs(columns, values(row)))}\n`, tail: "" };
    case "jsonl":
      return { head: "", row: (row) => `${jsonText(columns, values(row), options)}\n`, tail: "" };
    case "json": {
      let isFirst = true;
      return {
        head: "[",
        row: (row) => {
          const separator = isFirst ? "\n" : ",\n";
          isFirst = false;
          return separator + jsonText(columns, values(row), options);
        },
        tail: "\n]\n",
      };
    }
  }
}

function alignedOptions({ zone, styles, isTerminal, width }: TableOutputOptions): AlignedOptions {
  return { zone, styles, width: isTerminal ? width : undefined };
}

function* textLines({ columns, rows }: Table, options: TableOutputOptions): Iterable<string> {
  for (const line of alignedLines(columns, rows, alignedOptions(options))) yield `${line}\n`;
}

function* formatLines({ columns, rows }: Table, options: TableOutputOptions): Iterable<string> {
  const format = rowFormat(columns, options);
  yield format.head;
  for (const row of rows) yield format.row(row);
  yield format.tail;
}

function* inPieces(lines: Iterable<string>): Iterable<string> {
  let piece = "";
  for (const line of lines) {
    piece += line;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

function safeLines(text: string, safe: (text: string) => string): string {
  return text.split("\n").map(safe).join("\n");
}

/** Names with blanks, quotes or `=` in them get underscores; cells without a value are left out. */
function logfmtPairs(columns: readonly Column[], values: readonly (string | number | null)[]): string {
  return columns
    .flatMap(({ name }, at) => {
      const value = values[at];
      return value === null ? [] : [`${name.replace(/[\s="]/g, "_")}=${logfmtValue(value)}`];
    })
    .join(" ");
}

function jsonText(
  columns: readonly Column[],
  values: readonly (string | number | null)[],
  { isTerminal }: TableOutputOptions,
): string {
  const members = columns.map(({ name }, at) => `${JSON.stringify(name)}:${JSON.stringify(values[at])}`);
  const json = `{${members.join(",")}}`;
  return isTerminal ? escapeJsonForTerminal(json) : json;
}
