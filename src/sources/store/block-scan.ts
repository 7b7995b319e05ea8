// Finds the rows of one block that match: by columns alone where they decide, else by a pattern over its whole text first.
import { compareTimestamps } from "../../record/timestamp.ts";
import type { DetailColumns } from "../../store/detail-columns.ts";
import type { BlockState } from "../../store/segment-reader.ts";
import { type BlockOrigins, type BlockPlan, mayHold, type PlannedBlock } from "./block-plan.ts";
import { ALL, NONE, type Residual } from "./filter-plan.ts";
import { type RecordBlock, RowRecord } from "./row-record.ts";
import { type BlockRows, fitsText, type SearchBlock, UnreadableBlock } from "./search-block.ts";

/** `text` is undefined where neither the filter nor the caller needed it. */
export interface ScannedBlock extends RecordBlock {
  readonly planned: PlannedBlock;
  /** Rows that match, in the order of storing. */
  readonly hits: Uint32Array;
}

/** `ruled out`: its filters say that nothing in it matches. */
export type Scan = ScannedBlock | BlockState | "ruled out" | "no hits";

/** Below so many rows, testing them one by one costs less than a pattern over all the text. */
const FEW_ROWS = 256;
/** Of so many rows the pattern finds more than half: it costs more than it saves. */
const SAMPLE_ROWS = 128;

export class BlockScan {
  readonly #plan: BlockPlan;
  readonly #record: RowRecord;
  /** The text that was decoded last: two looks at one block follow each other. */
  #chunk: { readonly of: Buffer; readonly text: string } | undefined;

  constructor(plan: BlockPlan, source: string) {
    this.#plan = plan;
    this.#record = new RowRecord(source);
  }

  /** True where the block's filters rule it out; damaged filters rule nothing out. */
  isRuledOut({ block, verdicts }: PlannedBlock): boolean {
    if (verdicts.textual === undefined || verdicts.textual.literals.length === 0) return false;
    const filters = block.filters();
    return filters !== undefined && typeof filters !== "string" && !mayHold(filters, verdicts.textual.literals);
  }

  /** `wantsText`: the caller needs the text and the details of hits. */
  async run(planned: PlannedBlock, wantsText: boolean): Promise<Scan> {
    try {
      return await this.#run(planned, wantsText);
    } catch (error) {
      if (error instanceof UnreadableBlock) return error.state;
      throw error;
    }
  }

  async #run(planned: PlannedBlock, wantsText: boolean): Promise<Scan> {
    if (this.isRuledOut(planned)) return "ruled out";
    const { block, verdicts } = planned;
    const { textual, needsText } = verdicts;
    const isAlike = verdicts.verdicts.size === 1;
    let text: Buffer | undefined;
    // Where every row has to be looked at, the text tells first, and often that there is nothing.
    if (isAlike && textual?.pattern !== undefined) {
      const read = await block.text();
      if (typeof read === "string") return read;
      text = bufferOf(read);
      textual.pattern.lastIndex = 0;
      if (!textual.pattern.test(this.#chunkOf(text))) return "no hits";
    }
    const rows = block.columns();
    if (typeof rows === "string") return rows;
    const logs = this.#plan.originsOf(block);
    const open = this.#candidates(planned, rows, logs);
    if (open.count === 0) return "no hits";
    if (needsText && text === undefined) {
      const read = await block.text();
      if (typeof read === "string") return read;
      text = bufferOf(read);
    }
    if (text !== undefined && !fitsText(rows, text)) return "damaged";
    const details = detailsOf(block, rows);
    const hits = this.#test(open, { rows, text, logs, details });
    if (hits.length === 0) return "no hits";
    if (wantsText && text === undefined) {
      const read = await block.text();
      if (typeof read === "string") return read;
      text = bufferOf(read);
      if (!fitsText(rows, text)) return "damaged";
    }
    if (wantsText) details();
    return { planned, rows, text, hits, logs, details };
  }

  /** Verdicts of all rows, those out of the range left out. */
  #candidates(planned: PlannedBlock, rows: BlockRows, logs: BlockOrigins): Candidates {
    const { block } = planned;
    const { from, to } = this.#plan.range;
    const all = rowVerdicts(planned, rows, logs);
    const found = all.verdicts;
    let { count } = all;
    const isInside =
      (from === undefined || compareTimestamps(block.first, from) >= 0) &&
      (to === undefined || compareTimestamps(block.last, to) <= 0);
    if (isInside) return all;
    const { sec, nsec } = rows;
    for (let row = block.firstRow; row < block.rows; row++) {
      if (found[row] === NONE) continue;
      const isEarly = from !== undefined && (sec[row]! - from.sec || nsec[row]! - from.nsec) < 0;
      if (!isEarly && (to === undefined || (sec[row]! - to.sec || nsec[row]! - to.nsec) <= 0)) continue;
      found[row] = NONE;
      count--;
    }
    return { verdicts: found, count };
  }

