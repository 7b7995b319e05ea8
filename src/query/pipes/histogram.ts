// hist: how many records there were over time, in steps that are given or fit the range, split by level or by a field.
import { LEVELS } from "../../record/level-names.ts";
import { compareTimestamps, fromMillis, type Timestamp, toMillis } from "../../record/timestamp.ts";
import type { QueryRecord } from "../query-record.ts";
import { RecordView } from "../record-view.ts";
import { type Aggregation, Tallies } from "./aggregation.ts";
import { fieldInfo, needsText } from "./field-info.ts";
import { stepFor, widerStep } from "./histogram-steps.ts";
import { FieldReader, type KeyReader, LevelReader, OriginReader } from "./key-readers.ts";
import { PairTable } from "./pair-table.ts";
import { type Cell, cellOrder, type Row, type Table } from "./table.ts";
import { TimeBuckets } from "./time-buckets.ts";

/** Steps that are kept apart until it is known how wide a bar must be. */
const MAX_FINE_STEPS = 4096;
/** Steps of a given width that are kept, and for each of them on average so many values. */
const MAX_STEPS = 1_000_000;
const VALUES_A_STEP = 4;
/** Values of the field in `hist by field`; further ones are `(other)`. */
const MAX_SERIES = 10_000;
/** Values that are drawn apart. */
const DRAWN_SERIES = 7;
/** Empty bars are shown as long as there are no more of them all. */
const MAX_FILLED = 10_000;

export interface HistogramOptions {
  /** undefined: as wide as fits. */
  readonly everyMs: number | undefined;
  /** undefined: by level. */
  readonly by: string | undefined;
  /** The search's range, where it is known. */
  readonly from: Timestamp | undefined;
  readonly to: Timestamp | undefined;
  /** Milliseconds since the epoch: where a range without an end ends. */
  readonly now: number;
  readonly zone: string;
  /** Bars that fit. */
  readonly maxBars: number;
  readonly maxSteps?: number;
}

export interface Bar {
  /** Milliseconds since the epoch. */
  readonly start: number;
  /** By series. */
  readonly counts: readonly number[];
  readonly total: number;
}

export interface Histogram {
  readonly stepMs: number;
  readonly zone: string;
  /** Levels from the worst down and then `none`; or values of the field, the most frequent first. */
  readonly series: readonly string[];
  readonly isByLevel: boolean;
  /** One after the other without a gap, unless they would be too many. */
  readonly bars: readonly Bar[];
  readonly total: number;
  readonly notes: readonly string[];
}

const LEVEL_SERIES = [...[...LEVELS].reverse(), "none"];

export class HistogramAggregation implements Aggregation {
  readonly needsText: boolean;
  private readonly options: HistogramOptions;
  private readonly view = new RecordView();
  private readonly series: KeyReader;
  private readonly maxSteps: number;
  private stepMs: number;
  private buckets: TimeBuckets;
  private starts: number[] = [];
  private ids = new Map<number, number>();
  private pairs = new PairTable();
  private counts = new Tallies();
  private lastStart = Number.NaN;
  private lastId = 0;
  private total = 0;
  private withoutTime = 0;
  /** Records of a step or a value that is one too many. */
  private leftOut = 0;

  constructor(options: HistogramOptions) {
    const { everyMs, by, from, to, now, zone, maxBars } = options;
    this.options = options;
    this.maxSteps = options.maxSteps ?? MAX_STEPS;
    this.series = seriesReader(by, this.view);
    this.needsText = by !== undefined && needsText([{ field: by }]);
    const range = from === undefined ? 0 : (to === undefined ? now : toMillis(to)) - toMillis(from);
    this.stepMs = everyMs ?? stepFor(Math.max(0, range), maxBars);
    this.buckets = new TimeBuckets(this.stepMs, zone);
  }

