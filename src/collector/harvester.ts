// Reads one log, a chunk at a time: bytes of its chain become rows, rows become events, events go to the pipeline.
import { AckTracker, type InFlight } from "./commit/segment.ts";
import { TiedSegments } from "./commit/tied-segments.ts";
import type { RoutedTarget } from "./declare/match-targets.ts";
import { createLineState, type Decoder, type LineFormat, type LineState } from "./decode/decoder.ts";
import { Joiner } from "./decode/joiner.ts";
import type { SegmentHold } from "./decode/joiner-segments.ts";
import { refineTimes } from "./decode/line-time.ts";
import { sniffFormat } from "./decode/sniff-format.ts";
import type { Pipeline } from "./pipeline.ts";
import { keepStream } from "./process/stream-filter.ts";
import type { Chain, Read } from "./reader/chain.ts";
import type { RecordBatch } from "./record-batch.ts";
import type { GenerationKey } from "./target.ts";

/** Batches that sinks have and did not deliver yet: one count for the whole agent. */
export class Undelivered {
  batches = 0;
}

/** What all harvesters share. Turns are taken one after the other, as there is one decoder. */
export interface HarvestParts {
  readonly decoder: Decoder;
  readonly inFlight: InFlight;
  readonly undelivered: Undelivered;
  readonly lineBytes: number;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Ms of a clock that never goes back. */
  readonly steady: () => number;
  /** Resolves when what the chains have saved so far is durable. */
  readonly identitySaved: () => Promise<boolean>;
  /** So many more bytes are acknowledged. */
  readonly acknowledged: (bytes: number) => void;
  /** The first bytes of a file were handed on so many ms after it was found. */
  readonly discovered: (ms: number) => void;
}

/** A line that is too long: its rest is read over and takes no memory, but a crash has to read it again from its beginning. */
interface LongLine {
  readonly begun: SegmentHold;
  /** What was read over belongs to no segment yet. */
  readonly from: number;
  to: number;
}

/** One generation while it is read. */
interface Life {
  readonly acks: AckTracker;
  readonly lines: LineState;
  /** Acknowledged, as far as was told; undefined before the first read. */
  acked: number | undefined;
  format: LineFormat | undefined;
  /** Its identity is durable, so its rows may be handed on. */
  known: boolean;
  longLine: LongLine | undefined;
}

const KEPT_LIVES = 16;

export class Harvester {
  readonly target: RoutedTarget;
  readonly pipeline: Pipeline;
  readonly chain: Chain;
  /** Batches that sinks have and did not deliver yet. */
  pending = 0;
  private readonly parts: HarvestParts;
  private readonly joiner: Joiner;
  private readonly lives = new Map<GenerationKey, Life>();
  private introducing: Life | undefined;
  /** The last chunk did not hold one whole line. */
  private wantsMore = false;
  private left = false;
  private readAt = 0;
  /** Of the current file, as it was found out. */
  format: LineFormat | undefined;
  /** When unread bytes were first seen, ms since the epoch. */
  unreadSince: number | undefined;

  constructor(target: RoutedTarget, pipeline: Pipeline, chain: Chain, parts: HarvestParts) {
    this.target = target;
    this.pipeline = pipeline;
    this.chain = chain;
    this.parts = parts;
    this.joiner = new Joiner({
      multiline: pipeline.multiline,
      budget: pipeline.groups,
      counts: pipeline.joins,
      lineBytes: parts.lineBytes,
      emit: (batch, segments) => this.emit(batch, segments),
    });
  }

  get unread(): number {
    return this.chain.unread;
  }

  get timeToLoss(): number | undefined {
    return this.chain.timeToLoss;
  }

  /** What the caps of the scheduler are about: bytes that are read over are nowhere. */
  get inFlight(): number {
    let over = 0;
    for (const { longLine } of this.lives.values()) if (longLine !== undefined) over += longLine.to - longLine.from;
    return this.chain.inFlight - over;
  }

  /** Lines and events that wait for more. */
  get open(): number {
    let lines = 0;
    for (const { longLine } of this.lives.values()) if (longLine !== undefined) lines++;
    return this.joiner.open + lines;
  }

  /** Saves what tells the next file from others. True where nothing of it may be handed on before that is durable. */
  introduce(): boolean {
    const generation = this.chain.next;
    if (generation === undefined) return false;
    const life = this.lifeOf(generation);
    if (life.known) return false;
    this.chain.introduce(this.parts.decoder.input);
    this.introducing = life;
    return true;
  }

  /** It is durable. */
  introduced(): void {
    if (this.introducing !== undefined) this.know(this.introducing);
    this.introducing = undefined;
  }

  /** Reads up to `bytes`, or one line that is longer, hands on what is whole, and tells its bytes. A promise only where it has to wait. */
  turn(bytes: number): number | Promise<number> {
    const { input } = this.parts.decoder;
    const read = this.chain.read(input, 0, this.wantsMore ? input.length : Math.min(bytes, input.length));
    return read instanceof Promise ? read.then((later) => this.take(later)) : this.take(read);
  }

  /** Groups that have waited long enough go out as they are. */
  flushIdle(): void {
    if (this.open === 0) return;
    this.readAt = this.parts.now();
    this.joiner.flushIdle(this.parts.steady(), this.chain.atEnd);
    const { generations } = this.chain.status;
    for (const [{ id, epoch }, life] of this.longLines()) {
      // Whoever writes a file that is sealed or lost is done with it.
      const now = generations.find((generation) => generation.id === id && generation.epoch === epoch);
      if (now?.state !== "LIVE" && now?.state !== "DRAINING") this.endLongLine(life);
    }
  }

