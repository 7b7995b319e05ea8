// One row of a block after the other, as queries look at them: a single object that moves on.

import type { QueryRecord } from "../../query/query-record.ts";
import { LEVELS, type Level } from "../../record/level-names.ts";
import type { LineDetails, Origin } from "../../record/log-line.ts";
import type { DetailColumns } from "../../store/detail-columns.ts";
import { recordId } from "../../store/record-id.ts";
import type { BlockOrigins } from "./block-plan.ts";
import type { BlockRows } from "./search-block.ts";

export const STREAMS = ["", "stdout", "stderr"] as const;
const NO_BYTES = Buffer.alloc(0);

/** The block that a record goes through. */
export interface RecordBlock {
  readonly rows: BlockRows;
  /** Empty where nobody looks at text. */
  readonly text: Buffer | undefined;
  readonly logs: BlockOrigins;
  /** Read when it is first asked for. Throws UnreadableBlock. */
  readonly details: () => DetailColumns;
}

export class RowRecord implements QueryRecord {
  sec = -1;
  nsec = 0;
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

  get origin(): Origin {
    const { block, row } = this.details;
    return block.logs.origins[block.rows.generation[row]!]!;
  }

  move(row: number): void {
    const { rows, text } = this.details.block;
    this.sec = rows.sec[row]!;
    this.nsec = rows.nsec[row]!;
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
    return this.block.details().lines[this.row]!;
  }

  get id(): string {
    const { rows, logs } = this.block;
    const { offset, checksum } = this.block.details();
    return recordId(logs.generations[rows.generation[this.row]!]!, offset[this.row]!, checksum[this.row]!);
  }
}
