// Writes bytes of a log line as the inside of a JSON string: the twin of assembly/json-string.ts and utf8.ts.

/** The most that one byte becomes. */
export const MAX_GROWTH = 6;

/** What stands for a byte: AS_IS, NOT_ASCII, else the letter behind a backslash; `u` begins the long form. */
const ESCAPES = new Uint8Array(256);
const AS_IS = 0;
const NOT_ASCII = 1;
const LONG = 0x75;
for (let byte = 0; byte < 128; byte++) {
  const text = JSON.stringify(String.fromCharCode(byte));
  if (text.length > 3) ESCAPES[byte] = text.charCodeAt(2);
}
ESCAPES.fill(NOT_ASCII, 128);

const BACKSLASH = 0x5c;
const HEX = Buffer.from("0123456789abcdef");
/** From so many bytes on, `set` and its view cost less than a loop. */
const LONG_RUN = 32;

/**
 * Writes `bytes[from..end)` to `out` at `at` and returns where it ends. What is not UTF-8 becomes U+FFFD as TextDecoder
 * does it.
 */
export function putString(bytes: Uint8Array, from: number, end: number, out: Uint8Array, at: number): number {
  let o = at;
  let i = from;
  while (i < end) {
    let run = i;
    while (i < end && ESCAPES[bytes[i]!] === AS_IS) i++;
    if (i - run >= LONG_RUN) {
      out.set(bytes.subarray(run, i), o);
      o += i - run;
    } else while (run < i) out[o++] = bytes[run++]!;
    if (i === end) break;
    const byte = bytes[i]!;
    const letter = ESCAPES[byte]!;
    if (letter === NOT_ASCII) {
      const length = characterLength(bytes, i, end);
      if (length > 0) {
        for (let k = 0; k < length; k++) out[o++] = bytes[i + k]!;
        i += length;
      } else {
        out[o++] = 0xef;
        out[o++] = 0xbf;
        out[o++] = 0xbd;
        i -= length;
      }
      continue;
    }
    i++;
    out[o++] = BACKSLASH;
    out[o++] = letter;
    if (letter !== LONG) continue;
    out[o++] = 0x30;
    out[o++] = 0x30;
    out[o++] = HEX[byte >> 4]!;
    out[o++] = HEX[byte & 15]!;
  }
  return o;
}

/**
 * The length of the character that begins at `at` with a byte over 0x7f; where it is none, minus the length of its longest
 * correct beginning (at least 1).
 */
function characterLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  if (first < 0xc2 || first > 0xf4 || at + 1 >= end) return -1;
  const second = bytes[at + 1]!;
  if (first < 0xe0) return isContinuation(second) ? 2 : -1;
  // Neither spellings that are too long, nor surrogates, nor what lies beyond U+10FFFF.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return -1;
  if (at + 2 >= end || !isContinuation(bytes[at + 2]!)) return -2;
  if (first < 0xf0) return 3;
  return at + 3 < end && isContinuation(bytes[at + 3]!) ? 4 : -3;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