  add(record: QueryRecord): void {
    this.total++;
    if (record.sec < 0) {
      this.withoutTime++;
      return;
    }
    const bucket = this.bucketOf(this.buckets.of(record.sec, record.nsec));
    if (bucket < 0) {
      this.leftOut++;
      return;
    }
    // What is one value too many is counted as the series MAX_SERIES.
    const series = this.series.of(this.view.look(record).record);
    let isKept = this.count(bucket, series < 0 ? MAX_SERIES : series, 1);
    for (const other of this.series.further) {
      if (this.count(bucket, other < 0 ? MAX_SERIES : other, 1)) isKept = true;
    }
    if (!isKept) this.leftOut++;
    if (this.starts.length > MAX_FINE_STEPS && this.options.everyMs === undefined) this.widen();
  }

  /** A row a bar: `time`, `count`, and the levels; by a field a row for each bar and value. */
  result(): Table {
    return this.options.by === undefined ? this.levelTable() : this.valueTable(this.options.by);
  }

  histogram(): Histogram {
    this.fit();
    const { by } = this.options;
    const isByLevel = by === undefined || fieldInfo(by).isLevel;
    const names = isByLevel ? LEVEL_SERIES : undefined;
    const shown = names === undefined ? this.frequentSeries() : undefined;
    const series = names ?? shown!.names;
    const place = (id: number) => (shown === undefined ? LEVELS.length - id : shown.place(id));
    const { starts, isFilled } = this.range();
    const index = new Map(starts.map((start, i) => [start, i]));
    const counts = starts.map(() => new Array<number>(series.length).fill(0));
    for (let pair = 0; pair < this.pairs.size; pair++) {
      const bar = counts[index.get(this.starts[this.pairs.first(pair)]!)!]!;
      bar[place(this.pairs.second(pair))]! += this.counts.of(pair);
    }
    return {
      stepMs: this.stepMs,
      zone: this.options.zone,
      series,
      isByLevel,
      bars: counts.map((of, i) => ({ start: starts[i]!, counts: of, total: of.reduce((a, b) => a + b, 0) })),
      total: this.total - this.withoutTime - this.leftOut,
      notes: this.notes(isFilled),
    };
  }

  private notes(isFilled: boolean): string[] {
    return [
      ...(this.withoutTime > 0 ? [`records without a time, which are not in the histogram: ${this.withoutTime}`] : []),
      ...(this.leftOut > 0
        ? [
            `there are too many steps to keep them all, a wider one would do; records that are left out: ${this.leftOut}`,
          ]
        : []),
      ...(isFilled ? [] : ["steps without records are left out: there would be too many of them"]),
    ];
  }

  private levelTable(): Table {
    const { bars, series, notes } = this.histogram();
    return {
      columns: [
        { name: "time", kind: "time" },
        { name: "count", kind: "number" },
        ...series.map((name) => ({ name, kind: "number" }) as const),
      ],
      rows: bars.map(({ start, counts, total }): Row => [fromMillis(start), total, ...counts]),
      notes,
    };
  }

  private valueTable(by: string): Table {
    this.fit();
    const rows: [Timestamp, Cell, number][] = [];
    for (let pair = 0; pair < this.pairs.size; pair++) {
      const id = this.pairs.second(pair);
      const value = id === MAX_SERIES ? "(other)" : this.series.cells(id)[0];
      rows.push([fromMillis(this.starts[this.pairs.first(pair)]!), value, this.counts.of(pair)]);
    }
    const order = cellOrder(this.series.columns[0]!.kind, false);
    rows.sort((a, b) => compareTimestamps(a[0], b[0]) || b[2] - a[2] || order(a[1], b[1]));
    return {
      columns: [
        { name: "time", kind: "time" },
        { ...this.series.columns[0]!, name: by },
        { name: "count", kind: "number" },
      ],
      rows,
      notes: this.notes(true),
    };
  }

