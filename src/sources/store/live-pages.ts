// What is stored from some moment on, each row once, in the order of storing.

import type { LogLine } from "../../record/log-line.ts";
import type { Clock } from "../clock.ts";
import type { SearchPage } from "../source.ts";
import { hitLines } from "./hit-lines.ts";
import type { SearchBlock } from "./search-block.ts";
import { BEGINNING, positionJson, type StoredEnd } from "./store-position.ts";
import { endOf, type StoreSearch } from "./store-search.ts";

/** The writer itself holds rows back for 50 ms. Looking costs a listing, and the open block where it has grown. */
const LOOK_MS = 100;

/** What is stored behind the `known` blocks. The first page comes at once, to say that what follows is new; then one for each look that found something. */
export async function* livePages(
  search: StoreSearch,
  known: readonly SearchBlock[],
  clock: Clock,
): AsyncGenerator<SearchPage> {
  const { signal } = search.request;
  let before = known;
  let end = endOf(known) ?? BEGINNING;
  yield page([], [], end);
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal);
    if (signal.aborted) return;
    let blocks = search.blocks();
    if (isBegunAnew(blocks, before)) {
      search.note("the store was begun anew: all of it is read");
      end = BEGINNING;
      blocks = search.blocksAnew();
    }
    if (blocks.length > 0) before = blocks;
    for (const block of addedSince(search, blocks, end)) {
      const [planned] = search.select([block]);
      const scanned = planned === undefined ? undefined : await search.scan(planned, true);
      if (signal.aborted) return;
      if (scanned !== undefined) {
        yield page(hitLines(scanned, scanned.hits, search.name), scanned.hits, {
          block: block.number,
          rows: block.firstRow,
        });
      }
      end = { block: block.number, rows: block.rows };
    }
  }
}

/** Somebody removed the store and an agent made another one in its place: its blocks count from 0 again. */
function isBegunAnew(blocks: readonly SearchBlock[], before: readonly SearchBlock[]): boolean {
  const now = blocks.at(-1);
  const last = before.at(-1);
  if (now === undefined || last === undefined) return false;
  if (now.number < last.number) return true;
  // A block lies in the file that it lay in, but for one that was open and is closed.
  const closed = before.findLast(({ segment }) => segment !== undefined) ?? last;
  return [closed, last].some((known) => {
    const same = blocks.findLast(({ number }) => number === known.number);
    if (same === undefined || same.salt === known.salt) return false;
    return known.segment !== undefined || same.segment === undefined;
  });
}

function addedSince(
  search: StoreSearch,
  blocks: readonly SearchBlock[],
  { block, rows }: StoredEnd,
): readonly SearchBlock[] {
  return blocks.flatMap((each) => {
    if (each.number > block) return [each];
    return each.number === block && each.rows > rows ? [search.rowsFrom(each, rows)] : [];
  });
}

function page(hits: readonly LogLine[], rows: Uint32Array | readonly [], from: StoredEnd): SearchPage {
  const endAt = (index: number): StoredEnd => {
    const row = rows[index];
    return row === undefined ? from : { block: from.block, rows: row + 1 };
  };
  return {
    hits,
    reached: undefined,
    live: true,
    resume: (index) => positionJson({ behind: undefined, end: endAt(index), earlier: [] }),
  };
}
