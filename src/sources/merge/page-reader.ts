// One source of a merge: asks for its pages one ahead, keeps the hits that wait for their turn, and knows how far it has got.
import type { LogLine } from "../../record/log-line.ts";
import { compareTimestamps, fromMillis, type Timestamp } from "../../record/timestamp.ts";
import type { SearchPage, SearchRequest, Source } from "../source.ts";
import { Consumed } from "./consumed.ts";

/** A page, and which of the source's hits is its first. */
export interface NumberedPage {
  readonly first: number;
  readonly page: SearchPage;
}

/** What a source's part of a cursor holds. */
export interface ReaderPart {
  /** What the source itself gave. */
  readonly at: unknown;
  /** Which of the hits behind it went out before. */
  readonly skip?: readonly number[];
}

type Answer = { readonly page: SearchPage } | { readonly error: unknown } | "end";

export class PageReader {
  readonly source: Source;
  readonly rank: number;
  /** Out of the merge: read to its end, failed or too slow. */
  ended = false;
  /** What was there at the start has been read. */
  live = false;
  /** No later page has a hit before it. */
  reached: Timestamp | undefined;
  /** Milliseconds of the monotonic clock since when the merge waits for its next page. */
  awaitedSince: number | undefined;
  pages: NumberedPage[] = [];
  readonly consumed: Consumed;
  private hits: readonly LogLine[] = [];
  /** Only where the hits are not in the order of their serials. */
  private serials: number[] | undefined;
  private at = 0;
  private firstSerial = 0;
  private received = 0;
  private readonly skip: ReadonlySet<number>;
  private readonly abort = new AbortController();
  private readonly request: SearchRequest;
  private pagesOf: AsyncIterator<SearchPage> | undefined;
  private asked = false;
  private answer: Answer | undefined;
  private newest: Timestamp | undefined;
  private lastPageAt = 0;
  private readonly changed: () => void;

  constructor(source: Source, rank: number, request: SearchRequest, changed: () => void) {
    const part = request.resume as ReaderPart | undefined;
    this.source = source;
    this.rank = rank;
    this.changed = changed;
    this.skip = new Set(part?.skip ?? []);
    this.consumed = new Consumed(this.skip);
    this.request = { ...request, resume: part?.at, signal: AbortSignal.any([request.signal, this.abort.signal]) };
  }

  get head(): LogLine | undefined {
    return this.hits[this.at];
  }

  /** Hits that wait for their turn. */
  get waiting(): number {
    return this.hits.length - this.at;
  }

  get headSerial(): number {
    return this.serials?.[this.at] ?? this.firstSerial + this.at;
  }

  shift(): void {
    this.at++;
  }

  /** Asks for the next page, unless one is there or on its way. */
  pull(): void {
    if (this.asked || this.ended || this.answer !== undefined) return;
    this.asked = true;
    this.pagesOf ??= this.source.search(this.request)[Symbol.asyncIterator]();
    this.pagesOf.next().then(
      ({ done, value }) => this.answered(done === true ? "end" : { page: value }),
      (error: unknown) => this.answered({ error }),
    );
  }

  get hasAnswer(): boolean {
    return this.answer !== undefined;
  }

  /** Makes the answer's hits wait behind those that do. Throws what the source threw. */
  take(monotonic: number): void {
    const { answer } = this;
    if (answer === undefined) return;
    this.answer = undefined;
    this.awaitedSince = undefined;
    if (answer === "end") {
      this.ended = true;
      return;
    }
    if ("error" in answer) throw answer.error;
    const { page } = answer;
    const first = this.received;
    this.received += page.hits.length;
    this.pages.push({ first, page });
    if (page.reached !== undefined) this.reached = page.reached;
    this.lastPageAt = monotonic;
    for (const hit of page.hits)
      if (this.newest === undefined || compareTimestamps(hit, this.newest) > 0) this.newest = hit;
    this.live ||= page.live;
    if (this.waiting === 0 && this.skip.size === 0 && !page.live) {
      this.hits = page.hits;
      this.serials = undefined;
      this.at = 0;
      this.firstSerial = first;
    } else this.mixIn(page.hits, first);
  }

  /** While live: nothing older than this is to be expected, as far as one can know. `now` in milliseconds since the epoch. */
  watermark(monotonic: number, now: number): Timestamp {
    const { holdBackMs } = this.source;
    const isIdle = monotonic - this.lastPageAt >= holdBackMs;
    const clock = fromMillis(now);
    let seen = this.newest ?? clock;
    if (isIdle && compareTimestamps(clock, seen) > 0) seen = clock;
    const mark = { sec: seen.sec, nsec: seen.nsec - (holdBackMs % 1000) * 1e6 };
    mark.sec -= Math.floor(holdBackMs / 1000);
    if (mark.nsec < 0) {
      mark.sec--;
      mark.nsec += 1e9;
    }
    return this.reached !== undefined && compareTimestamps(this.reached, mark) > 0 ? this.reached : mark;
  }

  /** What went out is not asked for again. */
  forgetPages(): void {
    let keep = 0;
    while (keep + 1 < this.pages.length && this.pages[keep + 1]!.first <= this.consumed.prefix) keep++;
    if (keep > 0) this.pages = this.pages.slice(keep);
  }

  /** Its part of a cursor when these hits are out. */
  partOf({ prefix, beyond }: Consumed, pages: readonly NumberedPage[]): ReaderPart | undefined {
    let at: unknown = this.request.resume;
    let from = 0;
    for (const { first, page } of pages) {
      if (first > prefix) break;
      const known = Math.min(prefix - first, page.hits.length);
      at = page.resume(known - 1);
      from = first + known;
    }
    const skip = [...beyond].map((serial) => serial - from);
    for (let serial = from; serial < prefix; serial++) skip.push(serial - from);
    skip.sort((a, b) => a - b);
    if (at === undefined && skip.length === 0) return undefined;
    return skip.length === 0 ? { at } : { at, skip };
  }

  /** No more pages are wanted of it. */
  close(): void {
    this.ended = true;
    this.abort.abort();
    // A source that hangs is not waited for, and what it throws now concerns nobody.
    this.pagesOf?.return?.().then(undefined, () => undefined);
  }

  private answered(answer: Answer): void {
    this.asked = false;
    if (this.ended) return;
    this.answer = answer;
    this.changed();
  }

  private mixIn(hits: readonly LogLine[], first: number): void {
    const serials = this.serials ?? this.hits.map((_, i) => this.firstSerial + i);
    const lines = this.hits.slice(this.at);
    const numbers = serials.slice(this.at);
    hits.forEach((hit, i) => {
      if (this.skip.has(first + i)) return;
      let place = lines.length;
      // Live lines may be out of order as far as the source holds back; what has no time keeps its place.
      if (this.live) while (place > 0 && hit.sec >= 0 && compareTimestamps(lines[place - 1]!, hit) > 0) place--;
      if (place === lines.length) {
        lines.push(hit);
        numbers.push(first + i);
      } else {
        lines.splice(place, 0, hit);
        numbers.splice(place, 0, first + i);
      }
    });
    this.hits = lines;
    this.serials = numbers;
    this.at = 0;
  }
}
