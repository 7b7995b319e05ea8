// What every output format is: something that writes one event, with its line ends, into a buffer.
import type { LogLine } from "../record/log-line.ts";
import type { OutputBuffer } from "./output-buffer.ts";

export interface LineFormat {
  /** What stands once before all lines; "" or missing: nothing. */
  readonly header?: string;
  line(line: LogLine, out: OutputBuffer): void;
}

export const NEWLINE = 0x0a;
