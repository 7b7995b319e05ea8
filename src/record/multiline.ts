// Groups the lines of one source into events, so that a stack trace stays with the line that it explains.
import type { LogLine } from "./log-line.ts";
import { BEGINS, beginning, continuation, isOrdinary, ordinaryState, type TraceState } from "./stack-trace.ts";

/** `auto` knows the stack traces of the common languages; `start` says which lines begin an event, all others continue. */
export type MultilineMode = "auto" | "off" | { readonly start: (text: string) => boolean };

export interface JoinLimits {
  readonly lines: number;
  readonly bytes: number;
}

/** An event that outgrows this goes out, and the next line begins another. */
const LIMITS: JoinLimits = { lines: 500, bytes: 1 << 20 };

/** For one source only: lines of two containers must not share a joiner. */
export interface LineJoiner {
  /** Takes the next line; gives the event that this line shows to be complete. Its further lines are in `rest`. */
  push(line: LogLine): LogLine | undefined;
  /** Gives what is still held: the source ended, or nothing came for a while. */
  flush(): LogLine | undefined;
  /** Whether a line is held. */
  readonly pending: boolean;
}

export function createLineJoiner(mode: MultilineMode, limits: JoinLimits = LIMITS): LineJoiner {
  if (mode === "off") return { push: (line) => line, flush: () => undefined, pending: false };
  return mode === "auto" ? new TraceJoiner(limits) : new PatternJoiner(mode.start, limits);
}

/** The event at hand, up to its limits. */
class OpenEvent {
  head: LogLine | undefined;
  private bytes = 0;
  private readonly limits: JoinLimits;

  constructor(limits: JoinLimits) {
    this.limits = limits;
  }

  begin(line: LogLine): LogLine | undefined {
    const complete = this.head;
    this.head = line;
    this.bytes = line.end - line.start;
    return complete;
  }

  add(line: LogLine): LogLine | undefined {
    const { head } = this;
    const size = line.end - line.start;
    if (head === undefined || this.bytes + size > this.limits.bytes) return this.begin(line);
    if (head.rest === undefined) {
      if (this.limits.lines < 2) return this.begin(line);
      head.rest = [line];
    } else {
      if (head.rest.length + 1 >= this.limits.lines) return this.begin(line);
      head.rest.push(line);
    }
    this.bytes += size;
    return undefined;
  }

  take(): LogLine | undefined {
    const complete = this.head;
    this.head = undefined;
    return complete;
  }
}

class TraceJoiner implements LineJoiner {
  private readonly event: OpenEvent;
  private state: TraceState = 0;

  constructor(limits: JoinLimits) {
    this.event = new OpenEvent(limits);
  }

  get pending(): boolean {
    return this.event.head !== undefined;
  }

  push(line: LogLine): LogLine | undefined {
    const { buffer, start, end } = line;
    if (isOrdinary(this.state, buffer, start, end)) {
      this.state = ordinaryState(buffer, start, end);
      return this.event.begin(line);
    }
    const next = this.event.head === undefined ? BEGINS : continuation(this.state, buffer, start, end);
    if (next !== BEGINS) {
      this.state = next;
      return this.event.add(line);
    }
    this.state = beginning(buffer, start, end);
    return this.event.begin(line);
  }

  flush(): LogLine | undefined {
    this.state = 0;
    return this.event.take();
  }
}

class PatternJoiner implements LineJoiner {
  private readonly event: OpenEvent;
  private readonly start: (text: string) => boolean;

  constructor(start: (text: string) => boolean, limits: JoinLimits) {
    this.event = new OpenEvent(limits);
    this.start = start;
  }

  get pending(): boolean {
    return this.event.head !== undefined;
  }

  push(line: LogLine): LogLine | undefined {
    return this.start(line.buffer.toString("utf8", line.start, line.end))
      ? this.event.begin(line)
      : this.event.add(line);
  }

  flush(): LogLine | undefined {
    return this.event.take();
  }
}
