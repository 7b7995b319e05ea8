// Standard input as a source: text in any format that log files have, to its end or for ever.
import type { Readable } from "node:stream";
import { KlogError } from "../../errors.ts";
import type { CompileContext } from "../../query/compile-context.ts";
import type { LogLine, Origin } from "../../record/log-line.ts";
import { compareTimestamps, fromMillis } from "../../record/timestamp.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { SearchPage, SearchRequest, Source } from "../source.ts";
import { BlockSearch } from "./block-search.ts";
import { EventParser } from "./event-parser.ts";
import { hostOrigin } from "./file-origin.ts";
import { LineFeed } from "./line-feed.ts";
import { createFormat, detectFormat } from "./line-format.ts";
import { zoneOf } from "./log-file.ts";

export interface StdinSourceOptions {
  readonly input: Readable;
  readonly name?: string;
  readonly context: CompileContext;
  /** What is longer is cut off: 1 MiB. */
  readonly maxLineBytes?: number;
  readonly clock?: Clock;
}

const ORIGIN: Origin = { ...withoutPath(hostOrigin("stdin")), source: "stdin", pod: "stdin" };
/** A pipe may be silent for long; this tells that it is open. */
const ALIVE_MS = 1000;
/** An event that may go on is held no longer. */
const JOIN_MS = 100;
/** The format shows by then. */
const HEAD_BYTES = 64 * 1024;
const MAX_KEPT = 1_000_000;
const PAGE_HITS = 1000;

export function createStdinSource(options: StdinSourceOptions): Source {
  const { input, name = "stdin" } = options;
  return {
    name,
    holdBackMs: 0,
    explain: ({ order }) =>
      Promise.resolve([
        order === "newest"
          ? "standard input is read to its end, then shown from there"
          : "standard input, line by line",
      ]),
    search: (request) => new StdinSearch({ ...options, name }, request).pages(),
    describe: () =>
      Promise.resolve({
        oldest: undefined,
        newest: undefined,
        records: undefined,
        bytes: undefined,
        detail: "a stream",
      }),
    close: () => void input.destroy(),
  };
}

class StdinSearch {
  private readonly options: StdinSourceOptions & { readonly name: string };
  private readonly clock: Clock;
  private readonly request: SearchRequest;
  private feed: LineFeed | undefined;
  private search: BlockSearch | undefined;
  private parser: EventParser | undefined;
  private head: Buffer = Buffer.alloc(0);
  private hits: LogLine[] = [];
  private given: number;
  private skip: number;

  constructor(options: StdinSearch["options"], request: SearchRequest) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.request = request;
    // Who hands the same text in again gets what comes behind the hits that it was given.
    this.skip = (request.resume as number | undefined) ?? 0;
    this.given = this.skip;
  }

  async *pages(): AsyncGenerator<SearchPage> {
    const { request } = this;
    const isNewest = request.order === "newest";
    if (request.follow) yield this.page([]);
    for await (const event of this.chunks()) {
      if (event === "alive") yield this.page([]);
      else if (event === "quiet") this.feed?.flush(this.visit);
      else this.take(event);
      if (isNewest) this.keepNewest();
      else yield* this.full();
    }
    if (request.signal.aborted) return;
    this.finish();
    if (isNewest) this.hits = this.newestFirst().slice(this.skip);
    else if (this.hits.length === 0) return;
    while (this.hits.length > 0) yield this.page(this.hits.splice(0, PAGE_HITS));
  }

  /** What comes; "quiet" where an event is held and nothing does, "alive" where nothing does for longer. */
  private async *chunks(): AsyncGenerator<Buffer | "quiet" | "alive"> {
    const { input } = this.options;
    const { signal } = this.request;
    const reader = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let next = reader.next();
    for (;;) {
      const waiting = new AbortController();
      const holds = this.feed?.pending === true;
      const pause = this.clock
        .sleep(holds ? JOIN_MS : ALIVE_MS, AbortSignal.any([waiting.signal, signal]))
        .then(() => "pause" as const);
      const first = await Promise.race([next, pause]);
      waiting.abort();
      if (signal.aborted) {
        next.catch(() => undefined);
        return;
      }
      if (first === "pause") yield holds ? "quiet" : "alive";
      else if (first.done === true) return;
      else {
        next = reader.next();
        yield typeof first.value === "string" ? Buffer.from(first.value) : first.value;
      }
    }
  }

  private take(chunk: Buffer): void {
    this.request.work.bytes += chunk.length;
    if (this.feed !== undefined) return this.feed.feed(chunk, this.timeBefore, this.visit);
    this.head = Buffer.concat([this.head, chunk]);
    if (this.head.includes(0x0a) || this.head.length >= HEAD_BYTES) this.begin();
  }

  private begin(): void {
    const { context, maxLineBytes = 1 << 20, name } = this.options;
    const { head } = this;
    const end = head.lastIndexOf(0x0a) + 1;
    const format = createFormat(detectFormat(end === 0 ? head : head.subarray(0, end)), {
      zone: zoneOf(context.zone),
      writtenAt: fromMillis(this.clock.now()),
    });
    this.parser = new EventParser({ format, origin: ORIGIN, maxLineBytes, sources: [name] });
    this.search = new BlockSearch({ parser: this.parser, format, request: this.request });
    this.feed = new LineFeed(this.parser);
    this.head = Buffer.alloc(0);
    this.feed.feed(head, this.timeBefore, this.visit);
  }

  private finish(): void {
    if (this.feed === undefined && this.head.length > 0) this.begin();
    this.feed?.end(this.timeBefore, this.visit);
    this.request.work.records = this.parser?.events ?? 0;
  }

  /** A live line without a time is as old as its reading. */
  private readonly timeBefore = () => (this.request.follow ? fromMillis(this.clock.now()) : undefined);

  private readonly visit = (event: LogLine) => {
    const line = this.search!.hitOf(event, this.request.order === "newest");
    if (line === undefined) return;
    if (this.request.order === "oldest" && this.skip > 0) this.skip--;
    else this.hits.push(line);
  };

  private *full(): Generator<SearchPage> {
    if (this.hits.length === 0) return;
    yield this.page(this.hits);
    this.hits = [];
  }

  private keepNewest(): void {
    const { limit } = this.request;
    const wanted = limit === undefined ? Number.POSITIVE_INFINITY : limit + this.skip;
    if (this.hits.length > 2 * wanted + 1000) this.hits = this.newestFirst().slice(0, wanted).reverse();
    if (this.hits.length > MAX_KEPT)
      throw new KlogError("SOURCE_UNREADABLE", `standard input has more than ${MAX_KEPT} hits to turn round`, {
        hint: "use --order oldest, or --limit",
      });
  }

  /** Lines of one time, or without one, from the last that came. */
  private newestFirst(): LogLine[] {
    return this.hits.reverse().sort((a, b) => compareTimestamps(b, a));
  }

  private page(hits: readonly LogLine[]): SearchPage {
    const before = this.given;
    this.given += hits.length;
    return { hits, reached: undefined, live: this.request.follow, resume: (index) => before + index + 1 };
  }
}

function withoutPath({ path: _, ...origin }: Origin): Origin {
  return origin;
}
