// Searches one file from one end to the other, block by block, and gives its hits in the order of time: those of a block wait
// until no other block can have one that comes before them.
import { KlogError } from "../../errors.ts";
import type { LogLine } from "../../record/log-line.ts";
import { compareTimestamps, fromMillis, type Timestamp } from "../../record/timestamp.ts";
import type { SearchRequest } from "../source.ts";
import { BlockSearch, type FileHit } from "./block-search.ts";
import type { EventParser } from "./event-parser.ts";
import { type Block, decompressed, openFile, PlainBlocks, StreamBlocks } from "./file-blocks.ts";
import { type FileSettings, type LogFile, parserOf, SLACK_SEC, SMALL_BYTES, seek } from "./log-file.ts";

/** Lines of one file may be out of order by this much, seconds; those that are more so come out of order too. */
const DISORDER_SEC = 5;
/** How far in front of a block the time of its first lines is looked for. */
const LOOK_BACK = 64 * 1024;
/** Where all hits have to be known before the first one can go out. */
const MAX_PENDING = 1_000_000;

export const NEVER: Timestamp = { sec: Number.NEGATIVE_INFINITY, nsec: 0 };
export const FOR_EVER: Timestamp = { sec: Number.POSITIVE_INFINITY, nsec: 0 };

/** Where a search of this file goes on. */
export interface ScanPosition {
  /** The edge of the first block to be read again. */
  readonly edge: number;
  /** How far had been read: hits on this side that do not come behind `after` have been given. */
  readonly scanned: number;
  readonly after: HitKey | null;
}

export type HitKey = readonly [sec: number, nsec: number, offset: number];

interface PendingHit extends FileHit {
  /** The edge of its block. */
  readonly edge: number;
}

export class FileScan {
  readonly file: LogFile;
  readonly rank: number;
  /** No hit that is not pending comes before it. */
  bound: Timestamp;
  done = false;
  opened = false;
  private readonly request: SearchRequest;
  private readonly direction: 1 | -1;
  private readonly blockBytes: number;
  private readonly parser: EventParser;
  private readonly search: BlockSearch;
  private readonly resume: ScanPosition | undefined;
  private blocks: PlainBlocks | undefined;
  private stream: StreamBlocks | undefined;
  private sorts = false;
  /** [start, end) is still to be read. */
  private start = 0;
  private end = 0;
  private pending: PendingHit[] = [];
  private at = 0;
  private lastTime: Timestamp | undefined;
  /** The hit that comes last among those that were taken. */
  lastTaken: HitKey | null;

  constructor(
    file: LogFile,
    rank: number,
    how: {
      readonly request: SearchRequest;
      readonly settings: FileSettings;
      readonly blockBytes: number;
      readonly resume: ScanPosition | undefined;
    },
  ) {
    const { request, settings, resume } = how;
    this.file = file;
    this.rank = rank;
    this.request = request;
    this.blockBytes = how.blockBytes;
    this.resume = resume;
    this.lastTaken = resume?.after ?? null;
    this.direction = request.order === "oldest" ? 1 : -1;
    this.parser = parserOf(file, settings);
    this.search = new BlockSearch({ parser: this.parser, format: file.format, request });
    this.bound = this.firstBound();
  }

  get head(): LogLine | undefined {
    const hit = this.pending[this.at];
    return hit !== undefined && (this.done || this.isBefore(hit.line, this.bound)) ? hit.line : undefined;
  }

  /** Everything has been read and given. */
  get isOver(): boolean {
    return this.done && this.at === this.pending.length;
  }

  take(): FileHit {
    const hit = this.pending[this.at++]!;
    if (this.lastTaken === null || this.compareKeys(keyOf(hit), this.lastTaken) > 0) this.lastTaken = keyOf(hit);
    return hit;
  }

  /**
   * How to go on behind a hit with the key that it is given, of those that are taken before the next block is read; undefined
   * where the file has not been begun.
   */
  position(): ((after: HitKey | null) => ScanPosition) | undefined {
    const { resume } = this;
    if (!this.opened) return resume === undefined ? undefined : () => resume;
    const scanned = this.direction === 1 ? this.start : this.end;
    let edge = scanned;
    for (let i = this.at; i < this.pending.length; i++)
      if (this.direction * (this.pending[i]!.edge - edge) < 0) edge = this.pending[i]!.edge;
    return (after) => ({ edge, scanned, after });
  }

