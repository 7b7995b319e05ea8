// The message of a line as a format shows it: cleaned for a terminal where it must be, with the fields that are wanted.
import type { LogLine } from "../record/log-line.ts";
import type { FieldSelection } from "./field-selection.ts";
import { clean, needsCleaning } from "./sanitize.ts";

/** How control bytes leave: as they came, only colours, or none. */
export type Cleaning = "verbatim" | "colours" | "plain";

export interface Bytes {
  buffer: Buffer;
  start: number;
  end: number;
}

export class Messages {
  /** True where every line goes out as it came. */
  readonly areVerbatim: boolean;
  private readonly cleaning: Cleaning;
  private readonly selection: FieldSelection | undefined;
  /** One object for all lines: it is valid until the next call. */
  private readonly current: Bytes = { buffer: Buffer.alloc(0), start: 0, end: 0 };

  constructor(cleaning: Cleaning, selection: FieldSelection | undefined) {
    this.cleaning = cleaning;
    this.selection = selection;
    this.areVerbatim = cleaning === "verbatim" && selection === undefined;
  }

  /** One physical line. Valid until the next call. */
  bytes(line: LogLine): Bytes {
    const bytes = this.current;
    bytes.buffer = line.buffer;
    bytes.start = line.start;
    bytes.end = line.end;
    if (this.areVerbatim) return bytes;
    if (this.selection !== undefined) {
      const text = line.buffer.toString("utf8", line.start, line.end);
      const selected = this.selection.apply(text);
      if (selected !== text) replace(bytes, Buffer.from(selected));
    }
    if (this.cleaning !== "verbatim" && needsCleaning(bytes.buffer, bytes.start, bytes.end)) {
      replace(bytes, clean(bytes.buffer, bytes.start, bytes.end, this.cleaning === "colours"));
    }
    return bytes;
  }

  /** One physical line; bytes that are not UTF-8 become U+FFFD. */
  text(line: LogLine): string {
    const { buffer, start, end } = this.bytes(line);
    return buffer.toString("utf8", start, end);
  }

  /** The whole event, its lines joined. */
  joined(line: LogLine): string {
    let text = this.text(line);
    if (line.rest !== undefined) for (const next of line.rest) text += `\n${this.text(next)}`;
    return text;
  }
}

function replace(bytes: Bytes, by: Buffer): void {
  bytes.buffer = by;
  bytes.start = 0;
  bytes.end = by.length;
}

/** Bytes that were cut off, over all lines of the event. */
export function cutOf(line: LogLine): number {
  return line.rest === undefined ? line.cut : line.rest.reduce((sum, next) => sum + next.cut, line.cut);
}

export function cutNote(bytes: number): string {
  return ` [klog: ${bytes} bytes cut]`;
}
