// Ordered streams by their next line: the one whose turn it is stands on top.
import type { LogLine } from "../../record/log-line.ts";

export interface HasHead {
  readonly head: LogLine | undefined;
  /** Decides between equal times. */
  readonly rank: number;
}

export class HeadHeap<T extends HasHead> {
  private readonly direction: 1 | -1;
  private readonly items: T[] = [];

  /** 1: the oldest line first; -1: the newest. */
  constructor(direction: 1 | -1) {
    this.direction = direction;
  }

  get size(): number {
    return this.items.length;
  }

  get top(): T | undefined {
    return this.items[0];
  }

  /** Takes a stream in, or gives it its place anew; one without a next line is left out. */
  place(item: T): void {
    this.remove(item);
    if (item.head === undefined) return;
    this.items.push(item);
    this.siftUp(this.items.length - 1);
  }

  /** The top stream has gone on to its next line, or has none. */
  advanceTop(): void {
    const { items } = this;
    if (items[0]!.head === undefined) {
      const last = items.pop()!;
      if (items.length === 0) return;
      items[0] = last;
    }
    this.siftDown(0);
  }

  private remove(item: T): void {
    const at = this.items.indexOf(item);
    if (at < 0) return;
    const last = this.items.pop()!;
    if (at === this.items.length) return;
    this.items[at] = last;
    this.siftDown(at);
    this.siftUp(at);
  }

  private before(a: T, b: T): boolean {
    const x = a.head!;
    const y = b.head!;
    if (x.sec !== y.sec) return x.sec < y.sec === (this.direction === 1);
    if (x.nsec !== y.nsec) return x.nsec < y.nsec === (this.direction === 1);
    return a.rank < b.rank;
  }

  private siftUp(from: number): void {
    const { items } = this;
    const item = items[from]!;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(item, items[parent]!)) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  private siftDown(from: number): void {
    const { items } = this;
    const item = items[from]!;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.before(items[child + 1]!, items[child]!)) child++;
      if (!this.before(items[child]!, item)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = item;
  }
}
