// Tests of a text: words in order, and a piece of it in any case. Letters are equal as JavaScript's `i` flag has it without
// `u`: by simple case folding, and an ASCII letter never equals one outside ASCII (K is not the Kelvin sign), which
// lets the store look words up by their bytes.
import { isEdge, nextWord, wordsOf } from "./match-words.ts";

export type TextTest = (text: string) => boolean;

/** These words in this order, whatever separates them; text without any word is looked for as it stands. */
export function wordsTest(phrase: string, prefix: boolean): TextTest {
  const [first, ...following] = wordsOf(phrase);
  if (first === undefined) return containsTest(phrase);
  const pattern = new RegExp(escapeRegExp(first), "gi");
  const others = following.map((word) => new RegExp(escapeRegExp(word), "iy"));
  return (text) => {
    pattern.lastIndex = 0;
    // Folding keeps the number of units, so a match is as long as the word. No edge lies inside of one, so where this fails
    // the next begins behind it.
    while (pattern.test(text)) {
      const end = pattern.lastIndex;
      const start = end - first.length;
      if (isEdge(text, start)) {
        const last = others.length === 0 ? end : endOfPhrase(text, end, others);
        if (last >= 0 && (prefix || isEdge(text, last))) return true;
      }
    }
    return false;
  };
}

/** Anywhere in the text, in any case. */
export function containsTest(piece: string): TextTest {
  const pattern = new RegExp(escapeRegExp(piece), "i");
  return (text) => pattern.test(text);
}

export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

/** Where the words end that follow `at`, -1 if they do not. */
function endOfPhrase(text: string, at: number, words: readonly RegExp[]): number {
  let end = at;
  for (const pattern of words) {
    if (!isEdge(text, end)) return -1;
    pattern.lastIndex = nextWord(text, end);
    if (!pattern.test(text)) return -1;
    end = pattern.lastIndex;
  }
  return end;
}
