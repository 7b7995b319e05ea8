// Where `klog search` reads from: the store, live pods, files, and later Elasticsearch and Kafka, all behind one interface.
import type { Filter } from "../query/query.ts";
import type { Predicate, QueryRecord } from "../query/query-record.ts";
import type { LogLine, Origin } from "../record/log-line.ts";
import type { Timestamp } from "../record/timestamp.ts";

export type SearchOrder = "newest" | "oldest";

export interface SearchRequest {
  readonly filter: Filter;
  /** `filter`, compiled: run on all that the source's own plan may let through too much. */
  readonly matches: Predicate;
  /** -n, -l, -c and the like. */
  readonly accepts: (origin: Origin) => boolean;
  /** Both inclusive; undefined: no bound. A line without a time passes only where there is no bound. */
  readonly from: Timestamp | undefined;
  readonly to: Timestamp | undefined;
  readonly order: SearchOrder;
  /** More hits than these will not be wanted; undefined: all. */
  readonly limit: number | undefined;
  /** Go on with what comes from now on, after what is there (order is "oldest" then), until the signal aborts. */
  readonly follow: boolean;
  /** What `SearchPage.resume` gave in an earlier search for the same query. */
  readonly resume: unknown;
  readonly signal: AbortSignal;
  /** The source counts what it does here; progress and --stats read it. */
  readonly work: SourceWork;
  /** A problem that does not end the search, for a person: said once. `partial`: hits may be missing because of it. */
  readonly note: (text: string, partial?: "partial") => void;
}

export interface SearchPage {
  /** In the request's order. They are the caller's: the source does not touch them again. */
  readonly hits: readonly LogLine[];
  /** No later page has a hit before it (oldest) or behind it (newest). undefined: nothing is known yet. */
  readonly reached: Timestamp | undefined;
  /** With `follow`: false while what was there at the start is still being read. */
  readonly live: boolean;
  /** JSON that, given as `resume`, goes on right behind `hits[index]` (-1: where this page begins). */
  readonly resume: (index: number) => unknown;
}

/** What a source has done so far. Plain numbers that it adds to. */
export interface SourceWork {
  /** Records looked at, one by one or by a prefilter. */
  records: number;
  /** Raw bytes of lines looked at. */
  bytes: number;
  /** Raw bytes to be looked at in all; undefined: not known. */
  totalBytes: number | undefined;
  /** Raw bytes of lines that indexes ruled out. */
  skippedBytes: number;
  /** What could not be read any more: damaged blocks, rotated files; in bytes. */
  lostBytes: number;
}

/** What a fold asks of each record: less is cheaper. */
export interface FoldNeeds {
  /** The message; without it buffer, start and end are empty. */
  readonly text: boolean;
}

export interface Source {
  /** As tags and messages show it: `store`, `pods`, `app.log`. */
  readonly name: string;
  /** How long a followed source may give a line late, milliseconds. */
  readonly holdBackMs: number;
  /** What it will do for this request, a line each, for --explain. */
  explain(request: SearchRequest): Promise<readonly string[]>;
  /** Ends when the range is searched. Throws KlogError where nothing can be read. */
  search(request: SearchRequest): AsyncIterable<SearchPage>;
  /**
   * Hands every hit to `visit`, in any order and one object again and again: for counts, without making lines of them. A
   * source has it where it is cheaper than `search`.
   */
  fold?(request: SearchRequest, needs: FoldNeeds, visit: (record: QueryRecord) => void): Promise<void>;
  /** The newest line's time and what there is, for `klog sources`. Throws KlogError where it cannot be reached. */
  describe(signal: AbortSignal): Promise<SourceDescription>;
  close(): void;
}

export interface SourceDescription {
  readonly oldest: Timestamp | undefined;
  readonly newest: Timestamp | undefined;
  readonly records: number | undefined;
  readonly bytes: number | undefined;
  /** `3 namespaces, 12 pods` */
  readonly detail: string;
}
