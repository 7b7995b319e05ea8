// The time that a plain line tells itself: at its beginning, behind an address as access logs have it, or in a field.
import type { Timestamp } from "../../record/timestamp.ts";
import { FLAG_READ_TIME, type RecordBatch } from "../record-batch.ts";
import { firstFlagged } from "./flagged-rows.ts";
import { jsonTimeValue, logfmtTimeValue } from "./line-time-fields.ts";
import { TimeScanner } from "./line-time-scanner.ts";
import { type LocalZone, systemZone } from "./local-times.ts";

/** How far into the line the bracket of an access log may stand. */
const MAX_CLF_START = 64;
/** Offsets of zones change at quarter hours. */
const ZONE_BLOCK = 900;

const NOTHING = Buffer.alloc(0);

/** Keeps what neighbouring lines have in common: the day, the zone's offset. */
export class LineTimes {
  private readonly zone: LocalZone;
  private readonly scanner = new TimeScanner();
  private block = Number.NaN;
  private offset = 0;
  private memory: Uint8Array = NOTHING;
  private buffer: Buffer = NOTHING;

  /** `zone` is that of times that name none. */
  constructor(zone: LocalZone = systemZone) {
    this.zone = zone;
  }

  /** The time of the line `bytes[start..end)`, read at about `readTime`: that gives syslog's and klog's times their year. */
  find(bytes: Uint8Array, start: number, end: number, readTime: Timestamp): Timestamp | undefined {
    if (!this.scan(bytes, start, end, readTime.sec)) return undefined;
    return { sec: this.instant(), nsec: this.scanner.nsec };
  }

  /** Gives the rows that have only the time when they were read their own, where they tell it. `find` of each row. */
  refine(batch: RecordBatch, readTime: Timestamp): void {
    const { flags, count } = batch;
    for (let row = firstFlagged(batch, FLAG_READ_TIME); row < count; row++) {
      if ((flags[row]! & FLAG_READ_TIME) === 0) continue;
      if (!this.scan(batch.bytes, batch.start[row]!, batch.end[row]!, readTime.sec)) continue;
      batch.sec[row] = this.instant();
      batch.nsec[row] = this.scanner.nsec;
      flags[row]! &= ~FLAG_READ_TIME;
    }
  }

  private scan(bytes: Uint8Array, start: number, end: number, now: number): boolean {
    const { scanner } = this;
    let at = start;
    while (at < end && (bytes[at] === 0x20 || bytes[at] === 0x09)) at++;
    if (bytes[at] === 0x3c) at = behindPriority(bytes, at, end);
    if (bytes[at] === 0x5b || bytes[at] === 0x28 || bytes[at] === 0x22) at++;
    if (at >= end) return false;
    scanner.reset(bytes, at, end);
    const first = bytes[at]!;
    if (first >= 0x30 && first <= 0x39) return scanner.iso() || this.clf(bytes, at, end);
    if (first === 0x7b) return this.field(bytes, jsonTimeValue(this.bufferOf(bytes), at, end), end);
    if (isDigit(bytes[at + 1])) {
      if (first === 0x49 || first === 0x57 || first === 0x45 || first === 0x46 || first === 0x44) {
        scanner.at++;
        if (scanner.klog(now)) return true;
      }
    } else if (scanner.syslog(now)) return true;
    return this.clf(bytes, at, end) || this.field(bytes, logfmtTimeValue(this.bufferOf(bytes), at, end), end);
  }

  private clf(bytes: Uint8Array, at: number, end: number): boolean {
    const most = Math.min(at + MAX_CLF_START, end - 4);
    for (let i = at; i < most; i++) {
      if (bytes[i] !== 0x5b || bytes[i + 3] !== 0x2f) continue;
      this.scanner.reset(bytes, i + 1, end);
      return this.scanner.clf();
    }
    return false;
  }

  private field(bytes: Uint8Array, value: number, end: number): boolean {
    if (value < 0) return false;
    this.scanner.reset(bytes, value, end);
    if (this.scanner.iso()) return true;
    this.scanner.reset(bytes, value, end);
    return this.scanner.epoch();
  }

  private instant(): number {
    const { wall, offset } = this.scanner;
    if (offset !== undefined) return wall - offset;
    const block = Math.floor(wall / ZONE_BLOCK);
    if (block !== this.block) {
      this.block = block;
      this.offset = block * ZONE_BLOCK - this.zone(block * ZONE_BLOCK);
    }
    return wall - this.offset;
  }

  private bufferOf(bytes: Uint8Array): Buffer {
    if (bytes !== this.memory) this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.memory = bytes;
    return this.buffer;
  }
}

const local = new LineTimes();

/** Gives the rows that have only the time when they were read their own, where they tell it; times without a zone are this machine's. */
export function refineTimes(batch: RecordBatch, readTime: Timestamp): void {
  local.refine(batch, readTime);
}

/** `<134>` and the version that newer syslog puts behind it: `<134>1 `. */
function behindPriority(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  while (at < end && at < start + 4 && isDigit(bytes[at])) at++;
  if (bytes[at] !== 0x3e) return start;
  at++;
  return bytes[at] === 0x31 && bytes[at + 1] === 0x20 ? at + 2 : at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
