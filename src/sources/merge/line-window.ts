// The last stretch of the merged timeline, held until no other source can give one of its lines once more: there a line that
// several sources gave becomes one.
import type { LogLine } from "../../record/log-line.ts";
import { Moment, NO_MOMENT } from "./moment.ts";
import { PrintedLines } from "./printed-lines.ts";
import {
  checksumOf,
  furtherLines,
  isRicher,
  isSamePlace,
  type Place,
  physicalLines,
  placeOf,
  taggedWith,
} from "./same-line.ts";

/** The how-many-th hit of which source. */
export interface Hit {
  readonly source: number;
  readonly serial: number;
}

export interface Entry extends Hit {
  line: LogLine;
  /** Hits that were the same line, or lines of the same event. */
  also: Hit[] | undefined;
  /** Another entry took it in. */
  absorbed: boolean;
  /** Whole milliseconds since the epoch. */
  readonly ms: number;
}

/** An event whose further lines another source may give one by one. */
export interface GivenEvent extends Hit {
  readonly place: Place;
  readonly sec: number;
  readonly nsec: number;
  /** Checksums of the second and later lines. */
  readonly further: readonly number[];
  /** By source, how many of them it has given: each is taken in once. */
  readonly taken: Map<number, number>;
}

export interface LineWindowOptions {
  readonly sourceNames: readonly string[];
  readonly order: "newest" | "oldest";
  /** False: every hit is a line of its own. */
  readonly dedupe: boolean;
  /** Lines that went out are remembered, since a copy of one may come later. */
  readonly remember: boolean;
}

/** Copies agree in the millisecond at least. */
const HOLD_MS = 1;
/** Newest first, an event's further lines come before it. */
const HOLD_NEWEST_MS = 1000;
/** Further lines that come later than this are lines of their own. */
export const EVENT_LIFE_SEC = 30;
const MAX_EVENTS = 1000;

export class LineWindow {
  private readonly options: LineWindowOptions;
  private readonly hold: number;
  private readonly direction: 1 | -1;
  private held: Entry[] = [];
  private first = 0;
  private moment = NO_MOMENT;
  private readonly moments = new Map<number, Moment>();
  private readonly memory: PrintedLines | undefined;
  /** Replaced, never changed: pages keep what was given up to them. */
  events: readonly GivenEvent[] = [];

  constructor(options: LineWindowOptions) {
    this.options = options;
    this.direction = options.order === "oldest" ? 1 : -1;
    this.hold = !options.dedupe ? 0 : options.order === "oldest" ? HOLD_MS : HOLD_NEWEST_MS;
    this.memory = options.dedupe && options.remember ? new PrintedLines() : undefined;
  }

  /** Hits that were nothing new and have no entry that they could go with: whoever reads them takes them out. */
  readonly orphans: Hit[] = [];

  get isEmpty(): boolean {
    return this.first === this.held.length;
  }

  /** Events that were given before the search was resumed. */
  expect(events: readonly GivenEvent[]): void {
    this.events = [...this.events, ...events];
  }

  /** Takes the timeline's next line. */
  push(line: LogLine, source: number, serial: number): void {
    const entry: Entry = {
      line,
      source,
      serial,
      also: undefined,
      absorbed: false,
      ms: line.sec * 1000 + Math.floor(line.nsec / 1e6),
    };
    if (this.options.dedupe && line.sec >= 0) this.place(entry);
    else this.held.push(entry);
  }

  /**
   * Adds to `out`, up to `most` entries, what no later line can be the same as: `ms` is where the timeline has got to, undefined
   * its end.
   */
  release(ms: number | undefined, out: Entry[], most: number): void {
    const { held, direction, hold } = this;
    while (this.first < held.length && out.length < most) {
      const entry = held[this.first]!;
      if (ms !== undefined && hold > 0 && direction * (ms - entry.ms) <= hold) break;
      this.first++;
      this.leave(entry.ms);
      if (entry.absorbed) {
        if (entry.also !== undefined) this.orphans.push(...entry.also);
        continue;
      }
      if (this.memory !== undefined && entry.line.sec >= 0) this.memory.add(entry);
      out.push(entry);
    }
    if (this.first === held.length) {
      held.length = 0;
      this.first = 0;
    } else if (this.first > 4096 && this.first * 2 > held.length) {
      this.held = held.slice(this.first);
      this.first = 0;
    }
  }

  private leave(ms: number): void {
    const moment = this.moments.get(ms);
    if (moment === undefined || --moment.open > 0) return;
    this.moments.delete(ms);
    if (this.moment === moment) this.moment = NO_MOMENT;
  }

  private place(entry: Entry): void {
    const { line, source } = entry;
    if (this.events.length > 0 && this.continuesEvent(entry)) return;
    if (this.memory?.takeAgain(line, source)) return this.attach(entry);
    const moment = this.momentOf(entry.ms);
    const twin = moment.twinOf(entry);
    if (twin === undefined) {
      moment.add(entry);
      this.held.push(entry);
    } else this.join(moment, twin, entry);
    if (physicalLines(line) > 1) this.given(entry, twin);
  }

