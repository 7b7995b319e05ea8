// One growable run of bytes that lines are formatted into: it is handed to the terminal as it is, nothing is copied again.

const INITIAL = 128 * 1024;
/** A buffer that one huge line blew up beyond this is not kept. */
const KEEP = 256 * 1024;

export class OutputBuffer {
  private data: Buffer;
  private used = 0;

  constructor(capacity = INITIAL) {
    this.data = Buffer.allocUnsafeSlow(capacity);
  }

  get length(): number {
    return this.used;
  }

  bytes(source: Buffer, start: number, end: number): void {
    const used = this.used;
    const after = used + end - start;
    if (after > this.data.length) this.grow(after);
    source.copy(this.data, used, start, end);
    this.used = after;
  }

  text(value: string): void {
    // A UTF-16 unit takes three bytes of UTF-8 at most.
    const most = this.used + value.length * 3;
    if (most > this.data.length) this.grow(this.used + Buffer.byteLength(value));
    this.used += this.data.write(value, this.used);
  }

  byte(value: number): void {
    if (this.used === this.data.length) this.grow(this.used + 1);
    this.data[this.used++] = value;
  }

  /** What is in it, as a view that is overwritten by what comes next; for reading on the spot. */
  peek(): Buffer {
    return this.data.subarray(0, this.used);
  }

  /** What is in it, for good: the buffer starts anew elsewhere. */
  take(): Buffer {
    const taken = this.peek();
    this.data = Buffer.allocUnsafeSlow(Math.min(Math.max(this.data.length, INITIAL), KEEP));
    this.used = 0;
    return taken;
  }

  clear(): void {
    this.used = 0;
    if (this.data.length > KEEP) this.data = Buffer.allocUnsafeSlow(INITIAL);
  }

  private grow(needed: number): void {
    const bigger = Buffer.allocUnsafeSlow(Math.max(needed, this.data.length * 2));
    this.data.copy(bigger, 0, 0, this.used);
    this.data = bigger;
  }
}
