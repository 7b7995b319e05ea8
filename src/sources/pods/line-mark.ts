// The mark of a line that did not come through the log API: the same as the cursor keeps of one that did.
import type { LineMark } from "./cursor.ts";
import { LineSplitter } from "./line-splitter.ts";

const NEWLINE = Buffer.from("\n");

export class LineMarks {
  private hashA = 0;
  private hashB = 0;
  private readonly splitter: LineSplitter;

  /** `maxLineBytes` as the lines of the API are cut, so that a line that was cut has one mark too. */
  constructor(maxLineBytes: number) {
    this.splitter = new LineSplitter({ maxLineBytes, stamped: false }, (_buffer, _start, _end, _sec, _nsec, a, b) => {
      this.hashA = a;
      this.hashB = b;
    });
  }

  /** `text` is a whole line without its end. */
  hashOf(text: Buffer): Pick<LineMark, "hashA" | "hashB"> {
    this.splitter.feed(text);
    this.splitter.feed(NEWLINE);
    return { hashA: this.hashA, hashB: this.hashB };
  }
}
