// Numbers pairs of small numbers in the order in which they first come: what makes one group of several keys.

const INITIAL = 1024;

/** An open hash table over typed arrays: no key is built, nothing is allocated for a pair that is known. */
export class PairTable {
  private slots = new Int32Array(INITIAL).fill(-1);
  /** Slots that are taken. */
  private taken = 0;
  private firsts = new Int32Array(INITIAL);
  private seconds = new Int32Array(INITIAL);
  private used = 0;

  get size(): number {
    return this.used;
  }

  /** The pair's number; -1 where it is new and `limit` pairs are known already. Both are 0 or more, below 2^31. */
  of(first: number, second: number, limit: number): number {
    const mask = this.slots.length - 1;
    let at = mixed(first, second) & mask;
    for (;;) {
      const pair = this.slots[at]!;
      if (pair === -1) break;
      if (this.firsts[pair] === first && this.seconds[pair] === second) return pair;
      at = (at + 1) & mask;
    }
    const pair = this.append(first, second, limit);
    if (pair < 0) return -1;
    this.slots[at] = pair;
    if (++this.taken * 2 > this.slots.length) this.growSlots();
    return pair;
  }

  /** A number for a pair that is known to be new and that the caller finds again by himself: `of` does not know it. */
  append(first: number, second: number, limit: number): number {
    if (this.used >= limit) return -1;
    const pair = this.used++;
    if (pair >= this.firsts.length) {
      this.firsts = resized(this.firsts, pair * 2);
      this.seconds = resized(this.seconds, pair * 2);
    }
    this.firsts[pair] = first;
    this.seconds[pair] = second;
    return pair;
  }

  first(pair: number): number {
    return this.firsts[pair]!;
  }

  second(pair: number): number {
    return this.seconds[pair]!;
  }

  private growSlots(): void {
    const before = this.slots;
    const mask = before.length * 4 - 1;
    this.slots = new Int32Array(mask + 1).fill(-1);
    for (const pair of before) {
      if (pair === -1) continue;
      let at = mixed(this.firsts[pair]!, this.seconds[pair]!) & mask;
      while (this.slots[at] !== -1) at = (at + 1) & mask;
      this.slots[at] = pair;
    }
  }
}

function resized(from: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(length);
  to.set(from);
  return to;
}

function mixed(first: number, second: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
