// The open block in memory: takes rows until it is full, and gives its frames and, closed, everything that is written of it.
import { ByteWriter } from "./binary.ts";
import type { BlockToWrite } from "./block-file.ts";
import { type BlockText, createBlockText, MAX_RUN_SPAN } from "./block-text.ts";
import { type BlockColumns, createColumns, encodeDetails, encodeKeys, rawColumns } from "./columns.ts";
import { type DecodedBlock, messageOf } from "./decoded-block.ts";
import { DefinitionWriter } from "./definitions.ts";
import { ENTRY_FRAME, entryInto, entryLength } from "./entry.ts";
import { FLAG_DROPPED, MAX_BLOCK_ROWS, type StoreGeneration, type StoreRows } from "./rows.ts";

const BLOCK_BYTES = 1 << 20;
/** So many have seven bits each in a filter that is not folded. */
const BLOCK_WORDS = 37_000;

/** A full block's text, and the run that made it full. Used again, since memory of this size costs the collector most. */
const TEXT_COPY_BYTES = 1_310_720;
const SPARE_COPIES = 3;
const ESCAPE_BYTE = 0x1b;

export class BlockBuilder {
  #rows = 0;
  /** Rows that the caller's `skip` held back. */
  skipped = 0;
  readonly #text: BlockText;
  readonly #columns: BlockColumns = createColumns(MAX_BLOCK_ROWS);
  #generations: StoreGeneration[] = [];
  #definitions = new DefinitionWriter(0);
  #salt = 0;
  readonly #spare: ArrayBufferLike[] = [];
  #frame = Buffer.allocUnsafeSlow(0);
  #framedRows = 0;
  #framedBytes = 0;

  constructor(text: BlockText = createBlockText()) {
    this.#text = text;
  }

  get rows(): number {
    return this.#rows;
  }

  get pendingRows(): number {
    return this.#rows - this.#framedRows;
  }

  get pendingBytes(): number {
    return this.#text.used - this.#framedBytes;
  }

  get full(): boolean {
    const { used, words } = this.#text;
    return used >= BLOCK_BYTES || this.#rows === MAX_BLOCK_ROWS || words > BLOCK_WORDS;
  }

  /** `salt` is that of the file that takes the frames. */
  begin(salt: number): void {
    this.#text.reset();
    this.#rows = 0;
    this.#framedRows = 0;
    this.#framedBytes = 0;
    this.#generations = [];
    this.#definitions = new DefinitionWriter(salt);
    this.#salt = salt;
  }

  /** Takes rows from `from` on until the block is full. Returns where it stopped. `skip` says which rows to leave out. */
  take(rows: StoreRows, from: number, skip?: (row: number) => boolean): number {
    let row = from;
    while (row < rows.count && !this.full) row = this.#takeRun(rows, row, skip);
    return row;
  }

  /** Takes what the frames of an open block gave, to be closed at once. */
  replay(block: DecodedBlock): void {
    this.begin(0);
    for (const [name, column] of Object.entries(block.columns)) {
      this.#columns[name as keyof BlockColumns].set(column.subarray(0, block.rows));
    }
    for (let row = 0; row < block.rows; row++) this.#text.takeLong(messageOf(block, row));
    this.#rows = block.rows;
    this.#generations = [...block.generations];
  }

