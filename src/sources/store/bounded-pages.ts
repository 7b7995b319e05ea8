// What is in the store, in order, page by page: blocks from the first in order on, until nothing better can come.
import type { LogLine } from "../../record/log-line.ts";
import type { Timestamp } from "../../record/timestamp.ts";
import { compareTimestamps } from "../../record/timestamp.ts";
import type { SearchOrder, SearchPage } from "../source.ts";
import type { PlannedBlock } from "./block-plan.ts";
import type { ScannedBlock } from "./block-scan.ts";
import { hitLines } from "./hit-lines.ts";
import { HitHeap, type OrderedHits, orderedHits, type RowKey } from "./hit-order.ts";
import { lookAhead } from "./look-ahead.ts";
import { behindRow, positionJson, type RowsToCome, type StoredEnd, type StorePosition } from "./store-position.ts";
import type { StoreSearch } from "./store-search.ts";

const PAGE_LINES = 1000;
/** Where blocks overlap so much that more than this waits for its turn, the rest waits as row numbers. */
const MOST_WAITING_LINES = 100_000;
const MOST_WAITING_BYTES = 64 << 20;
/** Each page reads its blocks again then, so it is a large one. */
const LARGE_PAGE_LINES = 50_000;
/** So many blocks without a hit, and the caller hears how far the search is. */
const QUIET_BLOCKS = 32;

/** `end`: of what `planned` was made of. `from`: where it begins, and `rows`: what is to come from there; undefined for all. */
export async function* boundedPages(
  search: StoreSearch,
  planned: readonly PlannedBlock[],
  end: StoredEnd,
  from: StorePosition | undefined,
  rows: RowsToCome | undefined,
): AsyncGenerator<SearchPage> {
  const pages = new PageMaker(search, end, from);
  const { order, signal } = search.request;
  const blocks = inOrder(planned, order);
  let quiet = 0;
  for await (const { index, result } of lookAhead(blocks, (block) => search.scan(block, true))) {
    if (signal.aborted) return;
    if (result !== undefined) pages.take(withKept(result, rows));
    const barrier = blocks[index + 1]?.block;
    const until = barrier === undefined ? undefined : order === "oldest" ? barrier.first : barrier.last;
    quiet++;
    while (pages.has(until)) {
      quiet = 0;
      yield await pages.next(until);
      if (pages.isDone || signal.aborted) return;
    }
    if (quiet < QUIET_BLOCKS || until === undefined) continue;
    quiet = 0;
    yield pages.empty(until);
  }
}

/** By their first row in the order; among equals as they were stored. */
function inOrder(planned: readonly PlannedBlock[], order: SearchOrder): readonly PlannedBlock[] {
  return order === "oldest"
    ? planned.toSorted((a, b) => compareTimestamps(a.block.first, b.block.first) || a.block.number - b.block.number)
    : planned.toSorted((a, b) => compareTimestamps(b.block.last, a.block.last) || b.block.number - a.block.number);
}

function withKept(scanned: ScannedBlock, rows: RowsToCome | undefined): ScannedBlock {
  if (rows === undefined) return scanned;
  const { sec, nsec } = scanned.rows;
  const block = scanned.planned.block.number;
  const hits = scanned.hits.filter((row) => rows.has({ sec: sec[row]!, nsec: nsec[row]!, block, row }));
  return { ...scanned, hits };
}

/** Where a hit of a page stands: its block's hits, and which of them. */
interface Place {
  readonly hits: OrderedHits;
  readonly index: number;
}

class PageMaker {
  readonly #search: StoreSearch;
  readonly #heap: HitHeap;
  readonly #end: StoredEnd;
  readonly #from: StorePosition | undefined;
  /** The last row of the last page. */
  #last: RowKey | undefined;
  #left: number;
  #waitingLines = 0;
  #waitingBytes = 0;

  constructor(search: StoreSearch, end: StoredEnd, from: StorePosition | undefined) {
    this.#search = search;
    this.#heap = new HitHeap(search.request.order);
    this.#end = end;
    this.#from = from;
    this.#left = search.request.limit ?? Number.POSITIVE_INFINITY;
  }

