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

/** The first page comes at once, to say that what follows is new; then one for each look that found something. */
export async function* livePages(search: StoreSearch, from: StoredEnd, clock: Clock): AsyncGenerator<SearchPage> {
  const { signal } = search.request;
  let end = from;
  yield page([], [], end);
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal);
    if (signal.aborted) return;
    let blocks = search.blocks();
    if (isBegunAnew(blocks, end)) {
      search.note("the store was begun anew: all of it is read");
      end = BEGINNING;
      blocks = search.blocksAnew();
    }
    for (const block of addedSince(blocks, end)) {
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
function isBegunAnew(blocks: readonly SearchBlock[], end: StoredEnd): boolean {
  const now = endOf(blocks);
  return now !== undefined && now.block < end.block;
}

function addedSince(blocks: readonly SearchBlock[], { block, rows }: StoredEnd): SearchBlock[] {
  return blocks.flatMap((each) => {
    if (each.number > block) return [each];
    return each.number === block && each.rows > rows ? [{ ...each, firstRow: rows }] : [];
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
    resume: (index) => positionJson({ behind: undefined, end: endAt(index) }),
  };
}
