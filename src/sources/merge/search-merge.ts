// One timeline of many sources: a k-way merge that waits for each of them, but for none of them for ever.
//
//   source -> page-reader (a page ahead) -> heap of heads -> line-window (one line for its copies) -> pages
import { KlogError, messageOf } from "../../errors.ts";
import type { LogLine } from "../../record/log-line.ts";
import { compareTimestamps, type Timestamp } from "../../record/timestamp.ts";
import type { Clock } from "../clock.ts";
import { type SearchCursor, searchKey } from "../search-cursor.ts";
import type { SearchOrder, SearchRequest, Source } from "../source.ts";
import { CursorTrail, eventsOf } from "./cursor-trail.ts";
import { HeadHeap } from "./head-heap.ts";
import { type Entry, LineWindow } from "./line-window.ts";
import { PageReader } from "./page-reader.ts";

export interface MergeInput {
  readonly source: Source;
  /** `resume` is what a cursor of an earlier merge has for the source. */
  readonly request: SearchRequest;
}

export interface MergeOptions {
  readonly order: SearchOrder;
  readonly limit: number | undefined;
  readonly follow: boolean;
  /** Show a line that several sources gave once, with the names of all. */
  readonly dedupe: boolean;
  /** A source that gives no page for so long is left out from there on. */
  readonly sourceTimeoutMs: number;
  readonly clock: Clock;
  readonly onNote: (text: string, partial?: "partial") => void;
  readonly signal: AbortSignal;
  /** `searchKey` for cursors; that of the first request's filter when not given. */
  readonly query?: string;
}

export interface MergedPage {
  readonly hits: readonly LogLine[];
  /** How far the timeline has got; undefined before the first line. */
  readonly reached: Timestamp | undefined;
  /** With follow: all sources have given what was there at the start. */
  readonly live: boolean;
  /** The cursor right behind `hits[index]`; -1: before the page. */
  cursorAt(index: number): SearchCursor;
}

/** Lines of a page: small enough that the first ones show soon. */
const PAGE_LINES = 1024;
/** Live lines that one source may have waiting. */
const MAX_WAITING = 10_000;
/** How often lines that are held back are looked at. */
const LIVE_TICK_MS = 25;

/** Ends when every source has, or at `limit`. Throws what the only source throws; of several, one that fails is noted and left out. */
export async function* mergeSources(
  inputs: readonly MergeInput[],
  options: MergeOptions,
): AsyncGenerator<MergedPage, void, void> {
  const merge = new SearchMerge(inputs, options);
  try {
    yield* merge.pages();
  } finally {
    merge.close();
  }
}

/** How far lines may go out: up to a time, all of them, none. */
type Frontier = Timestamp | "open" | "blocked";

class SearchMerge {
  private readonly options: MergeOptions;
  private readonly direction: 1 | -1;
  private readonly readers: readonly PageReader[];
  private readonly heap: HeadHeap<PageReader>;
  private readonly window: LineWindow;
  private readonly trail: CursorTrail;
  private out: Entry[] = [];
  private emitted = 0;
  private printed: Timestamp | undefined;
  private anyRead = false;
  private changed = false;
  private wake: () => void = () => undefined;

  constructor(inputs: readonly MergeInput[], options: MergeOptions) {
    const { order, dedupe, follow, query } = options;
    this.options = options;
    this.direction = order === "oldest" ? 1 : -1;
    this.readers = inputs.map(
      ({ source, request }, rank) =>
        new PageReader(source, rank, request, () => {
          this.changed = true;
          this.wake();
        }),
    );
    this.heap = new HeadHeap(this.direction);
    this.window = new LineWindow({
      sourceNames: inputs.map(({ source }) => source.name),
      order,
      dedupe: dedupe && inputs.length > 1,
      remember: follow,
    });
    const first = inputs[0]?.request;
    this.trail = new CursorTrail(this.readers, {
      query: query ?? (first === undefined ? "" : searchKey(first.filter)),
      from: first?.from,
      to: first?.to,
      order,
    });
    this.window.expect(eventsOf(inputs.map(({ request }) => request.resume)));
  }

  async *pages(): AsyncGenerator<MergedPage, void, void> {
    const { signal, limit } = this.options;
    if (limit === 0) return;
    for (const reader of this.readers) reader.pull();
    while (!signal.aborted) {
      this.advance();
      if (this.out.length > 0) {
        yield this.page();
        // The time that the output took is not the sources'.
        for (const reader of this.readers) reader.awaitedSince = undefined;
        if (limit !== undefined && this.emitted >= limit) return;
      } else if (this.frontier() === "open" && this.heap.size === 0 && this.window.isEmpty) return;
      else await this.wait();
    }
  }

  close(): void {
    for (const reader of this.readers) reader.close();
  }

  /** Merges as far as the sources have got, or until a page is full. */
  private advance(): void {
    const { limit } = this.options;
    const most = Math.min(PAGE_LINES, (limit ?? Number.POSITIVE_INFINITY) - this.emitted);
    for (;;) {
      this.takeAnswers();
      const frontier = this.frontier();
      const ranDry = this.mergeTo(frontier, most);
      if (this.out.length < most && !ranDry) this.releaseTo(frontier, most);
      this.trail.passSilently(this.window.orphans.splice(0));
      if (!ranDry || this.out.length >= most) return;
    }
  }

