// Which group a record belongs to: one number for the values of all its keys.
import { LEVELS } from "../../record/level-names.ts";
import { formatDuration } from "../duration.ts";
import type { GroupKey } from "../query.ts";
import type { QueryRecord } from "../query-record.ts";
import type { RecordView } from "../record-view.ts";
import { fieldInfo } from "./field-info.ts";
import { FieldReader, type KeyReader, LevelReader, OriginReader, TimeReader } from "./key-readers.ts";
import { PairTable } from "./pair-table.ts";
import type { Cell, Column } from "./table.ts";

const NONE: readonly number[] = [];

/** A level is a number below. */
const LEVEL_IDS = LEVELS.length + 1;
/** Of what origin and level make, so many have a place of their own at each time; further ones are looked up. */
const MAX_PLACES = 8192;
/** Places of all times together: 16 MB. */
const ALL_PLACES = 1 << 22;
const FIRST_PLACES = 64;

/**
 * Keys that klog knows of every record go a fast way: origin and level make a number without a look-up, which has a place in
 * an array for each time. Others are paired with it one by one.
 */
export class Groups {
  readonly columns: readonly Column[];
  /** Of the record that was read last: the other groups it belongs to, where a key's field is an array. */
  further = NONE;
  /** Records that are in no group because there would have been too many. */
  leftOut = 0;
  private readonly limit: number;
  private readonly view: RecordView;
  private readonly origins: OriginReader | undefined;
  private readonly level: LevelReader | undefined;
  private readonly time: TimeReader | undefined;
  private readonly others: readonly KeyReader[];
  private readonly lastIds: number[];
  private readonly isKnown: boolean;
  /** Of what origin and level make, and the time. */
  private readonly timePairs = new PairTable();
  /** `otherPairs[i]` joins the group up to there with what `others[i]` gives. */
  private readonly otherPairs: readonly PairTable[];
  /** By time: the groups by what origin and level make, one more than their numbers; undefined: all are looked up. */
  private readonly timeGroups: (Int32Array | undefined)[] = [];
  private placesLeft = ALL_PLACES;
  /** Where a column's cell stands among the cells of origin, level, time, others. */
  private readonly places: readonly number[];
  private highest = -1;

  constructor(keys: readonly GroupKey[], zone: string, limit: number, view: RecordView) {
    this.limit = limit;
    this.view = view;
    const names = columnNames(keys);
    const others: KeyReader[] = [];
    // Whose cells the readers give, by the keys' places: names may be the same.
    const keysOf = { origin: [] as number[], level: [] as number[], time: [] as number[], others: [] as number[] };
    let time: TimeReader | undefined;
    let level: LevelReader | undefined;
    const addOther = (reader: KeyReader, i: number) => {
      others.push(reader);
      keysOf.others.push(i);
    };
    keys.forEach((key, i) => {
      const name = names[i]!;
      if ("everyMs" in key) {
        const reader = new TimeReader(name, key.everyMs, zone, limit);
        if (time === undefined) {
          time = reader;
          keysOf.time.push(i);
        } else addOther(reader, i);
        return;
      }
      const { isOfOrigin, isLevel } = fieldInfo(key.field);
      if (isOfOrigin) keysOf.origin.push(i);
      else if (isLevel && level === undefined) {
        level = new LevelReader(name);
        keysOf.level.push(i);
      } else addOther(isLevel ? new LevelReader(name) : new FieldReader(key.field, limit, view), i);
    });
    const ofOrigin = keysOf.origin.map((i) => names[i]!);
    this.origins = ofOrigin.length > 0 ? new OriginReader(ofOrigin, limit, view) : undefined;
    this.level = level;
    this.time = time;
    this.others = others;
    this.lastIds = others.map(() => 0);
    this.otherPairs = others.map(() => new PairTable());
    this.isKnown = others.length < keys.length;
    const inOrder = this.known()
      .concat(others)
      .flatMap((reader) => reader.columns);
    const keysInOrder = [...keysOf.origin, ...keysOf.level, ...keysOf.time, ...keysOf.others];
    this.places = keys.map((_, i) => keysInOrder.indexOf(i));
    this.columns = this.places.map((place) => inOrder[place]!);
  }

  /** Groups are numbered below this; without keys there is one from the beginning. Some have no record. */
  get size(): number {
    return this.isKnown || this.others.length > 0 ? this.highest + 1 : 1;
  }

