// The embedded store as a source of `klog search`.

import type { CompileContext } from "../../query/predicate.ts";
import type { QueryRecord } from "../../query/query-record.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { FoldNeeds, SearchPage, SearchRequest, Source, SourceDescription } from "../source.ts";
import { boundedPages } from "./bounded-pages.ts";
import { describeStore } from "./describe-store.ts";
import { explainSearch } from "./explain-search.ts";
import { livePages } from "./live-pages.ts";
import { lookAhead } from "./look-ahead.ts";
import { RowRecord } from "./row-record.ts";
import { BEGINNING, parsePosition, RowsToCome } from "./store-position.ts";
import { endOf, type StoreOptions, StoreSearch } from "./store-search.ts";

/** A line can be read 92 ms after it was written, 99 of 100 within 170 ms (bench/freshness.ts), and is looked for every 100 ms. */
const HOLD_BACK_MS = 400;

export interface StoreSourceOptions {
  readonly directory: string;
  /** `store` where nothing is said. */
  readonly name?: string;
  readonly context: CompileContext;
  readonly clock?: Clock;
}

export function createStoreSource({ directory, name = "store", context, clock }: StoreSourceOptions): Source {
  return new StoreSource({ directory, name, context }, clock ?? systemClock);
}

class StoreSource implements Source {
  readonly name: string;
  readonly holdBackMs = HOLD_BACK_MS;
  readonly #options: StoreOptions;
  readonly #clock: Clock;

  constructor(options: StoreOptions, clock: Clock) {
    this.name = options.name;
    this.#options = options;
    this.#clock = clock;
  }

  async explain(request: SearchRequest): Promise<readonly string[]> {
    const search = new StoreSearch(this.#options, request);
    try {
      return explainSearch(search);
    } finally {
      search.close();
    }
  }

  /** A search of its own view: what retention removes meanwhile stays readable to its end. */
  async *search(request: SearchRequest): AsyncGenerator<SearchPage> {
    const search = new StoreSearch(this.#options, request);
    try {
      const blocks = search.blocks();
      const end = endOf(blocks) ?? BEGINNING;
      const resumed = request.resume === undefined ? undefined : parsePosition(request.resume);
      const toCome = resumed === undefined ? undefined : new RowsToCome(resumed, request.order, request.follow);
      const [oldest] = blocks;
      const { block: last } = resumed?.behind ?? { block: Number.POSITIVE_INFINITY };
      if (oldest !== undefined && last < oldest.number) {
        search.note("retention has removed what came next; the search goes on behind it", "partial");
      }
      const planned = search.select(toCome === undefined ? blocks : blocks.filter((block) => toCome.mayHave(block)));
      yield* boundedPages(search, planned, end, resumed, toCome);
      if (request.follow && !request.signal.aborted) yield* livePages(search, blocks, this.#clock);
    } finally {
      search.close();
    }
  }

  async fold(request: SearchRequest, needs: FoldNeeds, visit: (record: QueryRecord) => void): Promise<void> {
    const search = new StoreSearch(this.#options, request);
    const record = new RowRecord(this.name);
    try {
      for await (const { result } of lookAhead(search.select(search.blocks()), (each) =>
        search.scan(each, needs.text),
      )) {
        if (request.signal.aborted) return;
        if (result === undefined) continue;
        record.begin(result);
        for (const row of result.hits) {
          record.move(row);
          visit(record);
        }
      }
    } finally {
      search.close();
    }
  }

  async describe(_signal: AbortSignal): Promise<SourceDescription> {
    return describeStore(this.#options.directory);
  }

  close(): void {}
}
