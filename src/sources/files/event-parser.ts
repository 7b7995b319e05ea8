// Makes events of a file's lines: fragments put together, stack traces joined, lines without a time given that of the one before.
import { levelOf } from "../../record/level.ts";
import type { Level } from "../../record/level-names.ts";
import type { LineDetails, LogLine, Origin } from "../../record/log-line.ts";
import { createLineJoiner, type LineJoiner } from "../../record/multiline.ts";
import type { Timestamp } from "../../record/timestamp.ts";
import { beginsEvent } from "./event-start.ts";
import type { LineFormat, ParsedLine } from "./line-format.ts";

const NEWLINE = 0x0a;
/** How many lines are asked for the time of one that has none. */
const TIME_SEARCH_LINES = 200;
/** A fragment of so many bytes shows whether its line begins an event; runtimes cut at 16 KiB. */
const TELLING_BYTES = 1024;

export interface EventParserOptions {
  readonly format: LineFormat;
  readonly origin: Origin;
  readonly maxLineBytes: number;
  /** Sources of every line, as its tags show them. */
  readonly sources: readonly string[];
}

interface OpenFragment {
  readonly parts: Buffer[];
  readonly sec: number;
  readonly nsec: number;
  readonly at: number;
}

export class EventParser {
  private readonly options: EventParserOptions;
  private readonly joiner: LineJoiner;
  private readonly fragments = new Map<string, OpenFragment>();
  private headAt = 0;
  /** What makes an offset of a place in the buffer. */
  private base = 0;
  /** Of the line that is parsed: see `parse`. */
  private droppedBytes = 0;
  private last: Timestamp | undefined;
  /** Events seen. */
  events = 0;

  constructor(options: EventParserOptions) {
    this.options = options;
    // A record of codec klog is an event already.
    this.joiner = createLineJoiner(options.format.name === "klog" ? "off" : "auto");
  }

  /**
   * Hands the events of the lines `buffer[start..end)` to `visit`, with where each begins; `offset` is where `start` lies.
   * `before` gives the time of the line in front of them. `isWhole`: the last event ends there; else it is kept for the next
   * call. `droppedBytes`: so many are missing at the end of the one line that is there; they count as cut.
   */
  parse(
    buffer: Buffer,
    start: number,
    end: number,
    how: {
      readonly offset: number;
      readonly before: () => Timestamp | undefined;
      readonly isWhole: boolean;
      readonly droppedBytes?: number;
    },
    visit: (event: LogLine, at: number) => void,
  ): void {
    if (how.isWhole) this.last = undefined;
    this.base = how.offset - start;
    this.droppedBytes = how.droppedBytes ?? 0;
    for (let at = start; at < end; ) {
      const newline = buffer.indexOf(NEWLINE, at);
      const lineEnd = newline < 0 || newline >= end ? end : newline;
      this.takeLine(buffer, at, lineEnd, how.before, visit);
      at = lineEnd + 1;
    }
    this.droppedBytes = 0;
    if (how.isWhole) this.finish(visit);
  }

  /** Nothing more comes for now: what is held goes out. */
  finish(visit: (event: LogLine, at: number) => void): void {
    for (const { parts, sec, nsec, at } of this.fragments.values()) {
      const whole = Buffer.concat(parts);
      this.push(this.lineOf(whole, 0, whole.length, { sec, nsec }, "", undefined), at, visit);
    }
    this.fragments.clear();
    const event = this.joiner.flush();
    if (event !== undefined) this.give(event, this.headAt, visit);
  }

  get maxLineBytes(): number {
    return this.options.maxLineBytes;
  }

  get pending(): boolean {
    return this.joiner.pending || this.fragments.size > 0;
  }

  /** Lines that tell no time are not given that of an earlier one any more. */
  forgetTime(): void {
    this.last = undefined;
  }

  /** Whether an event begins with this line, whatever stands before it. */
  begins(buffer: Buffer, start: number, end: number): boolean {
    const { format } = this.options;
    if (format.name === "klog") return true;
    const line = format.parse(buffer, start, end);
    if (line.isFragment && line.end - line.start < TELLING_BYTES) return false;
    return beginsEvent(line.buffer, line.start, line.end);
  }

  /** Whether the line `buffer[start..end)` is a part of a longer one that goes on behind it. */
  isFragment(buffer: Buffer, start: number, end: number): boolean {
    const { name } = this.options.format;
    return (name === "cri" || name === "docker") && this.options.format.parse(buffer, start, end).isFragment;
  }

  /** The time of the last line in `buffer[start..end)` that has one, among the last few. */
  lastTime(buffer: Buffer, start: number, end: number): Timestamp | undefined {
    let stop = end > start && buffer[end - 1] === NEWLINE ? end - 1 : end;
    for (let lines = 0; lines < TIME_SEARCH_LINES && stop > start; lines++) {
      const newline = buffer.lastIndexOf(NEWLINE, stop - 1);
      const from = Math.max(start, newline + 1);
      const { sec, nsec } = this.options.format.parse(buffer, from, stop);
      if (sec >= 0) return { sec, nsec };
      stop = from - 1;
    }
    return undefined;
  }