  /** Reads the next block. */
  async advance(): Promise<void> {
    if (!this.opened) await this.open();
    const block = await this.nextBlock();
    if (block === undefined) {
      this.done = true;
      await this.close();
      return;
    }
    const { buffer, start, end, offset } = block;
    const before = await this.timeBefore(block);
    // What is sorted waits for the whole file, and is not to keep all of its blocks.
    const hits = this.search.search(block, () => before, this.sorts);
    this.lastTime = this.parser.lastTime(buffer, start, end) ?? this.lastTime;
    this.keep(hits, this.direction === 1 ? offset : offset + end - start);
    if (!this.sorts) this.moveBound(this.direction === 1 ? this.lastTime : this.parser.firstTime(buffer, start, end));
  }

  async close(): Promise<void> {
    const { blocks } = this;
    this.blocks = undefined;
    this.stream?.close();
    await blocks?.close();
  }

  /** How the file will be read, for --explain. */
  async explain(): Promise<string> {
    await this.open();
    const { file, start, end } = this;
    await this.close();
    const what = `${file.found.path}: ${file.format.name}`;
    const how =
      this.search.prefilter === undefined ? "every line is looked at" : `lines around /${this.search.prefilter}/`;
    if (file.compression !== "none") return `${what}, ${file.compression}: decompressed whole; ${how}`;
    const range =
      end - start < file.found.size ? `bytes ${start} to ${end} of ${file.found.size}` : `${file.found.size} bytes`;
    return `${what}, ${range}${this.sorts ? ", not in the order of time: sorted in memory" : ""}; ${how}`;
  }

  private async open(): Promise<void> {
    this.opened = true;
    const { found, compression } = this.file;
    if (compression !== "none") {
      this.stream = new StreamBlocks(decompressed(found.path, compression), this.parser, this.blockBytes);
      this.sorts = this.direction === -1;
      this.start = this.sorts ? 0 : (this.resume?.edge ?? 0);
      return;
    }
    this.blocks = new PlainBlocks(
      await openFile(found.path),
      found.size,
      this.parser,
      this.blockBytes,
      this.search.copies,
    );
    this.end = found.size;
    this.sorts = !this.file.isOrdered;
    if (!this.sorts && found.size > SMALL_BYTES && this.file.first !== undefined) await this.narrow(this.blocks);
    // What has to be sorted is read whole again, and what was given is passed over.
    if (this.resume === undefined || this.sorts) return;
    if (this.direction === 1) this.start = Math.max(this.start, this.resume.edge);
    else this.end = Math.min(this.end, this.resume.edge);
  }

  /** To the range, and a little more on both sides. */
  private async narrow(blocks: PlainBlocks): Promise<void> {
    const { from, to, work } = this.request;
    if (from !== undefined) {
      const [low] = await seek(blocks, this.parser, { sec: from.sec - SLACK_SEC, nsec: 0 });
      this.start = await borderUpTo(blocks, low);
    }
    if (to !== undefined) {
      const [, high] = await seek(blocks, this.parser, { sec: to.sec + SLACK_SEC, nsec: 0 });
      this.end = Math.max(this.start, await blocks.border(high));
    }
    work.skippedBytes += blocks.size - (this.end - this.start);
  }

  private async nextBlock(): Promise<Block | undefined> {
    if (this.stream !== undefined) return this.nextOfStream(this.stream);
    const { blocks } = this;
    if (blocks === undefined) return undefined;
    if (this.direction === 1) {
      const block = await blocks.next(this.start, this.end);
      if (block === undefined || block.end === block.start) return undefined;
      this.start = block.offset + block.end - block.start;
      return block;
    }
    const block = await blocks.previous(this.end, this.start);
    if (block === undefined || block.end === block.start) return undefined;
    this.end = block.offset;
    return block;
  }

  private async nextOfStream(stream: StreamBlocks): Promise<Block | undefined> {
    for (;;) {
      const block = await this.readStream(stream);
      if (block === undefined) return undefined;
      const edge = block.offset + block.end - block.start;
      if (edge <= this.start) {
        this.lastTime = this.parser.lastTime(block.buffer, block.start, block.end) ?? this.lastTime;
        continue;
      }
      this.start = edge;
      return block;
    }
  }