  flushAll(): void {
    this.readAt = this.parts.now();
    this.joiner.flushAll();
    for (const [, life] of this.longLines()) this.endLongLine(life);
  }

  /** Groups of files that will not be there after a restart go out now; the others are formed again by whoever reads on. */
  flushVanishing(): void {
    if (this.chain.status.generations.some(({ source, state }) => source === "deleted file" && state !== "DONE"))
      this.flushAll();
  }

  /** Ends it between two turns. What is delivered later is not heard any more: whoever follows the log next reads it again. */
  leave(): void {
    this.left = true;
    this.parts.undelivered.batches -= this.pending;
    this.pending = 0;
    for (const { acks } of this.lives.values()) acks.abandon();
    this.pipeline.groups.account(this.joiner, 0, false);
    this.chain.dispose();
  }

  private take(read: Read | undefined): number | Promise<number> {
    if (read === undefined) return 0;
    const { decoder, lineBytes, now } = this.parts;
    const life = this.lifeOf(read.generation);
    life.acked ??= read.offset;
    const format = life.format ?? this.formatOf(decoder.input.subarray(0, read.length));
    this.readAt = now();
    const { cutBytes, malformed } = life.lines;
    const consumed = decoder.decode(format, read.length, read, life.lines, {
      final: read.final,
      maxLineBytes: lineBytes,
      readTime: timeOf(this.readAt),
    });
    this.pipeline.cutBytes += life.lines.cutBytes - cutBytes;
    this.pipeline.malformed += life.lines.malformed - malformed;
    this.wantsMore = consumed === 0 && read.length < decoder.input.length;
    this.chain.consumed(read, consumed);
    // A longer read is another turn's.
    if (consumed === 0) return this.wantsMore ? read.length : 0;
    // The beginning of a line says nothing.
    life.format = format;
    this.format = format;
    this.pipeline.readBytes += consumed;
    this.pipeline.lines += decoder.batch.count;
    const end = read.offset + consumed;
    if (life.longLine !== undefined && life.lines.skipping && decoder.batch.count === 0) {
      life.longLine.to = end;
      return consumed;
    }
    const segment = this.segmentOf(life, read.offset, end);
    if (life.known) {
      this.dispatch(life, segment, end);
      return consumed;
    }
    // What an archive is shows only when it is read.
    return this.parts.identitySaved().then(() => {
      this.know(life);
      this.dispatch(life, segment, end);
      return consumed;
    });
  }

  private know(life: Life): void {
    life.known = true;
    if (this.unreadSince !== undefined) this.parts.discovered(this.parts.now() - this.unreadSince);
  }

  /** The chunk's; with the long line that ends in it, which goes with it. */
  private segmentOf(life: Life, offset: number, end: number): SegmentHold {
    const { longLine, acks } = life;
    if (longLine === undefined) return acks.open(offset, end);
    life.longLine = undefined;
    return new TiedSegments(longLine.begun, acks.open(longLine.from, end));
  }

  private dispatch(life: Life, segment: SegmentHold, end: number): void {
    const { batch } = this.parts.decoder;
    if (life.lines.skipping) {
      segment.retain();
      life.longLine = { begun: segment, from: end, to: end };
    }
    refineTimes(batch, timeOf(this.readAt));
    this.joiner.join(batch, segment, this.parts.steady());
    segment.release();
  }

  private endLongLine(life: Life): void {
    const { to } = life.longLine!;
    this.segmentOf(life, to, to).release();
  }

  private longLines(): [GenerationKey, Life][] {
    const lines: [GenerationKey, Life][] = [];
    for (const entry of this.lives) if (entry[1].longLine !== undefined) lines.push(entry);
    return lines;
  }

  private emit(batch: RecordBatch, segments: readonly SegmentHold[]): void {
    const { streams } = this.target;
    const others = streams === "both" ? 0 : keepStream(batch, streams);
    const { undelivered } = this.parts;
    this.pending++;
    undelivered.batches++;
    this.pipeline.deliver(batch, others, this.readAt, () => {
      if (this.left) return;
      this.pending--;
      undelivered.batches--;
      for (const segment of segments) segment.release();
    });
  }

  private formatOf(bytes: Uint8Array): LineFormat {
    return this.target.format === "auto" ? sniffFormat(bytes) : this.target.format;
  }

  private lifeOf(generation: GenerationKey): Life {
    let life = this.lives.get(generation);
    if (life === undefined) {
      const begun: Life = {
        acks: new AckTracker(this.parts.inFlight, (position) => {
          this.chain.acknowledged(generation, position);
          this.parts.acknowledged(position - begun.acked!);
          begun.acked = position;
        }),
        lines: createLineState(),
        acked: undefined,
        format: undefined,
        known: false,
        longLine: undefined,
      };
      life = begun;
      this.lives.set(generation, life);
      if (this.lives.size > KEPT_LIVES) this.forgetLives();
    }
    return life;
  }

  /** Of files that the chain has forgotten. */
  private forgetLives(): void {
    const known = new Set(this.chain.generations);
    for (const [generation, { acks }] of this.lives)
      if (!known.has(generation) && acks.inFlight === 0) this.lives.delete(generation);
  }
}

function timeOf(ms: number): { sec: number; nsec: number } {
  const sec = Math.floor(ms / 1000);
  return { sec, nsec: (ms - sec * 1000) * 1_000_000 };
}
