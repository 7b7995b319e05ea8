// The lines around each hit of a limited search: asked for hit by hit, of the hit's own log, through every source, so that the
// lines around may come from another source than the hit.
import type { LogLine } from "../../record/log-line.ts";
import { compareTimestamps } from "../../record/timestamp.ts";
import type { SearchOrder } from "../../sources/source.ts";
import { isSameLine, logKey } from "./same-log.ts";

/** Lines that stand together in one log, oldest first. */
export interface ContextBlock {
  readonly log: string;
  readonly lines: LogLine[];
}

export interface ContextRequest {
  readonly before: number;
  readonly after: number;
  /** All lines of `hit`'s log from its moment on, in that order, at most `limit`. */
  readonly linesFrom: (hit: LogLine, order: SearchOrder, limit: number) => Promise<readonly LogLine[]>;
  /** Hears when lines around a hit are left out, because too many have its time. */
  readonly note: (text: string) => void;
}

/** Lines of one moment that are looked through for the hit itself: at first, and at most. */
const SAME_MOMENT = 64;
const MOST_OF_MOMENT = 16_384;
const AT_A_TIME = 4;

/** `hits` oldest first. Blocks that touch become one; they stand in the order of their first hits. */
export async function contextBlocks(hits: readonly LogLine[], request: ContextRequest): Promise<ContextBlock[]> {
  const around: LogLine[][] = [];
  for (let at = 0; at < hits.length; at += AT_A_TIME) {
    const some = hits.slice(at, at + AT_A_TIME);
    around.push(...(await Promise.all(some.map((hit) => linesAround(hit, request)))));
  }
  const blocks: ContextBlock[] = [];
  const last = new Map<string, ContextBlock>();
  for (const [i, lines] of around.entries()) {
    const log = logKey(hits[i]!.origin);
    const block = last.get(log);
    if (block !== undefined && joinBlocks(block.lines, lines)) continue;
    const own = { log, lines };
    last.set(log, own);
    blocks.push(own);
  }
  return blocks;
}

async function linesAround(hit: LogLine, request: ContextRequest): Promise<LogLine[]> {
  // A line without a time has no place that could be asked for.
  if (hit.sec < 0) return [hit];
  const { before, after } = request;
  const [older, newer] = await Promise.all([
    linesBehind(hit, "newest", before, request),
    linesBehind(hit, "oldest", after, request),
  ]);
  return [...older.toReversed(), hit, ...newer];
}

/** Asks for more where lines of the hit's own moment fill the page. */
async function linesBehind(
  hit: LogLine,
  order: SearchOrder,
  count: number,
  { linesFrom, note }: ContextRequest,
): Promise<readonly LogLine[]> {
  if (count === 0) return [];
  for (let moment = SAME_MOMENT; ; moment *= 2) {
    const limit = count + 1 + moment;
    const lines = await linesFrom(hit, order, limit);
    const found = beyond(hit, lines, count);
    if (found.length === count || lines.length < limit) return found;
    if (moment < MOST_OF_MOMENT) continue;
    note(
      `more than ${MOST_OF_MOMENT} lines of one log have the same time: some lines around hits among them are left out`,
    );
    return found;
  }
}

/** The `count` lines behind the hit; `lines` begin somewhere in the hit's moment. */
function beyond(hit: LogLine, lines: readonly LogLine[], count: number): readonly LogLine[] {
  const at = lines.findIndex((line) => isSameLine(line, hit));
  if (at >= 0) return lines.slice(at + 1, at + 1 + count);
  return lines.filter((line) => compareTimestamps(line, hit) !== 0).slice(0, count);
}

/** False where there are lines between both. */
function joinBlocks(block: LogLine[], next: readonly LogLine[]): boolean {
  const end = block.at(-1)!;
  const at = next.findLastIndex((line) => isSameLine(line, end));
  if (at >= 0) {
    block.push(...next.slice(at + 1));
    return true;
  }
  // The next hit lies inside of what is there already.
  const [first] = next;
  return next.length === 1 && first !== undefined && block.some((line) => isSameLine(line, first));
}
