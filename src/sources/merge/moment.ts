// Lines of one millisecond, among which the copies of a line are looked for.
import type { LogLine } from "../../record/log-line.ts";
import type { Entry } from "./line-window.ts";
import { checksumOf, isSameLine } from "./same-line.ts";

/** From here on a moment's lines are looked up by their text. */
const FEW = 16;

export class Moment {
  readonly ms: number;
  /** Entries that are still held. */
  open = 0;
  private readonly isOrdered: boolean;
  private readonly entries: Entry[] = [];
  private byText: Map<number, Entry[]> | undefined;
  /** Entries that `byText` has. */
  private filed = 0;
  private cut: Entry[] | undefined;
  private hasCoarse = false;
  private only = -1;

  /** `isOrdered`: entries come in the order of their time, or in the opposite one. */
  constructor(ms: number, isOrdered: boolean) {
    this.ms = ms;
    this.isOrdered = isOrdered;
  }

  add(entry: Entry): void {
    this.only = this.entries.length === 0 || this.only === entry.source ? entry.source : -1;
    this.entries.push(entry);
    this.open++;
    if (entry.line.nsec % 1000 === 0) this.hasCoarse = true;
    if (entry.line.cut > 0) this.cut = [...(this.cut ?? []), entry];
  }

  /** The first entry that is the same line and that the source has not given yet. */
  twinOf({ line, source }: Entry): Entry | undefined {
    const { entries } = this;
    if (this.only === source || entries.length === 0) return undefined;
    let from = 0;
    if (this.isOrdered && !this.hasCoarse && line.nsec % 1000 !== 0) {
      from = entries.length;
      while (from > 0 && entries[from - 1]!.line.nsec === line.nsec) from--;
      if (from === entries.length) return undefined;
    }
    if (entries.length - from <= FEW || line.cut > 0) return find(entries, from, line, source);
    const found = find(this.withText(line), 0, line, source);
    return found ?? (this.cut === undefined ? undefined : find(this.cut, 0, line, source));
  }

  private withText(line: LogLine): readonly Entry[] {
    this.byText ??= new Map();
    for (; this.filed < this.entries.length; this.filed++) {
      const entry = this.entries[this.filed]!;
      const key = checksumOf(entry.line);
      const known = this.byText.get(key);
      if (known === undefined) this.byText.set(key, [entry]);
      else known.push(entry);
    }
    return this.byText.get(checksumOf(line)) ?? [];
  }
}

export const NO_MOMENT = new Moment(Number.NaN, true);

function find(entries: readonly Entry[], from: number, line: LogLine, source: number): Entry | undefined {
  for (let i = from; i < entries.length; i++) {
    const entry = entries[i]!;
    if (entry.source === source || entry.absorbed) continue;
    if (entry.also?.some((hit) => hit.source === source)) continue;
    if (isSameLine(entry.line, line)) return entry;
  }
  return undefined;
}
