// What stands behind the bars of a query: `| top 5 by pod | where …`.
import { closest } from "./closest.ts";
import { readFilter } from "./parse-filter.ts";
import { readStats } from "./parse-stats.ts";
import { BY, listOf, readBy, readDuration, readField, readGroupKeys } from "./pipe-arguments.ts";
import { patternParts } from "./pipes/parse-pattern.ts";
import type { GroupKey, Pipe } from "./query.ts";
import type { QueryReader } from "./query-reader.ts";
import { readWord } from "./query-word.ts";
import { namedGroupsProblem } from "./regexp-problem.ts";

/** Each pipe with what its arguments look like. */
export const PIPE_FORMS = {
  count: "count by pod, time(1m)",
  top: "top 5 by pod",
  uniq: "uniq by user",
  values: "values by user",
  hist: "hist 5m by level",
  stats: "stats count(), p95(ms) as slow by pod",
  sort: "sort ms desc",
  head: "head 10",
  tail: "tail 10",
  limit: "limit 10",
  fields: "fields ts, pod, message",
  where: "where ms:>100",
  parse: 'parse "GET <path> took <ms>ms"',
} as const;
type PipeName = keyof typeof PIPE_FORMS;
const PIPE_NAMES = Object.keys(PIPE_FORMS) as readonly PipeName[];

/** What people bring along from shells and other languages. */
const FOREIGN: readonly (readonly [names: RegExp, hint: string])[] = [
  [
    /^(?:json|logfmt|unpack|regexp|pattern|line_format|label_format)$/,
    "fields of JSON and logfmt lines are known without a pipe: ms:>100; from other text take them with | parse",
  ],
  [/^(?:grep|rg|search|filter|regex)$/, "a further word filters: write it before the first |, or | where WORD"],
  [
    /^(?:wc|awk|sed|cut|jq|less|more|uniq_c|tr|xargs|tee)$/,
    "a program of the shell stands outside of the quotes; lines are counted by | count",
  ],
  [/^(?:table|project|keep|select|display|columns)$/, "columns are chosen by | fields a, b"],
  [/^(?:drop|delete|rm|remove)$/, "fields are left out by | fields - a, b"],
  [
    /^(?:timechart|timeslice|bucket|bin|histogram)$/,
    "counts over time are | hist 5m by level, or | stats avg(ms) by time(5m)",
  ],
  [/^(?:order|sort_by|orderby)$/, "lines are sorted by | sort ms desc"],
  [/^(?:summarize|agg|aggregate|group|sum|avg|min|max|p\d+)$/, "figures are | stats avg(ms), p99(ms) by pod"],
  [
    /^(?:distinct|dedup|unique|facets|field_values)$/,
    "distinct values are | uniq by pod, with the most frequent first | top 10 by pod",
  ],
  [/^(?:first|take)$/, "the first ones are | head 10"],
  [/^(?:last)$/, "the last ones are | tail 10"],
  [
    /^[=~]$/,
    'text is searched by its words alone: "connection refused", a regexp by /refused/; no sign stands before them',
  ],
];

