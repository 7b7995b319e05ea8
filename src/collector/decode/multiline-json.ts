// Groups objects of JSON that are printed over several lines, by their brackets. What turns out not to be JSON is not swallowed:
// the first line with anything between its strings that JSON does not know ends the event.
import {
  ALONE,
  BEGINS,
  CONTINUES,
  ENDS,
  type Grouping,
  type GroupingState,
  type Verdict,
} from "./multiline-grouping.ts";

const NOT_JSON = -1;

/** What may stand outside of strings: 1 anything, 2 opens, 3 closes, 4 begins a string. The letters are those of true, false, null. */
const KINDS = new Uint8Array(256);
for (const byte of Buffer.from(" \t\r:,0123456789.+-eEtrufalsn")) KINDS[byte] = 1;
for (const byte of Buffer.from("{[")) KINDS[byte] = 2;
for (const byte of Buffer.from("}]")) KINDS[byte] = 3;
KINDS[0x22] = 4;

/** The state is the depth of brackets. */
export function jsonGrouping(): Grouping {
  return { begin: () => {}, decide };
}

function decide(stream: GroupingState, open: boolean, bytes: Uint8Array, start: number, end: number): Verdict {
  if (open) {
    const depth = depthBehind(stream.state, bytes, start, end);
    if (depth !== NOT_JSON) {
      stream.state = depth;
      return depth === 0 ? ENDS : CONTINUES;
    }
  }
  let at = start;
  while (at < end && (bytes[at] === 0x20 || bytes[at] === 0x09)) at++;
  const depth = at < end && bytes[at] === 0x7b ? depthBehind(0, bytes, at, end) : 0;
  stream.state = Math.max(0, depth);
  return depth > 0 ? BEGINS : ALONE;
}

/** The depth behind the line; NOT_JSON where a string is not closed in it, or something stands behind the last bracket. */
function depthBehind(before: number, bytes: Uint8Array, start: number, end: number): number {
  let depth = before;
  for (let i = start; i < end; i++) {
    switch (KINDS[bytes[i]!]) {
      case 0:
        return NOT_JSON;
      case 2:
        depth++;
        break;
      case 3:
        if (--depth === 0) return onlyBlanks(bytes, i + 1, end) ? 0 : NOT_JSON;
        break;
      case 4:
        for (i++; i < end && bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++;
        if (i >= end) return NOT_JSON;
    }
  }
  return depth;
}

function onlyBlanks(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0x20 && bytes[i] !== 0x09 && bytes[i] !== 0x0d) return false;
  return true;
}
