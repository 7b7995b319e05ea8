// One query of all that was said: the words, a saved query, --level, --include, --exclude, and the pipe of --hist or --top.
import { KlogError } from "../../errors.ts";
import { parseDuration } from "../../query/duration.ts";
import { errorText } from "../../query/error-text.ts";
import { parseQuery } from "../../query/parse.ts";
import { printQuery } from "../../query/print.ts";
import type { Filter, Pipe, Query } from "../../query/query.ts";
import { QueryError } from "../../query/query-error.ts";
import { literalQuery, regexpQuery } from "../../query/raw-query.ts";
import { LEVELS, parseLevelFilter } from "../../record/level.ts";
import type { CountingChoice, SearchedText } from "../search-options.ts";

const NOWHERE = { start: 0, end: 0 };
const TOP = 10;

export interface BuiltQuery {
  readonly query: Query;
  /** What the spans of the query point into. */
  readonly text: string;
}

/** `savedText` is what --saved names. Throws KlogError with the place of a mistake. */
export function buildQuery(
  searched: SearchedText,
  savedText: string | undefined,
  counting: CountingChoice | undefined,
): BuiltQuery {
  const saved = savedText === undefined ? undefined : readQuery(savedText, `the saved query ${searched.saved}: `);
  const typed = searched.text === "" ? undefined : typedQuery(searched);
  const both = saved !== undefined && typed !== undefined;
  // Two texts become one, so that a place in it is a place in one text.
  const text = both ? printQuery(joinedQuery([saved, typed])) : (savedText ?? searched.text);
  const said = both ? readQuery(text) : (saved ?? typed ?? EVERYTHING);
  const filter = joined([said.filter, ...flagFilters(searched)]);
  return { query: { filter, pipes: [...said.pipes, ...countingPipes(counting)] }, text };
}

const EVERYTHING: Query = { filter: { kind: "all" }, pipes: [] };

function joinedQuery(parts: readonly Query[]): Query {
  return { filter: joined(parts.map(({ filter }) => filter)), pipes: parts.flatMap(({ pipes }) => pipes) };
}

/** What was typed, without what flags and saved queries add: hints are about places in it. */
export function queryAsTyped({
  text,
  reading,
}: SearchedText): { readonly text: string; readonly query: Query } | undefined {
  return reading === "query" && text !== "" ? { text, query: readQuery(text) } : undefined;
}

/** A query from text, its mistakes shown with a caret. */
export function readQuery(text: string, where = ""): Query {
  return pointingOut(() => parseQuery(text), where);
}

/** An error about a place in a query shows the place. */
export function pointingOut<T>(run: () => T, where = ""): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof QueryError ? shownError(error, where) : error;
  }
}

function shownError(error: QueryError, where: string): KlogError {
  const shown = errorText(error);
  // The hint is printed behind every error anyway.
  const message = error.hint === undefined ? shown : shown.slice(0, shown.lastIndexOf(error.hint)).trimEnd();
  return new KlogError(error.code, `${where}${message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}

/** A query that only tells lines apart: no pipes. `flag` is where it was given. */
export function readFilter(text: string, flag: string): Filter {
  const { filter, pipes } = readQuery(text, `${flag}: `);
  if (pipes.length === 0) return filter;
  throw new KlogError("QUERY_INVALID", `${flag} takes a filter without pipes`, {
    hint: `leave out what stands behind the |, or quote it: ${flag} '"a|b"'`,
  });
}

function typedQuery({ text, reading }: SearchedText): Query {
  if (reading === "fixed") return literalQuery(text);
  return reading === "regexp" ? pointingOut(() => regexpQuery(text), "--regexp: ") : readQuery(text);
}

function flagFilters({ level, include, exclude }: SearchedText): Filter[] {
  const regexp = (source: string): Filter => ({ kind: "regexp", field: undefined, source, flags: "", span: NOWHERE });
  return [
    ...(level === undefined ? [] : [levelFilter(level)]),
    ...(include.length === 0 ? [] : [anyOf(include.map(regexp))]),
    ...(exclude.length === 0 ? [] : [{ kind: "not", part: anyOf(exclude.map(regexp)) } as const]),
  ];
}

function levelFilter(text: string): Filter {
  const passes = parseLevelFilter(text);
  const named = LEVELS.filter((level) => passes(level)).map(
    (value): Filter => ({ kind: "equals", field: "level", value, prefix: false, span: NOWHERE }),
  );
  const without: Filter = { kind: "not", part: { kind: "exists", field: "level", span: NOWHERE } };
  const parts = passes(undefined) ? [...named, without] : named;
  return parts.length === 0 ? { kind: "none" } : anyOf(parts);
}

function anyOf(parts: readonly Filter[]): Filter {
  return parts.length === 1 ? parts[0]! : { kind: "or", parts };
}

function joined(filters: readonly Filter[]): Filter {
  const parts = filters
    .filter(({ kind }) => kind !== "all")
    .flatMap((filter) => (filter.kind === "and" ? filter.parts : [filter]));
  return parts.length === 0 ? { kind: "all" } : parts.length === 1 ? parts[0]! : { kind: "and", parts };
}

/** --fields and --patterns have no pipe: they look at the hits in a way of their own. */
function countingPipes(counting: CountingChoice | undefined): Pipe[] {
  switch (counting?.kind) {
    case "hist":
      return [{ kind: "hist", everyMs: everyOf(counting.every), by: "level" }];
    case "top":
      return [{ kind: "top", count: TOP, by: counting.by.map((field) => ({ field })) }];
    default:
      return [];
  }
}

function everyOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = readDuration(text);
  if (ms >= 1) return ms;
  throw new KlogError("USAGE", `--hist=${text}: a span of time is at least 1ms`, { hint: "--hist=1m" });
}

function readDuration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof KlogError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new KlogError("USAGE", `--hist: ${error.message}`, { ...hint, cause: error });
  }
}

/** As klog understood it, in the language's canonical form. */
export function understood(query: Query): string {
  return query.filter.kind === "all" && query.pipes.length === 0 ? "everything" : printQuery(query);
}