  #test({ verdicts, count }: Candidates, block: RecordBlock): Uint32Array {
    const { text, rows } = block;
    const record = this.#record;
    record.begin(block);
    const hits = new Uint32Array(count);
    let found = 0;
    const marked = new Map<Residual, Uint8Array>();
    for (let row = 0; row < verdicts.length; row++) {
      const verdict = verdicts[row]!;
      if (verdict === NONE) continue;
      if (verdict !== ALL) {
        const residual = this.#plan.filter.residual(verdict)!;
        if (text !== undefined && residual.pattern !== undefined && count >= FEW_ROWS) {
          let marks = marked.get(residual);
          if (marks === undefined) {
            marks = markRows(residual.pattern, this.#chunkOf(text), rows.start, verdicts.length);
            marked.set(residual, marks);
          }
          if (row < marks.length && marks[row] === 0) continue;
        }
        record.move(row);
        if (!residual.matches(record)) continue;
      }
      hits[found++] = row;
    }
    return hits.subarray(0, found);
  }

  #chunkOf(text: Buffer): string {
    if (this.#chunk?.of !== text) this.#chunk = { of: text, text: text.toString("latin1") };
    return this.#chunk.text;
  }
}

interface Candidates {
  readonly verdicts: Uint16Array;
  /** Those that are not NONE. */
  readonly count: number;
}

function rowVerdicts({ block, verdicts }: PlannedBlock, rows: BlockRows, logs: BlockOrigins): Candidates {
  const found = new Uint16Array(block.rows);
  const [only] = verdicts.verdicts;
  if (verdicts.verdicts.size === 1) {
    found.fill(only!, block.firstRow);
    return { verdicts: found, count: only === NONE ? 0 : block.rows - block.firstRow };
  }
  const { level, stream } = rows;
  let count = 0;
  if (verdicts.uniform !== undefined) {
    const one = verdicts.uniform;
    for (let row = block.firstRow; row < block.rows; row++) {
      const verdict = one.verdict(level[row]!, stream[row]!);
      found[row] = verdict;
      if (verdict !== NONE) count++;
    }
  } else {
    const { generation } = rows;
    const classes = logs.classes();
    for (let row = block.firstRow; row < block.rows; row++) {
      const verdict = classes[generation[row]!]!.verdict(level[row]!, stream[row]!);
      found[row] = verdict;
      if (verdict !== NONE) count++;
    }
  }
  return { verdicts: found, count };
}

function detailsOf(block: SearchBlock, rows: BlockRows): () => DetailColumns {
  let read: DetailColumns | undefined;
  return () => {
    if (read !== undefined) return read;
    const details = block.details(rows);
    if (typeof details === "string") throw new UnreadableBlock(details);
    read = details;
    return details;
  };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * 1 for each row in which a match begins. Rows stand one behind the other without anything between, so a match may run into
 * the next row: the search goes on where that row begins, and overlooks nothing that lies in one row. Rows behind the end of
 * what it gives were not looked at.
 */
function markRows(pattern: RegExp, chunk: string, start: BlockRows["start"], count: number): Uint8Array {
  const marks = new Uint8Array(count);
  let row = 0;
  let found = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(chunk); match !== null; match = pattern.exec(chunk)) {
    while (row + 1 < count && start[row + 1]! <= match.index) row++;
    marks[row] = 1;
    if (row + 1 === count) break;
    if (++found === SAMPLE_ROWS && row < 2 * SAMPLE_ROWS) return marks.subarray(0, row + 1);
    pattern.lastIndex = start[row + 1]!;
  }
  return marks;
}
