// Which lines of a stream are shown: include and exclude patterns and a level, and the lines around those that match.
import type { Level } from "../record/level.ts";
import type { LogLine, Origin } from "../record/log-line.ts";
import { plainText } from "./plain-text.ts";

export interface LinePattern {
  test(text: string): boolean;
}

export interface LineFilterOptions {
  /** A line must match one of them, where there are any. */
  readonly include: readonly LinePattern[];
  /** A line must match none of them. */
  readonly exclude: readonly LinePattern[];
  readonly level: ((level: Level | undefined) => boolean) | undefined;
  readonly levelOf: (buffer: Buffer, start: number, end: number) => Level | undefined;
}

export type LineFilter = (line: LogLine) => boolean;

/** A filter over whole events: a stack trace matches when any of its lines does. Undefined when everything passes. */
export function lineFilter(options: LineFilterOptions): LineFilter | undefined {
  const { include, exclude, level, levelOf } = options;
  if (include.length === 0 && exclude.length === 0 && level === undefined) return undefined;
  return (line) => {
    if (level !== undefined && !level(levelOf(line.buffer, line.start, line.end))) return false;
    if (include.length === 0 && exclude.length === 0) return true;
    const text = plainText(line);
    if (exclude.some((p) => p.test(text))) return false;
    return include.length === 0 || include.some((p) => p.test(text));
  };
}

export interface ContextOptions {
  readonly before: number;
  readonly after: number;
  /** What tells logs apart; the origin as an object where it is not given. */
  readonly logOf?: (line: LogLine) => unknown;
}

/** Lines before and after each match, of the same container, as grep gives them within a file. */
export class ContextLines {
  private readonly options: ContextOptions;
  private readonly filter: LineFilter;
  private readonly sources = new Map<unknown, { before: LogLine[]; after: number }>();

  constructor(filter: LineFilter, options: ContextOptions) {
    this.filter = filter;
    this.options = options;
  }

  /** The lines that `line` brings out, in order: none, itself, or the waiting ones before it and itself. */
  push(line: LogLine): readonly LogLine[] {
    const log = this.options.logOf === undefined ? line.origin : this.options.logOf(line);
    let source = this.sources.get(log);
    if (source === undefined) {
      source = { before: [], after: 0 };
      this.sources.set(log, source);
    }
    if (this.filter(line)) {
      const shown = [...source.before, line];
      source.before = [];
      source.after = this.options.after;
      return shown;
    }
    if (source.after > 0) {
      source.after--;
      return [line];
    }
    if (this.options.before > 0) {
      source.before.push(line);
      if (source.before.length > this.options.before) source.before.shift();
    }
    return [];
  }

  /** Forgets a container that ended. */
  forget(origin: Origin): void {
    this.sources.delete(origin);
  }
}