  /** False where it would be one number too many. */
  private count(bucket: number, series: number, amount: number): boolean {
    const pair = this.pairs.of(bucket, series, this.maxSteps * VALUES_A_STEP);
    if (pair >= 0) this.counts.add(pair, amount);
    return pair >= 0;
  }

  /** -1 for one step too many. */
  private bucketOf(start: number): number {
    if (start === this.lastStart) return this.lastId;
    let id = this.ids.get(start) ?? -1;
    if (id < 0 && this.starts.length < this.maxSteps) {
      id = this.starts.push(start) - 1;
      this.ids.set(start, id);
    }
    this.lastStart = start;
    this.lastId = id;
    return id;
  }

  /** Takes steps together until the bars fit. */
  private fit(): void {
    if (this.options.everyMs !== undefined) return;
    for (;;) {
      const { oldest, newest } = this.ends();
      if (oldest === undefined || newest === undefined) return;
      if ((newest - oldest) / this.stepMs < this.options.maxBars) return;
      this.widen();
    }
  }

  private widen(): void {
    const { starts, pairs, counts } = this;
    this.stepMs = widerStep(this.stepMs);
    this.buckets = new TimeBuckets(this.stepMs, this.options.zone);
    this.starts = [];
    this.ids = new Map();
    this.pairs = new PairTable();
    this.counts = new Tallies();
    this.lastStart = Number.NaN;
    const moved = starts.map((start) => this.bucketOf(this.buckets.of(Math.floor(start / 1000), 0)));
    for (let pair = 0; pair < pairs.size; pair++) {
      this.count(moved[pairs.first(pair)]!, pairs.second(pair), counts.of(pair));
    }
  }

  /** The first and the last bar's beginning: those of the range, and of what was found outside of it. */
  private ends(): { oldest: number | undefined; newest: number | undefined } {
    const { from, to } = this.options;
    let oldest = from === undefined ? undefined : this.buckets.of(from.sec, from.nsec);
    let newest = from === undefined || to === undefined ? undefined : this.buckets.of(to.sec, to.nsec);
    for (const start of this.starts) {
      if (oldest === undefined || start < oldest) oldest = start;
      if (newest === undefined || start > newest) newest = start;
    }
    return { oldest, newest };
  }

  private range(): { starts: number[]; isFilled: boolean } {
    const { oldest, newest } = this.ends();
    if (oldest === undefined || newest === undefined) return { starts: [], isFilled: true };
    if ((newest - oldest) / this.stepMs > MAX_FILLED) {
      return { starts: [...this.starts].sort((a, b) => a - b), isFilled: false };
    }
    const starts = new Set(this.starts);
    for (let start = oldest; start <= newest; start = this.buckets.after(start)) starts.add(start);
    return { starts: [...starts].sort((a, b) => a - b), isFilled: true };
  }

  private frequentSeries(): { names: string[]; place: (id: number) => number } {
    const totals = new Map<number, number>();
    for (let pair = 0; pair < this.pairs.size; pair++) {
      const id = this.pairs.second(pair);
      totals.set(id, (totals.get(id) ?? 0) + this.counts.of(pair));
    }
    const known = [...totals].filter(([id]) => id !== MAX_SERIES).sort((a, b) => b[1] - a[1]);
    const drawn = known.slice(0, DRAWN_SERIES).map(([id]) => id);
    const names = drawn.map((id) => String(this.series.cells(id)[0] ?? "(none)"));
    const hasOther = totals.size > drawn.length;
    const places = new Map(drawn.map((id, i) => [id, i]));
    return { names: hasOther ? [...names, "(other)"] : names, place: (id) => places.get(id) ?? drawn.length };
  }
}

function seriesReader(by: string | undefined, view: RecordView): KeyReader {
  if (by === undefined) return new LevelReader("level");
  const { isLevel, isOfOrigin } = fieldInfo(by);
  if (isLevel) return new LevelReader(by);
  return isOfOrigin ? new OriginReader([by], MAX_SERIES, view) : new FieldReader(by, MAX_SERIES - 1, view);
}