  private knownMoment(ms: number): Moment | undefined {
    if (this.moment.ms === ms) return this.moment;
    // Live lines come back to moments that are not the last one.
    return this.options.remember ? this.moments.get(ms) : undefined;
  }

  private momentOf(ms: number): Moment {
    let moment = this.knownMoment(ms);
    if (moment === undefined) {
      moment = new Moment(ms, !this.options.remember);
      if (this.options.remember) this.moments.set(ms, moment);
    }
    this.moment = moment;
    return moment;
  }

  /** One of both stands for both. */
  private join(moment: Moment, twin: Entry, entry: Entry): void {
    const [one, other] = entry.source < twin.source ? [entry, twin] : [twin, entry];
    const tags = [...this.tagsOf(one)];
    for (const tag of this.tagsOf(other)) if (!tags.includes(tag)) tags.push(tag);
    const kept = isRicher(entry.line, twin.line) ? entry.line : twin.line;
    const tagged = taggedWith(kept, tags);
    if (kept === twin.line || (kept.sec === twin.line.sec && kept.nsec === twin.line.nsec)) {
      twin.line = tagged;
      const hit = { source: entry.source, serial: entry.serial };
      if (twin.also === undefined) twin.also = [hit];
      else twin.also.push(hit);
      return;
    }
    // The exact time is a little later than the coarse one that it replaces: it stands where it belongs.
    twin.absorbed = true;
    entry.line = tagged;
    entry.also = [...(twin.also ?? []), { source: twin.source, serial: twin.serial }];
    moment.add(entry);
    this.held.push(entry);
  }

  private tagsOf({ line: { details }, source }: Entry): readonly string[] {
    return details === undefined || details.sources.length === 0
      ? [this.options.sourceNames[source]!]
      : details.sources;
  }

  /** A hit that is nothing new counts as read when the line before it is. */
  private attach(entry: Entry): void {
    const before = this.held.at(-1);
    const hit = { source: entry.source, serial: entry.serial };
    if (before === undefined || this.isEmpty) this.orphans.push(hit);
    else before.also = [...(before.also ?? []), hit];
  }

  /** Another source gives the lines of an event one by one: those that came before it here are taken back. */
  private given({ line, source, serial }: Entry, twin: Entry | undefined): void {
    const further = furtherLines(line);
    const { origin, sec, nsec } = line;
    const known = twin === undefined ? undefined : this.eventOf(twin);
    // Sources that give one event whole have given its lines with it: what they give later is of another event.
    known?.taken.set(source, further.length);
    if (known !== undefined && known.further.length >= further.length) return;
    const taken = new Map(known?.taken);
    if (known !== undefined) taken.set(known.source, known.further.length);
    const target = twin?.absorbed === false ? twin : this.held.at(-1)!;
    const ordered = this.direction === 1 ? this.held.slice(this.first) : this.held.slice(this.first).reverse();
    for (const other of ordered) {
      if (other.absorbed || other === target || other.source === source || isBefore(other.line, line)) continue;
      if (!isSamePlace(other.line.origin, origin)) continue;
      const at = further.indexOf(checksumOf(other.line), taken.get(other.source) ?? 0);
      // What this source gave too is a line of its own.
      if (at < 0 || other.also?.some((hit) => hit.source === source)) continue;
      other.absorbed = true;
      target.also = [...(target.also ?? []), { source: other.source, serial: other.serial }, ...(other.also ?? [])];
      taken.set(other.source, at + 1);
    }
    const recent = this.events.filter((event) => event !== known && Math.abs(sec - event.sec) <= EVENT_LIFE_SEC);
    this.events = [...recent, { place: placeOf(origin), sec, nsec, source, serial, further, taken }].slice(-MAX_EVENTS);
  }

  /** What is recorded of the event that an entry stands for. */
  private eventOf(entry: Entry): GivenEvent | undefined {
    return this.events.findLast((event) => isSameHit(entry, event) || entry.also?.some((hit) => isSameHit(hit, event)));
  }

  private continuesEvent(entry: Entry): boolean {
    const { line, source } = entry;
    let sum: number | undefined;
    for (const event of this.events) {
      if (event.source === source || isBefore(line, event)) continue;
      if (line.sec - event.sec > EVENT_LIFE_SEC || !isSamePlace(event.place, line.origin)) continue;
      sum ??= checksumOf(line);
      const at = event.further.indexOf(sum, event.taken.get(source) ?? 0);
      if (at < 0) continue;
      // The first line of another event may read the same; it has a time of its own, which its twin shares.
      if (this.knownMoment(entry.ms)?.twinOf(entry) !== undefined) return false;
      event.taken.set(source, at + 1);
      this.attach(entry);
      return true;
    }
    return false;
  }
}

function isSameHit(a: Hit, b: Hit): boolean {
  return a.source === b.source && a.serial === b.serial;
}

function isBefore(a: { sec: number; nsec: number }, b: { sec: number; nsec: number }): boolean {
  return a.sec < b.sec || (a.sec === b.sec && a.nsec < b.nsec);
}
