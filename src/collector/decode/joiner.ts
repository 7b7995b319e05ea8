// Makes whole events of a log's rows: fragments become lines, lines become events, in each stream for itself, over the borders of
// batches and of the log's files.
//
// It works in place. An event takes the row of its first line, so that rows stay in the order in which events begin; the text
// of an event of several lines goes to the batch's arena. What is open when the batch ends leaves it, and comes back as a row
// of the batch in which it ends. Where that cannot be (it began in an earlier file, or there is no room), it goes out before, in a
// small batch of its own.
//
// The same rows give the same events wherever batches begin and end; and where reading begins anew at the acknowledged position.
import { FLAG_FRAGMENT, FLAG_PARTIAL, FLAG_TRUNCATED, type RecordBatch } from "../record-batch.ts";
import type { GenerationKey } from "../target.ts";
import { firstFlagged } from "./flagged-rows.ts";
import type { GroupBudget } from "./joiner-budget.ts";
import { closeGaps, emptyRow, moveRow, type RowHead, readHead, shiftRows, writeHead } from "./joiner-rows.ts";
import { HeldSegments, type SegmentHold } from "./joiner-segments.ts";
import { OpenGroup, type OpenText } from "./joiner-text.ts";
import type { Multiline } from "./multiline.ts";
import { ALONE, BEGINS, CONTINUES, ENDS } from "./multiline-grouping.ts";
import { createPlainBatch } from "./plain-batch.ts";

/**
 * A group and all that comes between its lines span so many bytes of the log at most: it holds the acknowledged position back,
 * and a stream that fell silent in the middle of a group must not do so for ever while the other one writes on.
 */
const MAX_SPAN = 2 << 20;

const DEFAULT_LINE_BYTES = 1 << 20;
/** A fragment's rest may wait for a writer that is slow; a further line never does. */
const FRAGMENT_TIMEOUT_MS = 30_000;

/** What was cut or ended early, for one pipeline. */
export class JoinCounts {
  /** Lines of fragments that were longer than allowed, and their bytes that were left out. */
  cutLines = 0;
  cutBytes = 0;
  /** Events that reached their bounds, so that the rest became another event. */
  full = 0;
  /** Fragments whose rest did not come. */
  broken = 0;
}

/** Positions of the line that an event begins with and of its last line. */
type Span = readonly [begin: number, last: number];

interface JoinerOptions {
  /** Undefined: only fragments are joined. */
  readonly multiline: Multiline | undefined;
  /**
   * Takes a batch of whole events; each of `segments` is held once for it, to be released when it is delivered, all of one
   * batch in one turn. The batch's memory is used again when the call returns.
   */
  readonly emit: (batch: RecordBatch, segments: readonly SegmentHold[]) => void;
  readonly budget: GroupBudget;
  readonly counts: JoinCounts;
  /** The longest line that fragments make: 1 MiB. */
  readonly lineBytes?: number;
}

/** For one chain. */
export class Joiner {
  private readonly options: JoinerOptions;
  private readonly lineBytes: number;
  /** By stream, made when first needed: of thousands of chains most have none. */
  private readonly byStream: (OpenGroup | undefined)[] = [undefined, undefined, undefined];
  /** Those that there are. */
  private groups: readonly OpenGroup[] = [];
  private readonly held = new HeldSegments();
  /** Positions count on over the chain's files: an offset and the base of its file. */
  private base = 0;
  private last = -1;
  private generation: GenerationKey | undefined;
  /** Of the batch at hand. */
  private segment: SegmentHold | undefined;
  private written = 0;
  private firstGap = 0;
  /** Of its events that have several rows. */
  private readonly spans: Span[] = [];

  constructor(options: JoinerOptions) {
    this.options = options;
    this.lineBytes = options.lineBytes ?? DEFAULT_LINE_BYTES;
  }

  /** Lines and events that wait for more. */
  get open(): number {
    return this.groups.reduce((sum, group) => sum + Number(group.event.active) + Number(group.line.active), 0);
  }

  get openBytes(): number {
    return this.groups.reduce((sum, group) => sum + group.event.keptBytes + group.line.keptBytes, 0);
  }

