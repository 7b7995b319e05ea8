// The text of a line or an event that is not complete: what earlier batches left of it, and its pieces in the batch at hand.
import type { RecordBatch } from "../record-batch.ts";
import type { RowHead } from "./joiner-rows.ts";

const LINE_END = 0x0a;
const NOTHING = new Uint8Array(0);
/** What is larger is not kept for the next text: there are two texts for each stream of thousands of logs. */
const KEPT_CAPACITY = 1024;
const MAX_PIECES = 3 * 128;

export class OpenText {
  active = false;
  /** Its row in the batch at hand; -1: it has none, and goes out in a batch of its own. */
  slot = -1;
  /** Physical lines, fragments not counted. */
  lines = 0;
  /** Bytes of text so far, with the line ends between lines. */
  size = 0;
  flags = 0;
  /** Positions in the chain: where what it belongs to began, and where its last line begins. */
  anchor = 0;
  last = 0;
  /** Its first row, once that row's batch is gone. */
  head: RowHead | undefined;
  private whole = false;
  private kept = NOTHING;
  private keptLength = 0;
  /** Triples: 1 where a line end stands before, start, end. The array is not made shorter, as that would give its memory away. */
  private readonly pieces: number[] = [];
  private filled = 0;

  /** All of its text is what its row in the batch names. */
  get isRow(): boolean {
    return this.whole;
  }

  get keptBytes(): number {
    return this.keptLength;
  }

  /** Whether the batch at hand has anything of it. */
  get touched(): boolean {
    return this.whole || this.filled > 0;
  }

  /** Begins with the text of the row `slot`. */
  begin(slot: number, size: number, flags: number, position: number, anchor: number): void {
    this.active = true;
    this.whole = true;
    this.slot = slot;
    this.lines = 1;
    this.size = size;
    this.flags = flags;
    this.anchor = anchor;
    this.last = position;
  }

  addLine(batch: RecordBatch, start: number, end: number): void {
    this.lines++;
    this.size += 1 + end - start;
    if (this.whole) {
      const before = batch.end[this.slot]!;
      // Neighbours in a plain file: the line end is there already.
      if (start === before + 1 && batch.bytes[before] === LINE_END) {
        batch.end[this.slot] = end;
        return;
      }
    }
    this.split(batch);
    this.addPiece(1, start, end);
  }

  addFragment(batch: RecordBatch, start: number, end: number): void {
    this.size += end - start;
    this.split(batch);
    this.addPiece(0, start, end);
  }

  /** Takes over all of `line` as its next line. */
  absorb(batch: RecordBatch | undefined, line: OpenText): void {
    this.lines++;
    this.size += 1 + line.size;
    this.flags |= line.flags;
    this.last = line.last;
    if (batch !== undefined) line.split(batch);
    if (line.keptLength > 0) {
      if (batch !== undefined) this.keep(batch);
      this.reserve(this.keptLength + 1 + line.keptLength);
      this.kept[this.keptLength++] = LINE_END;
      this.kept.set(line.kept.subarray(0, line.keptLength), this.keptLength);
      this.keptLength += line.keptLength;
    } else {
      if (batch !== undefined) this.split(batch);
      // The first piece begins the line, and an empty line has none.
      if (line.filled === 0) this.addPiece(1, 0, 0);
      else line.pieces[0] = 1;
    }
    for (let i = 0; i < line.filled; i += 3) this.addPiece(line.pieces[i]!, line.pieces[i + 1]!, line.pieces[i + 2]!);
    line.reset();
  }

  /** Writes `size` bytes of text. `bytes` is what the pieces point into. */
  copyTo(into: Uint8Array, at: number, bytes: Uint8Array): void {
    let to = at;
    if (this.keptLength > 0) into.set(this.kept.subarray(0, this.keptLength), to);
    to += this.keptLength;
    const { pieces, filled } = this;
    for (let i = 0; i < filled; i += 3) {
      if (pieces[i] === 1) into[to++] = LINE_END;
      const start = pieces[i + 1]!;
      const end = pieces[i + 2]!;
      copy(bytes, start, end, into, to);
      to += end - start;
    }
  }

  /** Copies what the batch has of the text, since the batch goes. */
  keep(batch: RecordBatch): void {
    this.split(batch);
    if (this.filled === 0) return;
    this.reserve(this.size);
    let to = this.keptLength;
    const { kept, pieces, filled } = this;
    for (let i = 0; i < filled; i += 3) {
      if (pieces[i] === 1) kept[to++] = LINE_END;
      copy(batch.bytes, pieces[i + 1]!, pieces[i + 2]!, kept, to);
      to += pieces[i + 2]! - pieces[i + 1]!;
    }
    this.keptLength = to;
    this.filled = 0;
  }

  reset(): void {
    this.active = false;
    this.whole = false;
    this.slot = -1;
    this.head = undefined;
    this.keptLength = 0;
    this.filled = 0;
    if (this.pieces.length > MAX_PIECES) this.pieces.length = 0;
    if (this.kept.length > KEPT_CAPACITY) this.kept = NOTHING;
  }

  /** The row's own text becomes the first piece. */
  private split(batch: RecordBatch): void {
    if (!this.whole) return;
    this.whole = false;
    this.addPiece(0, batch.start[this.slot]!, batch.end[this.slot]!);
  }

  private addPiece(lineEnd: number, start: number, end: number): void {
    const { pieces, filled } = this;
    pieces[filled] = lineEnd;
    pieces[filled + 1] = start;
    pieces[filled + 2] = end;
    this.filled = filled + 3;
  }

  private reserve(length: number): void {
    if (this.kept.length >= length) return;
    const larger = new Uint8Array(Math.max(256, length, 2 * this.kept.length));
    larger.set(this.kept.subarray(0, this.keptLength));
    this.kept = larger;
  }
}

/** A call costs more than a short line's bytes. */
function copy(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): void {
  if (end - start > 48) {
    if (into === from) into.copyWithin(at, start, end);
    else into.set(from.subarray(start, end), at);
  } else for (let i = start, to = at; i < end; i++, to++) into[to] = from[i]!;
}

/** What is open in one stream of a chain. */
export class OpenGroup {
  event = new OpenText();
  /** A line whose fragments have not all come; it is not decided yet whether it continues the event. */
  line = new OpenText();
  /** The next fragments are the rest of a line that has gone out, cut. */
  skipping = false;
  /** The grouping's. */
  state = 0;
  /** When bytes came last, milliseconds. */
  since = 0;

  get open(): boolean {
    return this.event.active || this.line.active;
  }

  /** The line is complete and an event of its own, or the first line of one. */
  promoteLine(): void {
    const { event } = this;
    this.event = this.line;
    this.line = event;
  }
}
