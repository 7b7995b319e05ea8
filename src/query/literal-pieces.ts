// What of a text that a match holds must stand in its bytes, as it is or in other capitals.

/** Text in the bytes, ASCII letters in any case. */
export interface Literal {
  /** In small letters. */
  readonly text: string;
  /** Letters, digits and `_` of ASCII between bytes that are none of these: a word as the store counts them. */
  readonly word: boolean;
}

/** Whether what stands at an end of the text, in the bytes, is no letter, digit or `_` of ASCII. */
export interface Ends {
  readonly left: boolean;
  readonly right: boolean;
}

export const OPEN: Ends = { left: false, right: false };
export const CLOSED: Ends = { left: true, right: true };

export interface Writing {
  /**
   * The bytes may be the text as JSON or logfmt write it: letters, digits and most signs of ASCII stand as they are, or as
   * `\u00…`; quotes, slashes, control characters and all else may be written in other ways.
   */
  readonly escaped: boolean;
  /** By a regexp with the flag i, which may take the Kelvin sign for a k and ſ for an s. */
  readonly caseless: boolean;
}

export const RAW: Writing = { escaped: false, caseless: false };
export const ESCAPED: Writing = { escaped: true, caseless: false };

/** All of these stand in the bytes; longer ones beside their words. */
export function piecesOf(text: string, ends: Ends, writing: Writing): Literal[] {
  const pieces: Literal[] = [];
  let piece = "";
  let { left } = ends;
  for (const character of text) {
    if (isKept(character, writing)) {
      piece += character;
      continue;
    }
    const isKelvin = writing.caseless && /[ks]/i.test(character);
    addPiece(pieces, piece, { left, right: !isKelvin });
    piece = "";
    // Behind `\n` and `\u00e9` the next word goes right on.
    left = writing.escaped ? /["\\/]/.test(character) : !isKelvin;
  }
  addPiece(pieces, piece, { left, right: ends.right });
  return pieces;
}

/** Whether the character's bytes are always the same, but for the case of ASCII letters. */
function isKept(character: string, { escaped, caseless }: Writing): boolean {
  // The end of a line may be the end of the bytes; colours are not part of the text.
  if (character === "\n" || character === "\r" || character === "\u001b") return false;
  if (caseless && /[ks]/i.test(character)) return false;
  if (character <= "\u007f") return !escaped || !/["\\/\0-\x1f\x7f]/.test(character);
  // U+FFFD stands for bytes that are not UTF-8.
  if (escaped || character === "\ufffd" || /\p{Cs}/u.test(character)) return false;
  return character.toLowerCase() === character && character.toUpperCase() === character;
}

function addPiece(pieces: Literal[], piece: string, ends: Ends): void {
  if (piece === "") return;
  const small = piece.toLowerCase();
  let isWhole = false;
  for (const { 0: run, index } of small.matchAll(/[a-z0-9_]+/g)) {
    const behind = index + run.length;
    isWhole ||= run.length === small.length;
    pieces.push({ text: run, word: (index > 0 || ends.left) && (behind < small.length || ends.right) });
  }
  if (!isWhole) pieces.push({ text: small, word: false });
}