  /** What was not given yet, as one piece to append to the block's file. A view: it holds until the next call. */
  frame(): Uint8Array {
    const columns = rawColumns(this.#columns, this.#framedRows, this.#rows);
    const head = new ByteWriter(8).u32(this.pendingRows).u32(this.pendingBytes).done();
    const payload = [head, ...columns, this.#text.text(this.#framedBytes)];
    const definitions = Buffer.concat(this.#definitions.pending);
    const length = definitions.length + entryLength(payload);
    if (length > this.#frame.length) this.#frame = Buffer.allocUnsafeSlow(2 * length);
    this.#frame.set(definitions);
    entryInto(this.#frame.subarray(definitions.length, length), this.#salt, ENTRY_FRAME, payload);
    return this.#frame.subarray(0, length);
  }

  /** The frame is in the file. */
  framed(): void {
    this.#definitions.clearPending();
    this.#framedRows = this.#rows;
    this.#framedBytes = this.#text.used;
  }

  /** Copies of everything: the next block may begin. */
  close(number: number): BlockToWrite {
    const generations = this.#generations;
    const text = this.#copyText();
    return {
      number,
      rows: this.#rows,
      generations,
      ascii: this.#text.ascii,
      escapes: Buffer.from(text.buffer, text.byteOffset, text.length).includes(ESCAPE_BYTE),
      keys: encodeKeys(this.#columns, this.#rows),
      details: encodeDetails(this.#columns, this.#rows, generations.length),
      text,
      filters: this.#text.filters(),
      ...summary(this.#columns, this.#rows, generations.length),
    };
  }

  /** The block's text is not used any more: the next one that closes takes its memory. */
  recycle({ text }: BlockToWrite): void {
    if (text.buffer.byteLength === TEXT_COPY_BYTES && this.#spare.length < SPARE_COPIES) this.#spare.push(text.buffer);
  }

  #copyText(): Uint8Array {
    const text = this.#text.text(0);
    if (text.length > TEXT_COPY_BYTES) return text.slice();
    const copy = new Uint8Array(this.#spare.pop() ?? new ArrayBuffer(TEXT_COPY_BYTES), 0, text.length);
    copy.set(text);
    return copy;
  }

  #number(generation: StoreGeneration): number {
    const number = this.#definitions.numberOf(generation);
    this.#generations[number] = generation;
    return number;
  }

  /** Rows whose messages lie close to each other go through the text's memory together. */
  #takeRun(rows: StoreRows, from: number, skip?: (row: number) => boolean): number {
    const { start, end, flags } = rows;
    const { runStart, runLength } = this.#text;
    const room = BLOCK_BYTES - this.#text.used;
    const last = Math.min(rows.count, from + MAX_BLOCK_ROWS - this.#rows);
    let [low, high, bytes, row] = [0, 0, 0, from];
    for (; row < last && bytes < room; row++) {
      if ((flags[row]! & FLAG_DROPPED) !== 0 || skip?.(row)) break;
      const [first, behind] = [start[row]!, end[row]!];
      if (row === from) low = first;
      const [lower, higher] = [first < low ? first : low, behind > high ? behind : high];
      if (higher - lower > MAX_RUN_SPAN || bytes + behind - first > MAX_RUN_SPAN) break;
      low = lower;
      high = higher;
      runStart[row - from] = first;
      runLength[row - from] = behind - first;
      bytes += behind - first;
    }
    const count = row - from;
    if (count === 0) return this.#takeOne(rows, from, skip);
    for (let i = 0; i < count; i++) runStart[i]! -= low;
    this.#text.takeRun(rows.bytes, low, high, count, bytes);
    this.#columns.length.set(runLength.subarray(0, count), this.#rows);
    this.#takeColumns(rows, from, row);
    return row;
  }

  /** Rows that are not to be stored, or one that is too long to go with others. Returns where the next one is. */
  #takeOne(rows: StoreRows, row: number, skip?: (row: number) => boolean): number {
    if ((rows.flags[row]! & FLAG_DROPPED) !== 0) {
      let next = row + 1;
      while (next < rows.count && (rows.flags[next]! & FLAG_DROPPED) !== 0) next++;
      return next;
    }
    if (skip?.(row)) {
      this.skipped++;
      return row + 1;
    }
    const message = rows.bytes.subarray(rows.start[row]!, rows.end[row]!);
    this.#text.takeLong(message);
    this.#columns.length[this.#rows] = message.length;
    this.#takeColumns(rows, row, row + 1);
    return row + 1;
  }

  #takeColumns(rows: StoreRows, from: number, to: number): void {
    const [columns, at] = [this.#columns, this.#rows];
    // Numbered with its first row, so that a block has no more generations than rows.
    columns.generation.fill(this.#number(rows.generation), at, at + to - from);
    columns.sec.set(rows.sec.subarray(from, to), at);
    columns.nsec.set(rows.nsec.subarray(from, to), at);
    columns.offset.set(rows.offset.subarray(from, to), at);
    columns.lines.set(rows.lines.subarray(from, to), at);
    columns.checksum.set(rows.checksum.subarray(from, to), at);
    columns.level.set(rows.level.subarray(from, to), at);
    columns.stream.set(rows.stream.subarray(from, to), at);
    columns.flags.set(rows.flags.subarray(from, to), at);
    this.#rows = at + to - from;
  }
}

type Summary = Pick<
  BlockToWrite,
  "firstSec" | "firstNsec" | "lastSec" | "lastNsec" | "levelMask" | "streamMask" | "flagMask" | "offsets"
>;

function summary(columns: BlockColumns, rows: number, generations: number): Summary {
  const offsets = Array.from({ length: generations }, () => ({ first: Number.POSITIVE_INFINITY, last: -1 }));
  const { sec, nsec } = columns;
  let [first, last, levelMask, streamMask, flagMask] = [0, 0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const [s, ns] = [sec[row]!, nsec[row]!];
    if (s < sec[first]! || (s === sec[first]! && ns < nsec[first]!)) first = row;
    if (s > sec[last]! || (s === sec[last]! && ns > nsec[last]!)) last = row;
    levelMask |= 1 << (columns.level[row]! & 7);
    streamMask |= 1 << (columns.stream[row]! & 7);
    flagMask |= columns.flags[row]!;
    const range = offsets[columns.generation[row]!]!;
    const offset = columns.offset[row]!;
    if (offset < range.first) range.first = offset;
    if (offset > range.last) range.last = offset;
  }
  // A generation may have no row where a crash cut the frame behind its definition.
  for (const range of offsets) if (range.last < 0) Object.assign(range, { first: 0, last: 0 });
  const times = { firstSec: sec[first]!, firstNsec: nsec[first]!, lastSec: sec[last]!, lastNsec: nsec[last]! };
  return { ...times, levelMask, streamMask, flagMask, offsets };
}
