// Keeps the first n of any number of items in an order, without keeping the others: a heap with the last of them on top.

export class BestOf<T> {
  private readonly heap: { readonly item: T; readonly arrival: number }[] = [];
  private readonly limit: number;
  private readonly compare: (a: T, b: T) => number;
  private arrivals = 0;

  constructor(limit: number, compare: (a: T, b: T) => number) {
    this.limit = limit;
    this.compare = compare;
  }

  /** False where an item had to be left out: this one, or one that stands behind it. */
  add(item: T): boolean {
    const entry = { item, arrival: this.arrivals++ };
    if (this.heap.length < this.limit) {
      this.heap.push(entry);
      this.rise(this.heap.length - 1);
      return true;
    }
    if (this.limit > 0 && this.isBehind(this.heap[0]!, entry)) {
      this.heap[0] = entry;
      this.sink();
    }
    return false;
  }

  /** In order; equal items as they came. */
  sorted(): T[] {
    return [...this.heap].sort((a, b) => (this.isBehind(a, b) ? 1 : -1)).map(({ item }) => item);
  }

  private isBehind(a: { item: T; arrival: number }, b: { item: T; arrival: number }): boolean {
    return (this.compare(a.item, b.item) || a.arrival - b.arrival) > 0;
  }

  private rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isBehind(this.heap[at]!, this.heap[parent]!)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(): void {
    let at = 0;
    for (;;) {
      let last = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.heap.length && this.isBehind(this.heap[child]!, this.heap[last]!)) last = child;
      }
      if (last === at) return;
      this.swap(at, last);
      at = last;
    }
  }

  private swap(a: number, b: number): void {
    const item = this.heap[a]!;
    this.heap[a] = this.heap[b]!;
    this.heap[b] = item;
  }
}
