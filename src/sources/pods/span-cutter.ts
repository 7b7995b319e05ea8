// Cuts a container's stored lines to what lies between two places of its live stream: behind the last lines that were shown, and
// before the first that are to come. Both are told by their lines, not by time alone: neighbours may share a time stamp or have
// theirs the wrong way round.
import type { LineDetails, LogLine } from "../../record/log-line.ts";
import { compareTimestamps, type Timestamp } from "../../record/timestamp.ts";
import type { LineMark } from "./cursor.ts";
import type { LineMarks } from "./line-mark.ts";

/** Neighbours may be so much out of order, seconds: lines of so much more time have to be put in on both sides. */
export const EDGE_SEC = 1;
/** Lines of an edge that tell it from others. */
export const EDGE_MARKS = 32;
const MOST_HELD = 20_000;

export interface SpanEdges {
  /** Lies behind this time; undefined: from the first line put in. */
  readonly after: Timestamp | undefined;
  /** The last lines shown, in the file's order; empty: by time alone. */
  readonly last: readonly LineMark[];
  /** Lies before this time; undefined: to the last line put in. */
  readonly before: Timestamp | undefined;
  /** The first lines to come. */
  readonly next: readonly LineMark[];
}

/** A physical line of an event. */
interface Unit {
  readonly event: LogLine;
  readonly index: number;
  readonly line: LogLine;
  /** Only an event's first line has a time of its own; `sec` is -1 where any time will do. */
  readonly mark: LineMark;
}

export class SpanCutter {
  /** The store had the last line shown, and the first one to come. */
  foundLast = false;
  foundNext = false;
  private readonly edges: SpanEdges;
  private readonly marks: LineMarks;
  private state: "before" | "inside" | "behind";
  /** The last lines seen while the beginning is looked for. */
  private recent: LineMark[] = [];
  private matched = 0;
  private held: Unit[] = [];
  /** Beginnings of `next` in `held`, and how many of its lines they have so far. */
  private open: { at: number; matched: number }[] = [];
  private best: { at: number; matched: number } | undefined;

  constructor(edges: SpanEdges, marks: LineMarks) {
    this.edges = edges;
    this.marks = marks;
    this.state = edges.last.length > 0 || edges.after !== undefined ? "before" : "inside";
  }

  /** Nothing more is wanted. */
  get isDone(): boolean {
    return this.state === "behind";
  }

  /** Takes an event, in the file's order; gives what is certain to lie between. */
  push(event: LogLine): LogLine[] {
    const out: Unit[] = [];
    for (const [index, line] of [event, ...(event.rest ?? [])].entries()) {
      const { sec, nsec } = index > 0 && this.isNearEdge(event) ? { sec: -1, nsec: 0 } : event;
      const { buffer, start, end, cut } = line;
      const hash = this.marks.hashOf(buffer.subarray(start, end + cut));
      const unit = { event, index, line, mark: { sec, nsec, ...hash } };
      if (this.state === "before") this.look(unit, out);
      else if (this.state === "inside") this.inside(unit, out);
    }
    return events(out);
  }

  /** No more lines come: gives the rest. */
  end(): LogLine[] {
    const out: Unit[] = [];
    if (this.state === "before") this.enter(out);
    if (this.state === "inside") {
      const found = this.best ?? this.open[0];
      if (found !== undefined) this.close(found.at, out);
      else out.push(...this.held.filter((unit) => this.isBefore(unit.event)));
    }
    this.state = "behind";
    this.held = [];
    return events(out);
  }

  /** While the last line shown is looked for: what lies behind the best place so far is held. */
  private look(unit: Unit, out: Unit[]): void {
    const { last, after } = this.edges;
    this.recent.push(unit.mark);
    if (this.recent.length > last.length) this.recent.shift();
    const matched = this.endsAlike();
    if (matched > 0 && matched >= this.matched) {
      this.matched = matched;
      this.foundLast = true;
      this.held = [];
      if (matched === last.length) this.enter(out);
      return;
    }
    if (this.foundLast || after === undefined || compareTimestamps(unit.event, after) > 0) this.held.push(unit);
    const isPast = after !== undefined && unit.event.sec > after.sec + EDGE_SEC;
    if (isPast || this.held.length > MOST_HELD) this.enter(out);
  }

  /** How many lines up to this one are those shown last. */
  private endsAlike(): number {
    const { last } = this.edges;
    const { recent } = this;
    let matched = 0;
    while (matched < recent.length && isSame(recent.at(-1 - matched)!, last.at(-1 - matched)!)) matched++;
    return matched;
  }

  private enter(out: Unit[]): void {
    this.state = "inside";
    const held = this.held;
    this.held = [];
    for (const unit of held) this.inside(unit, out);
  }

  private inside(unit: Unit, out: Unit[]): void {
    if (this.is("behind")) return;
    const { next, before } = this.edges;
    this.open = this.open.filter((start) => {
      if (isSame(unit.mark, next[start.matched]!)) {
        start.matched++;
        return true;
      }
      if (this.best === undefined || start.matched >= this.best.matched) this.best = start;
      return false;
    });
    if (next[0] !== undefined && isSame(unit.mark, next[0])) this.open.push({ at: this.held.length, matched: 1 });
    const whole = this.open.find(({ matched }) => matched === next.length);
    if (whole !== undefined) {
      this.close(whole.at, out);
      return;
    }
    const isCertain = this.held.length === 0 && this.open.length === 0;
    if (isCertain && this.isBefore(unit.event)) {
      out.push(unit);
      return;
    }
    this.held.push(unit);
    const isPast = before !== undefined && unit.event.sec > before.sec + EDGE_SEC;
    if (isPast || this.held.length > MOST_HELD) this.pastEnd(out);
  }

  private pastEnd(out: Unit[]): void {
    const found = this.best ?? this.open[0];
    if (found !== undefined) return this.close(found.at, out);
    out.push(...this.held.filter(({ event }) => this.isBefore(event)));
    this.held = [];
    this.state = "behind";
  }

  private close(at: number, out: Unit[]): void {
    this.foundNext = true;
    out.push(...this.held.slice(0, at));
    this.held = [];
    this.state = "behind";
  }

  private isNearEdge({ sec }: Timestamp): boolean {
    const { after, before } = this.edges;
    return [after, before].some((edge) => edge !== undefined && Math.abs(edge.sec - sec) <= EDGE_SEC);
  }

  private isBefore(event: Timestamp): boolean {
    return this.edges.before === undefined || compareTimestamps(event, this.edges.before) < 0;
  }

  private is(state: SpanCutter["state"]): boolean {
    return this.state === state;
  }
}

function isSame(a: LineMark, b: LineMark): boolean {
  if (a.hashA !== b.hashA || a.hashB !== b.hashB) return false;
  return a.sec < 0 || b.sec < 0 || (a.sec === b.sec && a.nsec === b.nsec);
}

/** Events whole where all of their lines are there, else what there is of them. */
function events(units: readonly Unit[]): LogLine[] {
  const out: LogLine[] = [];
  for (let at = 0; at < units.length; ) {
    const { event, index, line } = units[at]!;
    let end = at + 1;
    while (end < units.length && units[end]!.event === event) end++;
    const count = end - at;
    if (index === 0 && count === 1 + (event.rest?.length ?? 0)) out.push(event);
    else {
      const rest = units.slice(at + 1, end).map((unit) => unit.line);
      const details: LineDetails | undefined = event.details && { ...event.details, lines: count };
      out.push({
        ...line,
        rest: rest.length === 0 ? undefined : rest,
        ...(details === undefined ? {} : { details }),
      });
    }
    at = end;
  }
  return out;
}
