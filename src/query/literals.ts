// Text that every match of a filter holds in its bytes: what indexes and a scan of raw bytes can rule records out by. All of it
// may let too much through, and nothing too little.
//
// Colours may cut words in two and stick to them (`ESC[31merror`), and are left out when a line is matched: none of this is
// promised for a record with an escape byte (0x1b). `chunkPattern` matches each of these; an index has to let them pass.
//
// Fields that came beside the line, labels and tags are not in the bytes: simplify by the origin first, which turns `user`
// into `attrs.user` where only the line can have it; other fields than `attrs.` give nothing here.
import { type FieldPlace, placeOf } from "./field-place.ts";
import { CLOSED, type Ends, ESCAPED, type Literal, OPEN, piecesOf, RAW, type Writing } from "./literal-pieces.ts";
import { wordsOf } from "./match-words.ts";
import { numericOf, plainDigits } from "./numbers.ts";
import type { Filter, Leaf, Wildcard } from "./query.ts";
import { requiredTexts } from "./regexp-literals.ts";
import { escapeRegExp } from "./text-tests.ts";

export type { Literal } from "./literal-pieces.ts";

/** Every match holds one of the literals, or something of `pattern`. */
interface Clause {
  readonly literals: readonly Literal[];
  /** JSON or logfmt may have written it with escapes. */
  readonly escaped: boolean;
  /** A regular expression, where literals do not say all. */
  readonly pattern?: string;
  /** The more, the fewer lines are expected to have it. */
  readonly weight: number;
}

/** How JSON writes characters that could stand as they are; a logger's logfmt does not. */
const JSON_ESCAPE: Literal = { text: "\\u00", word: false };
const SHORTEST = 2;
const BACKSLASH = "\\\\";
const ESCAPE_BYTE = "\\x1b";
/** A number with an exponent, behind what stands before values. */
const EXPONENT = '[=:"[,\\s][+-]?[\\d.]+e[+-]?\\d';
/** Names of fields stand in many lines. */
const NAME_WEIGHT = 0.3;

/**
 * Every match holds at least one literal of each list, ASCII letters in any case; a list without any: nothing matches. A
 * value that a logfmt line needlessly escapes (`\x61` for a) is the one thing that this passes over.
 */
export function requiredLiterals(filter: Filter): readonly (readonly Literal[])[] {
  return clausesOf(filter, isLiteral).map(({ literals, escaped }) => (escaped ? [...literals, JSON_ESCAPE] : literals));
}

/**
 * A global pattern for a chunk of many lines decoded as latin1: each line that matches holds a match of it, wherever lines
 * begin and end in the chunk. Behind a match go on at the end of its line. Undefined: any line may match.
 */
export function chunkPattern(filter: Filter): RegExp | undefined {
  const clause = bestOf(clausesOf(filter, () => true));
  if (clause === undefined) return undefined;
  const sources = sourcesOf(clause);
  return new RegExp(sources.length === 0 ? "(?!)" : [...sources, ESCAPE_BYTE].join("|"), "gi");
}

/**
 * What the text of a line holds if its own field at the place, or its message, passes the leaf; undefined where nothing is
 * known, or the place is another one. Not global.
 */
export function linePattern(leaf: Leaf, place: FieldPlace): RegExp | undefined {
  const clause = bestOf(ofPlace(leaf, place.kind === "any" ? { kind: "attrs", path: place.path } : place));
  return clause && new RegExp(sourcesOf(clause).join("|"), "i");
}

function sourcesOf({ literals, escaped, pattern }: Clause): string[] {
  const sources = literals.map(({ text }) => escapeRegExp(Buffer.from(text, "utf8").toString("latin1")));
  if (pattern !== undefined) sources.push(pattern);
  if (escaped) sources.push(BACKSLASH);
  return [...new Set(sources)];
}

function isLiteral({ literals, pattern }: Clause): boolean {
  return pattern === undefined && literals.every(({ text }) => text.length >= SHORTEST);
}

function clausesOf(filter: Filter, isUsed: (clause: Clause) => boolean): readonly Clause[] {
  switch (filter.kind) {
    case "all":
    case "not":
      return [];
    case "none":
      return [{ literals: [], escaped: false, weight: Number.POSITIVE_INFINITY }];
    case "and":
      return filter.parts.flatMap((part) => clausesOf(part, isUsed));
    case "or":
      return anyOf(filter.parts.map((part) => bestOf(clausesOf(part, isUsed))));
    default:
      return ofLeaf(filter).filter(isUsed);
  }
}

function anyOf(clauses: readonly (Clause | undefined)[]): readonly Clause[] {
  let joined: Clause = { literals: [], escaped: false, weight: Number.POSITIVE_INFINITY };
  for (const clause of clauses) {
    if (clause === undefined) return [];
    const patterns = [joined.pattern, clause.pattern].filter((pattern) => pattern !== undefined);
    joined = {
      literals: [...joined.literals, ...clause.literals],
      escaped: joined.escaped || clause.escaped,
      ...(patterns.length > 0 && { pattern: patterns.join("|") }),
      weight: Math.min(joined.weight, clause.weight),
    };
  }
  return [joined];
}

function bestOf(clauses: readonly Clause[]): Clause | undefined {
  let best: Clause | undefined;
  for (const clause of clauses) if (best === undefined || clause.weight > best.weight) best = clause;
  return best;
}

