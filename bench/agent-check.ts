// What came out of an agent: is each number there once, in the order of its file, in as many events as there should be?
import { StoreReader } from "../src/store/store-reader.ts";
import { NUMBER_DIGITS, NUMBER_MARK } from "./agent-lines.ts";
import type { Tree } from "./agent-workload.ts";

export interface Found {
  readonly events: number;
  readonly missing: number;
  readonly doubled: number;
  /** Numbers behind a higher one of the same file. */
  readonly misplaced: number;
}

const MARK = Buffer.from(NUMBER_MARK);

export function isWhole(
  { events, missing, doubled, misplaced }: Found,
  expected: { readonly events: number },
): boolean {
  return events === expected.events && missing === 0 && doubled === 0 && misplaced === 0;
}

/** The counter of one output. */
export class Numbers {
  private readonly counts: Uint8Array;
  private readonly last: Float64Array;
  private readonly perFile: number;
  private misplaced = 0;
  private strange = 0;

  constructor({ numbers, numbersPerFile }: Pick<Tree, "numbers" | "numbersPerFile">) {
    this.counts = new Uint8Array(numbers);
    this.last = new Float64Array(Math.ceil(numbers / numbersPerFile)).fill(-1);
    this.perFile = numbersPerFile;
  }

  /** All numbers of `bytes`; one that is cut off at the end is not there. */
  take(bytes: Buffer): void {
    const end = bytes.length - MARK.length - NUMBER_DIGITS;
    for (let at = bytes.indexOf(MARK); at !== -1 && at <= end; at = bytes.indexOf(MARK, at)) {
      at += MARK.length;
      let number = 0;
      for (const stop = at + NUMBER_DIGITS; at < stop; at++) number = number * 10 + bytes[at]! - 48;
      this.add(number);
    }
  }

  found(events: number): Found {
    let missing = 0;
    let doubled = this.strange;
    for (const count of this.counts) {
      if (count === 0) missing++;
      else doubled += count - 1;
    }
    return { events, missing, doubled, misplaced: this.misplaced };
  }

  private add(number: number): void {
    const count = this.counts[number];
    if (count === undefined) {
      this.strange++;
      return;
    }
    if (count < 255) this.counts[number] = count + 1;
    const file = Math.floor(number / this.perFile);
    if (number < this.last[file]!) this.misplaced++;
    this.last[file] = number;
  }
}

/** For a verdict. */
export function foundText({ events, missing, doubled, misplaced }: Found): string {
  const [inAll, ...wrong] = [events, missing, doubled, misplaced].map((count) => count.toLocaleString("en"));
  return `${inAll} events, ${wrong[0]} missing, ${wrong[1]} doubled, ${wrong[2]} misplaced`;
}

/** A store that nobody writes to. */
export function readStoreBack(directory: string, tree: Pick<Tree, "numbers" | "numbersPerFile">): Found {
  const numbers = new Numbers(tree);
  const reader = new StoreReader(directory);
  let events = 0;
  const take = (rows: number, text: Uint8Array): void => {
    events += rows;
    numbers.take(Buffer.from(text.buffer, text.byteOffset, text.length));
  };
  try {
    const { blocks, open } = reader.view();
    for (const { segment, entry } of blocks) {
      const text = segment.text(entry);
      if (typeof text !== "string") take(entry.rows, text);
    }
    for (const { rows, text } of open) take(rows, text);
    return numbers.found(events);
  } finally {
    reader.close();
  }
}