const DEFAULT_TOP = 10;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const FROM = /from(?=[\s"]|$)/y;
const DIRECTION = /(asc|desc)(?=[\s|]|$)/y;
const NUMBER = /[0-9]+(?=[\s|]|$)/y;
const PIPE_END = /(?=\||$)/y;

/** Where the first pipe begins, its bar: only a bar before a pipe's name counts. The text's length without one. */
export function firstPipe(text: string): number {
  const found = new RegExp(`\\|\\s*(?:${PIPE_NAMES.join("|")})(?=\\s|$)`).exec(text);
  return found?.index ?? text.length;
}

/** Reads all pipes, up to the end. `sort` and `fields` begin with a bar; nothing else may stand here. */
export function readPipes(reader: QueryReader): readonly Pipe[] {
  const pipes: Pipe[] = [];
  while (reader.next === "|") {
    reader.position++;
    reader.blank();
    const start = reader.position;
    const pipe = readPipe(reader);
    pipes.push({ ...pipe, span: { start, end: reader.position } });
    reader.blank();
    if (!reader.sees(PIPE_END)) throw reader.error("| or the end");
  }
  return pipes;
}

function readPipe(reader: QueryReader): Pipe {
  reader.expect("pipe");
  const start = reader.position;
  const name = reader.take(WORD)?.[0] ?? "";
  if (!isPipe(name)) throw unknownPipe(reader, start, name);
  const gap = reader.blank();
  switch (name) {
    case "count":
      return { kind: "count", by: readBy(reader, gap) };
    case "top": {
      if (gap) reader.expect("keyword", { words: ["by"] });
      const count = /\d/.test(reader.next) ? readCount(reader, name) : DEFAULT_TOP;
      return { kind: "top", count, by: readKeys(reader, name) };
    }
    case "uniq":
    case "values":
      return { kind: name, by: readKeys(reader, name) };
    case "hist":
      return readHist(reader, gap);
    case "stats":
      return readStats(reader);
    case "sort":
      return readSort(reader);
    case "head":
    case "limit":
      return { kind: "head", count: readCount(reader, name) };
    case "tail":
      return { kind: "tail", count: readCount(reader, name) };
    case "fields": {
      const except = reader.take(/-/y) !== undefined;
      return { kind: "fields", names: readNames(reader), except };
    }
    case "where":
      return readWhere(reader);
    case "parse":
      return readParse(reader);
  }
}

function isPipe(name: string): name is PipeName {
  return Object.hasOwn(PIPE_FORMS, name);
}

function unknownPipe(reader: QueryReader, start: number, name: string): Error {
  reader.position = start;
  const { text } = reader;
  const bar = text.lastIndexOf("|", start);
  const left = /[^\s()|"]+$/.exec(text.slice(0, bar))?.[0];
  const right = /^[^\s()|"]+/.exec(text.slice(start))?.[0];
  // `level:warn|error`: glued on both sides, or a name that is like no pipe's.
  const guess = name === "" ? undefined : closest(name, PIPE_NAMES);
  if (left !== undefined && right !== undefined && (start === bar + 1 || guess === undefined)) {
    const colon = left.indexOf(":") + 1;
    const either = colon > 0 ? `${left.slice(0, colon)}(${left.slice(colon)} OR ${right})` : `(${left} OR ${right})`;
    const hint = `for either of them write ${either}; for a | in the text put quotes around it`;
    return reader.problem(reader.found(), "a pipe such as count", hint);
  }
  const foreign = FOREIGN.find(([names]) => names.test(name === "" ? reader.next : name));
  const hint =
    foreign !== undefined
      ? foreign[1]
      : guess === undefined
        ? `a | begins a pipe (${PIPE_NAMES.join(", ")}); for a | in the text put quotes around it`
        : `did you mean ${guess}? For a | in the text put quotes around it`;
  return reader.problem(reader.found(), "a pipe such as count", hint);
}

/** The keys of a pipe that must have some; `by` may be left out before them. */
function readKeys(reader: QueryReader, pipe: PipeName): readonly GroupKey[] {
  reader.blank();
  reader.expect("field", { words: ["by", "time("] });
  if (reader.take(BY) !== undefined) reader.blank();
  if (reader.sees(PIPE_END)) {
    throw reader.problem(reader.found(), "by and a field", `as in | ${PIPE_FORMS[pipe]}`);
  }
  return readGroupKeys(reader);
}

function readHist(reader: QueryReader, gap: boolean): Pipe {
  if (gap) reader.expect("keyword", { words: ["by", "|"] });
  const everyMs = reader.sees(/[\d.]/y) ? readDuration(reader) : undefined;
  if (reader.blank()) reader.expect("keyword", { words: ["by", "|"] });
  const by = reader.take(BY) === undefined ? undefined : readField(reader);
  if (by === undefined && !reader.sees(PIPE_END)) {
    throw reader.problem(reader.found(), "a duration, by or the end", `as in | ${PIPE_FORMS.hist}`);
  }
  return { kind: "hist", everyMs, by };
}

function readSort(reader: QueryReader): Pipe {
  reader.take(/by(?=\s+[^\s|])(?!\s+(?:asc|desc)(?:[\s|]|$))/y);
  if (reader.next === "-")
    throw reader.problem(
      reader.found(),
      "a field's name",
      `downwards is | sort ${reader.text.slice(reader.position + 1).match(/^[^\s|]*/)![0]} desc`,
    );
  const field = readField(reader);
  if (reader.blank()) reader.expect("keyword", { words: ["asc", "desc", "|"] });
  return { kind: "sort", field, descending: reader.take(DIRECTION)?.[1] === "desc" };
}

function readCount(reader: QueryReader, pipe: PipeName): number {
  const at = reader.position;
  const count = Number(reader.take(NUMBER)?.[0] ?? 0);
  if (count > 0 && Number.isSafeInteger(count)) return count;
  reader.position = at;
  throw reader.problem(reader.found(), "a whole number from 1", `as in | ${PIPE_FORMS[pipe]}`);
}

function readNames(reader: QueryReader): readonly string[] {
  return listOf(reader, () => readField(reader));
}

function readWhere(reader: QueryReader): Pipe {
  reader.expect("term", { words: ["NOT"] });
  if (reader.sees(PIPE_END)) throw reader.problem(reader.found(), "a filter", `as in | ${PIPE_FORMS.where}`);
  return { kind: "where", filter: readFilter(reader) };
}

function readParse(reader: QueryReader): Pipe {
  const at = reader.position;
  const found = reader.regexp();
  const problem = found === undefined ? undefined : namedGroupsProblem(found.source, found.flags);
  if (problem !== undefined) throw reader.problem(problem, "", "as in | parse /took (?<ms>\\d+)ms/", at + 1);
  const pattern = found?.source ?? reader.quoted() ?? readWord(reader)?.text;
  if (pattern === undefined) throw reader.problem(reader.found(), "a pattern", `as in | ${PIPE_FORMS.parse}`);
  const parts = found === undefined ? patternParts(pattern) : undefined;
  if (parts !== undefined && "problem" in parts) {
    throw reader.problem(parts.problem, "", `as in | ${PIPE_FORMS.parse}`, at);
  }
  if (reader.blank()) reader.expect("keyword", { words: ["from", "|"] });
  const from = reader.take(FROM) === undefined ? undefined : readField(reader);
  return { kind: "parse", pattern, from, regexp: found !== undefined };
}