  /**
   * Takes the rows of one chunk, which `segment` stands for; the batch is the joiner's from then on. The caller keeps its own
   * hold of the segment until this returns.
   */
  join(batch: RecordBatch, segment: SegmentHold, now: number): void {
    if (batch.count === 0) return;
    const isWhole = this.open === 0 && !this.groups.some(({ skipping }) => skipping) && !hasFragments(batch);
    if (this.options.multiline === undefined && isWhole) {
      segment.retain();
      this.options.emit(batch, [segment]);
      return;
    }
    this.enter(batch);
    this.segment = segment;
    const begin = this.base + batch.offset[0]!;
    this.options.multiline?.grouping.begin(batch);
    const { count } = batch;
    const first = this.restoreOpen(batch);
    for (let row = first; row < first + count; row++) this.take(batch, row);
    this.keepOpen(batch, now);
    batch.count = closeGaps(batch, Math.min(this.firstGap, this.written), this.written);
    const segments = batch.count > 0 ? this.held.retained(segment) : [];
    this.segment = undefined;
    const boundary = this.boundary();
    if (boundary === undefined) this.held.releaseAll();
    else this.held.holdFrom(boundary, segment, begin, this.base, this.last);
    this.spans.length = 0;
    if (batch.count > 0) this.options.emit(batch, segments);
    // What came back into the batch has gone out with it: only now is it sure which of the groups has waited longest.
    this.options.budget.account(this, this.openBytes, boundary === undefined || boundary >= begin);
    this.options.budget.enforce();
  }

  /**
   * Sends out what has had no new bytes for long enough, once everything that is there of the chain was read: while there is
   * more to read, nothing says that a group is over.
   */
  flushIdle(now: number, chainAtEnd: boolean): void {
    if (!chainAtEnd) return;
    const timeout = this.options.multiline?.timeoutMs ?? 0;
    this.flush((group) => now - group.since >= (group.line.active ? FRAGMENT_TIMEOUT_MS : timeout));
  }

  /** Sends out all that is open: nothing will follow, or its memory is needed. */
  flushAll(): void {
    this.flush(() => true);
  }

  private flush(due: (group: OpenGroup) => boolean): void {
    const groups = this.groups.filter((group) => group.open && due(group));
    if (groups.length === 0) return;
    groups.sort((a, b) => anchorOf(a) - anchorOf(b));
    for (const group of groups) this.close(group, undefined);
    if (this.open === 0) this.held.releaseAll();
    this.spans.length = 0;
    this.options.budget.account(this, this.openBytes, false);
  }

  /** Goes on counting positions where the chain goes on in another file. */
  private enter(batch: RecordBatch): void {
    if (this.generation !== undefined && !isSame(this.generation, batch.generation)) this.base = this.last + 1;
    this.generation = batch.generation;
    this.last = this.base + batch.offset[batch.count - 1]!;
  }

  /** Gives what is open a row before all others, where it is of the same file; gives the number of such rows. */
  private restoreOpen(batch: RecordBatch): number {
    this.written = 0;
    this.firstGap = batch.start.length;
    const texts: OpenText[] = [];
    for (const { event, line } of this.groups)
      for (const text of [event, line])
        if (text.active && text.head !== undefined && isSame(text.head.generation, batch.generation)) texts.push(text);
    if (texts.length === 0 || batch.count + texts.length > batch.start.length) return 0;
    texts.sort((a, b) => a.head!.offset - b.head!.offset);
    shiftRows(batch, texts.length);
    for (const text of texts) {
      text.slot = this.written++;
      writeHead(batch, text.slot, text.head!);
    }
    return texts.length;
  }

  private addGroup(stream: number): OpenGroup {
    const group = new OpenGroup();
    this.byStream[stream] = group;
    this.groups = this.byStream.filter((made) => made !== undefined);
    return group;
  }

