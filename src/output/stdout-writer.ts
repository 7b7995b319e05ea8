// Gathers formatted lines and hands them to stdout: at once when there are many, at the end of the turn when there are few.
import { OutputBuffer } from "./output-buffer.ts";
import type { Terminal } from "./terminal.ts";

const FLUSH_AT = 64 * 1024;
const FILE_DELAY_MS = 20;

export class StdoutWriter {
  /** Lines are formatted into it; written() says that one is complete. */
  readonly buffer = new OutputBuffer();
  private readonly terminal: Terminal;
  private isFull = false;
  /** Cancels the flush that is under way. */
  private pending: (() => void) | undefined;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  /** True while the reader is slower than the lines: stop reading sources and wait for drained(). */
  get full(): boolean {
    return this.isFull;
  }

  /** To be called after each line or batch of lines. */
  written(): void {
    if (this.buffer.length >= FLUSH_AT) this.flush();
    else this.pending ??= this.later(() => this.flush());
  }

  /** Hands over what there is, also while full: the stream keeps it. */
  flush(): void {
    this.pending?.();
    this.pending = undefined;
    if (this.buffer.length === 0) return;
    if (this.terminal.write(this.buffer.take()) || this.isFull) return;
    this.isFull = true;
    void this.terminal.drained().then(() => {
      this.isFull = false;
    });
  }

  private later(flush: () => void): () => void {
    if (this.terminal.isFile) {
      const timer = setTimeout(flush, FILE_DELAY_MS);
      return () => clearTimeout(timer);
    }
    const immediate = setImmediate(flush);
    return () => clearImmediate(immediate);
  }

  /** Resolves once the reader has taken everything that was flushed. */
  async drained(): Promise<void> {
    await this.terminal.drained();
  }

  /** Everything out, before the process ends. */
  async close(): Promise<void> {
    this.flush();
    await this.terminal.drained();
  }
}
