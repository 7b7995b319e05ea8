// Keeps what a cursor behind any line of the timeline is made of: how far each source has gone out, and the events whose further
// lines another source may still give.
import type { SearchCursor } from "../search-cursor.ts";
import type { Consumed } from "./consumed.ts";
import { type Entry, EVENT_LIFE_SEC, type GivenEvent, type Hit } from "./line-window.ts";
import type { PageReader, ReaderPart } from "./page-reader.ts";
import type { Place } from "./same-line.ts";

interface Part extends ReaderPart {
  readonly gave?: readonly PackedEvent[];
}

/** Place, time, and checksums of the further lines. */
type PackedEvent = readonly [place: Place, sec: number, nsec: number, further: readonly number[]];

export class CursorTrail {
  private readonly readers: readonly PageReader[];
  private readonly names: readonly string[];
  private readonly constant: Omit<SearchCursor, "sources">;

  constructor(readers: readonly PageReader[], constant: Omit<SearchCursor, "sources">) {
    this.readers = readers;
    this.names = readers.map(({ source }) => source.name);
    this.constant = constant;
  }

  /** Takes the entries of a page as gone out, and gives the cursors in it. */
  pass(entries: readonly Entry[], events: readonly GivenEvent[]): (index: number) => SearchCursor {
    const before = this.readers.map((reader) => reader.consumed.copy());
    const pages = this.readers.map((reader) => reader.pages);
    const consumed = this.readers.map((reader) => reader.consumed);
    for (const entry of entries) passEntry(entry, consumed);
    for (const reader of this.readers) reader.forgetPages();
    return (index) => {
      const passed = before.map((one) => one.copy());
      for (let i = 0; i <= index; i++) passEntry(entries[i]!, passed);
      const at = entries[Math.max(0, index)]?.line.sec ?? 0;
      const sources: Record<string, Part> = {};
      this.readers.forEach((reader, rank) => {
        const part = reader.partOf(passed[rank]!, pages[rank]!);
        const gave = events.flatMap((event) =>
          event.source === rank && isPassed(event, passed[rank]!) && Math.abs(at - event.sec) <= EVENT_LIFE_SEC
            ? [[event.place, event.sec, event.nsec, event.further] as const]
            : [],
        );
        if (part === undefined && gave.length === 0) return;
        sources[this.names[rank]!] = { at: undefined, ...part, ...(gave.length === 0 ? {} : { gave }) };
      });
      return { ...this.constant, sources };
    };
  }

  /** Hits that were nothing new go out without a line. */
  passSilently(hits: readonly Hit[]): void {
    for (const { source, serial } of hits) this.readers[source]!.consumed.add(serial);
  }
}

/** The events that a cursor's parts tell of. */
export function eventsOf(parts: readonly unknown[]): GivenEvent[] {
  return parts.flatMap((part, source) =>
    ((part as Part | undefined)?.gave ?? []).map(([place, sec, nsec, further]) => ({
      place,
      sec,
      nsec,
      source,
      serial: -1,
      further,
      taken: new Map<number, number>(),
    })),
  );
}

function passEntry({ source, serial, also }: Entry, consumed: readonly Consumed[]): void {
  consumed[source]!.add(serial);
  if (also !== undefined) for (const hit of also) consumed[hit.source]!.add(hit.serial);
}

function isPassed({ serial }: GivenEvent, { prefix, beyond }: Consumed): boolean {
  return serial < prefix || beyond.has(serial);
}