  private take(batch: RecordBatch, row: number): void {
    const group = this.byStream[batch.stream[row]!] ?? this.addGroup(batch.stream[row]!);
    const position = this.base + batch.offset[row]!;
    if (group.open && position - anchorOf(group) > MAX_SPAN) this.expire(group, position, batch);
    if (group.skipping) {
      this.options.counts.cutBytes += batch.end[row]! - batch.start[row]!;
      group.skipping = (batch.flags[row]! & FLAG_FRAGMENT) !== 0;
      return;
    }
    if (group.line.active || (batch.flags[row]! & FLAG_FRAGMENT) !== 0) {
      this.takeFragment(group, batch, row, position);
      return;
    }
    const { multiline } = this.options;
    const start = batch.start[row]!;
    const end = batch.end[row]!;
    const { event } = group;
    const verdict =
      multiline === undefined ? ALONE : multiline.grouping.decide(group, event.active, batch.bytes, start, end);
    let anchor = position;
    if (verdict === CONTINUES || verdict === ENDS) {
      if (!this.isFull(event, end - start)) {
        event.addLine(batch, start, end);
        event.flags |= batch.flags[row]!;
        event.last = position;
        if (verdict === ENDS) this.complete(group, batch);
        return;
      }
      anchor = event.anchor;
    }
    if (event.active) this.complete(group, batch);
    moveRow(batch, row, this.written);
    if (verdict === BEGINS || verdict === CONTINUES)
      event.begin(this.written, end - start, batch.flags[row]!, position, anchor);
    else if (anchor !== position) this.spans.push([anchor, position]);
    this.written++;
  }

  private takeFragment(group: OpenGroup, batch: RecordBatch, row: number, position: number): void {
    const { line } = group;
    const start = batch.start[row]!;
    const size = batch.end[row]! - start;
    const flags = batch.flags[row]!;
    if (line.active) {
      const taken = Math.min(size, Math.max(0, this.lineBytes - line.size));
      if (taken > 0) line.addFragment(batch, start, start + taken);
      line.flags |= flags & ~FLAG_FRAGMENT;
      line.last = position;
      if (taken < size) this.countCut(line, size - taken);
    } else {
      moveRow(batch, row, this.written);
      line.begin(this.written++, size, flags & ~FLAG_FRAGMENT, position, position);
    }
    if ((flags & FLAG_FRAGMENT) === 0) this.completeLine(group, batch);
  }

  private countCut(line: OpenText, bytes: number): void {
    if ((line.flags & FLAG_TRUNCATED) === 0) this.options.counts.cutLines++;
    line.flags |= FLAG_TRUNCATED;
    this.options.counts.cutBytes += bytes;
  }

  /** All fragments have come: now the line is decided about, as a whole. */
  private completeLine(group: OpenGroup, batch: RecordBatch | undefined): void {
    const { event, line } = group;
    const verdict = this.decideLine(group, batch);
    let anchor = line.anchor;
    if (verdict === CONTINUES || verdict === ENDS) {
      if (!this.isFull(event, line.size)) {
        if (batch !== undefined && line.slot >= 0) this.gap(batch, line.slot);
        event.absorb(batch, line);
        if (verdict === ENDS) this.complete(group, batch);
        return;
      }
      anchor = event.anchor;
    }
    if (event.active) this.complete(group, batch);
    line.anchor = anchor;
    group.promoteLine();
    if (verdict === ALONE || verdict === ENDS) this.complete(group, batch);
  }

  private decideLine(group: OpenGroup, batch: RecordBatch | undefined): number {
    const { multiline } = this.options;
    if (multiline === undefined) return ALONE;
    const { line } = group;
    const open = group.event.active;
    if (batch !== undefined && line.isRow)
      return multiline.grouping.decide(group, open, batch.bytes, batch.start[line.slot]!, batch.end[line.slot]!);
    const text = Buffer.allocUnsafe(line.size);
    line.copyTo(text, 0, batch?.bytes ?? text);
    return multiline.grouping.decide(group, open, text, 0, text.length);
  }

  private isFull(event: OpenText, more: number): boolean {
    const { maxLines, maxBytes } = this.options.multiline!;
    if (event.lines < maxLines && event.size + 1 + more <= maxBytes) return false;
    this.options.counts.full++;
    return true;
  }

