// Looks names up in bytes, in any case, without decoding them: a text made for every word of every line costs more than the search.

export class ByteNames<T> {
  /** By the name's length. */
  private readonly names: ({ readonly folded: Uint8Array; readonly value: T }[] | undefined)[] = [];

  constructor(entries: Iterable<readonly [string, T]>) {
    for (const [name, value] of entries) {
      const folded = Uint8Array.from(Buffer.from(name, "latin1"), (byte) => byte | 0x20);
      const same = this.names[folded.length];
      if (same === undefined) this.names[folded.length] = [{ folded, value }];
      else same.push({ folded, value });
    }
  }

  find(buffer: Buffer, from: number, to: number): T | undefined {
    const candidates = this.names[to - from];
    if (candidates === undefined) return undefined;
    for (const { folded, value } of candidates) {
      let i = 0;
      while (i < folded.length && (buffer[from + i]! | 0x20) === folded[i]) i++;
      if (i === folded.length) return value;
    }
    return undefined;
  }
}
