// `klog search`: from options to what is found, what is said about it, and the exit status.
import { homedir } from "node:os";
import { forPeople } from "../clients/kubernetes/api-failure.ts";
import { ApiError } from "../clients/kubernetes/client.ts";
import { rememberQuery } from "../config/query-history.ts";
import { findQuery, type QueryPlace, saveQuery } from "../config/saved-queries.ts";
import { KlogError } from "../errors.ts";
import type { Progress } from "../output/progress.ts";
import { exclusionNote } from "../query/pasted-hint.ts";
import { printQuery } from "../query/print.ts";
import type { LogLine } from "../record/log-line.ts";
import { closePatterns } from "../regex/pattern.ts";
import { type Clock, systemClock } from "../sources/clock.ts";
import { openSources } from "../sources/open-sources.ts";
import type { CommandIo } from "./command-io.ts";
import { openOutput } from "./command-output.ts";
import { flagPattern } from "./flag-pattern.ts";
import { createPalette } from "./print-setup.ts";
import { queryTest } from "./query-test.ts";
import { type BuiltQuery, buildQuery, queryAsTyped, understood } from "./search/build-query.ts";
import { countHits } from "./search/count-hits.ts";
import { explanation } from "./search/explain.ts";
import { exportHits } from "./search/export-hits.ts";
import { readManifest } from "./search/export-manifest.ts";
import { EXPORT_LIMITS, type ExportLimits } from "./search/export-parts.ts";
import { sayTheEnd, whatIsSearched } from "./search/last-words.ts";
import { printLines, type Tally } from "./search/print-lines.ts";
import { Problems } from "./search/problems.ts";
import { queryHighlights } from "./search/query-highlight.ts";
import { withTimes } from "./search/search-printer.ts";
import { SearchProgress } from "./search/search-progress.ts";
import { closeSources, type SearchSetup, setUpSearch } from "./search/search-setup.ts";
import { searchStats } from "./search/search-stats.ts";
import type { SearchOptions } from "./search-options.ts";
import type { SearchPlace } from "./start-search.ts";
import { Waiting } from "./wait-for.ts";

const EXIT = { done: 0, nothing: 1, partial: 3, interrupted: 130 } as const;

const GONE: readonly string[] = ["SOURCE_UNREADABLE", "STORE_UNUSABLE"];

/** What tests replace. */
export interface Surroundings {
  readonly clock: Clock;
  readonly open: typeof openSources;
  readonly exportLimits: ExportLimits;
}

const REAL: Surroundings = { clock: systemClock, open: openSources, exportLimits: EXPORT_LIMITS };

/** Resolves to the exit status. Throws KlogError for what makes the command unusable. */
export async function run(
  options: SearchOptions,
  io: CommandIo,
  place: SearchPlace,
  surroundings = REAL,
): Promise<number> {
  try {
    return await search(options, io, place, surroundings);
  } catch (error) {
    throw error instanceof ApiError ? forPeople(error) : error;
  } finally {
    closePatterns();
  }
}

