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

export interface StorePosition {
  /** The last row that went out, in the order of time; undefined: all up to `end` has. */
  readonly behind: RowKey | undefined;
  readonly end: StoredEnd;
}

export function positionJson({ behind, end }: StorePosition): unknown {
  const at = behind === undefined ? {} : { at: [behind.sec, behind.nsec, behind.block, behind.row] };
  return { ...at, end: [end.block, end.rows] };
}

/** Throws CURSOR_INVALID. */
export function parsePosition(json: unknown): StorePosition {
  const { at, end } = (json ?? {}) as { at?: unknown; end?: unknown };
  if (!areNumbers(end, 2) || (at !== undefined && !areNumbers(at, 4))) {
    throw new KlogError("CURSOR_INVALID", "the cursor's part for the store is damaged", {
      hint: "copy it whole, or start again without --cursor",
    });
  }
  const [block, rows] = end as [number, number];
  if (at === undefined) return { behind: undefined, end: { block, rows } };
  const [sec, nsec, inBlock, row] = at as [number, number, number, number];
  return { behind: { sec, nsec, block: inBlock, row }, end: { block, rows } };
}

/** Which rows of a block are still to come. */
export class RowsToCome {
  readonly #position: StorePosition;
  readonly #sign: number;
  readonly #follow: boolean;

  /** `follow`: what was stored since counts too, however old it is. */
  constructor(position: StorePosition, order: SearchOrder, follow: boolean) {
    this.#position = position;
    this.#sign = order === "oldest" ? 1 : -1;
    this.#follow = follow;
  }

  /** False where nothing of the block is. */
  mayHave(block: SearchBlock): boolean {
    const { behind, end } = this.#position;
    if (block.number > end.block || (block.number === end.block && block.rows > end.rows)) {
      if (this.#follow || behind === undefined) return true;
    }
    if (behind === undefined) return false;
    return this.#sign * compareTimestamps(this.#sign > 0 ? block.last : block.first, behind) >= 0;
  }

  has(key: RowKey): boolean {
    const { behind, end } = this.#position;
    const isNew = key.block > end.block || (key.block === end.block && key.row >= end.rows);
    if (behind === undefined) return isNew;
    return (isNew && this.#follow) || this.#sign * compareKeys(key, behind) > 0;
  }
}

function areNumbers(value: unknown, count: number): boolean {
  return Array.isArray(value) && value.length === count && value.every((item) => Number.isSafeInteger(item));
}
