// One row of a block after the other, as queries look at them: a single object that moves on.

import type { QueryRecord } from "../../query/query-record.ts";
import { LEVELS, type Level } from "../../record/level-names.ts";
import type { LineDetails, Origin } from "../../record/log-line.ts";
import { recordId } from "../../store/record-id.ts";
import type { StoreGeneration } from "../../store/rows.ts";
import type { BlockRows } from "./search-block.ts";

export const STREAMS = ["", "stdout", "stderr"] as const;
const NO_BYTES = Buffer.alloc(0);

/** The block that a record goes through. */
export interface RecordBlock {
  readonly rows: BlockRows;
  /** Empty where nobody looks at text. */
  readonly text: Buffer | undefined;
  readonly generations: readonly StoreGeneration[];
  /** By generation. */
  readonly origins: readonly Origin[];
}

export class RowRecord implements QueryRecord {
  sec = -1;
  nsec = 0;
  origin!: Origin;
  buffer: Buffer = NO_BYTES;
  start = 0;
  end = 0;
  readonly rest = undefined;
  readonly details: RowDetails;

  constructor(source: string) {
    this.details = new RowDetails([source]);
  }

  begin(block: RecordBlock): void {
    this.buffer = block.text ?? NO_BYTES;
    this.start = 0;
    this.end = 0;
    this.details.block = block;
  }

  move(row: number): void {
    const { rows, origins, text } = this.details.block;
    this.sec = rows.sec[row]!;
    this.nsec = rows.nsec[row]!;
    this.origin = origins[rows.generation[row]!]!;
    this.details.row = row;
    if (text === undefined) return;
    this.start = rows.start[row]!;
    this.end = this.start + rows.length[row]!;
  }
}

class RowDetails implements LineDetails {
  block!: RecordBlock;
  row = 0;
  readonly attrs = undefined;
  sources: readonly string[];

  constructor(sources: readonly string[]) {
    this.sources = sources;
  }

  get stream(): "" | "stdout" | "stderr" {
    return STREAMS[this.block.rows.stream[this.row]!] ?? "";
  }

  get level(): Level | undefined {
    return LEVELS[this.block.rows.level[this.row]! - 1];
  }

  get lines(): number {
    return this.block.rows.lines[this.row]!;
  }

  get id(): string {
    const { rows, generations } = this.block;
    const offset = rows.offsets(generations.length)[this.row]!;
    return recordId(generations[rows.generation[this.row]!]!, offset, rows.checksum[this.row]!);
  }
}
