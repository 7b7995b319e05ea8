// What a word is: a run of letters, digits and `_`, with the marks that belong to them. In scripts that are written without
// blanks, or that glue endings to their words (Chinese, Japanese, Korean, Thai, …), each letter is a word of its own, so
// that any stretch of such a text is found as a phrase.

/** What a character is to words. */
const OTHER = 1;
const WORD = 2;
/** Part of the word before it, if there is one. */
const MARK = 3;
/** A word of its own. */
const ALONE = 4;

const ALONE_LETTER =
  "(?=\\p{L})[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Bopomofo}\\p{scx=Hangul}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}]";
const IS_ALONE = new RegExp(ALONE_LETTER, "u");
const IS_WORD = /[\p{L}\p{N}_]/u;
const IS_MARK = /\p{M}/u;
const WORDS = new RegExp(
  `${ALONE_LETTER}\\p{M}*|(?!${ALONE_LETTER})[\\p{L}\\p{N}_](?:(?!${ALONE_LETTER})[\\p{L}\\p{N}\\p{M}_])*`,
  "gu",
);

/** By UTF-16 unit; 0 where it was not asked for yet. */
const classes = new Uint8Array(0x10000);

/** The words of a text, in order, as written. */
export function wordsOf(text: string): string[] {
  return text.match(WORDS) ?? [];
}

/** Whether no word goes on over `at`: what stands before it and what stands there are not of the same word. */
export function isEdge(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true;
  if (isPair(text, at - 1)) return false;
  const next = classOf(text, at);
  if (next === OTHER || next === ALONE) return true;
  const before = wordBefore(text, at);
  return next === WORD ? before !== WORD : before === OTHER;
}

/** The first word's beginning at or behind `at`, which is an edge; the text's length without one. */
export function nextWord(text: string, at: number): number {
  let i = at;
  while (i < text.length) {
    const found = classOf(text, i);
    if (found === WORD || found === ALONE) return i;
    i += isPair(text, i) ? 2 : 1;
  }
  return text.length;
}

/** What the character before `at` is; a mark is what it belongs to. */
function wordBefore(text: string, at: number): number {
  let i = at;
  while (i > 0) {
    i -= i > 1 && isPair(text, i - 2) ? 2 : 1;
    const found = classOf(text, i);
    if (found !== MARK) return found;
  }
  return OTHER;
}

function classOf(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (isPair(text, at)) return classify(String.fromCodePoint(text.codePointAt(at)!));
  const known = classes[unit]!;
  if (known !== 0) return known;
  const found = classify(String.fromCharCode(unit));
  classes[unit] = found;
  return found;
}

function classify(character: string): number {
  if (IS_ALONE.test(character)) return ALONE;
  return IS_WORD.test(character) ? WORD : IS_MARK.test(character) ? MARK : OTHER;
}

/** A character beyond the basic plane, in two units. */
function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}
