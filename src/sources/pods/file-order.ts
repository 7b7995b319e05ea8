// Lines of one container that a store gives by time, put back into the order of its files: a runtime writes two pipes, so time
// stamps of neighbours may be the wrong way round.
import type { LogLine } from "../../record/log-line.ts";
import { compareTimestamps } from "../../record/timestamp.ts";

/** Neighbours are no more than this out of order. */
const DISORDER_SEC = 1;
/** More lines than this are not held. */
const MOST_HELD = 20_000;

/** Where a line stands: which of the container's files in the order of their beginning, and where in it. */
interface Placed {
  readonly line: LogLine;
  readonly file: number;
  readonly offset: number;
}

/** `lines` in the order of time. Those without the agent's id stay where they are. */
export async function* inFileOrder(lines: AsyncIterable<LogLine>): AsyncGenerator<LogLine> {
  const files = new Map<string, number>();
  let held: Placed[] = [];
  let first = 0;
  for await (const line of lines) {
    const placed = placeOf(line, files);
    let at = held.length;
    while (at > first && isBefore(placed, held[at - 1]!)) at--;
    if (at === held.length) held.push(placed);
    else held.splice(at, 0, placed);
    while (held.length - first > MOST_HELD || (first < held.length && isSettled(held[first]!.line, line))) {
      yield held[first++]!.line;
    }
    if (first > 1024) {
      held = held.slice(first);
      first = 0;
    }
  }
  for (; first < held.length; first++) yield held[first]!.line;
}

function placeOf(line: LogLine, files: Map<string, number>): Placed {
  const [generation = "", epoch = "", offset] = line.details?.id?.split("-") ?? [];
  if (offset === undefined) return { line, file: -1, offset: 0 };
  const key = `${line.origin.restart} ${generation} ${epoch}`;
  let file = files.get(key);
  if (file === undefined) {
    file = files.size;
    files.set(key, file);
  }
  return { line, file, offset: Number(offset) };
}

function isBefore(a: Placed, b: Placed): boolean {
  if (a.file < 0 || b.file < 0) return false;
  return a.file < b.file || (a.file === b.file && a.offset < b.offset);
}

/** Nothing that comes behind `newest` by time can stand before `line`. */
function isSettled(line: LogLine, newest: LogLine): boolean {
  return compareTimestamps({ sec: line.sec + DISORDER_SEC, nsec: line.nsec }, newest) < 0;
}