  /** True when a source's hits came to an end on the way: its next page may be here already. */
  private mergeTo(frontier: Frontier, most: number): boolean {
    const { heap, window, out } = this;
    while (out.length < most) {
      const reader = heap.top;
      if (reader === undefined) return false;
      const head = reader.head!;
      if (!this.mayGoOut(head, frontier)) return false;
      window.push(head, reader.rank, reader.headSerial);
      reader.shift();
      heap.advanceTop();
      window.release(head.sec * 1000 + Math.floor(head.nsec / 1e6), out, most);
      if (reader.head === undefined) {
        reader.pull();
        return true;
      }
    }
    return false;
  }

  private releaseTo(frontier: Frontier, most: number): void {
    const head = this.heap.top?.head;
    if (frontier === "open" && head === undefined) return this.window.release(undefined, this.out, most);
    if (frontier === "blocked") return;
    const next = frontier === "open" || (head !== undefined && this.isBefore(head, frontier)) ? head! : frontier;
    this.window.release(next.sec * 1000 + Math.floor(next.nsec / 1e6), this.out, most);
  }

  private mayGoOut(head: LogLine, frontier: Frontier): boolean {
    if (frontier === "open") return true;
    if (frontier !== "blocked" && this.isBefore(head, frontier)) return true;
    // What comes too late for its place does not wait any longer.
    return this.options.follow && this.printed !== undefined && this.isBefore(head, this.printed);
  }

  private isBefore(a: Timestamp, b: Timestamp): boolean {
    return this.direction * compareTimestamps(a, b) < 0;
  }

  private frontier(): Frontier {
    const { clock } = this.options;
    const monotonic = clock.monotonic();
    const now = clock.now();
    let frontier: Frontier = "open";
    for (const reader of this.readers) {
      if (reader.ended || (!reader.live && reader.head !== undefined)) continue;
      const bound = reader.live ? reader.watermark(monotonic, now) : reader.reached;
      if (bound === undefined) return "blocked";
      if (frontier === "open" || this.isBefore(bound, frontier)) frontier = bound;
    }
    return frontier;
  }

  private takeAnswers(): void {
    const { limit, clock } = this.options;
    this.changed = false;
    for (const reader of this.readers) {
      // Pages without hits follow each other here, and so may an answer and the end.
      if (!reader.hasAnswer || (reader.head !== undefined && !(reader.live && reader.waiting < MAX_WAITING))) continue;
      try {
        reader.take(clock.monotonic());
        this.anyRead = true;
      } catch (error) {
        this.failed(reader, error);
        continue;
      }
      this.heap.place(reader);
      // A page that fills what is wanted needs no other behind it.
      if (limit === undefined || limit - this.emitted > reader.waiting) reader.pull();
    }
  }

  private failed(reader: PageReader, error: unknown): void {
    const { signal, onNote } = this.options;
    reader.close();
    if (signal.aborted) return;
    const others = this.readers.some((other) => other !== reader && (!other.ended || this.anyRead));
    if (!others) throw error;
    const hint = error instanceof KlogError && error.hint !== undefined ? ` (${error.hint})` : "";
    const message = messageOf(error);
    const { name } = reader.source;
    onNote(`${message.includes(name) ? "" : `${name}: `}${message}${hint}; going on without it`, "partial");
  }

  private page(): MergedPage {
    const entries = this.out;
    this.out = [];
    this.emitted += entries.length;
    const { order } = this.options;
    for (const { line } of entries) {
      if (line.sec < 0 || order === "newest") continue;
      if (this.printed !== undefined && compareTimestamps(line, this.printed) < 0) line.late = true;
      else this.printed = line;
    }
    return {
      hits: entries.map(({ line }) => line),
      reached: entries.at(-1)?.line,
      live: this.readers.every((reader) => reader.live || reader.ended),
      cursorAt: this.trail.pass(entries, this.window.events),
    };
  }

  /** Until a source answers, one has taken too long, or held lines may have become free. */
  private async wait(): Promise<void> {
    const { clock, signal, sourceTimeoutMs } = this.options;
    if (this.changed) return;
    const now = clock.monotonic();
    let until = Number.POSITIVE_INFINITY;
    for (const reader of this.readers) {
      if (reader.ended || reader.live || reader.head !== undefined) continue;
      reader.awaitedSince ??= now;
      until = Math.min(until, reader.awaitedSince + sourceTimeoutMs);
    }
    const isHolding = this.heap.size > 0 || !this.window.isEmpty;
    if (isHolding && this.readers.some((reader) => reader.live)) until = Math.min(until, now + LIVE_TICK_MS);
    await new Promise<void>((resolve) => {
      const cancel =
        until === Number.POSITIVE_INFINITY ? () => undefined : clock.timer(Math.max(0, until - now), () => this.wake());
      this.wake = () => {
        cancel();
        signal.removeEventListener("abort", this.wake);
        this.wake = () => undefined;
        resolve();
      };
      signal.addEventListener("abort", this.wake, { once: true });
      if (signal.aborted) this.wake();
    });
    if (!signal.aborted) this.leaveOutSlow();
  }

  private leaveOutSlow(): void {
    const { clock, sourceTimeoutMs } = this.options;
    for (const reader of this.readers) {
      if (reader.ended || reader.hasAnswer || reader.awaitedSince === undefined) continue;
      if (clock.monotonic() - reader.awaitedSince < sourceTimeoutMs) continue;
      const seconds = Math.max(1, Math.round(sourceTimeoutMs / 1000));
      this.failed(
        reader,
        new KlogError("SOURCE_UNREADABLE", `${reader.source.name} gave nothing for ${seconds} s`, {
          hint: "--source-timeout waits longer",
        }),
      );
    }
  }
}
