// What went out a moment ago, so that a copy that comes late is known.
import type { LogLine, Origin } from "../../record/log-line.ts";
import type { Entry } from "./line-window.ts";
import { checksumOf, firstLineEnd, isSamePlace, isSameTime } from "./same-line.ts";

/** How much is remembered. */
const MEMORY = { lines: 100_000, ms: 30_000 };

interface Printed {
  readonly sec: number;
  readonly nsec: number;
  readonly origin: Origin;
  readonly size: number;
  readonly sources: Set<number>;
}

export class PrintedLines {
  private readonly bySum = new Map<number, Printed[]>();
  private queue: { readonly sum: number; readonly ms: number }[] = [];
  private first = 0;
  private newest = 0;

  add({ line, source, also, ms }: Entry): void {
    const sum = checksumOf(line);
    const sources = new Set([source, ...(also ?? []).map((hit) => hit.source)]);
    const printed: Printed = {
      sec: line.sec,
      nsec: line.nsec,
      origin: line.origin,
      size: firstLineEnd(line) - line.start,
      sources,
    };
    const known = this.bySum.get(sum);
    if (known === undefined) this.bySum.set(sum, [printed]);
    else known.push(printed);
    this.queue.push({ sum, ms });
    this.newest = Math.max(this.newest, ms);
    this.forget();
  }

  /** True when the line went out already, given by others only; from now on this source has given it too. */
  takeAgain(line: LogLine, source: number): boolean {
    if (this.bySum.size === 0) return false;
    const size = firstLineEnd(line) - line.start;
    const found = this.bySum
      .get(checksumOf(line))
      ?.find(
        (printed) =>
          printed.size === size &&
          !printed.sources.has(source) &&
          isSameTime(printed, line) &&
          isSamePlace(printed.origin, line.origin),
      );
    found?.sources.add(source);
    return found !== undefined;
  }

  private forget(): void {
    const { queue } = this;
    while (this.first < queue.length) {
      const { sum, ms } = queue[this.first]!;
      if (queue.length - this.first <= MEMORY.lines && this.newest - ms <= MEMORY.ms) break;
      this.first++;
      const known = this.bySum.get(sum)!;
      if (known.length === 1) this.bySum.delete(sum);
      else known.shift();
    }
    if (this.first > 4096 && this.first * 2 > queue.length) {
      this.queue = queue.slice(this.first);
      this.first = 0;
    }
  }
}
