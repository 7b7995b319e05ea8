// The named classes of POSIX, `[:alpha:]`, as ranges that JavaScript understands.
import { type CharacterSet, complement } from "./character-set.ts";

const POSIX: ReadonlyMap<string, CharacterSet> = new Map<string, CharacterSet>([
  [
    "alnum",
    [
      [0x30, 0x39],
      [0x41, 0x5a],
      [0x61, 0x7a],
    ],
  ],
  [
    "alpha",
    [
      [0x41, 0x5a],
      [0x61, 0x7a],
    ],
  ],
  ["ascii", [[0x00, 0x7f]]],
  [
    "blank",
    [
      [0x09, 0x09],
      [0x20, 0x20],
    ],
  ],
  [
    "cntrl",
    [
      [0x00, 0x1f],
      [0x7f, 0x7f],
    ],
  ],
  ["digit", [[0x30, 0x39]]],
  ["graph", [[0x21, 0x7e]]],
  ["lower", [[0x61, 0x7a]]],
  ["print", [[0x20, 0x7e]]],
  [
    "punct",
    [
      [0x21, 0x2f],
      [0x3a, 0x40],
      [0x5b, 0x60],
      [0x7b, 0x7e],
    ],
  ],
  [
    "space",
    [
      [0x09, 0x0d],
      [0x20, 0x20],
    ],
  ],
  ["upper", [[0x41, 0x5a]]],
  [
    "word",
    [
      [0x30, 0x39],
      [0x41, 0x5a],
      [0x5f, 0x5f],
      [0x61, 0x7a],
    ],
  ],
  [
    "xdigit",
    [
      [0x30, 0x39],
      [0x41, 0x46],
      [0x61, 0x66],
    ],
  ],
]);

export const POSIX_NAMES: readonly string[] = [...POSIX.keys()];

/** The inside of a character class, for `alpha` or its opposite; undefined when the name is unknown. */
export function posixRanges(name: string, negated: boolean, unicode: boolean): string | undefined {
  const set = POSIX.get(name);
  return set === undefined ? undefined : rangesText(negated ? complement(set) : set, unicode);
}

function rangesText(set: CharacterSet, unicode: boolean): string {
  const code = (value: number): string =>
    unicode ? `\\u{${value.toString(16)}}` : `\\u${Math.min(value, 0xffff).toString(16).padStart(4, "0")}`;
  return set.map(([low, high]) => (low === high ? code(low) : `${code(low)}-${code(high)}`)).join("");
}