  /** -1: the record is left out. */
  of(record: QueryRecord): number {
    if (this.further.length > 0) this.further = NONE;
    let group = this.origins === undefined ? 0 : this.origins.of(record);
    if (this.level !== undefined && group >= 0) group = group * LEVEL_IDS + this.level.of(record);
    if (this.time !== undefined && group >= 0) group = this.atTime(group, this.time.of(record));
    if (this.others.length > 0) group = this.withOthers(record, group);
    if (group > this.highest) this.highest = group;
    if (group < 0) this.leftOut++;
    return group;
  }

  cells(group: number): readonly Cell[] {
    const parts: (readonly Cell[])[] = [];
    let rest = group;
    for (let i = this.others.length - 1; i >= 0; i--) {
      const isFirst = i === 0 && !this.isKnown;
      parts.unshift(this.others[i]!.cells(isFirst ? rest : this.otherPairs[i]!.second(rest)));
      rest = isFirst ? 0 : this.otherPairs[i]!.first(rest);
    }
    if (this.time !== undefined) {
      parts.unshift(this.time.cells(this.timePairs.second(rest)));
      rest = this.timePairs.first(rest);
    }
    if (this.level !== undefined) {
      parts.unshift(this.level.cells(rest % LEVEL_IDS));
      rest = Math.floor(rest / LEVEL_IDS);
    }
    if (this.origins !== undefined) parts.unshift(this.origins.cells(rest));
    const inOrder = parts.flat();
    return this.places.map((place) => inOrder[place]);
  }

  private known(): KeyReader[] {
    return [this.origins, this.level, this.time].filter((reader) => reader !== undefined);
  }

  private atTime(group: number, time: number): number {
    const groups = this.timeGroups[time];
    const known = groups !== undefined && group < groups.length ? groups[group]! : 0;
    return known > 0 ? known - 1 : this.newAtTime(group, time);
  }

  private newAtTime(group: number, time: number): number {
    if (time < 0) return -1;
    // Whether a time has places is settled when it is seen first: a pair is found by one way only.
    while (this.timeGroups.length <= time) {
      this.timeGroups.push(this.placesLeft > 0 ? new Int32Array(FIRST_PLACES) : undefined);
      this.placesLeft -= FIRST_PLACES;
    }
    let groups = this.timeGroups[time];
    // Once the places are used up no time gets more, so what is looked up now was never in a place.
    const isLookedUp =
      groups === undefined || (group >= groups.length && (group >= MAX_PLACES || this.placesLeft <= 0));
    if (groups === undefined || isLookedUp) return this.timePairs.of(group, time, this.limit);
    if (group >= groups.length) {
      const more = grown(groups, group);
      this.placesLeft -= more.length - groups.length;
      groups = more;
      this.timeGroups[time] = more;
    }
    const found = this.timePairs.append(group, time, this.limit);
    groups[group] = found + 1;
    return found;
  }

  private withOthers(record: QueryRecord, known: number): number {
    const { others, lastIds } = this;
    this.view.look(record);
    let isOne = true;
    for (let i = 0; i < others.length; i++) {
      lastIds[i] = others[i]!.of(record);
      if (others[i]!.further.length > 0) isOne = false;
    }
    let group = known;
    for (let i = 0; i < others.length; i++) group = this.paired(i, group, lastIds[i]!);
    if (!isOne) this.findFurther(known, group);
    return group;
  }

  private paired(i: number, group: number, id: number): number {
    if (i === 0 && !this.isKnown) return id;
    return group < 0 || id < 0 ? -1 : this.otherPairs[i]!.of(group, id, this.limit);
  }

  private findFurther(known: number, first: number): void {
    let groups = [known];
    this.others.forEach((reader, i) => {
      const ids = [this.lastIds[i]!, ...reader.further];
      groups = groups.flatMap((group) => ids.map((id) => this.paired(i, group, id)));
    });
    this.further = groups.filter((group) => group >= 0 && group !== first);
    for (const group of this.further) if (group > this.highest) this.highest = group;
  }
}

function grown(from: Int32Array, index: number): Int32Array {
  const to = new Int32Array(Math.max(index + 1, from.length * 2));
  to.set(from);
  return to;
}

/** `time` for the first step unless a field has the name, `time(5m)` for others. */
function columnNames(keys: readonly GroupKey[]): string[] {
  const hasField = keys.some((key) => "field" in key && key.field === "time");
  const firstTime = hasField ? -1 : keys.findIndex((key) => "everyMs" in key);
  return keys.map((key, i) =>
    "field" in key ? key.field : i === firstTime ? "time" : `time(${formatDuration(key.everyMs)})`,
  );
}
