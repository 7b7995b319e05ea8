// Reads one log, a chunk at a time: bytes of its chain become rows, rows become events, events go to the pipeline.

import { AckTracker, type InFlight, type Segment } from "./commit/segment.ts";
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

/** What all harvesters share. Turns are taken one after the other, as there is one decoder. */
export interface HarvestParts {
  readonly decoder: Decoder;
  readonly inFlight: InFlight;
  readonly lineBytes: number;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Resolves when what the chains have saved so far is durable. */
  readonly identitySaved: () => Promise<boolean>;
  /** So many more bytes are acknowledged. */
  readonly acknowledged: (bytes: number) => void;
  /** The first bytes of a file were handed on so many ms after it was found. */
  readonly discovered: (ms: number) => void;
}

/** One generation while it is read. */
interface Life {
  readonly acks: AckTracker;
  readonly lines: LineState;
  format: LineFormat | undefined;
  /** Its identity is durable, so its rows may be dispatched. */
  known: boolean;
  /** The chunk with the beginning of a line whose rest is being skipped: a crash has to read it again as a whole. */
  skipped: Segment | undefined;
}

export class Harvester {
  readonly target: RoutedTarget;
  readonly pipeline: Pipeline;
  readonly chain: Chain;
  private readonly parts: HarvestParts;
  private readonly joiner: Joiner;
  private readonly lives = new WeakMap<GenerationKey, Life>();
  /** The last chunk did not hold one whole line. */
  private longLine = false;
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

  get inFlight(): number {
    return this.chain.inFlight;
  }

  /** Lines and events that wait for more. */
  get open(): number {
    return this.joiner.open;
  }

  /** Reads up to `bytes`, or one line that is longer, hands on what is whole, and tells its bytes. A promise only where it has to wait. */
  turn(bytes: number): number | Promise<number> {
    const { input } = this.parts.decoder;
    const read = this.chain.read(input, 0, this.longLine ? input.length : Math.min(bytes, input.length));
    return read instanceof Promise ? read.then((later) => this.take(later)) : this.take(read);
  }

  /** Groups that have waited long enough go out as they are. */
  flushIdle(): void {
    if (this.joiner.open === 0) return;
    this.readAt = this.parts.now();
    this.joiner.flushIdle(this.readAt, this.chain.atEnd);
  }

  flushAll(): void {
    this.readAt = this.parts.now();
    this.joiner.flushAll();
  }

  /** Groups of files that will not be there after a restart go out now; the others are formed again by whoever reads on. */
  flushVanishing(): void {
    if (this.chain.status.generations.some(({ source, state }) => source === "deleted file" && state !== "DONE"))
      this.flushAll();
  }

  private take(read: Read | undefined): number | Promise<number> {
    if (read === undefined) return 0;
    const { decoder, lineBytes, now } = this.parts;
    const life = this.lifeOf(read.generation, read.offset);
    life.format ??= this.formatOf(decoder.input.subarray(0, read.length));
    this.format = life.format;
    this.readAt = now();
    const { cutBytes, malformed } = life.lines;
    const consumed = decoder.decode(life.format, read.length, read, life.lines, {
      final: read.final,
      maxLineBytes: lineBytes,
      readTime: timeOf(this.readAt),
    });
    this.pipeline.cutBytes += life.lines.cutBytes - cutBytes;
    this.pipeline.malformed += life.lines.malformed - malformed;
    this.longLine = consumed === 0 && read.length < decoder.input.length;
    this.chain.consumed(read, consumed);
    // A longer read is another turn's.
    if (consumed === 0) return this.longLine ? read.length : 0;
    this.pipeline.readBytes += consumed;
    this.pipeline.lines += decoder.batch.count;
    const segment = life.acks.open(read.offset, read.offset + consumed);
    if (life.known) {
      this.dispatch(life, segment);
      return consumed;
    }
    return this.parts.identitySaved().then(() => {
      life.known = true;
      if (this.unreadSince !== undefined) this.parts.discovered(this.parts.now() - this.unreadSince);
      this.dispatch(life, segment);
      return consumed;
    });
  }

  private dispatch(life: Life, segment: Segment): void {
    const { batch } = this.parts.decoder;
    if (life.lines.skipping) {
      if (life.skipped === undefined) {
        segment.retain();
        life.skipped = segment;
      }
    } else if (life.skipped !== undefined) {
      life.skipped.release();
      life.skipped = undefined;
    }
    refineTimes(batch, timeOf(this.readAt));
    this.joiner.join(batch, segment, this.readAt);
    segment.release();
  }

  private emit(batch: RecordBatch, segments: readonly SegmentHold[]): void {
    const { streams } = this.target;
    if (streams !== "both") keepStream(batch, streams);
    this.pipeline.deliver(batch, segments, this.readAt);
  }

  private formatOf(bytes: Uint8Array): LineFormat {
    return this.target.format === "auto" ? sniffFormat(bytes) : this.target.format;
  }

  private lifeOf(generation: GenerationKey, offset: number): Life {
    let life = this.lives.get(generation);
    if (life === undefined) {
      let acked = offset;
      const acks = new AckTracker(this.parts.inFlight, (position) => {
        this.chain.acknowledged(generation, position);
        this.parts.acknowledged(position - acked);
        acked = position;
      });
      life = { acks, lines: createLineState(), format: undefined, known: false, skipped: undefined };
      this.lives.set(generation, life);
    }
    return life;
  }
}

function timeOf(ms: number): { sec: number; nsec: number } {
  const sec = Math.floor(ms / 1000);
  return { sec, nsec: (ms - sec * 1000) * 1_000_000 };
}
