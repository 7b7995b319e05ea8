// Finds the hits in a block: one regexp over all of it shows where a hit may be, and only there lines are cut and looked at.

import { chunkPattern, requiredLiterals } from "../../query/literals.ts";
import type { Filter } from "../../query/query.ts";
import type { QueryRecord } from "../../query/query-record.ts";
import type { LogLine } from "../../record/log-line.ts";
import { compareTimestamps, type Timestamp } from "../../record/timestamp.ts";
import type { SearchRequest } from "../source.ts";
import { type EventParser, handedOn } from "./event-parser.ts";
import type { Block } from "./file-blocks.ts";
import type { LineFormat } from "./line-format.ts";

const NEWLINE = 0x0a;
/** An event has no more lines than this in front of the one that was found. */
const MAX_LINES_BACK = 1000;

export interface FileHit {
  readonly line: LogLine;
  /** Where it begins in the file. */
  readonly offset: number;
}

export interface BlockSearchOptions {
  readonly parser: EventParser;
  readonly format: LineFormat;
  readonly request: Pick<SearchRequest, "filter" | "matches" | "accepts" | "from" | "to" | "work">;
}

export class BlockSearch {
  private readonly options: BlockSearchOptions;
  private readonly pattern: RegExp | undefined;

  /** What shows where a hit may be; undefined: every line is looked at. */
  readonly prefilter: string | undefined;

  constructor(options: BlockSearchOptions) {
    const { format, request } = options;
    const pattern = format.isVerbatim ? chunkPattern(request.filter) : escapedPattern(request.filter);
    this.options = options;
    this.prefilter = pattern?.source;
    // What is looked for may lie across the fragments of a long line: where there are any, every line is looked at.
    this.pattern =
      pattern === undefined || format.name !== "cri"
        ? pattern
        : new RegExp(`${pattern.source}|${CRI_FRAGMENT.source}`, pattern.flags);
  }

  /** Hits have bytes of their own. */
  get copies(): boolean {
    return this.pattern !== undefined;
  }

  /**
   * The hits of the block in the file's order. `before` gives the time of the line in front of it. `copy`: they get bytes of
   * their own in any case.
   */
  search(block: Block, before: () => Timestamp | undefined, copy: boolean): FileHit[] {
    const { parser, request } = this.options;
    const { work } = request;
    const { buffer, start, end } = block;
    const hits: FileHit[] = [];
    const seen = parser.events;
    work.bytes += end - start;
    const isCut = this.options.format.name === "docker" && !endsEachLine(buffer, start, end);
    if (this.pattern === undefined || isCut || !this.searchAround(this.pattern, block, before, hits)) {
      hits.length = 0;
      const visit = this.visitor(hits, copy || this.copies);
      parser.parse(buffer, start, end, { offset: block.offset, before, isWhole: true }, visit);
    }
    work.records += parser.events - seen;
    return hits;
  }

  /** Takes an event where it is a hit. `copy`: the hit gets bytes of its own. */
  hitOf(event: LogLine, copy: boolean): LogLine | undefined {
    const { from, to, matches, accepts } = this.options.request;
    if (event.sec < 0) {
      if (from !== undefined || to !== undefined) return undefined;
    } else if (from !== undefined && compareTimestamps(event, from) < 0) return undefined;
    else if (to !== undefined && compareTimestamps(event, to) > 0) return undefined;
    return accepts(event.origin) && matches(event as QueryRecord) ? handedOn(event, copy) : undefined;
  }

  private visitor(hits: FileHit[], copy: boolean): (event: LogLine, offset: number) => void {
    return (event, offset) => {
      const line = this.hitOf(event, copy);
      if (line !== undefined) hits.push({ line, offset });
    };
  }

  /** False where a long line is in fragments. */
  private searchAround(pattern: RegExp, block: Block, before: () => Timestamp | undefined, hits: FileHit[]): boolean {
    const { parser } = this.options;
    const { buffer, start, end } = block;
    const visit = this.visitor(hits, true);
    const text = buffer.toString("latin1", start, end);
    const isCri = this.options.format.name === "cri";
    let done = start;
    pattern.lastIndex = 0;
    for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
      if (isCri && CRI_FRAGMENT.test(found[0])) return false;
      const at = Math.max(done, start + found.index);
      const [from, to] = this.eventAround(buffer, at, done, end);
      if (isCri && CRI_FRAGMENT.test(text.slice(from - start, to - start))) return false;
      const timeBefore = () => (from > start ? parser.lastTime(buffer, start, from) : undefined) ?? before();
      const offset = block.offset + from - start;
      parser.parse(buffer, from, to, { offset, before: timeBefore, isWhole: true }, visit);
      done = to;
      if (done >= end) break;
      pattern.lastIndex = done - start;
    }
    return true;
  }

  /** From the beginning of the event that has `at`, not before `least`, to the beginning of the next. */
  private eventAround(buffer: Buffer, at: number, least: number, end: number): [number, number] {
    const { parser } = this.options;
    let from = at === least ? least : Math.max(least, buffer.lastIndexOf(NEWLINE, at - 1) + 1);
    let to = lineEnd(buffer, at, end);
    for (let lines = 0; from > least && lines < MAX_LINES_BACK; lines++) {
      if (parser.begins(buffer, from, lineEnd(buffer, from, end))) break;
      from = Math.max(least, buffer.lastIndexOf(NEWLINE, from - 2) + 1);
    }
    while (to < end) {
      const next = to + 1;
      const nextEnd = lineEnd(buffer, next, end);
      if (next >= end || parser.begins(buffer, next, nextEnd)) break;
      to = nextEnd;
    }
    return [from, Math.min(end, to + 1)];
  }
}

const CRI_FRAGMENT = / std(?:out|err) P/;
const DOCKER_ENDS = [Buffer.from('\\n","stream"'), Buffer.from('","stream"')];

/** Every docker line's text ends with a newline, as far as the usual order of its members shows it. */
function endsEachLine(buffer: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const stop = lineEnd(buffer, at, end);
    const any = buffer.lastIndexOf(DOCKER_ENDS[1]!, stop);
    if (any < at || buffer[any - 1] !== 0x6e || buffer[any - 2] !== 0x5c) return false;
    at = stop + 1;
  }
  return true;
}

function lineEnd(buffer: Buffer, from: number, end: number): number {
  const newline = buffer.indexOf(NEWLINE, from);
  return newline < 0 || newline > end ? end : newline;
}

/** JSON writes these as they are; other bytes of a message may stand in the file as escapes. */
const UNESCAPED = /^[a-z0-9 _.,:;=@#+()[\]!?*%$^|~-]+$/;

/** For files that hold messages as JSON texts: what is looked for, as far as it is written there letter by letter. */
function escapedPattern(filter: Filter): RegExp | undefined {
  const usable = requiredLiterals(filter).filter((clause) => clause.every(({ text }) => UNESCAPED.test(text)));
  const weight = (clause: (typeof usable)[number]) => Math.min(...clause.map(({ text }) => text.length));
  const best = [...usable].sort((a, b) => weight(b) - weight(a))[0];
  if (best === undefined || best.length === 0) return undefined;
  return new RegExp(best.map(({ text }) => text.replace(/[\\^$.*+?()[\]{}|-]/g, "\\$&")).join("|"), "gi");
}
