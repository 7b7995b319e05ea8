// A live line as the query is asked about it: with the name of its source, and a level that is looked for when somebody asks.
import { levelOf } from "../../record/level.ts";
import type { Level } from "../../record/level-names.ts";
import type { LineDetails, LogLine } from "../../record/log-line.ts";

/** One object for all lines: most of them are no hits. It takes the place of a QueryRecord. */
export class AskedLine implements LineDetails {
  readonly stream = "";
  readonly id = undefined;
  readonly attrs = undefined;
  readonly sources: readonly string[];
  private line!: LogLine;
  private found: Level | undefined | "not yet" = "not yet";

  constructor(sourceName: string) {
    this.sources = [sourceName];
  }

  about(line: LogLine): this {
    this.line = line;
    this.found = "not yet";
    return this;
  }

  get sec(): number {
    return this.line.sec;
  }

  get nsec(): number {
    return this.line.nsec;
  }

  get origin(): LogLine["origin"] {
    return this.line.origin;
  }

  get buffer(): Buffer {
    return this.line.buffer;
  }

  get start(): number {
    return this.line.start;
  }

  get end(): number {
    return this.line.end;
  }

  get rest(): LogLine["rest"] {
    return this.line.rest;
  }

  get details(): LineDetails {
    return this;
  }

  get lines(): number {
    return 1 + (this.line.rest?.length ?? 0);
  }

  get level(): Level | undefined {
    if (this.found === "not yet") this.found = levelOf(this.buffer, this.start, this.end);
    return this.found;
  }
}
