// Where the lines of a search go: formatted, into large pieces, to stdout; a reader who is slow holds the search back.
import type { Formatter } from "../../output/formatter.ts";
import type { HighlightPattern } from "../../output/highlight.ts";
import { StdoutWriter } from "../../output/stdout-writer.ts";
import type { RowFormat } from "../../output/table-output.ts";
import type { RecordRows } from "../../query/pipes/shown-fields.ts";
import { parseStrftime } from "../../query/strftime.ts";
import type { LogLine } from "../../record/log-line.ts";
import { createLineFormatter, type Palette, type PrintingPlace } from "../print-setup.ts";
import type { Printing } from "../tail-output.ts";

/** What `| fields a, b` leaves of a line. */
export interface ShownRows {
  readonly fields: RecordRows;
  readonly format: RowFormat;
}

export interface SearchLook {
  readonly highlight: readonly HighlightPattern[];
  readonly hideFields: readonly string[];
  readonly showSources: boolean;
  /** Lines as rows of these fields. */
  readonly rows: ShownRows | undefined;
  /** Called before bytes go to stdout. */
  readonly beforeWrite: () => void;
}

export class SearchPrinter {
  private readonly formatter: Formatter;
  private readonly writer: StdoutWriter;
  private readonly rows: ShownRows | undefined;
  private hasHead = false;
  private readonly separatorLine: string;
  private readonly beforeWrite: () => void;

  /** Throws KlogError for templates and columns that cannot be used. */
  constructor(place: PrintingPlace, palette: Palette, look: SearchLook) {
    this.beforeWrite = look.beforeWrite;
    this.formatter = createLineFormatter(place, palette, { ...look, fields: [] });
    this.writer = new StdoutWriter(place.terminal);
    this.rows = look.rows;
    const { open, close } = palette.styles.dim;
    this.separatorLine = readsAsText(place.printing) ? `${open}--${close}\n` : "";
  }

  line(line: LogLine): void {
    if (this.rows !== undefined) return this.row(this.rows, line);
    this.beforeWrite();
    this.formatter.line(line, this.writer.buffer);
    this.writer.written();
  }

  private row({ fields, format }: ShownRows, line: LogLine): void {
    if (!this.hasHead) this.text(format.head);
    this.hasHead = true;
    this.text(format.row(fields.row(line)));
  }

  /** Between groups of lines that do not stand together in their log, as grep has it; nothing in formats for programs. */
  separator(): void {
    if (this.separatorLine === "") return;
    this.writer.buffer.text(this.separatorLine);
    this.writer.written();
  }

  text(text: string): void {
    if (text === "") return;
    this.beforeWrite();
    this.writer.buffer.text(text);
    this.writer.written();
  }

  /** Resolves when the reader of stdout can take more; undefined: at once. */
  room(): Promise<void> | undefined {
    return this.writer.full ? this.writer.drained() : undefined;
  }

  /** Everything out. */
  async close(): Promise<void> {
    // An empty list in JSON has its brackets too.
    if (this.rows !== undefined && (this.hasHead || this.rows.format.tail !== "")) {
      if (!this.hasHead) this.text(this.rows.format.head);
      this.text(this.rows.format.tail);
    }
    await this.writer.close();
  }
}

function readsAsText({ format, template }: Printing): boolean {
  return template === undefined && (format === "default" || format === "pretty" || format === "raw");
}

/** What was found may be of any day: lines have their time unless somebody chose otherwise. */
export function withTimes(printing: Printing, timesAreChosen: boolean, isTerminal: boolean): Printing {
  if (timesAreChosen || printing.format === "raw") return printing;
  const isRead = isTerminal && (printing.format === "default" || printing.format === "pretty");
  return { ...printing, timestamps: isRead ? parseStrftime("%m-%d %H:%M:%S.%L") : "default" };
}
