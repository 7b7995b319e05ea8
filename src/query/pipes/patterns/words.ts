// Cuts a message into words, as numbers: what it is made of for the search of templates.
import { LEVEL_WORDS } from "../../../record/level-names.ts";
import { masked } from "./mask.ts";

/** What stands in place of a word that differs between the lines of a template; the second behind a `=` or a quote. */
export const ANY = 0;
export const GLUED_ANY = 1;
/** What is quoted. */
const QUOTED = "<str>";
/** Words beyond these do not tell messages apart. */
export const MAX_WORDS = 48;
const MAX_LENGTH = 4096;
/** Raw words whose mask is remembered; longer ones with digits in them hardly come again. */
const MAX_REMEMBERED = 65_536;
const MAX_VALUE_LENGTH = 8;

const PLAIN = /^[[(]?[A-Za-z]+[\])]?[.,:;!?]*$/;

const BLANK = 0x20;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;

interface Word {
  readonly text: string;
  /** No blank before it. */
  readonly isGlued: boolean;
  /** Made of letters, and no value behind a `=`: two such that differ are two messages rather than one with a value. */
  readonly isPlain: boolean;
  /** Neither masked nor a level: messages that begin with different ones are different. */
  readonly isSteady: boolean;
}

export class WordTable {
  private readonly words: Word[] = [
    { text: "<*>", isGlued: false, isPlain: false, isSteady: false },
    { text: "<*>", isGlued: true, isPlain: false, isSteady: false },
  ];
  private readonly numbers = new Map<string, number>();
  private readonly remembered = new Map<string, number>();
  private readonly gluedRemembered = new Map<string, number>();
  /** The words of the last message; valid until the next. */
  readonly found = new Int32Array(MAX_WORDS);

  get size(): number {
    return this.words.length;
  }

  isPlain(word: number): boolean {
    return this.words[word]!.isPlain;
  }

  isSteady(word: number): boolean {
    return this.words[word]!.isSteady;
  }

  isGlued(word: number): boolean {
    return this.words[word]!.isGlued;
  }

  text(word: number): string {
    return this.words[word]!.text;
  }

  /** Of the message's first line. How many there are, in `found`. */
  read(message: string): number {
    const end = lineEnd(message);
    let count = 0;
    let at = 0;
    while (at < end && count < MAX_WORDS) {
      const unit = message.charCodeAt(at);
      if (unit <= BLANK) {
        at++;
        continue;
      }
      const isGlued = at > 0 && message.charCodeAt(at - 1) > BLANK;
      const close = unit === QUOTE || unit === APOSTROPHE ? closingQuote(message, at, end, unit) : -1;
      if (close > at) {
        this.found[count++] = this.numberOf(QUOTED, isGlued);
        at = close + 1;
        continue;
      }
      const next = wordEnd(message, at, end);
      this.found[count++] = this.wordNumber(message.slice(at, next), isGlued);
      at = next;
    }
    return count;
  }

  /** The number of a word that is known by its text already, in another table. */
  numberOf(text: string, isGlued: boolean): number {
    const key = isGlued ? `\0${text}` : text;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const isPlain = !isGlued && PLAIN.test(text);
    const isSteady = !text.includes("<") && !LEVEL_WORDS.has(text.replace(/[^A-Za-z]/g, "").toLowerCase());
    const number = this.words.push({ text, isGlued, isPlain, isSteady }) - 1;
    this.numbers.set(key, number);
    return number;
  }

  private wordNumber(raw: string, isGlued: boolean): number {
    const remembered = isGlued ? this.gluedRemembered : this.remembered;
    const known = remembered.get(raw);
    if (known !== undefined) return known;
    const text = masked(raw);
    const number = this.numberOf(text, isGlued);
    if (text !== raw && raw.length > MAX_VALUE_LENGTH) return number;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(raw, number);
    return number;
  }
}

function lineEnd(message: string): number {
  const newline = message.indexOf("\n");
  return Math.min(newline < 0 ? message.length : newline, MAX_LENGTH);
}

/** `user=bob` is two words, `user=` and `bob`; so is what stands before a quote. */
function wordEnd(message: string, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const unit = message.charCodeAt(at);
    if (unit <= BLANK) return at;
    if (unit === 0x3d) return at + 1;
    if (unit === QUOTE && at > from) return at;
  }
  return end;
}

/** An apostrophe opens a quotation only at a word's beginning, and closes it only at its end. */
function closingQuote(message: string, from: number, end: number, quote: number): number {
  if (quote === APOSTROPHE && from > 0 && /[A-Za-z0-9]/.test(message[from - 1]!)) return -1;
  for (let at = from + 1; at < end; at++) {
    const unit = message.charCodeAt(at);
    if (unit === 0x5c) at++;
    else if (unit === quote && (quote === QUOTE || !/[A-Za-z0-9]/.test(message[at + 1] ?? ""))) return at;
  }
  return -1;
}
