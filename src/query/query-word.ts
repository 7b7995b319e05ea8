// A word of a query: what runs to the next blank or parenthesis, with its escapes resolved and its wildcards told apart.

import type { Wildcard } from "./query.ts";
import type { QueryReader } from "./query-reader.ts";

/** Where a word also ends: a value in a list at a comma, a bound of a range at `]`, `}` and `..`. */
export type WordPlace = "text" | "list" | "bound";

export interface Word {
  /** Unescaped; wildcards as they were written. */
  readonly text: string;
  /** Undefined: the word has no wildcards. */
  readonly pattern: Wildcard | undefined;
}

const ENDS: Readonly<Record<WordPlace, RegExp>> = {
  text: /[\s()"|]/,
  list: /[\s()"|,]/,
  bound: /[\s()"|\]}]/,
};
const PLAIN = /[^\s()"|,\]}.\\*?]+/y;
const PARAMETER = /\?[\w.%~-]+=/y;

/** Undefined, and no step, where no word begins. `rawBackslash`: a Windows path, where no backslash escapes. */
export function readWord(reader: QueryReader, place: WordPlace = "text", rawBackslash = false): Word | undefined {
  const { text } = reader;
  const ends = ENDS[place];
  const pieces: (string | { any: "*" | "?" })[] = [];
  const start = reader.position;
  let literal = "";
  let whole = "";
  const add = (part: string) => {
    literal += part;
    whole += part;
  };
  while (reader.position < text.length) {
    const plain = reader.take(PLAIN);
    if (plain !== undefined) add(plain[0]);
    const character = reader.next;
    if (character === "(" && reader.position > start && place !== "bound") {
      const call = closedWithin(text, reader.position);
      if (call === undefined) break;
      add(text.slice(reader.position, call));
      reader.position = call;
    } else if (
      ends.test(character) ||
      character === "" ||
      (place === "bound" && text.startsWith("..", reader.position))
    ) {
      break;
    } else if (character === "\\") {
      add(escaped(reader, rawBackslash));
    } else if (isWildcard(character) && !(character === "?" && whole.includes("/") && reader.sees(PARAMETER))) {
      if (literal !== "") pieces.push(literal);
      const last = pieces.at(-1);
      if (!(character === "*" && literal === "" && typeof last === "object" && last.any === "*")) {
        pieces.push({ any: character });
      }
      literal = "";
      whole += character;
      reader.position++;
    } else {
      add(character);
      reader.position++;
    }
  }
  if (reader.position === start) return undefined;
  if (pieces.length === 0) return { text: whole, pattern: undefined };
  if (literal !== "") pieces.push(literal);
  return { text: whole, pattern: pieces };
}

/** `*`, however many. */
export function isEverything({ pattern }: Word): boolean {
  return pattern?.length === 1 && typeof pattern[0] === "object" && pattern[0].any === "*";
}

function isWildcard(character: string): character is "*" | "?" {
  return character === "*" || character === "?";
}

/** A backslash keeps its meaning before letters and digits, as in paths; before a sign it takes away the sign's. */
function escaped(reader: QueryReader, raw: boolean): string {
  const sign = reader.text[reader.position + 1];
  if (raw || sign === undefined || /\w/.test(sign)) {
    reader.position++;
    return "\\";
  }
  reader.position += 2;
  return sign;
}

/** The end of `(…)` behind a word, if it closes before the next blank or quote: a call such as `Bar(Bar.java:12)` is text. */
function closedWithin(text: string, open: number): number | undefined {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    const character = text[i]!;
    if (character === "(") depth++;
    else if (character === ")" && --depth === 0) return i + 1;
    else if (character === '"' || /\s/.test(character)) return undefined;
  }
  return undefined;
}
