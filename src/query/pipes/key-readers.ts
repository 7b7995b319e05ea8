// Numbers the values of one key: each reader gives a record's value as a small number and knows the cell behind it.
import { levelOf } from "../../record/level.ts";
import { LEVELS, type Level } from "../../record/level-names.ts";
import type { Origin } from "../../record/log-line.ts";
import { fromMillis } from "../../record/timestamp.ts";
import { type FieldPlace, placeOf } from "../field-place.ts";
import type { QueryRecord } from "../query-record.ts";
import type { RecordView } from "../record-view.ts";
import { type Cell, type Column, cellOf } from "./table.ts";
import { TimeBuckets } from "./time-buckets.ts";

/** Readers of fields share a view, which looks at the record already. */
export interface KeyReader {
  readonly columns: readonly Column[];
  /** From 0 on; -1 where no more values can be told apart. */
  of(record: QueryRecord): number;
  /** Of the record that was read last: what more values it has, where the field is an array. */
  readonly further: readonly number[];
  /** One cell a column. */
  cells(id: number): readonly Cell[];
}

const NONE: readonly number[] = [];

/** Origins beyond this were read long ago: they are numbered anew when they come again. */
const MAX_ORIGINS = 100_000;

/** All keys that are the same for every record of an origin, as one: one look-up a record, whatever their number. */
export class OriginReader implements KeyReader {
  readonly columns: readonly Column[];
  readonly further = NONE;
  private readonly places: readonly FieldPlace[];
  private readonly known = new Map<Origin, number>();
  private readonly ids = new Map<string, number>();
  private readonly tuples: (readonly Cell[])[] = [];
  private readonly limit: number;
  private readonly view: RecordView;
  private last: Origin | undefined;
  private lastId = 0;

  constructor(fields: readonly string[], limit: number, view: RecordView) {
    this.places = fields.map(placeOf);
    this.limit = limit;
    this.view = view;
    this.columns = fields.map((name) => ({ name, kind: "text" }));
  }

  of(record: QueryRecord): number {
    const { origin } = record;
    if (origin === this.last) return this.lastId;
    const id = this.known.get(origin) ?? this.add(record);
    this.last = origin;
    this.lastId = id;
    return id;
  }

  cells(id: number): readonly Cell[] {
    return this.tuples[id]!;
  }

  private add(record: QueryRecord): number {
    this.view.look(record);
    const tuple = this.places.map((place) => cellOf(this.view.field(place)));
    const key = JSON.stringify(tuple.map((cell) => cell ?? null));
    let id = this.ids.get(key) ?? -1;
    if (id === -1 && this.tuples.length < this.limit) {
      id = this.tuples.length;
      this.tuples.push(tuple);
      this.ids.set(key, id);
    }
    if (this.known.size >= MAX_ORIGINS) this.known.clear();
    this.known.set(record.origin, id);
    return id;
  }
}

export class LevelReader implements KeyReader {
  readonly columns: readonly Column[];
  readonly further = NONE;
  private last: Level | undefined;
  private lastId = 0;

  constructor(name: string) {
    this.columns = [{ name, kind: "level" }];
  }

  of({ details, buffer, start, end }: QueryRecord): number {
    const level = details === undefined ? levelOf(buffer, start, end) : details.level;
    if (level === this.last) return this.lastId;
    this.last = level;
    this.lastId = level === undefined ? 0 : LEVELS.indexOf(level) + 1;
    return this.lastId;
  }

  cells(id: number): readonly Cell[] {
    return [id === 0 ? undefined : LEVELS[id - 1]];
  }
}

export class TimeReader implements KeyReader {
  readonly columns: readonly Column[];
  readonly further = NONE;
  private readonly buckets: TimeBuckets;
  private readonly ids = new Map<number, number>();
  private readonly starts: (number | undefined)[] = [undefined];
  private readonly limit: number;
  private from = 0;
  private to = 0;
  private lastId = 0;

  constructor(name: string, everyMs: number, zone: string, limit: number) {
    this.columns = [{ name, kind: "time" }];
    this.buckets = new TimeBuckets(everyMs, zone);
    this.limit = limit;
  }

  of({ sec, nsec }: QueryRecord): number {
    if (sec >= this.from && sec < this.to) return this.lastId;
    if (sec < 0) return 0;
    const start = this.buckets.of(sec, nsec);
    let id = this.ids.get(start) ?? -1;
    if (id < 0 && this.starts.length < this.limit) {
      id = this.starts.push(start) - 1;
      this.ids.set(start, id);
    }
    this.from = this.buckets.from;
    this.to = this.buckets.to;
    this.lastId = id;
    return id;
  }

  cells(id: number): readonly Cell[] {
    const start = this.starts[id];
    return [start === undefined ? undefined : fromMillis(start)];
  }
}

/** What the texts of one key may take together, in UTF-16 units. */
const MAX_TEXT = 1 << 27;

export class FieldReader implements KeyReader {
  readonly columns: readonly Column[];
  further = NONE;
  private readonly place: FieldPlace;
  private readonly limit: number;
  private readonly view: RecordView;
  /** Texts and numbers that read alike are one value; the first that came is shown. */
  private readonly ids = new Map<string, number>();
  private readonly values: Cell[] = [undefined];
  private textLength = 0;

  constructor(name: string, limit: number, view: RecordView) {
    this.place = placeOf(name);
    this.limit = limit;
    this.view = view;
    this.columns = [{ name, kind: "text" }];
  }

  of(): number {
    const value = this.view.field(this.place);
    if (this.further.length > 0) this.further = NONE;
    return Array.isArray(value) ? this.ofArray(value) : this.ofCell(cellOf(value));
  }

  cells(id: number): readonly Cell[] {
    return [this.values[id]];
  }

  /** An array counts once for each different element, as `field:value` finds it by each. */
  private ofArray(values: readonly unknown[]): number {
    const ids = [...new Set(values.map((value) => this.ofCell(cellOf(value))))];
    if (ids.length > 1) this.further = ids.slice(1);
    return ids[0] ?? 0;
  }

  private ofCell(cell: Cell): number {
    if (cell === undefined) return 0;
    const text = typeof cell === "string" ? cell : typeof cell === "number" ? String(cell) : `${cell.sec}.${cell.nsec}`;
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    if (this.values.length > this.limit || this.textLength > MAX_TEXT) return -1;
    this.textLength += text.length;
    const id = this.values.push(cell) - 1;
    this.ids.set(text, id);
    return id;
  }
}
