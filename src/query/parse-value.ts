// What stands behind a field's name and `:` or a comparison: a value, a list, a range, a regexp.
import type { Bound, Filter, Leaf, Span } from "./query.ts";
import type { QueryReader } from "./query-reader.ts";
import { isEverything, readWord } from "./query-word.ts";
import { coreField } from "./record-fields.ts";
import { regexpProblem } from "./regexp-problem.ts";

export type Comparison = ">=" | ">" | "<=" | "<" | "=" | "==" | "!=" | "~" | "=~" | "!~";

const COMPARISON = /[<>]=?|!=|=|~/y;
const ALONE = /\*(?=[\s)|]|$)/y;
const LISTED_ALONE = /\*(?=[\s)|,]|$)/y;
const STAR = /\*/y;
const PUNCTUATION = /[,;.](?=[\s)|"]|$)/y;
const JSON_END = /^(-?\d[\d.eE+-]*|true|false)[,}\]]+$/;
const LIST_OR = /(?:OR|or)(?=[\s()"])|,|\|\|?/y;
const LIST_AND = /(?:AND|and)(?=[\s()"])|&&/y;
const LIST_NOT = /(?:NOT|not)(?=[\s("])/y;
const TO = /(?:TO|to)(?=\s|$)|\.\./y;
const LIST_HINT = "a list is f:(a OR b); for a text with parentheses put quotes around it";
const RANGE_HINT = "a range is f:[1 TO 5]; for a text with brackets put quotes around it";

/** Groups of one kind inside of each other become one, and a group of one its part. */
export function group(kind: "and" | "or", parts: readonly Filter[]): Filter {
  if (parts.length === 1) return parts[0]!;
  return { kind, parts: parts.some((part) => part.kind === kind) ? parts.flatMap(spread) : parts };
  function spread(part: Filter): readonly Filter[] {
    return part.kind === kind ? part.parts : [part];
  }
}

export function negated(part: Filter): Filter {
  return part.kind === "all" ? { kind: "none" } : { kind: "not", part };
}

/** `message` is searched as text is; other fields are compared as a whole. */
export function isMessage(field: string): boolean {
  return coreField(field) === "message";
}

/** The value behind `field:`; the leaf's span begins at `start`. */
export function readFieldValue(
  reader: QueryReader,
  field: string,
  start: number,
  place: "text" | "list" = "text",
): Filter {
  const listed = place === "list";
  reader.expect("value", { field });
  if (reader.next === "(") return readList(reader, field);
  const comparison = reader.take(COMPARISON);
  if (comparison !== undefined) return readComparison(reader, field, comparison[0] as Comparison, start, place);
  if (reader.next === "[" || reader.next === "{") return readRange(reader, field, start);
  const regexp = readRegexp(reader, field, start, listed);
  if (regexp !== undefined) return regexp;
  if (reader.take(listed ? LISTED_ALONE : ALONE) !== undefined)
    return { kind: "exists", span: spanFrom(reader, start), field };
  return readValue(reader, field, start, place, isMessage(field));
}

/** What follows an operator that stands behind the field's name. */
export function readComparison(
  reader: QueryReader,
  field: string,
  operator: Comparison,
  start: number,
  place: "text" | "list" = "text",
): Filter {
  reader.blank();
  reader.expect("value", { field });
  switch (operator) {
    case "=":
    case "==":
    case "!=": {
      const value = reader.next === "(" ? readList(reader, field) : readValue(reader, field, start, place, false);
      return operator === "!=" ? negated(value) : value;
    }
    case "~":
    case "=~":
    case "!~": {
      const leaf = readRegexp(reader, field, start, place === "list") ?? readContains(reader, field, start, place);
      return operator === "!~" ? negated(leaf) : leaf;
    }
    default: {
      const bound: Bound = { value: operand(reader, field, start, place), inclusive: operator.endsWith("=") };
      const isLow = operator.startsWith(">");
      const [low, high] = isLow ? [bound, undefined] : [undefined, bound];
      return { kind: "range", span: spanFrom(reader, start), field, low, high };
    }
  }
}

/** A regexp of the line (no field) or a field; undefined, and no step, where none stands. Throws when it cannot be run. */
export function readRegexp(
  reader: QueryReader,
  field: string | undefined,
  start: number,
  listed = false,
): Leaf | undefined {
  const found = reader.regexp(listed);
  if (found === undefined) return undefined;
  const { source, flags, at } = found;
  const problem = regexpProblem(source, flags);
  if (problem !== undefined) {
    const hint = 'for a text between slashes quote it, as in "/a(b/"';
    throw reader.problem(`the regexp is not valid: ${problem}`, "", hint, at);
  }
  return { kind: "regexp", span: spanFrom(reader, start), field, source, flags };
}

/** `(a OR b, NOT c)`: any of them. */
function readList(reader: QueryReader, field: string): Filter {
  const open = reader.position++;
  return reader.nested(() => {
    const parts: Filter[] = [];
    for (;;) {
      if (reader.blank() && parts.length > 0) reader.expect("value", { field, words: ["OR", "NOT", ")"] });
      if (reader.next === "") throw reader.problem("the list is not closed", ")", LIST_HINT, open);
      if (reader.next === ")" && parts.length > 0) break;
      if (parts.length > 0 && reader.sees(LIST_AND)) {
        const hint = `a list means any of its values; for all of them repeat the field: ${field}:… ${field}:…`;
        throw reader.problem(reader.found(), "OR, a comma or )", hint);
      }
      if (parts.length > 0 && reader.take(LIST_OR) !== undefined) reader.blank();
      const isNot = reader.take(LIST_NOT) !== undefined;
      reader.blank();
      const part = readFieldValue(reader, field, reader.position, "list");
      parts.push(isNot ? negated(part) : part);
    }
    reader.position++;
    return group("or", parts);
  });
}

function readRange(reader: QueryReader, field: string, start: number): Leaf {
  const open = reader.position;
  const lowInclusive = reader.next === "[";
  reader.position++;
  const low = readBound(reader, field, open);
  if (reader.blank()) reader.expect("keyword", { words: ["TO"] });
  if (reader.take(TO) === undefined) throw reader.problem(reader.found(), "TO or ..", RANGE_HINT);
  const high = readBound(reader, field, open);
  reader.blank();
  if (reader.next === "") throw reader.problem("the range is not closed", "] or }", RANGE_HINT, open);
  if (reader.next !== "]" && reader.next !== "}") throw reader.problem(reader.found(), "] or }", RANGE_HINT);
  const highInclusive = reader.next === "]";
  reader.position++;
  const span = spanFrom(reader, start);
  if (low === undefined && high === undefined) return { kind: "exists", span, field };
  return {
    kind: "range",
    span,
    field,
    low: low === undefined ? undefined : { value: low, inclusive: lowInclusive },
    high: high === undefined ? undefined : { value: high, inclusive: highInclusive },
  };
}

/** undefined: `*`, no bound. */
function readBound(reader: QueryReader, field: string, open: number): string | undefined {
  reader.blank();
  reader.expect("value", { field });
  const star = /\*(?=\s|\.\.|[\]}])/y;
  if (reader.take(star) !== undefined) return undefined;
  const bound = reader.quoted() ?? readWord(reader, "bound")?.text;
  if (bound !== undefined) return bound;
  if (reader.next === "") throw reader.problem("the range is not closed", "TO and ]", RANGE_HINT, open);
  throw reader.problem(reader.found(), "a bound such as 5, now-1h or *", RANGE_HINT);
}

function readValue(reader: QueryReader, field: string, start: number, place: "text" | "list", asText: boolean): Leaf {
  const quoted = reader.quoted();
  if (quoted !== undefined) {
    const prefix = reader.take(STAR) !== undefined;
    const span = spanFrom(reader, start);
    // `level: "error", pod: "web"`: in a list a comma is its own.
    if (place === "text") reader.take(PUNCTUATION);
    return asText && quoted !== ""
      ? { kind: "words", span, field, text: quoted, prefix }
      : { kind: "equals", span, field, value: quoted, prefix };
  }
  const word = readWord(reader, place);
  if (word === undefined) throw noValue(reader, field, start);
  const { pattern } = word;
  // `"status":502,"trace":…` cut out of JSON: what ends the value there is not of it.
  const isJson = reader.text[start] === '"';
  const text = isJson ? word.text.replace(JSON_END, "$1") : word.text;
  const span = spanFrom(reader, start);
  if (pattern === undefined)
    return asText
      ? { kind: "words", span, field, text, prefix: false }
      : { kind: "equals", span, field, value: text, prefix: false };
  if (isEverything(word)) return { kind: "exists", span, field };
  return asText ? { kind: "wildcard", span, field, pattern } : { kind: "glob", span, field, pattern };
}

function readContains(reader: QueryReader, field: string, start: number, place: "text" | "list"): Leaf {
  const text = operand(reader, field, start, place);
  if (text === "") throw noValue(reader, field, start);
  return { kind: "contains", span: spanFrom(reader, start), field, text };
}

/** A text in quotes or a word, in which wildcards are signs as others are. */
function operand(reader: QueryReader, field: string, start: number, place: "text" | "list"): string {
  const text = reader.quoted() ?? readWord(reader, place)?.text;
  if (text === undefined) throw noValue(reader, field, start);
  return text;
}

function noValue(reader: QueryReader, field: string, start: number): Error {
  const written = reader.text.slice(start, reader.position).trim();
  const hint =
    written === ""
      ? LIST_HINT
      : `for records that have the field write ${field}:*, for the text itself ${JSON.stringify(written)}`;
  return reader.problem(reader.found(), `a value of ${field}`, hint);
}

export function spanFrom(reader: QueryReader, start: number): Span {
  return { start, end: reader.position };
}
