// A kubelet's log file as the API shows it: whole-second `sinceTime`, `tailLines` counted first, rotated files out of reach.
import type { Random } from "./random.ts";

export interface ModelLine {
  readonly index: number;
  readonly sec: number;
  readonly nsec: number;
  readonly text: string;
}

export interface ModelLogOptions {
  /** Chance of a line to have the very time of the one before it. */
  readonly equalTimes: number;
  /** Chance of a line to be a little older than the one before it (two pipes). */
  readonly jitter: number;
  /** Bodies repeat, as "tick" and "ok" do in real logs. */
  readonly repeatBodies: boolean;
  /** Begins each body that does not repeat. */
  readonly name?: string;
  /** Lines are written from here on, nanoseconds since the epoch. */
  readonly startNanos?: bigint;
}

const START = 1_790_000_000;

export class ModelLog {
  readonly lines: ModelLine[] = [];
  /** The first line of the file that can be read; those before it were rotated away. */
  readableFrom = 0;
  readonly rotatedAt = new Set<number>();
  private readonly random: Random;
  private readonly options: ModelLogOptions;
  private nanos: bigint;

  constructor(random: Random, options: ModelLogOptions) {
    this.random = random;
    this.options = options;
    this.nanos = options.startNanos || BigInt(START) * 1_000_000_000n + BigInt(random.below(1_000_000_000));
  }

  /** Writes `count` lines, on average `gapMs` apart. */
  write(count: number, gapMs: number): void {
    for (let i = 0; i < count; i++) {
      const index = this.lines.length;
      if (!this.random.chance(this.options.equalTimes))
        this.nanos += BigInt(1 + Math.floor(this.random.next() * 2 * gapMs * 1e6));
      let at = this.nanos;
      if (this.random.chance(this.options.jitter)) at -= BigInt(this.random.below(200_000));
      const text =
        this.options.repeatBodies && this.random.chance(0.6)
          ? this.random.pick(["tick", "ok", ""])
          : `${this.options.name ?? "n"}${index}`;
      this.lines.push({ index, sec: Number(at / 1_000_000_000n), nsec: Number(at % 1_000_000_000n), text });
    }
  }

  get nanosNow(): bigint {
    return this.nanos;
  }

  /** Writes `count` lines at the clock's time. */
  writeAt(count: number, nowMs: number): void {
    const now = BigInt(nowMs) * 1_000_000n;
    if (now > this.nanos) this.nanos = now;
    this.write(count, 2);
  }

  rotate(): void {
    this.readableFrom = this.lines.length;
    this.rotatedAt.add(this.readableFrom);
  }

  /** The reply of a request, as it stands now. */
  read(query: { sinceSec?: number | undefined; tail?: number | undefined }): ModelLine[] {
    let from = this.readableFrom;
    if (query.tail !== undefined) from = Math.max(from, this.lines.length - query.tail);
    const lines = this.lines.slice(from);
    return query.sinceSec === undefined ? lines : lines.filter((l) => l.sec >= query.sinceSec!);
  }
}

/** A 64-bit mark of a text in two halves; any good hash serves a model. */
export function markOf(line: ModelLine): { sec: number; nsec: number; hashA: number; hashB: number } {
  let a = 17;
  let b = 31;
  for (let i = 0; i < line.text.length; i++) {
    a = (Math.imul(a, 33) + line.text.charCodeAt(i)) >>> 0;
    b = (Math.imul(b, 65599) ^ line.text.charCodeAt(i)) >>> 0;
  }
  return { sec: line.sec, nsec: line.nsec, hashA: a, hashB: b };
}
