// Everything that is settled before the first line is read: the query, the sources, the range, how many and in which order.
import { homedir } from "node:os";
import { setImmediate as turn } from "node:timers/promises";
import type { ConfigFile } from "../../config/config-file.ts";
import { KlogError } from "../../errors.ts";
import { barsThatFit } from "../../output/histogram-text.ts";
import type { Terminal } from "../../output/terminal.ts";
import { timeBounds } from "../../query/bounds.ts";
import type { CompileContext } from "../../query/compile-context.ts";
import { type PipePlan, planPipes } from "../../query/pipes/plan.ts";
import { compilePredicate } from "../../query/predicate.ts";
import type { Filter, Query } from "../../query/query.ts";
import type { Predicate } from "../../query/query-record.ts";
import type { Origin } from "../../record/log-line.ts";
import { fromMillis } from "../../record/timestamp.ts";
import type { Clock } from "../../sources/clock.ts";
import { type MergedPage, mergeSources } from "../../sources/merge/search-merge.ts";
import { type openSources, sourceTargets } from "../../sources/open-sources.ts";
import { decodeCursor, type SearchCursor, searchKey } from "../../sources/search-cursor.ts";
import type { SearchOrder, SearchRequest, Source, SourceWork } from "../../sources/source.ts";
import type { CommandIo } from "../command-io.ts";
import type { ConnectionOptions } from "../connection-options.ts";
import type { Palette, PrintingPlace } from "../print-setup.ts";
import type { SearchOptions } from "../search-options.ts";
import { acceptedOrigins, podSelection } from "./accept-origin.ts";
import { pointingOut } from "./build-query.ts";
import type { Problems } from "./problems.ts";
import { queryRegexp } from "./query-highlight.ts";
import { moved, type TimeRange, within } from "./search-range.ts";

/** A source, and what it has done in this command. */
export interface SearchedSource {
  readonly source: Source;
  readonly work: SourceWork;
}

export interface SearchSetup {
  readonly options: SearchOptions;
  readonly io: CommandIo;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly place: PrintingPlace;
  readonly palette: Palette;
  readonly problems: Problems;
  readonly query: Query;
  /** What the spans of the query point into. */
  readonly queryText: string;
  readonly context: CompileContext;
  readonly matches: Predicate;
  readonly plan: PipePlan;
  readonly accepts: (origin: Origin) => boolean;
  readonly sources: readonly SearchedSource[];
  /** Some lines may have no time. */
  readonly hasUntimed: boolean;
  readonly readsStdin: boolean;
  readonly hasOnlyStores: boolean;
  /** What was asked for, or the default. */
  readonly range: TimeRange;
  /** `range`, and within it what the query's own times allow. */
  readonly bounds: TimeRange;
  readonly order: SearchOrder;
  /** undefined: all. */
  readonly limit: number | undefined;
  /** Hits are taken newest first and printed oldest first. */
  readonly turnsRound: boolean;
  readonly follow: boolean;
  /** Of this search, for cursors and exports. */
  readonly key: string;
  readonly cursor: SearchCursor | undefined;
  /** Aborted when the search has to end, whatever the reason. */
  readonly signal: AbortSignal;
}

export interface SetupInputs
  extends Pick<
    SearchSetup,
    "options" | "io" | "clock" | "terminal" | "place" | "palette" | "problems" | "query" | "queryText" | "signal"
  > {
  readonly open: typeof openSources;
  readonly config: ConfigFile | undefined;
  readonly connection: ConnectionOptions;
}

const TERMINAL_LIMIT = 100;
const HOUR_MS = 3_600_000;
const FOLLOWED_MS = 300_000;

/** Opens the sources: `closeSources` when all is done. Throws KlogError. */
export async function setUpSearch(inputs: SetupInputs): Promise<SearchSetup> {
  const { options, io, palette, problems, query, queryText, config, connection, terminal } = inputs;
  const warn = (text: string) => palette.progress.warn(text);
  // A pattern that is not run any more finds nothing from there on.
  const onSlowPattern = (text: string) => problems.note(text, "partial");
  const context: CompileContext = {
    now: options.now,
    zone: options.printing.timezone,
    regexp: queryRegexp(onSlowPattern),
    query: queryText,
  };
  const matches = pointingOut(() => compilePredicate(query.filter, context));
  const accepts = acceptedOrigins(options.origins, warn, onSlowPattern);
  const kubernetes = { contexts: options.origins.contexts, connection, flags: podSelection(options.origins) };
  const places = {
    words: options.sources,
    config,
    env: io.env,
    home: homedir(),
    kubernetes,
    maxLineBytes: options.maxLineBytes,
  };
  const { targets } = await sourceTargets(places);
  const key = searchKey(
    query.filter,
    JSON.stringify([options.origins, targets.map(({ name }) => name), options.dedupe]),
  );
  const cursor = options.cursor === undefined ? undefined : decodeCursor(options.cursor, key);
  const opened = await inputs.open({
    ...places,
    context,
    stdin: io.stdin,
    surroundings: {
      warn,
      ...(options.verbosity >= 6 ? { trace: (line: string) => terminal.error(`klog: ${line}\n`) } : {}),
    },
  });
  for (const note of opened.notes) problems.note(note, opened.isPartial ? "partial" : undefined);
  const follow = options.follow || options.waitFor !== undefined;
  const hasPods = targets.some(({ spec }) => spec.kind === "pods");
  const range = rangeOf(options, cursor, { follow, hasPods });
  const limit = limitOf(options, query, follow, terminal.isTerminal);
  const bounds = within(
    range,
    pointingOut(() => timeBounds(query.filter, context)),
  );
  const bars = terminal.isTerminal ? { maxBars: barsThatFit(terminal.columns) } : {};
  const plan = pointingOut(() => planPipes(query.pipes, { ...context, ...bounds, ...bars }));
  rejectUnfit(plan, query, options, follow);
  // sort, head and tail see lines as they were written, whatever --limit leaves of what comes out.
  const fromNewest = limit !== undefined && !follow && plan.takesAnyOrder;
  const order = cursor?.order ?? options.order ?? (fromNewest ? "newest" : "oldest");
  return {
    ...inputs,
    context,
    matches,
    plan,
    accepts,
    hasUntimed: targets.some(({ spec }) => spec.kind === "files" || spec.kind === "stdin"),
    hasOnlyStores: targets.every(({ spec }) => spec.kind === "store"),
    readsStdin: targets.some(({ spec }) => spec.kind === "stdin"),
    sources: opened.sources.map((source) => ({ source, work: newWork() })),
    range,
    bounds,
    order,
    limit,
    turnsRound: order === "newest" && options.order === undefined && plan.takesAnyOrder,
    follow,
    key,
    cursor,
  };
}