  get isDone(): boolean {
    return this.#left === 0;
  }

  take(scanned: ScannedBlock): void {
    const { order } = this.#search.request;
    const hits = orderedHits(scanned.planned, scanned.hits, scanned.rows, order, this.#left);
    if (hits.isDone) return;
    if (this.#waitingLines < MOST_WAITING_LINES && this.#waitingBytes < MOST_WAITING_BYTES) {
      hits.lines = hitLines(scanned, hits.rows, this.#search.name);
      this.#waitingLines += hits.lines.length;
      this.#waitingBytes += bytesOf(hits.lines);
    }
    this.#heap.add(hits);
  }

  /** True when there is a hit that nothing at or behind `until` can come before. */
  has(until: Timestamp | undefined): boolean {
    return this.#left > 0 && this.#heap.head(until) !== undefined;
  }

  async next(until: Timestamp | undefined): Promise<SearchPage> {
    const begin = this.#last;
    const places: Place[] = [];
    const keys: RowKey[] = [];
    let most = Math.min(PAGE_LINES, this.#left);
    for (let head = this.#heap.head(until); head !== undefined && places.length < most; head = this.#heap.head(until)) {
      if (head.lines === undefined) most = Math.min(LARGE_PAGE_LINES, this.#left);
      places.push({ hits: head, index: head.next });
      keys.push({ sec: head.sec, nsec: head.nsec, block: head.block, row: head.row });
      this.#heap.shift();
      this.#forgetDone(head);
    }
    this.#left -= places.length;
    const lines = await this.#linesOf(places);
    const last = keys.at(-1)!;
    // What could not be read a second time leaves no hole in the page.
    const hits = lines.filter((line) => line !== undefined);
    const given = hits.length === lines.length ? keys : keys.filter((_, i) => lines[i] !== undefined);
    this.#last = last;
    const reached = this.#heap.head(until) === undefined && until !== undefined ? until : last;
    return { hits, reached, live: false, resume: (index) => this.#resume(given[index] ?? begin) };
  }

  empty(reached: Timestamp): SearchPage {
    const last = this.#last;
    return { hits: [], reached, live: false, resume: () => this.#resume(last) };
  }

  /** Before its first hit a search begins where it began, not behind all that is stored. */
  #resume(row: RowKey | undefined): unknown {
    const { order, resume } = this.#search.request;
    return row === undefined ? resume : positionJson(behindRow(this.#from, row, this.#end, order));
  }

  #forgetDone(hits: OrderedHits): void {
    if (!hits.isDone || hits.lines === undefined) return;
    this.#waitingLines -= hits.lines.length;
    this.#waitingBytes -= bytesOf(hits.lines);
  }

  async #linesOf(places: readonly Place[]): Promise<(LogLine | undefined)[]> {
    const missing = new Map<OrderedHits, number[]>();
    for (const [at, { hits }] of places.entries()) {
      if (hits.lines !== undefined) continue;
      const of = missing.get(hits);
      if (of === undefined) missing.set(hits, [at]);
      else of.push(at);
    }
    const lines = places.map(({ hits, index }) => hits.lines?.[index]);
    for await (const { result } of lookAhead([...missing], (entry) => this.#readAgain(entry[0], entry[1], places))) {
      for (const [at, line] of result) lines[at] = line;
    }
    return lines;
  }

  async #readAgain(
    hits: OrderedHits,
    at: readonly number[],
    places: readonly Place[],
  ): Promise<readonly (readonly [number, LogLine])[]> {
    const rows = Uint32Array.from(at, (place) => hits.rows[places[place]!.index]!);
    const block = await this.#search.read(hits.planned);
    if (block === undefined) return [];
    return hitLines(block, rows, this.#search.name).map((line, i) => [at[i]!, line] as const);
  }
}

function bytesOf(lines: readonly LogLine[]): number {
  return lines[0]?.buffer.length ?? 0;
}
