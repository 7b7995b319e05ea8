// Sets of code points as sorted ranges: what one step of a regular expression can consume.

export type CharacterSet = readonly (readonly [low: number, high: number])[];

const LAST = 0x10ffff;

export const NONE: CharacterSet = [];
export const ANY: CharacterSet = [[0, LAST]];
export const DIGITS: CharacterSet = [[0x30, 0x39]];
export const WORD: CharacterSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
export const SPACE: CharacterSet = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
export const LINE_ENDS: CharacterSet = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

export function union(...sets: readonly CharacterSet[]): CharacterSet {
  const sorted = sets.flat().sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [low, high] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

export function complement(set: CharacterSet): CharacterSet {
  const out: [number, number][] = [];
  let next = 0;
  for (const [low, high] of union(set)) {
    if (low > next) out.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= LAST) out.push([next, LAST]);
  return out;
}

export function overlap(a: CharacterSet, b: CharacterSet): boolean {
  return a.some(([low, high]) => b.some(([otherLow, otherHigh]) => low <= otherHigh && otherLow <= high));
}

/** All that the set matches without regard to case; beyond ASCII that is taken to be anything. */
export function ignoringCase(set: CharacterSet): CharacterSet {
  if (set.some(([, high]) => high > 0x7f)) return ANY;
  const other = set.flatMap(([low, high]) => [shifted(low, high, 0x41, 0x5a, 32), shifted(low, high, 0x61, 0x7a, -32)]);
  const both = union(set, ...other);
  // The long s and the Kelvin sign.
  return overlap(both, [
    [0x6b, 0x6b],
    [0x73, 0x73],
  ])
    ? union(both, [
        [0x17f, 0x17f],
        [0x212a, 0x212a],
      ])
    : both;
}

function shifted(low: number, high: number, from: number, to: number, by: number): CharacterSet {
  const [start, end] = [Math.max(low, from), Math.min(high, to)];
  return start <= end ? [[start + by, end + by]] : NONE;
}
