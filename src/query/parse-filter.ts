// The filter of a query by recursive descent: OR binds weaker than AND, a blank is AND, NOT binds strongest.

import {
  type Comparison,
  group,
  negated,
  readComparison,
  readFieldValue,
  readRegexp,
  spanFrom,
} from "./parse-value.ts";
import { isDrive, isTextBeforeColon, isTextBeforeOperator, jsonEnd } from "./pasted-text.ts";
import type { Filter } from "./query.ts";
import type { QueryReader } from "./query-reader.ts";
import { isEverything, readWord } from "./query-word.ts";

const OR = /(?:OR|or)(?=[\s()"|]|$)|\|\|/y;
const AND = /(?:AND|and)(?=[\s()"|]|$)|&&/y;
const NOT = /(?:NOT|not)(?=[\s()"|]|$)/y;
const KEYWORD = /(?:OR|or|AND|and|NOT|not)(?=[\s()"|]|$)|&&(?=[\s()|]|$)/y;
/** A sign excludes what it is glued to; `--since`, `->` and a lone `-` are text. */
const EXCLUDES = /[-!](?=[^\s\-<>=|)])/y;
const OPERATOR = /\s*([<>]=|!=|==|=~|!~|[=<>])/y;
const JSON_OBJECT = /\[?\s*\{\s*"/y;
const STAR = /\*/y;
const PUNCTUATION = /[,;.:](?=[\s)|]|$)/y;
const TERM = "a word, a field or (";

/** Reads up to `)`, `|` or the end, which it leaves; nothing before that is every record. */
export function readFilter(reader: QueryReader): Filter {
  reader.blank();
  reader.expect("term", { words: ["NOT"] });
  return reader.next === "" || (reader.next === "|" && !reader.sees(OR)) ? { kind: "all" } : readOr(reader);
}

function readOr(reader: QueryReader): Filter {
  const parts = [readAnd(reader)];
  while (reader.take(OR) !== undefined) {
    parts.push(readAnd(reader));
  }
  return group("or", parts);
}

function readAnd(reader: QueryReader): Filter {
  const parts = [readNot(reader)];
  for (;;) {
    if (reader.blank()) reader.expect("term", { words: ["AND", "OR", "NOT", "|"] });
    if (reader.next === "" || reader.next === ")" || reader.next === "|" || reader.sees(OR)) break;
    reader.take(AND);
    parts.push(readNot(reader));
  }
  return group("and", parts);
}

function readNot(reader: QueryReader): Filter {
  if (reader.blank()) reader.expect("term", { words: ["NOT"] });
  if (reader.take(NOT) !== undefined) return negated(reader.nested(() => readNot(reader)));
  if (reader.take(EXCLUDES) !== undefined) {
    reader.expect("term");
    return negated(readTerm(reader));
  }
  return readTerm(reader);
}

function readTerm(reader: QueryReader): Filter {
  const start = reader.position;
  if (reader.atEdge) return reader.next === "(" ? readGroup(reader) : noTerm(reader);
  if (reader.sees(KEYWORD)) {
    throw reader.problem(reader.found(), TERM, `for the word itself write "${reader.take(KEYWORD)![0]}"`, start);
  }
  if (reader.sees(JSON_OBJECT)) return readJson(reader);
  const quoted = reader.quoted();
  if (quoted !== undefined) {
    return readField(reader, quoted, start, start) ?? readPhrase(reader, quoted, start);
  }
  const regexp = readRegexp(reader, undefined, start);
  if (regexp !== undefined) return regexp;
  const name = reader.name();
  const field = name === undefined ? undefined : readField(reader, name, start, reader.position);
  if (field !== undefined) return field;
  reader.position = start;
  return readText(reader);
}

function readGroup(reader: QueryReader): Filter {
  const open = reader.position++;
  return reader.nested(() => {
    reader.blank();
    reader.expect("term", { words: ["NOT"] });
    if (reader.next === ")") throw reader.problem("the parentheses are empty", TERM, literalHint);
    const filter = readOr(reader);
    if (reader.next !== ")")
      throw reader.problem("the parenthesis is not closed", ")", unclosedHint(reader, open), open);
    reader.position++;
    return filter;
  });
}

/** The field behind its name, if it is one; else undefined, and no step. A bare name is [start, bareEnd) of the text. */
function readField(reader: QueryReader, name: string, start: number, bareEnd: number): Filter | undefined {
  const end = reader.position;
  const isBare = bareEnd > start;
  const isKnown = name !== "" && reader.known(name);
  if (name === "") return undefined;
  if (reader.next === ":") {
    const isText = isTextBeforeColon(reader.text, isBare ? start : end, end, isKnown);
    if (isText) return undefined;
    reader.position++;
    if (isKnown) reader.blank();
    return readFieldValue(reader, name, start);
  }
  const operator = reader.take(OPERATOR);
  if (operator === undefined) return undefined;
  const at = reader.position - operator[1]!.length;
  if (isTextBeforeOperator(reader.text, end, at, reader.position, isKnown)) {
    reader.position = end;
    return undefined;
  }
  return readComparison(reader, name, operator[1] as Comparison, start);
}

function readPhrase(reader: QueryReader, text: string, start: number): Filter {
  const prefix = reader.take(STAR) !== undefined;
  // In `"name": "x", "y"` these say nothing.
  reader.take(PUNCTUATION);
  return text === ""
    ? { kind: "all" }
    : { kind: "words", span: spanFrom(reader, start), field: undefined, text, prefix };
}

/** An object in JSON is its words in their order, whatever blanks it is written with. */
function readJson(reader: QueryReader): Filter {
  const start = reader.position;
  const end = jsonEnd(reader.text, start);
  if (end === undefined) {
    reader.expect("text");
    throw reader.problem("an object in JSON begins here, but it is cut off or damaged", "", literalHint);
  }
  reader.position = end;
  return {
    kind: "words",
    span: spanFrom(reader, start),
    field: undefined,
    text: reader.text.slice(start, end),
    prefix: false,
  };
}

function readText(reader: QueryReader): Filter {
  const start = reader.position;
  const word = readWord(reader, "text", isDrive(reader.text, start));
  // A quote that is not one, in front of nothing.
  if (word === undefined) return noTerm(reader);
  if (isEverything(word)) return { kind: "all" };
  const span = spanFrom(reader, start);
  return word.pattern === undefined
    ? { kind: "words", span, field: undefined, text: word.text, prefix: false }
    : { kind: "wildcard", span, field: undefined, pattern: word.pattern };
}

const literalHint = "for a pasted text use --fixed, which takes it as it is, or put it in double quotes";

function noTerm(reader: QueryReader): never {
  const hint = reader.next === ")" ? `no parenthesis is open; ${literalHint}` : undefined;
  const last = /(\S+)\s*$/.exec(reader.text.slice(0, reader.position))?.[1];
  const dangling = last !== undefined && /^(?:OR|or|AND|and|NOT|not)$/.test(last);
  throw reader.problem(reader.found(), TERM, dangling ? `for the word itself write "${last}"` : hint);
}

function unclosedHint(reader: QueryReader, open: number): string {
  const before = /(?:^|[\s:(])(\/\S*)$/.exec(reader.text.slice(0, open))?.[1];
  return before === undefined ? literalHint : `a regexp ends with a slash and a blank: ${before}…/`;
}
