// Time zones by Intl: the offset of a zone at an instant, and the instant that a wall clock means.
import { KlogError } from "../errors.ts";

/** Offsets change at quarter hours only (Lord Howe moves by 30 minutes, at a full hour). */
const BLOCK = 900;
/** Some six weeks of quarter hours a zone. */
const MAX_BLOCKS = 4096;

interface ZoneClock {
  readonly offsets: Intl.DateTimeFormat;
  readonly blocks: Map<number, number>;
  lastBlock: number;
  lastOffset: number;
}

const clocks = new Map<string, ZoneClock>();
let lastName: string | undefined;
let lastClock: ZoneClock | undefined;

/** A zone's name as Intl takes it, of `Local`, `UTC`, `Europe/Berlin`, `+05:30`. Throws TIME_INVALID. */
export function parseTimezone(text: string): string {
  const name = text.trim();
  if (/^local$/i.test(name)) return new Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (/^(utc|z|gmt)$/i.test(name)) return "UTC";
  const offset = /^(?:utc|gmt)?([+-])(\d{1,2})(?::?(\d{2}))?$/i.exec(name);
  const zone = offset === null ? name : `${offset[1]}${offset[2]!.padStart(2, "0")}:${offset[3] ?? "00"}`;
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone;
  } catch (cause) {
    throw new KlogError("TIME_INVALID", `the time zone "${text}" is unknown`, {
      hint: "use Local, UTC, an offset such as +05:30, or an IANA name such as Europe/Berlin",
      cause,
    });
  }
}

/** Seconds east of UTC at the instant `sec`. */
export function offsetAt(zone: string, sec: number): number {
  const clock = zone === lastName ? lastClock! : clockOf(zone);
  const block = Math.floor(sec / BLOCK);
  if (block === clock.lastBlock) return clock.lastOffset;
  let offset = clock.blocks.get(block);
  if (offset === undefined) {
    offset = readOffset(clock.offsets, block * BLOCK);
    if (clock.blocks.size >= MAX_BLOCKS) clock.blocks.clear();
    clock.blocks.set(block, offset);
  }
  clock.lastBlock = block;
  clock.lastOffset = offset;
  return offset;
}

/**
 * The instant at which the zone's clocks show `wall` (seconds, counted as if the wall clock were UTC).
 * A time that clocks show twice is the first one, or the second with `later`; one that they skip lies as far behind the
 * gap as it was meant to lie behind its beginning (02:30 becomes 03:30), as in RFC 5545 and Temporal.
 */
export function instantOfWall(zone: string, wall: number, later = false): number {
  const before = wall - offsetAt(zone, wall - 86_400);
  const after = wall - offsetAt(zone, wall + 86_400);
  const valid = [before, after].filter((sec) => sec + offsetAt(zone, sec) === wall);
  if (valid.length === 0) return before;
  return later ? Math.max(...valid) : Math.min(...valid);
}

/** The zone's short name at an instant, as `%Z` prints it: `UTC`, `EST`, `GMT+1`. */
export function zoneAbbreviation(zone: string, sec: number): string {
  return zoneName(new Intl.DateTimeFormat("en-US", { timeZone: parseTimezone(zone), timeZoneName: "short" }), sec);
}

function clockOf(zone: string): ZoneClock {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    const timeZone = parseTimezone(zone);
    const offsets = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
    clock = { offsets, blocks: new Map(), lastBlock: Number.NaN, lastOffset: 0 };
    clocks.set(zone, clock);
  }
  lastName = zone;
  lastClock = clock;
  return clock;
}

function readOffset(format: Intl.DateTimeFormat, sec: number): number {
  const found = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(zoneName(format, sec));
  if (found === null) return 0;
  const seconds = Number(found[2]) * 3600 + Number(found[3]) * 60 + Number(found[4] ?? 0);
  return found[1] === "-" ? -seconds : seconds;
}

function zoneName(format: Intl.DateTimeFormat, sec: number): string {
  return format.formatToParts(sec * 1000).find((part) => part.type === "timeZoneName")?.value ?? "UTC";
}
