// Clock times without a zone: the decoder's first half reads the clock's figures, this one knows the zone.
import type { RecordBatch } from "../record-batch.ts";

/** Seconds since the epoch for a clock time, given as if it were UTC. */
export type LocalZone = (clockSeconds: number) => number;

/** The zone of this process (TZ). A time that the clock shows twice is the first, one that it leaps over lies behind the leap. */
export const systemZone: LocalZone = (clockSeconds) => {
  const clock = new Date(clockSeconds * 1000);
  // Not Date's constructor: it takes the years 0 to 99 for those of the 20th century.
  const local = new Date(0);
  local.setFullYear(clock.getUTCFullYear(), clock.getUTCMonth(), clock.getUTCDate());
  local.setHours(clock.getUTCHours(), clock.getUTCMinutes(), clock.getUTCSeconds(), 0);
  return Math.floor(local.getTime() / 1000);
};

/** In `flags` while the row's time is a clock time, counted as if it were UTC. As in assembly/rows.ts. */
export const FLAG_LOCAL_TIME = 128;

export function placeLocalTimes(batch: RecordBatch, zone: LocalZone): void {
  let clock = Number.NaN;
  let placed = 0;
  for (let row = 0; row < batch.count; row++) {
    if ((batch.flags[row]! & FLAG_LOCAL_TIME) === 0) continue;
    batch.flags[row]! &= ~FLAG_LOCAL_TIME;
    // Lines of one second follow each other.
    if (batch.sec[row] !== clock) {
      clock = batch.sec[row]!;
      placed = zone(clock);
    }
    batch.sec[row] = placed;
  }
}
