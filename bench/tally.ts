// Checks an output file of numbered lines: which numbers of which source are there, and how often.
import { createReadStream } from "node:fs";

export interface Numbered {
  readonly source: string;
  readonly number: number;
}

export class Tally {
  lines = 0;
  /** Lines that say nothing of a number. */
  other = 0;
  private readonly counts = new Map<string, Uint8Array>();

  add(line: Numbered | undefined): void {
    this.lines++;
    if (line === undefined) {
      this.other++;
      return;
    }
    let counts = this.counts.get(line.source) ?? new Uint8Array(1024);
    if (line.number >= counts.length) {
      const bigger = new Uint8Array(Math.max(counts.length * 2, line.number + 1));
      bigger.set(counts);
      counts = bigger;
    }
    if (counts[line.number]! < 255) counts[line.number]!++;
    this.counts.set(line.source, counts);
  }

  /** Numbers from `first` to `last` of `sources` sources that are not there, or there more than once. */
  check(expected: { sources: number; first: number; last: number }): { missing: number; doubled: number } {
    const { first, last } = expected;
    let missing = Math.max(0, expected.sources - this.counts.size) * (last - first + 1);
    let doubled = 0;
    for (const counts of this.counts.values()) {
      for (let number = first; number <= last; number++) if (!counts[number]) missing++;
      for (const count of counts) if (count > 1) doubled += count - 1;
    }
    return { missing, doubled };
  }

  /** Lines that the other has and this has not. */
  lacks(other: Tally): number {
    let lacking = 0;
    for (const [source, theirs] of other.counts) {
      const ours = this.counts.get(source);
      for (let number = 0; number < theirs.length; number++) if (theirs[number]! > 0 && !ours?.[number]) lacking++;
    }
    return lacking;
  }
}

export async function tally(file: string, read: (line: string) => Numbered | undefined): Promise<Tally> {
  const result = new Tally();
  for await (const line of linesOf(file)) result.add(read(line));
  return result;
}

/** One character a byte, so that lines are equal exactly where their bytes are. */
export async function* linesOf(file: string): AsyncIterable<string> {
  let rest = "";
  for await (const chunk of createReadStream(file, { encoding: "latin1", highWaterMark: 1 << 20 })) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest !== "") yield rest;
}
