// Writes log lines at a rate, each with the time it is written at and a number: what the agent's live benches read. Run by them.
// node bench/agent-writer.ts SPEC: JSON of WriterSpec; prints JSON of Written at its end
import { openSync, writeSync } from "node:fs";
import { LineBlock } from "./agent-lines.ts";

export interface WriterSpec {
  readonly seconds: number;
  /** It ends earlier when it has written so many. */
  readonly lines?: number;
  readonly streams: readonly WrittenStream[];
}

export interface WrittenStream {
  readonly files: readonly string[];
  /** Lines a second in all of its files; 0: as many as it can. */
  readonly rate: number;
  /** Stands in each of its lines. */
  readonly mark: string;
}

export interface Written {
  /** Ms since the epoch. */
  readonly begunAt: number;
  readonly lines: number;
  readonly seconds: number;
}

/** A file gets what it has to get in so many ms at once, within limits. */
const FILE_MS = 100;
const STREAM_MS = 2;
const MOST_LINES = 1000;
const PAUSE_MS = 1;

class Stream {
  private readonly rate: number;
  private readonly files: readonly number[];
  private readonly block: LineBlock;
  private written = 0;
  private turn = 0;

  constructor({ files, rate, mark }: WrittenStream) {
    this.rate = rate;
    this.files = files.map((file) => openSync(file, "a"));
    const atOnce =
      rate === 0 ? MOST_LINES : Math.min((rate * STREAM_MS) / 1000, (rate / files.length) * (FILE_MS / 1000));
    this.block = new LineBlock("cri", Math.min(MOST_LINES, Math.max(1, Math.round(atOnce))), mark);
  }

  /** How many lines it has written: 0 when it is not time yet. */
  write(number: number, elapsedMs: number): number {
    const { lines } = this.block.size;
    if (this.rate > 0 && this.written + lines > (this.rate * elapsedMs) / 1000) return 0;
    this.block.number(number);
    const now = Date.now();
    this.block.stamp(Math.floor(now / 1000), (now % 1000) * 1e6, 0);
    writeSync(this.files[this.turn++ % this.files.length]!, this.block.bytes);
    this.written += lines;
    return lines;
  }
}

const spec = JSON.parse(process.argv[2]!) as WriterSpec;
const streams = spec.streams.map((stream) => new Stream(stream));
const begunAt = Date.now();
const begun = performance.now();
let number = 0;
for (;;) {
  const elapsed = performance.now() - begun;
  if (elapsed >= spec.seconds * 1000 || number >= (spec.lines ?? Number.POSITIVE_INFINITY)) break;
  const before = number;
  for (const stream of streams) number += stream.write(number, elapsed);
  if (number === before) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
const written: Written = { begunAt, lines: number, seconds: (performance.now() - begun) / 1000 };
process.stdout.write(JSON.stringify(written));
