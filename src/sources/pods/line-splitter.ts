// Cuts the byte stream of the log API into lines: time stamp read, hash taken, overlong lines cut and counted. The hot path of tail:
// lines stay where they were received, only one that straddles two chunks is copied.

/** Called for each line; `start..end` is the text behind the time stamp. `sec` is -1 for a line without a time stamp. */
export type SplitLine = (
  buffer: Buffer,
  start: number,
  end: number,
  sec: number,
  nsec: number,
  hashA: number,
  hashB: number,
  cut: number,
) => void;

/** `2026-11-21T10:47:32.123456789+08:00 `: what a time stamp may take on top of --max-line-bytes. */
const MAX_STAMP_BYTES = 36;
const NEWLINE = 10;

export class LineSplitter {
  private readonly emit: SplitLine;
  private readonly maxLineBytes: number;
  private readonly stamped: boolean;
  private parts: Buffer[] = [];
  private partBytes = 0;
  private droppedBytes = 0;
  private readonly stamp = new StampReader();
  private viewed: Buffer | undefined;
  private view: DataView = new DataView(new ArrayBuffer(0));

  /**
   * `maxLineBytes` (without the time stamp): what is longer is cut off and counted; Infinity keeps all.
   * `stamped: false` for lines that do not begin with the API's time stamp.
   */
  constructor(options: { maxLineBytes: number; stamped?: boolean }, emit: SplitLine) {
    this.maxLineBytes = options.maxLineBytes;
    this.stamped = options.stamped ?? true;
    this.emit = emit;
  }

  feed(chunk: Buffer): void {
    let start = 0;
    if (this.partBytes > 0) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) return this.keep(chunk, 0, chunk.length);
      this.keep(chunk, 0, end);
      this.line();
      start = end + 1;
    }
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.whole(chunk, start, end, 0);
      start = end + 1;
    }
    if (start < chunk.length) this.keep(chunk, start, chunk.length);
  }

  /** Bytes of a line whose end has not come yet. */
  get pending(): number {
    return this.partBytes + this.droppedBytes;
  }

  /** Hands out an unterminated last line; only right where the log is known to end there. */
  finish(): void {
    if (this.partBytes > 0) this.line();
  }

  /** The first bytes of a line whose end has not come yet, as text. */
  peek(): string {
    return this.parts[0]?.toString("utf8", 0, 1024) ?? "";
  }

  /** Throws an unterminated last line away: it comes again, whole, when the stream is resumed. */
  discard(): void {
    this.parts = [];
    this.partBytes = 0;
    this.droppedBytes = 0;
  }

  private keep(chunk: Buffer, start: number, end: number): void {
    const room = this.maxLineBytes + MAX_STAMP_BYTES - this.partBytes;
    const kept = Math.max(0, Math.min(end - start, room));
    if (kept > 0) {
      this.parts.push(chunk.subarray(start, start + kept));
      this.partBytes += kept;
    }
    this.droppedBytes += end - start - kept;
  }

  private line(): void {
    const buffer = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts, this.partBytes);
    const dropped = this.droppedBytes;
    this.discard();
    this.whole(buffer, 0, buffer.length, dropped);
  }

  private whole(buffer: Buffer, lineStart: number, lineEnd: number, dropped: number): void {
    const { stamp } = this;
    const textStart = this.stamped ? stamp.read(buffer, lineStart, lineEnd) : -1;
    const sec = textStart < 0 ? -1 : stamp.sec;
    const nsec = textStart < 0 ? 0 : stamp.nsec;
    const start = textStart < 0 ? lineStart : textStart;
    const end = lineEnd - start > this.maxLineBytes ? start + this.maxLineBytes : lineEnd;
    const cut = lineEnd - end + dropped;

    // Two multiplicative lanes over words of four bytes: 64 bits for a fraction of a nanosecond a byte.
    const words = this.wordsOf(buffer);
    let a = 0x811c9dc5 ^ (end - start);
    let b = 0x050c5d1f ^ cut;
    let i = start;
    for (; i + 8 <= end; i += 8) {
      a = Math.imul(a ^ words.getInt32(i, true), 0x85ebca6b);
      b = Math.imul(b ^ words.getInt32(i + 4, true), 0xc2b2ae35);
      a ^= a >>> 15;
      b ^= b >>> 13;
    }
    for (; i < end; i++) a = Math.imul(a ^ buffer[i]!, 0x01000193);
    // Each lane has seen half of the bytes only; mixed, both halves depend on all of them.
    const hashA = (a ^ Math.imul(b ^ (b >>> 15), 0x85ebca6b)) >>> 0;
    const hashB = (b ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35)) >>> 0;
    this.emit(buffer, start, end, sec, nsec, hashA, hashB, cut);
  }

  /** The bytes as words at any offset; one view serves all lines of a chunk. */
  private wordsOf(buffer: Buffer): DataView {
    if (this.viewed !== buffer) {
      this.viewed = buffer;
      this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    }
    return this.view;
  }
}