function ofLeaf(leaf: Leaf): readonly Clause[] {
  return leaf.field === undefined ? ofText(leaf, RAW) : ofPlace(leaf, placeOf(leaf.field));
}

function ofPlace(leaf: Leaf, place: FieldPlace): readonly Clause[] {
  if (place.kind === "attrs") return ofOwnField(leaf, place.path);
  return place.kind === "core" && place.field === "message" ? ofText(leaf, ESCAPED) : [];
}

function ofOwnField(leaf: Leaf, path: string): readonly Clause[] {
  // The length of an array is written nowhere, neither its name nor its value.
  if (path.endsWith(".length")) return [];
  const name = path.slice(path.lastIndexOf(".") + 1);
  // A number may be an array's index, which is written nowhere.
  const names = /^\d*$/.test(name) ? [] : piecesOf(name, CLOSED, ESCAPED);
  return [...names.map((piece) => clauseOf([piece], true, NAME_WEIGHT)), ...ofOwnValue(leaf)];
}

/** Numbers have several spellings, and a bare key of logfmt is `true` without saying so. */
function ofOwnValue(leaf: Leaf): readonly Clause[] {
  if (leaf.kind === "equals" && !leaf.prefix) {
    const number = numericOf(leaf.value);
    if (number !== undefined) {
      const digits: Literal = { text: plainDigits(number), word: false };
      return [{ ...clauseOf([digits], true), pattern: EXPONENT }];
    }
    return leaf.value === "true" ? [] : ofText(leaf, ESCAPED);
  }
  const clauses = ofText(leaf, ESCAPED);
  const some = (isSo: (text: string) => boolean) =>
    clauses.some(({ literals }) => literals.every(({ text }) => isSo(text)));
  return some((text) => /[^\d.e+-]/.test(text)) && some((text) => !"true".includes(text)) ? clauses : [];
}

function ofText(leaf: Leaf, writing: Writing): readonly Clause[] {
  const { escaped } = writing;
  const all = (pieces: readonly Literal[]) => pieces.map((piece) => clauseOf([piece], escaped));
  switch (leaf.kind) {
    case "words":
      return ofWords(leaf.text, leaf.prefix, writing);
    case "wildcard":
      // Where an escape may stand before it, a word's edge does not show in the bytes.
      return all(ofWildcard(leaf.pattern, escaped ? OPEN : CLOSED, writing));
    case "glob":
      return all(ofWildcard(leaf.pattern, CLOSED, writing));
    case "equals":
      return all(piecesOf(leaf.value, { left: true, right: !leaf.prefix }, writing));
    case "contains":
      return all(piecesOf(leaf.text, OPEN, writing));
    case "regexp":
      return ofRegexp(leaf.source, leaf.flags, writing);
    case "range":
    case "exists":
      return [];
  }
}

function ofWords(phrase: string, prefix: boolean, writing: Writing): readonly Clause[] {
  const words = wordsOf(phrase);
  if (words.length === 0) return piecesOf(phrase, OPEN, writing).map((piece) => clauseOf([piece], writing.escaped));
  const pieces = words.flatMap((word, i) => {
    const isOpen = prefix && i === words.length - 1;
    return piecesOf(word, writing.escaped ? OPEN : { left: true, right: !isOpen }, writing);
  });
  const clauses = pieces.map((piece) => clauseOf([piece], writing.escaped));
  const pair = writing.escaped ? undefined : bestPair(words);
  return pair === undefined ? clauses : [...clauses, pair];
}

/** Two neighbours of a phrase are rarer than each. In an event of several lines the second may stand in the next one. */
function bestPair(words: readonly string[]): Clause | undefined {
  let best: Clause | undefined;
  for (const [i, second] of words.entries()) {
    const first = words[i - 1];
    if (first === undefined || !/^\w+$/.test(first + second)) continue;
    const pattern = `${first}(?:[^\\w\\n]+${second}|[^\\w\\n]*(?:\\n|$))`;
    const weight = first.length + second.length;
    if (best === undefined || weight > best.weight) best = { literals: [], escaped: false, pattern, weight };
  }
  return best;
}

function ofWildcard(pattern: Wildcard, ends: Ends, writing: Writing): Literal[] {
  return pattern.flatMap((part, i) => {
    if (typeof part !== "string") return [];
    const [left, right] = [i === 0 && ends.left, i === pattern.length - 1 && ends.right];
    return piecesOf(part, { left, right }, writing);
  });
}

function ofRegexp(source: string, flags: string, { escaped }: Writing): readonly Clause[] {
  const { texts, caseless } = requiredTexts(source, flags);
  return texts.flatMap((list) => {
    const pieces = list.map((text) => piecesOf(text, OPEN, { escaped, caseless }));
    if (pieces.length === 1) return pieces[0]!.map((piece) => clauseOf([piece], escaped));
    const longest = pieces.map((of) => of.toSorted((a, b) => b.text.length - a.text.length)[0]);
    return longest.some((piece) => piece === undefined) ? [] : [clauseOf(longest as Literal[], escaped)];
  });
}

function clauseOf(literals: readonly Literal[], escaped: boolean, factor = 1): Clause {
  const lengths = literals.map(({ text, word }) => text.length + (word ? 0.5 : 0));
  return { literals, escaped, weight: Math.min(...lengths) * factor };
}
