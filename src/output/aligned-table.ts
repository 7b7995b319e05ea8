// A table for people: aligned columns, numbers to the right, long values cut only where the terminal ends.

import type { Column, Row } from "../query/pipes/table.ts";
import { LEVELS, type Level } from "../record/level-names.ts";
import { cutToWidth, displayWidth, padded } from "./display-width.ts";
import { painted } from "./paint.ts";
import { cleanString } from "./sanitize.ts";
import { hasOffsets, shownText } from "./table-cells.ts";
import type { Styles } from "./theme.ts";

export interface AlignedOptions {
  readonly zone: string;
  readonly styles: Styles;
  /** Columns of the terminal; undefined in a pipe, where nothing is cut. */
  readonly width: number | undefined;
}

const GAP = "  ";
const EPOCH = { sec: 0, nsec: 0 };
/** A long text that gets less than this is read below its row. */
const READABLE = 50;
/** A text column is not cut below this. */
const MIN_WIDTH = 8;

/** Lines without their ends: the head, then a line a row and one for each value that stands below it. */
export function* alignedLines(
  columns: readonly Column[],
  rows: readonly Row[],
  options: AlignedOptions,
): Iterable<string> {
  const { zone } = options;
  const withOffset = columns.map(
    ({ kind }, at) =>
      kind === "time" &&
      hasOffsets(
        rows.map((row) => row[at]),
        zone,
      ),
  );
  const text = (row: Row, at: number) => cleanString(shownText(row[at], columns[at]!, zone, withOffset[at]!), false);
  const natural = columns.map(({ name, isBelow }, at) => {
    if (isBelow === true) return 0;
    return rows.reduce(
      (width, row) => Math.max(width, displayWidth(text(row, at))),
      displayWidth(cleanString(name, false)),
    );
  });
  const isBelow = columns.map(
    (column, at) => column.isBelow === true || (column.isLong === true && isCrowded(natural, at, options.width)),
  );
  const inRow = columns.flatMap((_, at) => (isBelow[at] ? [] : [at]));
  const below = columns.flatMap((_, at) => (isBelow[at] ? [at] : []));
  const widths = inRow.map((at) => natural[at]!);
  if (options.width !== undefined)
    narrow(
      widths,
      inRow.map((at) => columns[at]!),
      options.width,
    );

  const shown = inRow.map((at) => columns[at]!);
  yield rowLine(
    shown,
    shown.map(({ name }) => cleanString(name, false)),
    widths,
    options,
    true,
  );
  for (const row of rows) {
    yield rowLine(
      shown,
      inRow.map((at) => text(row, at)),
      widths,
      options,
      false,
    );
    for (const at of below) {
      if (row[at] !== undefined) yield belowLine(text(row, at), columns[at]!, options);
    }
  }
}

/** A table whose rows come one by one: columns are as wide as their widest value so far. */
export class GrowingTable {
  private readonly columns: readonly Column[];
  private readonly options: AlignedOptions;
  private readonly widths: number[];

  constructor(columns: readonly Column[], options: AlignedOptions) {
    this.columns = columns;
    this.options = options;
    const widthOf = (column: Column) =>
      column.kind === "time" ? shownText(EPOCH, column, options.zone, true).length : 0;
    this.widths = columns.map((column) => Math.max(displayWidth(column.name), widthOf(column)));
  }

  head(): string {
    return this.line(
      this.columns.map(({ name }) => cleanString(name, false)),
      true,
    );
  }

  row(row: Row): string {
    const { columns, widths, options } = this;
    const texts = columns.map((column, at) => cleanString(shownText(row[at], column, options.zone, true), false));
    texts.forEach((text, i) => {
      if (i < texts.length - 1) widths[i] = Math.max(widths[i]!, displayWidth(text));
    });
    return this.line(texts, false);
  }

  private line(texts: readonly string[], isHead: boolean): string {
    return rowLine(this.columns, texts, this.widths, { ...this.options, width: undefined }, isHead);
  }
}

function rowLine(
  columns: readonly Column[],
  texts: readonly string[],
  widths: readonly number[],
  { styles, width }: AlignedOptions,
  isHead: boolean,
): string {
  let line = "";
  columns.forEach((column, i) => {
    const isNumber = column.kind === "number";
    const isLast = i === columns.length - 1;
    const text = width === undefined ? texts[i]! : cutToWidth(texts[i]!, widths[i]!);
    const space = padded("", Math.max(0, widths[i]! - displayWidth(text)), "left");
    const shown = isHead ? painted(styles.dim, text) : paintedCell(column, text, styles);
    line += (i === 0 ? "" : GAP) + (isNumber ? space + shown : isLast ? shown : shown + space);
  });
  return line;
}

function paintedCell(column: Column, text: string, styles: Styles): string {
  if (column.kind !== "level") return text;
  const level: Level | undefined = LEVELS.find((name) => name === text);
  return level === undefined ? text : painted(styles.levels[level], text);
}

/** Whether the others leave the column too little of the terminal. */
function isCrowded(widths: readonly number[], at: number, width: number | undefined): boolean {
  if (width === undefined) return false;
  const others = widths.reduce((sum, one, i) => (i === at || one === 0 ? sum : sum + one + GAP.length), 0);
  return widths[at]! > width - others && width - others < READABLE;
}

/** What belongs to the row itself stands further left, and bright. */
function belowLine(text: string, { isLong }: Column, { styles, width }: AlignedOptions): string {
  const indent = isLong === true ? "  " : "    ";
  const shown = width === undefined ? text : cutToWidth(text, width - indent.length);
  return indent + (isLong === true ? shown : painted(styles.dim, shown));
}

/** Takes from the widest text column until the table fits, or nothing can be taken any more. */
function narrow(widths: number[], columns: readonly Column[], width: number): void {
  let excess = widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1)) - width;
  while (excess > 0) {
    let widest = -1;
    columns.forEach(({ kind }, i) => {
      if (kind === "text" && widths[i]! > MIN_WIDTH && (widest < 0 || widths[i]! > widths[widest]!)) widest = i;
    });
    if (widest < 0) return;
    // Down to the next widest at once: long values would take a step a character.
    const others = columns.flatMap(({ kind }, i) => (kind === "text" && i !== widest ? [widths[i]!] : []));
    const next = Math.max(MIN_WIDTH, ...others.filter((one) => one <= widths[widest]!));
    const taken = Math.max(1, Math.min(excess, widths[widest]! - next));
    widths[widest]! -= taken;
    excess -= taken;
  }
}