  /** The event has all its lines. */
  private complete(group: OpenGroup, batch: RecordBatch | undefined): void {
    const { event } = group;
    if (event.last !== event.anchor) this.spans.push([event.anchor, event.last]);
    const { slot } = event;
    if (batch === undefined || slot < 0) this.emitAlone(event, event.head!, batch);
    else if (event.isRow) finishRow(batch, event);
    else if (batch.arenaEnd + event.size <= batch.bytes.length) {
      batch.start[slot] = batch.arenaEnd;
      event.copyTo(batch.bytes, batch.arenaEnd, batch.bytes);
      batch.arenaEnd += event.size;
      batch.end[slot] = batch.arenaEnd;
      finishRow(batch, event);
    } else {
      this.emitAlone(event, readHead(batch, slot), batch);
      this.gap(batch, slot);
    }
    event.reset();
  }

  private emitAlone(event: OpenText, head: RowHead, batch: RecordBatch | undefined): void {
    const alone = createPlainBatch(head.generation, 1, event.size);
    writeHead(alone, 0, head);
    event.copyTo(alone.bytes, 0, batch?.bytes ?? alone.bytes);
    alone.end[0] = event.size;
    alone.lines[0] = event.lines;
    alone.flags[0] = event.flags;
    this.options.emit(alone, this.held.retained(this.segment));
  }

  /** Too much of the log has gone by: what is older goes out, and what follows is decided about as at the log's beginning. */
  private expire(group: OpenGroup, position: number, batch: RecordBatch): void {
    if (group.event.active && position - group.event.anchor > MAX_SPAN) {
      this.complete(group, batch);
      group.state = 0;
    }
    if (group.line.active && position - group.line.anchor > MAX_SPAN) {
      // All that is kept of a line that was cut is there: what is still to come of it is passed over, and held back by nobody.
      group.skipping = (group.line.flags & FLAG_TRUNCATED) !== 0;
      if (group.skipping) this.completeLine(group, batch);
      this.close(group, batch);
    }
  }

  /** Sends out a group as it is. */
  private close(group: OpenGroup, batch: RecordBatch | undefined): void {
    if (group.line.active) {
      this.options.counts.broken++;
      group.line.flags |= FLAG_PARTIAL;
      this.completeLine(group, batch);
    }
    if (group.event.active) this.complete(group, batch);
    group.state = 0;
  }

  /** The batch ends: what is still open leaves it. */
  private keepOpen(batch: RecordBatch, now: number): void {
    for (const group of this.groups) {
      if (group.open && this.last - anchorOf(group) > MAX_SPAN) this.expire(group, this.last, batch);
      for (const text of [group.event, group.line]) {
        if (!text.active) continue;
        if (text.touched) group.since = now;
        if (text.slot >= 0) {
          text.head = readHead(batch, text.slot);
          this.gap(batch, text.slot);
        }
        text.keep(batch);
        text.slot = -1;
      }
    }
  }

  private gap(batch: RecordBatch, row: number): void {
    emptyRow(batch, row);
    if (row < this.firstGap) this.firstGap = row;
  }

  /** The newest position that cuts neither an open group nor an event that has gone out; undefined where nothing is open. */
  private boundary(): number | undefined {
    let open = Number.POSITIVE_INFINITY;
    for (const group of this.groups) if (group.open) open = Math.min(open, anchorOf(group));
    if (open === Number.POSITIVE_INFINITY) return undefined;
    const cuts = (position: number) => (span: Span) => span[0] < position && span[1] >= position;
    if (!this.spans.some(cuts(open))) return open;
    let boundary = open;
    for (const span of this.spans.sort((a, b) => b[0] - a[0])) if (cuts(boundary)(span)) boundary = span[0];
    return this.last - boundary > MAX_SPAN ? open : boundary;
  }
}

function finishRow(batch: RecordBatch, event: OpenText): void {
  batch.lines[event.slot] = event.lines;
  batch.flags[event.slot] = event.flags;
}

function hasFragments(batch: RecordBatch): boolean {
  return firstFlagged(batch, FLAG_FRAGMENT) < batch.count;
}

/** Where the group began: its event, since that is older than a line that may still join it. */
function anchorOf(group: OpenGroup): number {
  return group.event.active ? group.event.anchor : group.line.anchor;
}

function isSame(a: GenerationKey, b: GenerationKey): boolean {
  return a === b || (a.id === b.id && a.epoch === b.epoch);
}