function rejectUnfit(plan: PipePlan, query: Query, options: SearchOptions, follow: boolean): void {
  if (plan.waitsForEnd && follow) {
    throw new KlogError("USAGE", "what is followed has no end, so sort and tail cannot wait for it", {
      hint: "leave out -f, or the pipe",
    });
  }
  if (query.pipes.length > 0 && (options.before > 0 || options.after > 0)) {
    throw new KlogError("USAGE", "context lines are of the whole log, so no pipe can stand before them", {
      hint: "leave out -B, -C and --after-context, or the pipe",
    });
  }
  if (plan.isTable && options.export !== undefined) {
    throw new KlogError("USAGE", "--export writes lines, not tables", { hint: "write the table with -o csv > FILE" });
  }
}

/** A live cluster is asked for an hour, unless somebody says otherwise: reading all that its nodes hold would take long. */
function rangeOf(
  { range, now }: SearchOptions,
  cursor: SearchCursor | undefined,
  { follow, hasPods }: { follow: boolean; hasPods: boolean },
): TimeRange {
  if (cursor !== undefined) return { from: cursor.from, to: cursor.to };
  if (range !== undefined) return range;
  const ms = follow ? FOLLOWED_MS : hasPods ? HOUR_MS : undefined;
  return { from: ms === undefined ? undefined : moved(fromMillis(now), -ms), to: undefined };
}

function limitOf(options: SearchOptions, query: Query, follow: boolean, isTerminal: boolean): number | undefined {
  // What is counted is counted whole, and head, tail and sort say themselves how much they want to see.
  const isWhole =
    follow ||
    options.counting !== undefined ||
    options.export !== undefined ||
    query.pipes.some(({ kind }) => kind !== "where" && kind !== "parse" && kind !== "fields");
  if (isWhole && !options.limitIsTyped) return undefined;
  const limit = options.limit ?? (isTerminal ? TERMINAL_LIMIT : 0);
  return limit === 0 ? undefined : limit;
}

function newWork(): SourceWork {
  return { records: 0, bytes: 0, totalBytes: undefined, skippedBytes: 0, lostBytes: 0 };
}

export function closeSources({ sources }: Pick<SearchSetup, "sources">): void {
  for (const { source } of sources) source.close();
}

/** What is asked of the sources in one pass over them. */
export interface Pass {
  readonly filter: Filter;
  readonly matches: Predicate;
  readonly accepts: (origin: Origin) => boolean;
  readonly bounds: TimeRange;
  readonly order: SearchOrder;
  readonly limit: number | undefined;
  readonly follow: boolean;
  readonly cursor: SearchCursor | undefined;
  readonly signal: AbortSignal;
}

/** The pass that the command line asks for. */
export function mainPass(setup: SearchSetup): Pass {
  const { query, matches, accepts, bounds, order, limit, follow, cursor, signal } = setup;
  return { filter: query.filter, matches, accepts, bounds, order, limit, follow, cursor, signal };
}

export function requestFor({ source, work }: SearchedSource, pass: Pass, problems: Problems): SearchRequest {
  const { filter, matches, accepts, bounds, order, limit, follow, cursor, signal } = pass;
  return {
    filter,
    matches,
    accepts,
    from: bounds.from,
    to: bounds.to,
    order,
    limit,
    follow,
    resume: cursor?.sources[source.name],
    signal,
    work,
    note: (text, partial) => problems.note(`${source.name}: ${text}`, partial),
  };
}

/** One timeline of all sources. */
export async function* merged(setup: SearchSetup, pass: Pass): AsyncGenerator<MergedPage, void, void> {
  const { options, sources, problems, clock, key } = setup;
  const pages = mergeSources(
    sources.map((searched) => ({ source: searched.source, request: requestFor(searched, pass, problems) })),
    {
      order: pass.order,
      limit: pass.limit,
      follow: pass.follow,
      dedupe: options.dedupe,
      sourceTimeoutMs: options.sourceTimeoutMs,
      clock,
      onNote: (text, partial) => problems.note(text, partial),
      signal: pass.signal,
      query: key,
    },
  );
  for await (const page of pages) {
    yield page;
    // A terminal is written to at once: without a turn of the event loop nobody would hear Ctrl-C before all is printed.
    await turn();
  }
}
