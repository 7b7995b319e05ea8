// What an aggregation gives: named columns and rows of cells, and the order that people expect of them.
import { LEVELS, type Level } from "../../record/level-names.ts";
import { compareTimestamps, type Timestamp } from "../../record/timestamp.ts";
import { compareNumeric, numericOf } from "../numbers.ts";

/** undefined: the record has no such field, or there was nothing to reckon with. */
export type Cell = string | number | Timestamp | undefined;
export type Row = readonly Cell[];

export interface Column {
  readonly name: string;
  readonly kind: "text" | "number" | "time" | "level";
  /** Of numbers: a part of the whole, 0 to 1, shown in percent. */
  readonly isShare?: boolean;
  /** Of times: people are shown milliseconds. */
  readonly isExact?: boolean;
  /** Text that a person reads below the row where the row would leave little of it. */
  readonly isLong?: boolean;
  /** Long text that a person reads below the row, not in it. */
  readonly isBelow?: boolean;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** What a reader must know of the figures: values left out, estimates, bounds that were reached. */
  readonly notes: readonly string[];
}

/**
 * What a field's value is in a table. Arrays give their first element, objects their JSON. Null, "" and [] are no value, as
 * for `field:*`.
 */
export function cellOf(value: unknown): Cell {
  switch (typeof value) {
    case "string":
      return value === "" ? undefined : value;
    case "number":
      return value;
    case "boolean":
    case "bigint":
      return String(value);
    case "object":
      if (value === null) return undefined;
      if (Array.isArray(value)) return cellOf(value[0]);
      return isTimestamp(value) ? value : JSON.stringify(value);
    default:
      return undefined;
  }
}

export function isTimestamp(value: object): value is Timestamp {
  return (
    typeof (value as Partial<Timestamp>).sec === "number" && typeof (value as Partial<Timestamp>).nsec === "number"
  );
}

/**
 * Ascending: numbers (texts that are numbers too) by size, before texts by their characters; levels by severity. Cells
 * without a value are last in both directions.
 */
export function cellOrder(kind: Column["kind"], descending: boolean): (a: Cell, b: Cell) => number {
  const sign = descending ? -1 : 1;
  const compare = kind === "level" ? compareLevels : compareValues;
  return (a, b) => {
    if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
    return sign * compare(a, b);
  };
}

type Value = Exclude<Cell, undefined>;

function compareValues(a: Value, b: Value): number {
  if (typeof a === "object" && typeof b === "object") return compareTimestamps(a, b);
  const x = numericOf(a);
  const y = numericOf(b);
  if (x === undefined || y === undefined) {
    if (x !== y) return x === undefined ? 1 : -1;
    return compareTexts(String(a), String(b));
  }
  return compareNumeric(x, y) || compareTexts(x.text, y.text);
}

function compareLevels(a: Value, b: Value): number {
  return rankOf(a) - rankOf(b);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rankOf(name: Value): number {
  return LEVELS.indexOf(name as Level);
}
