// A table's cells as text: for people, and for programs.

import type { Cell, Column } from "../query/pipes/table.ts";
import { formatTime } from "../query/time-format.ts";
import type { Timestamp } from "../record/timestamp.ts";

/** Digits of a number with a fraction that a person is shown. */
const DIGITS = 6;

/** Whole numbers in full, others to six digits. */
export function numberText(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 10 ** DIGITS) return String(Math.round(value));
  return String(Number(value.toPrecision(DIGITS)));
}

/** `12.3 %`; what is there at all is never 0. */
export function shareText(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 0.1 ? "<0.1 %" : `${percent.toFixed(1)} %`;
}

/** One line for a person. `showsOffset`: times with their zone's offset, where a column has several. */
export function shownText(cell: Cell, column: Column, zone: string, showsOffset: boolean): string {
  if (cell === undefined) return column.kind === "text" || column.kind === "level" ? "(none)" : "-";
  if (typeof cell === "number") return column.isShare === true ? shareText(cell) : numberText(cell);
  if (typeof cell === "object") {
    const time = formatTime(cell, "rfc3339", zone).replace("T", " ");
    const millis = column.isExact === true ? `.${String(Math.floor(cell.nsec / 1e6)).padStart(3, "0")}` : "";
    return time.slice(0, 19) + millis + (showsOffset ? time.slice(19) : "");
  }
  return cell.replace(/[\s]+/g, " ").trim();
}

/** Whether the column's times lie in different offsets of the zone: two hours may then read alike. */
export function hasOffsets(cells: Iterable<Cell>, zone: string): boolean {
  let offset: string | undefined;
  for (const cell of cells) {
    if (typeof cell !== "object") continue;
    const found = formatTime(cell, "rfc3339", zone).slice(19);
    if (offset !== undefined && offset !== found) return true;
    offset = found;
  }
  return false;
}

/** For programs: RFC 3339, as exact as it is known. */
export function timeText(time: Timestamp, zone: string): string {
  return formatTime(time, time.nsec === 0 ? "rfc3339" : "default", zone);
}

/** For programs: text, numbers and null; shares to six digits behind the point. */
export function plainValue(cell: Cell, column: Column, zone: string): string | number | null {
  if (cell === undefined) return null;
  if (typeof cell === "object") return timeText(cell, zone);
  return typeof cell === "number" && column.isShare === true ? Number(cell.toFixed(6)) : cell;
}