/** Reads RFC 3339 time stamps with up to nine digits of fraction and any zone. The second of the previous line is remembered: it mostly is the same. */
class StampReader {
  sec = 0;
  nsec = 0;
  private readonly known = new Uint8Array(19);
  private knownSec = Number.NaN;
  private knownDay = Number.NaN;

  /** The offset behind the stamp and its blank, or -1 when there is no stamp. */
  read(buffer: Buffer, start: number, end: number): number {
    if (end - start < 20) return -1;
    const { known } = this;
    let same = true;
    for (let i = 18; i >= 0; i--) {
      if (buffer[start + i] !== known[i]) {
        same = false;
        break;
      }
    }
    if (!same && !this.readSecond(buffer, start)) return -1;
    let i = start + 19;
    let nsec = 0;
    if (buffer[i] === 0x2e) {
      let scale = 100_000_000;
      i++;
      const first = i;
      for (; i < end; i++) {
        const digit = buffer[i]! - 48;
        if (digit < 0 || digit > 9) break;
        nsec += digit * scale;
        scale = scale > 1 ? scale / 10 : 0;
      }
      if (i === first) return -1;
    }
    let sec = this.knownSec;
    const zone = buffer[i];
    if (zone === 0x5a) i++;
    else if (zone === 0x2b || zone === 0x2d) {
      if (i + 6 > end || buffer[i + 3] !== 0x3a) return -1;
      const hours = two(buffer, i + 1);
      const minutes = two(buffer, i + 4);
      if (hours < 0 || minutes < 0) return -1;
      sec += (zone === 0x2b ? -1 : 1) * (hours * 3600 + minutes * 60);
      i += 6;
    } else return -1;
    // An empty line is a stamp and a blank, or a stamp alone where something trimmed it.
    if (i < end) {
      if (buffer[i] !== 0x20) return -1;
      i++;
    }
    this.sec = sec;
    this.nsec = nsec;
    return i;
  }

  private readSecond(buffer: Buffer, start: number): boolean {
    const hour = two(buffer, start + 11);
    const minute = two(buffer, start + 14);
    const second = two(buffer, start + 17);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
    if (buffer[start + 13] !== 0x3a || buffer[start + 16] !== 0x3a || buffer[start + 10] !== 0x54) return false;
    for (let i = 9; i >= 0; i--) {
      if (buffer[start + i] === this.known[i]) continue;
      if (!this.readDay(buffer, start)) return false;
      break;
    }
    this.knownSec = this.knownDay + hour * 3600 + minute * 60 + second;
    for (let i = 0; i < 19; i++) this.known[i] = buffer[start + i]!;
    return true;
  }

  private readDay(buffer: Buffer, start: number): boolean {
    const century = two(buffer, start);
    const year = two(buffer, start + 2);
    const month = two(buffer, start + 5);
    const day = two(buffer, start + 8);
    if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1 || day > 31) return false;
    if (buffer[start + 4] !== 0x2d || buffer[start + 7] !== 0x2d) return false;
    this.knownDay = Date.UTC(century * 100 + year, month - 1, day) / 1000;
    return true;
  }
}

function two(buffer: Buffer, at: number): number {
  const tens = buffer[at]! - 48;
  const ones = buffer[at + 1]! - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}
