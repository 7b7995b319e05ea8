// How far a search of the store has come, as JSON: behind which row in its order, and up to where it knew the store.
import { KlogError } from "../../errors.ts";
import { compareTimestamps } from "../../record/timestamp.ts";
import type { SearchOrder } from "../source.ts";
import { compareKeys, type RowKey } from "./hit-order.ts";
import type { SearchBlock } from "./search-block.ts";

/** Rows before it were stored at some moment: all of the blocks with lower numbers, and so many of this one. */
export interface StoredEnd {
  readonly block: number;
  readonly rows: number;
}

export const BEGINNING: StoredEnd = { block: -1, rows: 0 };

/** Of the rows that were stored before `end`, all up to `behind` in the order of time have gone out; undefined: all. */
interface Reach {
  readonly behind: RowKey | undefined;
  readonly end: StoredEnd;
}

export interface StorePosition extends Reach {
  /** Of what was stored earlier more has gone out: by ascending ends, each of these before `end`. */
  readonly earlier: readonly Reach[];
}

/** Behind `row`, of all before `end`; `from`: where the search began. */
export function behindRow(
  from: StorePosition | undefined,
  row: RowKey,
  end: StoredEnd,
  order: SearchOrder,
): StorePosition {
  const sign = order === "oldest" ? 1 : -1;
  const earlier = reachesOf(from).filter(({ behind }) => behind === undefined || sign * compareKeys(behind, row) > 0);
  return { behind: row, end, earlier };
}

export function positionJson({ behind, end, earlier }: StorePosition): unknown {
  const last = reachJson({ behind, end });
  return earlier.length === 0 ? last : { ...last, earlier: earlier.map(reachJson) };
}

function reachJson({ behind, end }: Reach) {
  const at = behind === undefined ? {} : { at: [behind.sec, behind.nsec, behind.block, behind.row] };
  return { ...at, end: [end.block, end.rows] };
}

/** Throws CURSOR_INVALID. */
export function parsePosition(json: unknown): StorePosition {
  const { earlier = [] } = (json ?? {}) as { earlier?: unknown };
  if (!Array.isArray(earlier)) throw damaged();
  return { ...parseReach(json), earlier: earlier.map(parseReach) };
}

function parseReach(json: unknown): Reach {
  const { at, end } = (json ?? {}) as { at?: unknown; end?: unknown };
  if (!areNumbers(end, 2) || (at !== undefined && !areNumbers(at, 4))) throw damaged();
  const [block, rows] = end as [number, number];
  if (at === undefined) return { behind: undefined, end: { block, rows } };
  const [sec, nsec, inBlock, row] = at as [number, number, number, number];
  return { behind: { sec, nsec, block: inBlock, row }, end: { block, rows } };
}

function damaged(): KlogError {
  return new KlogError("CURSOR_INVALID", "the cursor's part for the store is damaged", {
    hint: "copy it whole, or start again without --cursor",
  });
}

/** Which rows of a block are still to come. */
export class RowsToCome {
  /** By ascending ends. */
  readonly #reaches: readonly Reach[];
  readonly #last: Reach;
  readonly #sign: number;
  readonly #follow: boolean;

  /** `follow`: what was stored since counts too, however old it is. */
  constructor(position: StorePosition, order: SearchOrder, follow: boolean) {
    this.#reaches = reachesOf(position);
    this.#last = position;
    this.#sign = order === "oldest" ? 1 : -1;
    this.#follow = follow;
  }

  /** False where nothing of the block is. */
  mayHave(block: SearchBlock): boolean {
    const isBehind = (behind: RowKey) =>
      this.#sign * compareTimestamps(this.#sign > 0 ? block.last : block.first, behind) >= 0;
    let from: StoredEnd = BEGINNING;
    for (const { behind, end } of this.#reaches) {
      const isPart = isStoredBefore(block.number, 0, end) && !isStoredBefore(block.number, block.rows - 1, from);
      if (isPart && behind !== undefined && isBehind(behind)) return true;
      from = end;
    }
    if (isStoredBefore(block.number, block.rows - 1, from)) return false;
    return this.#follow || this.#last.behind === undefined || isBehind(this.#last.behind);
  }

  has(key: RowKey): boolean {
    const reach = this.#reaches.find(({ end }) => isStoredBefore(key.block, key.row, end));
    if (reach === undefined && this.#follow) return true;
    const { behind } = reach ?? this.#last;
    if (behind === undefined) return reach === undefined;
    return this.#sign * compareKeys(key, behind) > 0;
  }
}

function reachesOf(position: StorePosition | undefined): readonly Reach[] {
  return position === undefined ? [] : [...position.earlier, { behind: position.behind, end: position.end }];
}

function isStoredBefore(block: number, row: number, end: StoredEnd): boolean {
  return block < end.block || (block === end.block && row < end.rows);
}

function areNumbers(value: unknown, count: number): boolean {
  return Array.isArray(value) && value.length === count && value.every((item) => Number.isSafeInteger(item));
}