  private async readStream(stream: StreamBlocks): Promise<Block | undefined> {
    try {
      return await stream.next();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.request.note(
        `${this.file.found.path} is damaged (${code ?? "cannot be decompressed"}): what comes behind the place is missing`,
        "partial",
      );
      return undefined;
    }
  }

  /** The time of the line in front of a block, for lines that have none. */
  private async timeBefore(block: Block): Promise<Timestamp | undefined> {
    const isFirst = block.offset === 0;
    if (isFirst || this.file.format.name !== "plain") return this.direction === 1 ? this.lastTime : undefined;
    if (this.direction === 1 && this.lastTime !== undefined) return this.lastTime;
    if (this.blocks === undefined || this.file.first === undefined) return this.lastTime;
    const from = Math.max(0, block.offset - LOOK_BACK);
    const buffer = await this.blocks.read(from, block.offset);
    return this.parser.lastTime(buffer, from === 0 ? 0 : buffer.indexOf(0x0a) + 1, buffer.length);
  }

  private keep(hits: readonly FileHit[], edge: number): void {
    const waiting = this.pending.slice(this.at);
    for (const { line, offset } of hits) if (!this.wasGiven(line, offset)) waiting.push({ line, offset, edge });
    this.at = 0;
    this.pending = waiting.sort((a, b) => this.direction * (compareTimestamps(a.line, b.line) || a.offset - b.offset));
    const { limit } = this.request;
    if (this.sorts && limit !== undefined && waiting.length > 2 * limit + 1000) waiting.length = limit;
    if (this.sorts && waiting.length > MAX_PENDING)
      throw new KlogError(
        "SOURCE_UNREADABLE",
        `${this.file.found.path} cannot be sorted in memory: it has more than ${MAX_PENDING} hits`,
        { hint: "search it with --order oldest, in a narrower time range, or with --limit" },
      );
  }

  private wasGiven({ sec, nsec }: LogLine, offset: number): boolean {
    const { resume } = this;
    if (resume === undefined) return false;
    const { after, edge, scanned } = resume;
    const isBehindAfter = after === null || this.compareKeys([sec, nsec, offset], after) > 0;
    if (this.sorts) return !isBehindAfter;
    if (this.direction * (offset - edge) < 0 && this.stream !== undefined) return true;
    return this.direction * (offset - scanned) < (this.direction === 1 ? 0 : 1) && !isBehindAfter;
  }

  /** Positive when `a` is given behind `b`. */
  private compareKeys(a: HitKey, b: HitKey): number {
    return this.direction * (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  }

  private isBefore(a: Timestamp, b: Timestamp): boolean {
    return this.direction * compareTimestamps(a, b) < 0;
  }

  private firstBound(): Timestamp {
    const { first, last, isOrdered, compression, found } = this.file;
    if (this.direction === 1) return first === undefined || !isOrdered ? NEVER : shifted(first, -DISORDER_SEC);
    // What is compressed was written before.
    if (compression !== "none") return shifted(fromMillis(found.modified), SLACK_SEC);
    return last === undefined || !isOrdered ? FOR_EVER : shifted(last, DISORDER_SEC);
  }

  /** `time` is that of the edge which has been read last. */
  private moveBound(time: Timestamp | undefined): void {
    const { direction } = this;
    const bound = time === undefined ? { sec: -1, nsec: direction } : shifted(time, -direction * DISORDER_SEC);
    if (this.isBefore(this.bound, bound)) this.bound = bound;
  }
}

/** Where events are long, the one that lies at `offset` begins far in front of it. */
async function borderUpTo(blocks: PlainBlocks, offset: number): Promise<number> {
  for (let back = LOOK_BACK; back < offset; back *= 8) {
    const border = await blocks.border(offset - back);
    if (border <= offset) return border;
  }
  return 0;
}

function keyOf({ line, offset }: FileHit): HitKey {
  return [line.sec, line.nsec, offset];
}

function shifted({ sec, nsec }: Timestamp, seconds: number): Timestamp {
  return { sec: sec + seconds, nsec };
}