  /** The time of the first line in `buffer[start..end)` that has one, among the first few. */
  firstTime(buffer: Buffer, start: number, end: number): Timestamp | undefined {
    for (let lines = 0, at = start; lines < TIME_SEARCH_LINES && at < end; lines++) {
      const newline = buffer.indexOf(NEWLINE, at);
      const stop = newline < 0 || newline > end ? end : newline;
      const { sec, nsec } = this.options.format.parse(buffer, at, stop);
      if (sec >= 0) return { sec, nsec };
      at = stop + 1;
    }
    return undefined;
  }

  private takeLine(
    buffer: Buffer,
    start: number,
    end: number,
    before: () => Timestamp | undefined,
    visit: (event: LogLine, at: number) => void,
  ): void {
    const line = this.options.format.parse(buffer, start, end);
    const open = this.fragments.size > 0 ? this.fragments.get(line.stream) : undefined;
    const at = start + this.base;
    if (line.isFragment || open !== undefined) return this.takeFragment(line, open, at, visit);
    if (line.sec >= 0) this.last = { sec: line.sec, nsec: line.nsec };
    else {
      // A banner in front of the first time takes the time that follows.
      this.last ??= before() ?? this.firstTime(buffer, end + 1, buffer.length);
      // Asking moved the parser on.
      const again = this.options.format.parse(buffer, start, end);
      return this.push(this.parsed(again, this.last), at, visit);
    }
    this.push(this.parsed(line, this.last), at, visit);
  }

  private takeFragment(
    line: ParsedLine,
    open: OpenFragment | undefined,
    at: number,
    visit: (event: LogLine, at: number) => void,
  ): void {
    const part = line.buffer.subarray(line.start, line.end);
    const known = open ?? { parts: [], sec: line.sec, nsec: line.nsec, at };
    known.parts.push(part);
    if (line.isFragment) {
      this.fragments.set(line.stream, known);
      return;
    }
    this.fragments.delete(line.stream);
    const whole = Buffer.concat(known.parts);
    if (known.sec >= 0) this.last = known;
    this.push(this.lineOf(whole, 0, whole.length, this.last, line.stream, undefined), known.at, visit);
  }

  private parsed(line: ParsedLine, time: Timestamp | undefined): LogLine {
    return this.lineOf(line.buffer, line.start, line.end, time, line.stream, line.record);
  }

  private lineOf(
    buffer: Buffer,
    start: number,
    end: number,
    time: Timestamp | undefined,
    stream: LineDetails["stream"],
    record: ParsedLine["record"],
  ): LogLine {
    const { maxLineBytes, origin, sources } = this.options;
    const cut = Math.max(0, end - start - maxLineBytes);
    const kept = end - cut;
    const known = { stream, id: record?.id, lines: record?.lines ?? 1, attrs: undefined, sources };
    return {
      kind: "line",
      origin: record?.origin ?? origin,
      sec: time?.sec ?? -1,
      nsec: time?.nsec ?? 0,
      buffer,
      start,
      end: kept,
      cut: cut + this.droppedBytes,
      arrival: 0,
      rest: undefined,
      late: false,
      details: record === undefined ? new FoundDetails(known, buffer, start, kept) : { ...known, level: record.level },
    };
  }

  private push(line: LogLine, at: number, visit: (event: LogLine, at: number) => void): void {
    const isFirst = !this.joiner.pending;
    const event = this.joiner.push(line);
    if (event === line) return this.give(event, at, visit);
    if (event !== undefined) this.give(event, this.headAt, visit);
    if (isFirst || event !== undefined) this.headAt = at;
  }

  private give(event: LogLine, at: number, visit: (event: LogLine, at: number) => void): void {
    this.events++;
    visit(event, at);
  }
}

/** The level is looked for when somebody asks. */
class FoundDetails implements LineDetails {
  readonly stream: LineDetails["stream"];
  readonly id: string | undefined;
  readonly lines: number;
  readonly attrs: undefined;
  sources: readonly string[];
  private readonly line: readonly [buffer: Buffer, start: number, end: number];
  private found: Level | undefined | null = null;

  constructor(known: Omit<LineDetails, "level">, buffer: Buffer, start: number, end: number) {
    this.stream = known.stream;
    this.id = known.id;
    this.lines = known.lines;
    this.sources = known.sources;
    this.line = [buffer, start, end];
  }

  get level(): Level | undefined {
    if (this.found === null) this.found = levelOf(...this.line);
    return this.found;
  }
}

/** A hit as it is handed on: plain details, and with `copy` bytes of its own, so that the block they lie in can go. */
export function handedOn(event: LogLine, copy: boolean): LogLine {
  const { details, rest } = event;
  const own = copy ? ownBytes(event) : {};
  const plain: LineDetails | undefined =
    details === undefined
      ? undefined
      : {
          stream: details.stream,
          level: details.level,
          id: details.id,
          lines: Math.max(details.lines, 1 + (rest?.length ?? 0)),
          attrs: details.attrs,
          sources: details.sources,
        };
  return {
    ...event,
    ...own,
    ...(plain === undefined ? {} : { details: plain }),
    rest: rest?.map((line) => handedOn(line, copy)),
  };
}

function ownBytes({ buffer, start, end }: LogLine): Pick<LogLine, "buffer" | "start" | "end"> {
  return { buffer: Buffer.from(buffer.subarray(start, end)), start: 0, end: end - start };
}
