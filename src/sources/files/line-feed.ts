// Lines as they come, in pieces of any size: what is not whole yet waits for its end, as far as anybody will see of it.
import type { LogLine } from "../../record/log-line.ts";
import type { Timestamp } from "../../record/timestamp.ts";
import type { EventParser } from "./event-parser.ts";

const NEWLINE = 0x0a;
/** JSON writes one byte of a message as up to six, and has names and times around it. */
const MOST_ESCAPED = 6;
const AROUND_BYTES = 64 * 1024;

export class LineFeed {
  private readonly parser: EventParser;
  private readonly mostBytes: number;
  /** A line whose end has not come: its beginning, and how many bytes of it were let go behind that. */
  private parts: Buffer[] = [];
  private partBytes = 0;
  private droppedBytes = 0;
  /** Where that line begins in all that came. */
  offset: number;

  constructor(parser: EventParser, offset = 0) {
    this.parser = parser;
    this.mostBytes = MOST_ESCAPED * parser.maxLineBytes + AROUND_BYTES;
    this.offset = offset;
  }

  /** Takes bytes of its own, and hands on the events that they complete. */
  feed(chunk: Buffer, before: () => Timestamp | undefined, visit: (event: LogLine, offset: number) => void): void {
    let end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) return this.keep(chunk);
    let bytes = chunk;
    if (this.droppedBytes > 0) {
      const newline = chunk.indexOf(NEWLINE);
      this.droppedBytes += newline;
      this.parseRest(before, visit);
      this.offset++;
      bytes = chunk.subarray(newline + 1);
      end -= newline + 1;
    } else if (this.partBytes > 0) {
      bytes = Buffer.concat([...this.parts, chunk]);
      end += this.partBytes;
      this.forgetRest();
    }
    this.parser.parse(bytes, 0, end, { offset: this.offset, before, isWhole: false }, visit);
    this.offset += end;
    if (end < bytes.length) this.keep(Buffer.from(bytes.subarray(end)));
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
    this.parseRest(before, visit);
    this.parser.finish(visit);
  }

  private keep(bytes: Buffer): void {
    const kept = Math.min(bytes.length, this.mostBytes - this.partBytes);
    if (kept > 0) this.parts.push(bytes.subarray(0, kept));
    this.partBytes += kept;
    this.droppedBytes += bytes.length - kept;
  }

  private parseRest(before: () => Timestamp | undefined, visit: (event: LogLine, offset: number) => void): void {
    const { offset, partBytes, droppedBytes } = this;
    const rest = Buffer.concat(this.parts, partBytes);
    this.forgetRest();
    this.parser.parse(rest, 0, partBytes, { offset, before, isWhole: false, droppedBytes }, visit);
    this.offset += partBytes + droppedBytes;
  }

  private forgetRest(): void {
    this.parts = [];
    this.partBytes = 0;
    this.droppedBytes = 0;
  }
}