async function search(
  given: SearchOptions,
  io: CommandIo,
  { config, connection }: SearchPlace,
  { clock, open, exportLimits }: Surroundings,
): Promise<number> {
  const { terminal, ended, failure } = openOutput(io);
  const begunExport = given.export?.resume ? readManifest(given.export.file) : undefined;
  const printing = withTimes(given.printing, given.timesAreChosen, terminal.isTerminal);
  // Standard input has no name worth printing.
  const prefix =
    printing.prefix === "auto" && given.sources.length === 1 && given.sources[0] === "-" ? "none" : printing.prefix;
  const options = { ...given, now: begunExport?.now ?? given.now, printing: { ...printing, prefix } };
  const display = new SearchProgress({
    mode: options.printing.onlyLogLines && options.progress === "auto" ? "off" : options.progress,
    isErrorTerminal: terminal.isErrorTerminal,
    columns: () => terminal.columns,
    write: (text) => terminal.error(text),
    clock,
    zone: options.printing.timezone,
  });
  const place = {
    printing: options.printing,
    env: io.env,
    terminal,
    showNamespace: options.origins.namespaces.length !== 1,
    showCluster: options.origins.contexts.length > 1,
    say: (text: string) => {
      display.clear();
      terminal.error(text);
    },
  };
  const palette = createPalette(place);
  const problems = new Problems(palette.progress);
  const user = { env: io.env, home: homedir(), platform: process.platform, config };
  const { query, text: queryText } = await queryOf(options, user, palette.progress);
  const signal = AbortSignal.any([io.signal, ended.signal]);
  const settled = { options, io, clock, terminal, place, palette, problems, query, queryText, signal };
  const setup = await setUpSearch({ ...settled, config, connection, open });
  const tally: Tally = { hits: 0, late: 0, doubles: 0, at: undefined, next: undefined };
  const begun = clock.monotonic();
  const waiting = new Waiting(options.waitFor, clock, () => ended.abort());
  try {
    if (options.explain) {
      io.print(await explanation(setup));
      return EXIT.done;
    }
    const searched = whatIsSearched(setup);
    if (searched !== undefined) palette.progress.note(searched);
    display.start(() => ({ works: worksOf(setup), hits: tally.hits, at: tally.at }));
    await show(setup, { tally, waiting, exportLimits, beforeWrite: () => display.clear() });
  } catch (error) {
    const told = error instanceof ApiError ? forPeople(error) : error;
    if (!(told instanceof KlogError) || failure() !== undefined) throw error;
    // What was found until then is found; and a store that is gone or damaged is no slip of the person who asked.
    const isPart = tally.hits > 0 && options.export === undefined;
    if (!isPart && !(setup.hasOnlyStores && GONE.includes(told.code))) throw error;
    display.clear();
    palette.progress.error(told);
    problems.isPartial = true;
  } finally {
    waiting.close();
    display.stop();
    closeSources(setup);
  }
  const outputError = failure();
  if (outputError !== undefined) throw outputError;
  if (queryText !== "") await rememberQuery({ query: understood(query), at: options.now, hits: tally.hits }, user);
  sayTheEnd(setup, tally);
  if (options.stats) terminal.error(searchStats(worksOf(setup), tally, clock.monotonic() - begun));
  return exitStatus(setup, { tally, waiting, isClosed: ended.signal.aborted });
}

interface Showing {
  readonly tally: Tally;
  readonly waiting: Waiting;
  readonly exportLimits: ExportLimits;
  readonly beforeWrite: () => void;
}

/** Lines, a table, or a file: whatever was asked for. */
async function show(setup: SearchSetup, { tally, waiting, exportLimits, beforeWrite }: Showing): Promise<void> {
  const { options, plan, query, palette } = setup;
  const stage = plan.isTable || query.pipes.length === 0 ? undefined : plan.start<LogLine>();
  if (options.export !== undefined)
    return exportHits({ setup, choice: options.export, stage, tally, limits: exportLimits });
  if (plan.isTable || options.counting !== undefined) return countHits({ setup, tally, beforeWrite });
  const warn = (text: string) => palette.progress.warn(text);
  const { waitFor, highlight, printing } = options;
  await printLines({
    setup,
    stage,
    highlight: [...highlight.map((source) => flagPattern("--highlight", source, {})), ...queryHighlights(query.filter)],
    until: waitFor && queryTest(waitFor.text, "--wait-for", printing.timezone, warn).matches,
    found: () => waiting.found(),
    tally,
    beforeWrite,
  });
  for (const note of stage?.notes ?? []) palette.progress.note(note);
}

/** The query of all flags; saves it where that is wanted. */
async function queryOf(options: SearchOptions, user: QueryPlace, progress: Progress): Promise<BuiltQuery> {
  const { saved, saveAs } = options.searched;
  const savedText = saved === undefined ? undefined : (await findQuery(saved, user)).query;
  const built = buildQuery(options.searched, savedText, options.counting);
  const typed = queryAsTyped(options.searched);
  const excluded = typed && exclusionNote(typed.text, typed.query);
  if (excluded !== undefined) progress.note(excluded);
  if (saveAs !== undefined) {
    await saveQuery(
      saveAs,
      options.searched.reading === "query" ? built.text : printQuery(built.query),
      user,
      options.now,
    );
    progress.note(`saved as ${saveAs}: klog search --saved ${saveAs}`);
  }
  return built;
}

function worksOf({ sources }: SearchSetup) {
  return sources.map(({ source, work }) => ({ name: source.name, work }));
}

function exitStatus(
  { io, palette, problems }: SearchSetup,
  { tally, waiting, isClosed }: { tally: Tally; waiting: Waiting; isClosed: boolean },
): number {
  if (waiting.outcome === "found") return EXIT.done;
  if (io.signal.aborted) return EXIT.interrupted;
  // A reader that closed the pipe has what it wanted.
  if (waiting.outcome === undefined && isClosed) return EXIT.done;
  if (waiting.complaint !== undefined) {
    palette.progress.warn(waiting.complaint);
    return EXIT.nothing;
  }
  if (problems.isPartial) return EXIT.partial;
  return tally.hits > 0 ? EXIT.done : EXIT.nothing;
}
