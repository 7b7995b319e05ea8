// `default` and `raw`: columns, then the message's own bytes. The hot path of a busy pipe: bytes are copied, nothing is decoded.
import type { LogLine, Origin } from "../record/log-line.ts";
import type { Column } from "./columns.ts";
import { type HighlightPattern, highlight } from "./highlight.ts";
import { lineLevel, lineSources } from "./line-facts.ts";
import { fieldValue } from "./line-fields.ts";
import { type LineFormat, NEWLINE } from "./line-format.ts";
import { type Bytes, cutNote, type Messages } from "./messages.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { type OriginPaints, type Paint, PLAIN, painted } from "./paint.ts";
import { Prefixes } from "./prefix.ts";
import type { Styles } from "./theme.ts";
import type { Times } from "./times.ts";

export interface TextOptions {
  readonly columns: readonly Column[];
  readonly messages: Messages;
  readonly times: Times;
  readonly styles: Styles;
  readonly paints: (origin: Origin) => OriginPaints;
  readonly highlight: readonly HighlightPattern[];
  /** Colours a message by its level. */
  readonly colorsLevels: boolean;
  readonly isAligned: boolean;
  /** Marks lines that come after newer ones with `~`. */
  readonly marksLate: boolean;
  /** Tags the lines of which a source gave details with its name. */
  readonly tagsKnown?: boolean;
}

const ESC = 0x1b;
const LEVEL_WIDTH = 6;

/** Writes one column of a physical line; `event` is the line that it belongs to. */
type Writer = (line: LogLine, event: LogLine, out: OutputBuffer) => void;

export class TextFormat implements LineFormat {
  private readonly options: TextOptions;
  private readonly writers: Writer[];

  constructor(options: TextOptions) {
    this.options = options;
    this.writers = this.compile();
  }

  line(line: LogLine, out: OutputBuffer): void {
    this.physical(line, line, out);
    if (line.rest !== undefined) for (const next of line.rest) this.physical(next, line, out);
  }

  private physical(line: LogLine, event: LogLine, out: OutputBuffer): void {
    for (const write of this.writers) write(line, event, out);
    out.byte(NEWLINE);
  }

  /** Neighbouring columns of the origin become one prefix. */
  private compile(): Writer[] {
    const { columns } = this.options;
    const writers: Writer[] = this.options.tagsKnown ? [this.knownWriter()] : [];
    let ofOrigin: Extract<Column, { kind: "origin" }>[] = [];
    for (const column of columns) {
      if (column.kind === "origin") {
        ofOrigin.push(column);
        continue;
      }
      if (ofOrigin.length > 0) writers.push(this.prefixWriter(ofOrigin));
      ofOrigin = [];
      writers.push(this.writer(column));
    }
    if (ofOrigin.length > 0) writers.push(this.prefixWriter(ofOrigin));
    return writers;
  }

  private prefixWriter(columns: Extract<Column, { kind: "origin" }>[]): Writer {
    const prefixes = new Prefixes({ columns, paints: this.options.paints, isAligned: this.options.isAligned });
    return (line, _event, out) => {
      const prefix = prefixes.of(line.origin);
      out.bytes(prefix, 0, prefix.length);
    };
  }

  private writer(column: Exclude<Column, { kind: "origin" }>): Writer {
    const { times, styles } = this.options;
    switch (column.kind) {
      case "timestamp": {
        const { open, close } = styles.dim;
        return (line, _event, out) => {
          const text = times.text(line);
          if (text === "") return;
          if (open !== "") out.text(open);
          out.text(text);
          if (close !== "") out.text(close);
          out.byte(0x20);
        };
      }
      case "level":
        return (_line, event, out) => {
          const level = lineLevel(event);
          const paint = level === undefined ? PLAIN : styles.levels[level];
          out.text(paint.open + (level ?? "").padEnd(LEVEL_WIDTH) + paint.close);
          out.byte(0x20);
        };
      case "source":
        return this.sourceWriter();
      case "field":
        return (_line, event, out) => {
          const value = fieldValue(event, column.name);
          if (value !== "") out.text(`${value} `);
        };
      case "message":
        return this.messageWriter();
    }
  }

  private sourceWriter(): Writer {
    const { isAligned, styles } = this.options;
    let width = 0;
    return (_line, event, out) => {
      const text = `[${lineSources(event).join(",")}]`;
      if (isAligned) width = Math.max(width, text.length);
      out.text(`${painted(styles.dim, text)}${" ".repeat(Math.max(0, width - text.length))} `);
    };
  }

  private knownWriter(): Writer {
    const { dim } = this.options.styles;
    return (_line, event, out) => {
      if (event.details !== undefined) out.text(`${painted(dim, `[${lineSources(event).join(",")}]`)} `);
    };
  }

  private messageWriter(): Writer {
    const { messages, marksLate, colorsLevels, highlight: patterns } = this.options;
    if (messages.areVerbatim && !marksLate && !colorsLevels && patterns.length === 0) {
      return (line, _event, out) => {
        out.bytes(line.buffer, line.start, line.end);
        if (line.cut > 0) out.text(cutNote(line.cut));
      };
    }
    return (line, event, out) => {
      if (marksLate && line.late) out.text("~ ");
      const bytes = messages.bytes(line);
      const paint = colorsLevels ? this.levelPaint(event, bytes) : PLAIN;
      if (paint.open !== "") out.text(paint.open);
      if (patterns.length === 0 || !this.highlighted(bytes, paint, out))
        out.bytes(bytes.buffer, bytes.start, bytes.end);
      if (paint.close !== "") out.text(paint.close);
      if (line.cut > 0) out.text(cutNote(line.cut));
    };
  }

  private levelPaint(event: LogLine, { buffer, start, end }: Bytes): Paint {
    const level = lineLevel(event);
    if (level === undefined) return PLAIN;
    const paint = this.options.styles.levels[level];
    // A line that brings colours of its own keeps them.
    if (paint.open !== "") for (let i = start; i < end; i++) if (buffer[i] === ESC) return PLAIN;
    return paint;
  }

  private highlighted({ buffer, start, end }: Bytes, around: Paint, out: OutputBuffer): boolean {
    const { styles, highlight: patterns } = this.options;
    // Behind a match the level's colour goes on.
    const paint = { open: styles.highlight.open, close: styles.highlight.close + around.open };
    const text = buffer.toString("utf8", start, end);
    if (!text.includes("\ufffd")) {
      const marked = highlight(text, patterns, paint);
      if (marked !== undefined) out.text(marked);
      return marked !== undefined;
    }
    // Not UTF-8: as Latin-1 every byte is a character, and goes out again as it came.
    const marked = highlight(buffer.toString("latin1", start, end), patterns, paint);
    if (marked === undefined) return false;
    const bytes = Buffer.from(marked, "latin1");
    out.bytes(bytes, 0, bytes.length);
    return true;
  }
}
