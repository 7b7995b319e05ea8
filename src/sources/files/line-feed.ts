// Lines as they come, in pieces of any size: what is not whole yet waits for its end.
import type { LogLine } from "../../record/log-line.ts";
import type { Timestamp } from "../../record/timestamp.ts";
import type { EventParser } from "./event-parser.ts";

const NEWLINE = 0x0a;

export class LineFeed {
  private readonly parser: EventParser;
  private rest: Buffer = Buffer.alloc(0);
  /** Where `rest` begins in all that came. */
  offset: number;

  constructor(parser: EventParser, offset = 0) {
    this.parser = parser;
    this.offset = offset;
  }

  /** Takes bytes of its own, and hands on the events that they complete. */
  feed(chunk: Buffer, before: () => Timestamp | undefined, visit: (event: LogLine, offset: number) => void): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    this.parser.parse(bytes, 0, end, { offset: this.offset, before, isWhole: false }, visit);
    this.rest = end === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(end));
    this.offset += end;
  }

  /** An event whose last line is here and that may go on. */
  get pending(): boolean {
    return this.parser.pending;
  }

  /** Nothing came for a while: the event that is held is complete. */
  flush(visit: (event: LogLine, offset: number) => void): void {
    this.parser.finish(visit);
  }

  /** The end: a last line without a newline counts. */
  end(before: () => Timestamp | undefined, visit: (event: LogLine, offset: number) => void): void {
    this.parser.parse(this.rest, 0, this.rest.length, { offset: this.offset, before, isWhole: false }, visit);
    this.offset += this.rest.length;
    this.rest = Buffer.alloc(0);
    this.parser.finish(visit);
  }
}
