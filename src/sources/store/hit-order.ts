// Puts the hits of blocks that overlap in time into one order, and gives out those that no block to come can get before.
import type { LogLine } from "../../record/log-line.ts";
import type { Timestamp } from "../../record/timestamp.ts";
import type { SearchOrder } from "../source.ts";
import type { PlannedBlock } from "./block-plan.ts";
import type { BlockRows } from "./search-block.ts";

/** Where a row stands: by time, and among equal times as it was stored. */
export interface RowKey extends Timestamp {
  readonly block: number;
  readonly row: number;
}

export function compareKeys(a: RowKey, b: RowKey): number {
  return a.sec - b.sec || a.nsec - b.nsec || a.block - b.block || a.row - b.row;
}

/** The hits of one block in order; `next` is the first that has not gone out. */
export class OrderedHits implements RowKey {
  readonly planned: PlannedBlock;
  readonly rows: Uint32Array;
  /** By row in `rows`; undefined where too many wait for their turn: the block is read again for those that go out. */
  lines: readonly LogLine[] | undefined;
  readonly #sec: Float64Array;
  readonly #nsec: Uint32Array;
  next = 0;

  constructor(planned: PlannedBlock, rows: Uint32Array, sec: Float64Array, nsec: Uint32Array) {
    this.planned = planned;
    this.rows = rows;
    this.#sec = sec;
    this.#nsec = nsec;
  }

  get block(): number {
    return this.planned.block.number;
  }

  get row(): number {
    return this.rows[this.next]!;
  }

  get sec(): number {
    return this.#sec[this.next]!;
  }

  get nsec(): number {
    return this.#nsec[this.next]!;
  }

  get isDone(): boolean {
    return this.next === this.rows.length;
  }
}

/** Of `hits` (rows as they are stored) the first `limit` in order. */
export function orderedHits(
  planned: PlannedBlock,
  hits: Uint32Array,
  { sec, nsec }: Pick<BlockRows, "sec" | "nsec">,
  order: SearchOrder,
  limit: number,
): OrderedHits {
  const isInOrder = hits.every((row, i) => {
    const before = hits[i - 1];
    return before === undefined || (sec[row]! - sec[before]! || nsec[row]! - nsec[before]!) >= 0;
  });
  const sorted = isInOrder ? hits : hits.slice().sort((a, b) => sec[a]! - sec[b]! || nsec[a]! - nsec[b]! || a - b);
  const directed = order === "oldest" ? sorted : sorted.slice().reverse();
  const rows = directed.length > limit ? directed.slice(0, limit) : directed;
  const seconds = new Float64Array(rows.length);
  const nanoseconds = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    seconds[i] = sec[rows[i]!]!;
    nanoseconds[i] = nsec[rows[i]!]!;
  }
  return new OrderedHits(planned, rows, seconds, nanoseconds);
}

/** A binary heap of blocks by their next hit. */
export class HitHeap {
  readonly #sign: number;
  readonly #heap: OrderedHits[] = [];

  constructor(order: SearchOrder) {
    this.#sign = order === "oldest" ? 1 : -1;
  }

  add(hits: OrderedHits): void {
    if (hits.isDone) return;
    this.#heap.push(hits);
    for (let at = this.#heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** What comes next, unless a block that begins at `barrier` may have something before it. */
  head(barrier: Timestamp | undefined): OrderedHits | undefined {
    const [first] = this.#heap;
    if (first === undefined || barrier === undefined) return first;
    return this.#sign * (first.sec - barrier.sec || first.nsec - barrier.nsec) < 0 ? first : undefined;
  }

  /** The head's hit has gone out. */
  shift(): void {
    const first = this.#heap[0]!;
    first.next++;
    if (first.isDone) {
      const last = this.#heap.pop()!;
      if (last === first) return;
      this.#heap[0] = last;
    }
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    return this.#sign * compareKeys(this.#heap[a]!, this.#heap[b]!) < 0;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a]!, this.#heap[b]!];
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
