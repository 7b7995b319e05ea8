// Time cut into equal steps that begin where people expect: at full hours and midnights of the zone's clocks.

import { DAY_SECONDS } from "../calendar.ts";
import { wallSeconds } from "../calendar-arithmetic.ts";
import { instantOfWall } from "../time-zone.ts";

const DAY_MS = DAY_SECONDS * 1000;
/** Offsets of zones change at quarter hours only. */
const QUARTER = 900;

/**
 * A step that divides the day begins at the zone's midnight, so a step of a day has 23 or 25 hours where clocks change;
 * steps of whole weeks begin on Mondays; other steps are counted from the epoch.
 */
export class TimeBuckets {
  private readonly everyMs: number;
  private readonly zone: string;
  private readonly startOf: (sec: number, nsec: number) => number;
  /** Neighbouring records share their bucket: these seconds, [from, to), are in the one that was asked for last. */
  from = 0;
  to = 0;
  private start = 0;

  /** `everyMs`: whole milliseconds, at least 1. */
  constructor(everyMs: number, zone: string) {
    this.everyMs = everyMs;
    this.zone = zone;
    if (everyMs % 1000 !== 0) this.startOf = this.ofMillis;
    else if (everyMs % DAY_MS === 0) this.startOf = this.ofDays;
    else if (DAY_MS % everyMs === 0) this.startOf = this.ofWallClock;
    else this.startOf = this.ofMillis;
  }

  /** Where the bucket begins, milliseconds since the epoch. */
  of(sec: number, nsec: number): number {
    if (sec >= this.from && sec < this.to) return this.start;
    const start = this.startOf(sec, nsec);
    const quarter = Math.floor(sec / QUARTER) * QUARTER;
    // Within a quarter of an hour the offset holds, and so does the bucket up to its end.
    this.from = Math.max(quarter, Math.ceil(start / 1000));
    this.to = Math.min(quarter + QUARTER, Math.floor((start + this.everyMs) / 1000));
    this.start = start;
    return start;
  }

  /** Where the next bucket begins. */
  after(start: number): number {
    if (this.startOf === this.ofMillis) return start + this.everyMs;
    // A bucket in which clocks change is up to two hours longer or shorter than its step.
    const probe = Math.min(this.everyMs, QUARTER * 1000);
    for (let ms = start + Math.max(probe, this.everyMs - 2 * 3_600_000); ; ms += probe) {
      const next = this.startOf(Math.floor(ms / 1000), 0);
      if (next > start) return next;
    }
  }

  private ofMillis(sec: number, nsec: number): number {
    return Math.floor((sec * 1000 + Math.floor(nsec / 1e6)) / this.everyMs) * this.everyMs;
  }

  private ofWallClock(sec: number): number {
    const every = this.everyMs / 1000;
    const wall = wallSeconds({ sec, nsec: 0 }, this.zone);
    const wallStart = Math.floor(wall / every) * every;
    // Up to an hour, the hour that clocks show twice is two; longer steps run over it.
    return (every <= 3600 ? sec - (wall - wallStart) : instantOfWall(this.zone, wallStart)) * 1000;
  }

  private ofDays(sec: number): number {
    const every = this.everyMs / DAY_MS;
    const day = Math.floor(wallSeconds({ sec, nsec: 0 }, this.zone) / DAY_SECONDS);
    // Day 0 was a Thursday: three days after a Monday.
    const shift = every % 7 === 0 ? 3 : 0;
    return instantOfWall(this.zone, (Math.floor((day + shift) / every) * every - shift) * DAY_SECONDS) * 1000;
  }
}
