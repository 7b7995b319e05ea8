// What could be typed next in a query. The parser itself says what it expects where the text ends; names and values come
// from the caller.
import { LEVELS } from "../record/level-names.ts";
import { queryReader, readQuery } from "./parse.ts";
import { PIPE_FORMS } from "./parse-pipes.ts";
import { FUNCTIONS } from "./parse-stats.ts";
import { printName, printValue, quote } from "./print-text.ts";
import type { Span } from "./query.ts";
import { QueryError } from "./query-error.ts";
import type { Expectation, QueryReader } from "./query-reader.ts";
import { coreField } from "./record-fields.ts";

export interface CompletionSources {
  /** Fields that were seen in lines, beside those that every record has. */
  readonly fields: readonly string[];
  /** Values that were seen of a field, the best first. */
  readonly values: (field: string) => readonly string[];
}

export interface QueryCandidate {
  /** Goes in the place of `replace`, quoted where it must be. */
  readonly text: string;
  readonly kind: "field" | "value" | "pipe" | "function" | "keyword";
  /** What it is, a few words; "" where its text says it. */
  readonly detail: string;
}

export interface QueryCompletion {
  /** The piece before the cursor that a candidate replaces. */
  readonly replace: Span;
  readonly expects: Expectation["kind"];
  /** The field whose value is expected. */
  readonly field: string | undefined;
  /** All that begin with what was typed, the best first. */
  readonly candidates: readonly QueryCandidate[];
}

/** The fields to begin with, by their shortest names. */
const FIELDS: Readonly<Record<string, string>> = {
  level: "trace to fatal",
  ns: "namespace",
  pod: "pod's name",
  container: "container's name",
  message: "the line's message",
  app: "application",
  workload: "deployment/web and the like",
  node: "node's name",
  stream: "stdout or stderr",
  ts: "time",
  cluster: "kubeconfig's context",
  source: "pod, store, file, …",
};

const TIMES = ["now-15m", "now-1h", "now-1d", "today", "yesterday"];

/** Completes the query at the cursor, a position in UTF-16 units. */
export function completeQuery(text: string, position: number, sources: CompletionSources): QueryCompletion {
  const head = text.slice(0, position);
  const reader = queryReader(head, { known: (name) => sources.fields.includes(name) });
  const isWhole = readsWhole(reader);
  const expected = reader.expectation;
  const typed = head.slice(expected.at);
  if (/\s/.test(typed) && !/^["'`“]/.test(typed)) {
    // A piece that is done, and a blank behind it.
    const after: Expectation = { at: head.length, kind: "keyword", words: isWhole ? ["|"] : [] };
    return completion(after, "", head.length, sources);
  }
  return completion(expected, typed, head.length, sources);
}

function readsWhole(reader: QueryReader): boolean {
  try {
    readQuery(reader);
    return true;
  } catch (error) {
    if (error instanceof QueryError) return false;
    throw error;
  }
}

function completion(expected: Expectation, typed: string, end: number, sources: CompletionSources): QueryCompletion {
  const isQuoted = typed.startsWith('"');
  const begun = (isQuoted ? typed.slice(1) : typed).toLowerCase();
  const candidates = [...candidatesFor(expected, isQuoted, sources), ...keywords(expected)].filter(({ text }) => {
    const plain = text.startsWith('"') ? text.slice(1) : text;
    return plain.toLowerCase().startsWith(begun) && text !== typed;
  });
  return { replace: { start: expected.at, end }, expects: expected.kind, field: expected.field, candidates };
}

function candidatesFor(expected: Expectation, isQuoted: boolean, sources: CompletionSources): QueryCandidate[] {
  switch (expected.kind) {
    case "term":
      return fieldNames(sources).map(([name, detail]) => ({ text: `${printName(name)}:`, kind: "field", detail }));
    case "field":
      return fieldNames(sources).map(([name, detail]) => ({ text: printName(name), kind: "field", detail }));
    case "value":
      return valuesOf(expected.field!, sources).map((value) => {
        return { text: isQuoted ? quote(value) : printValue(value), kind: "value", detail: "" };
      });
    case "pipe":
      return Object.entries(PIPE_FORMS).map(([text, detail]) => ({ text, kind: "pipe", detail }));
    case "function":
      return FUNCTIONS.map((name) => {
        return { text: name === "count" ? "count()" : `${name}(`, kind: "function", detail: "" };
      });
    case "keyword":
    case "text":
      return [];
  }
}

function keywords({ words = [] }: Expectation): QueryCandidate[] {
  return words.map((text) => ({ text, kind: "keyword", detail: "" }));
}

function fieldNames({ fields }: CompletionSources): [name: string, detail: string][] {
  const seen = fields.filter((name) => !Object.hasOwn(FIELDS, name));
  return [...Object.entries(FIELDS), ...seen.map((name): [string, string] => [name, ""])];
}

function valuesOf(field: string, { values }: CompletionSources): readonly string[] {
  switch (coreField(field)) {
    case "level":
      return LEVELS;
    case "stream":
      return ["stdout", "stderr"];
    case "ts":
      return TIMES;
    default:
      return [...new Set(values(field))];
  }
}
