// How old lines are when they come out: reads the agent's output while it grows and compares the time in each sampled line with now.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

interface LagOptions {
  /** Samples the line at every so many bytes … */
  readonly everyBytes?: number;
  /** … or all lines that have this in them. */
  readonly mark?: string;
}

const POLL_MS = 5;
const CHUNK = 4 << 20;
/** Of the beginning of a record. */
const TIME = /\{"@timestamp":"([^"]{20,})"/;
/** A record is shorter than half of it. */
const PIECE = 4096;
const EVERY_BYTES = 64 << 10;

export class LagSampler {
  /** Milliseconds. What the polling adds is at most its interval. */
  readonly lags: number[] = [];
  /** When the file last grew, ms since the epoch. */
  grewAt = Number.NaN;
  private readonly file: number;
  private readonly options: LagOptions;
  private readonly buffer = Buffer.allocUnsafe(CHUNK);
  private readonly timer: NodeJS.Timeout;
  private size = 0;
  private position = 0;

  constructor(path: string, options: LagOptions = {}) {
    this.file = openSync(path, "r");
    this.options = options;
    this.timer = setInterval(() => this.look(), POLL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    closeSync(this.file);
  }

  private look(): void {
    const { size } = fstatSync(this.file);
    if (size === this.size) return;
    this.size = size;
    const now = Date.now();
    this.grewAt = now;
    if (this.options.mark === undefined) this.stride(now, this.options.everyBytes ?? EVERY_BYTES);
    else this.readAll(now, this.options.mark);
  }

  private stride(now: number, everyBytes: number): void {
    for (; this.position + PIECE <= this.size; this.position += everyBytes) {
      const read = readSync(this.file, this.buffer, 0, PIECE, this.position);
      const from = this.buffer.subarray(0, read).indexOf(10) + 1;
      this.take(this.buffer.toString("latin1", from, read), now);
    }
  }

  private readAll(now: number, mark: string): void {
    while (this.position < this.size) {
      const read = readSync(this.file, this.buffer, 0, CHUNK, this.position);
      const end = this.buffer.subarray(0, read).lastIndexOf(10) + 1;
      if (end === 0) return;
      const bytes = this.buffer.subarray(0, end);
      for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 1)) {
        const from = bytes.lastIndexOf(10, at) + 1;
        this.take(bytes.toString("latin1", from, at), now);
      }
      this.position += end;
    }
  }

  private take(text: string, now: number): void {
    const time = TIME.exec(text)?.[1];
    if (time !== undefined) this.lags.push(now - Date.parse(time));
  }
}
