// `pretty`: for reading. Time, level, where from, message, then fields; JSON is unfolded, traces are indented.
import { fieldAt, type ParsedFields, parseFields } from "../record/fields.ts";
import type { Level } from "../record/level.ts";
import type { LogLine, Origin } from "../record/log-line.ts";
import type { Column } from "./columns.ts";
import { type HighlightPattern, highlight } from "./highlight.ts";
import { lineLevel, lineSources } from "./line-facts.ts";
import { flatFields, logfmtValue } from "./line-fields.ts";
import type { LineFormat } from "./line-format.ts";
import { cutNote, cutOf, type Messages } from "./messages.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { type OriginPaints, PLAIN, painted } from "./paint.ts";
import { Prefixes } from "./prefix.ts";
import { cleanString } from "./sanitize.ts";
import type { Styles } from "./theme.ts";
import type { Times } from "./times.ts";

export interface PrettyOptions {
  /** Tags the lines of which a source gave details with its name. */
  readonly tagsKnown?: boolean;
  readonly columns: readonly Column[];
  readonly messages: Messages;
  readonly times: Times;
  readonly styles: Styles;
  readonly paints: (origin: Origin) => OriginPaints;
  readonly highlight: readonly HighlightPattern[];
  readonly isTerminal: boolean;
  readonly isColoured: boolean;
  readonly isAligned: boolean;
}

const NAMES: Readonly<Record<Level, string>> = {
  trace: "TRACE",
  debug: "DEBUG",
  info: "INFO ",
  notice: "NOTE ",
  warn: "WARN ",
  error: "ERROR",
  fatal: "FATAL",
};
const INDENT = "    ";

export class PrettyFormat implements LineFormat {
  private readonly options: PrettyOptions;
  private readonly prefixes: Prefixes;
  private readonly showsSources: boolean;

  constructor(options: PrettyOptions) {
    this.options = options;
    this.showsSources = options.columns.some((column) => column.kind === "source");
    const columns = options.columns.filter((column) => column.kind === "origin");
    this.prefixes = new Prefixes({ columns, paints: options.paints, isAligned: options.isAligned });
  }

  line(line: LogLine, out: OutputBuffer): void {
    const { styles, times, messages, isTerminal } = this.options;
    const level = lineLevel(line);
    const paint = level === undefined ? PLAIN : styles.levels[level];
    const time = times.text(line);
    if (isTerminal && line.late) out.text("~ ");
    if (time !== "") out.text(`${painted(styles.dim, time)} `);
    out.text(`${level === undefined ? "     " : painted(paint, NAMES[level])} `);
    if (this.showsSources || (this.options.tagsKnown && line.details !== undefined))
      out.text(`${painted(styles.dim, `[${lineSources(line).join(",")}]`)} `);
    const prefix = this.prefixes.of(line.origin);
    out.bytes(prefix, 0, prefix.length);
    const text = messages.text(line);
    const parsed = parseFields(text);
    const { attrs } = line.details ?? {};
    out.text(parsed === undefined ? this.shown(text) : this.unfolded(parsed));
    if (attrs !== undefined) out.text(this.pairs(attrs, parsed));
    for (const next of line.rest ?? []) out.text(`\n${INDENT}${this.shown(messages.text(next))}`);
    const cut = cutOf(line);
    out.text(cut > 0 ? `${cutNote(cut)}\n` : "\n");
  }

  private shown(text: string): string {
    return highlight(text, this.options.highlight, this.options.styles.highlight) ?? text;
  }

  private unfolded({ fields, messageKey, levelKey, timeKey }: ParsedFields): string {
    const { styles } = this.options;
    const message = messageKey === undefined ? [] : this.lines(fieldAt(fields, messageKey));
    let first = this.shown(message[0] ?? "");
    let below = message.slice(1).map((part) => `\n${INDENT}${this.shown(part)}`);
    for (const [key, value] of flatFields(fields)) {
      // Level and time are shown in front.
      if (key === messageKey || key === levelKey || key === timeKey) continue;
      const name = painted(styles.key, this.safe(key));
      if (typeof value === "string" && value.includes("\n")) {
        below = [
          ...below,
          `\n${INDENT}${name}:`,
          ...this.lines(value).map((part) => `\n${INDENT}${INDENT}${this.shown(part)}`),
        ];
      } else first += `${first === "" ? "" : " "}${name}=${this.shown(this.safe(logfmtValue(value)))}`;
    }
    return first + below.join("");
  }

  /** What came beside the line, or was caught in it, and is not in its text. */
  private pairs(attrs: Readonly<Record<string, unknown>>, parsed: ParsedFields | undefined): string {
    const { key: paint } = this.options.styles;
    return flatFields(attrs)
      .filter(([key]) => parsed === undefined || fieldAt(parsed.fields, key) === undefined)
      .map(([key, value]) => ` ${painted(paint, this.safe(key))}=${this.shown(this.safe(logfmtValue(value)))}`)
      .join("");
  }

  /** A decoded value can hold what the raw line had only as an escape: "\u001b[2J" in JSON, say. */
  private lines(value: unknown): string[] {
    const text = typeof value === "string" ? value : logfmtValue(value);
    return text
      .replace(/\n+$/, "")
      .split("\n")
      .map((part) => this.safe(part));
  }

  private safe(text: string): string {
    return this.options.isTerminal ? cleanString(text, this.options.isColoured) : text;
  }
}
