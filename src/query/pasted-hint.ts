// What to say where a query may have been read otherwise than it was meant. It was read by the rules: these are guesses.
import { knownNameFor } from "./known-name.ts";
import { pastedLineBody } from "./pasted-line.ts";
import { quote } from "./print-text.ts";
import type { Filter, Leaf, Query } from "./query.ts";
import { coreField } from "./record-fields.ts";

/** Signs that are common in regexps and rare in words. */
const REGEXP_SIGNS = /\.[*+]|(?<!\\)\\[dwsb](?![A-Za-z])|\][*+]|^\/?\^|[)\]]\$$|\(\?/;

/** `user not `, `"web-1" not `: behind a field or a group the word is meant as it is read. */
const WORD_NOT = /(?:^|\s)((?:"[^"]*"|[\p{L}\p{N}_'-]+)\s+not\s+)$/u;

/**
 * One sentence for a query that found nothing: a piece of it that looks pasted became a field's filter, an exclusion or a
 * word that was meant as a regexp. `text` is what `parseQuery` read `query` from; undefined where nothing looks so.
 */
export function pastedHint(text: string, query: Query): string | undefined {
  const body = pastedLineBody(text);
  if (body !== undefined && query.filter.kind === "words") {
    const line = text.slice(body, query.filter.span.end);
    return `the query is read as one line with its time, which is not always part of the line; without it: ${quote(line)}`;
  }
  const leaves = leavesOf(query.filter, false);
  const regexp = leaves.find(({ leaf }) => looksLikeRegexp(text, leaf));
  if (regexp !== undefined) return regexpHint(text, regexp.leaf);
  const range = leaves.find(({ leaf, isExcluded }) => !isExcluded && isTurnedRound(leaf));
  if (range !== undefined) return `${writtenAs(text, range.leaf)} begins above its end, so nothing lies in it`;
  const field = leaves.find(({ leaf }) => looksLikeText(text, leaf));
  const misnamed = leaves.flatMap(({ leaf: { field: name, span } }) => {
    const meant = name === undefined || !text.startsWith(name, span.start) ? undefined : knownNameFor(name);
    return meant === undefined
      ? []
      : [
          `did you mean ${meant}${text.slice(span.start + name!.length, span.end)}? ${name} is a field that only some line could have`,
        ];
  });
  if (misnamed[0] !== undefined) return misnamed[0];
  if (field !== undefined) {
    const written = writtenAs(text, field.leaf);
    return `${written} asks for the field ${field.leaf.field}; for the text itself write ${quote(written)}, or use --fixed`;
  }
  const excluded = leaves.find(({ leaf, isExcluded }) => isExcluded && leaf.field === undefined);
  if (excluded === undefined) return undefined;
  const written = writtenAs(text, excluded.leaf);
  const sign = text[excluded.leaf.span.start - 1] ?? "";
  return /[-!]/.test(sign)
    ? `${sign}${written} leaves out lines with ${written}; for the text itself write ${quote(sign + written)}`
    : exclusionNote(text, query);
}

/** One sentence, hits or not, for `user not found`: the word "not" is the language's own there. */
export function exclusionNote(text: string, query: Query): string | undefined {
  const excluded = leavesOf(query.filter, false).find(({ leaf, isExcluded }) => {
    return isExcluded && leaf.kind === "words" && WORD_NOT.test(text.slice(0, leaf.span.start));
  });
  if (excluded === undefined) return undefined;
  const written = writtenAs(text, excluded.leaf);
  const phrase = `${WORD_NOT.exec(text.slice(0, excluded.leaf.span.start))![1]}${written}`;
  return `"not" leaves out lines with ${written}; for the text itself write ${quote(phrase)}`;
}

/** Numbers only: what other bounds are is not known before a record is seen. */
function isTurnedRound(leaf: Leaf): boolean {
  if (leaf.kind !== "range" || leaf.low === undefined || leaf.high === undefined) return false;
  return Number(leaf.low.value) > Number(leaf.high.value);
}

interface Found {
  readonly leaf: Leaf;
  readonly isExcluded: boolean;
}

function leavesOf(filter: Filter, isExcluded: boolean): Found[] {
  switch (filter.kind) {
    case "all":
    case "none":
      return [];
    case "and":
    case "or":
      return filter.parts.flatMap((part) => leavesOf(part, isExcluded));
    case "not":
      return leavesOf(filter.part, !isExcluded);
    default:
      return [{ leaf: filter, isExcluded }];
  }
}

function writtenAs(text: string, { span }: Leaf): string {
  return text.slice(span.start, span.end);
}

/**
 * A field that klog does not know of every record, written without quotes; `level: x`; `"name":"value"` of JSON; the time of
 * a logfmt line, which is never the record's own to the nanosecond.
 */
function looksLikeText(text: string, leaf: Leaf): boolean {
  if (leaf.field === undefined) return false;
  const written = writtenAs(text, leaf);
  switch (leaf.kind) {
    case "range":
      return written.startsWith(leaf.field) && / [<>]=? /.test(written);
    case "equals":
    case "glob":
    case "words":
      if (!written.startsWith(leaf.field)) return /^"[^"]*":\s*"/.test(written);
      if (coreField(leaf.field) === "ts") return /\d:\d/.test(written);
      return coreField(leaf.field) === undefined || /^[^:=]+[:=]\s/.test(written);
    default:
      return false;
  }
}

function looksLikeRegexp(text: string, leaf: Leaf): boolean {
  const written = writtenAs(text, leaf);
  if (leaf.field === undefined) return leaf.kind !== "regexp" && /^\/|^[^"'`“]/.test(written) && isRegexp(written);
  return leaf.kind === "contains" ? isRegexp(leaf.text) : leaf.kind === "glob" && isRegexp(written);
}

function isRegexp(written: string): boolean {
  return REGEXP_SIGNS.test(written);
}

function regexpHint(text: string, leaf: Leaf): string {
  const written = leaf.kind === "contains" ? leaf.text : writtenAs(text, leaf);
  const value = leaf.field !== undefined && leaf.kind === "glob" ? written.slice(leaf.field.length + 1) : written;
  const body = value.replace(/^\/|\/$/g, "").replaceAll("/", "\\/");
  const field = leaf.field === undefined ? "" : `${leaf.field}:`;
  return `${value} is searched for as it stands; a regexp is written ${field}/${body}/`;
}
