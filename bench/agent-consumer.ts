// Reads the agent's output while it is written: checks each number, tells how old lines are when they come out, and gives the disk back.
import { execFile } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { promisify } from "node:util";
import { type Found, Numbers } from "./agent-check.ts";
import type { Tree } from "./agent-workload.ts";

interface ConsumerOptions {
  /** Lags are of all lines that have this; without it of one line in so many bytes. */
  readonly mark?: string;
}

const POLL_MS = 5;
const CHUNK = 4 << 20;
const EVERY_BYTES = 64 << 10;
/** Of the beginning of a record. */
const TIME = /^\{"@timestamp":"([^"]{20,35})"/;
const TIME_BYTES = 64;
/** What is read is cut out of the file in such pieces. */
const HOLE = 64 << 20;
/** A turn ends then, so that timers have theirs. */
const MOST_BYTES = 64 << 20;

/**
 * Why holes: a virtual machine may hand memory that it does not use back to its host, and then the first touch of a page costs up to
 * twenty times the copying into it. A consumer that takes its lines away leaves pages that are written again at once, as on a
 * node, where files are rotated and removed.
 */
export class Consumer {
  /** Milliseconds; what the polling adds is at most its interval. */
  readonly lags: number[] = [];
  /** When the file last grew, ms since the epoch. */
  grewAt = Number.NaN;
  events = 0;
  private readonly path: string;
  private readonly mark: string | undefined;
  private readonly file: number;
  private readonly numbers: Numbers;
  private readonly buffer = Buffer.allocUnsafeSlow(CHUNK);
  private readonly timer: NodeJS.Timeout;
  private size = 0;
  private position = 0;
  private sampled = 0;
  private hole = 0;
  private cutting: Promise<unknown> | undefined;

  /** Makes the file where there is none. */
  constructor(path: string, tree: Pick<Tree, "numbers" | "numbersPerFile">, { mark }: ConsumerOptions = {}) {
    this.path = path;
    this.mark = mark;
    this.numbers = new Numbers(tree);
    this.file = openSync(path, "a+");
    this.timer = setInterval(() => this.look(), POLL_MS);
  }

  /** The writer has ended: reads the rest. */
  async finish(): Promise<Found> {
    clearInterval(this.timer);
    while (this.look()) await new Promise((resolve) => setImmediate(resolve));
    await this.cutting;
    closeSync(this.file);
    return this.numbers.found(this.events);
  }

  /** False when there was nothing new. */
  private look(): boolean {
    const { size } = fstatSync(this.file);
    const now = Date.now();
    if (size !== this.size) this.grewAt = now;
    this.size = size;
    const begun = this.position;
    while (this.position < size && this.position - begun < MOST_BYTES) {
      const read = readSync(this.file, this.buffer, 0, CHUNK, this.position);
      const end = this.buffer.subarray(0, read).lastIndexOf(10) + 1;
      if (end === 0) break;
      this.take(this.buffer.subarray(0, end), now);
      this.position += end;
    }
    this.cut();
    return this.position > begun;
  }

  private take(lines: Buffer, now: number): void {
    this.numbers.take(lines);
    for (let at = lines.indexOf(10); at !== -1; at = lines.indexOf(10, at + 1)) this.events++;
    if (this.mark === undefined) {
      for (; this.sampled < this.position + lines.length; this.sampled += EVERY_BYTES)
        this.sample(lines, Math.max(0, this.sampled - this.position), now);
    } else {
      for (let at = lines.indexOf(this.mark); at !== -1; at = lines.indexOf(this.mark, at + 1))
        this.sample(lines, at, now);
    }
  }

  /** The line that the position is in. */
  private sample(lines: Buffer, at: number, now: number): void {
    const from = at === 0 ? 0 : lines.lastIndexOf(10, at - 1) + 1;
    const time = TIME.exec(lines.toString("latin1", from, from + TIME_BYTES))?.[1];
    if (time !== undefined) this.lags.push(now - Date.parse(time));
  }

  private cut(): void {
    const length = this.position - this.hole - ((this.position - this.hole) % HOLE);
    if (length === 0 || this.cutting !== undefined) return;
    const range = ["--punch-hole", "--offset", String(this.hole), "--length", String(length)];
    this.hole += length;
    // A file system that cannot do it keeps the file whole.
    const done = promisify(execFile)("fallocate", [...range, this.path]).catch(() => undefined);
    this.cutting = done.then(() => {
      this.cutting = undefined;
    });
  }
}
