// A query's error for people: the message, the query with a caret under the place, a hint.
import type { QueryError } from "./query-error.ts";

const ZERO_WIDTH = /[\p{Mark}\u200b-\u200f\u2060\ufeff]/u;
const DOUBLE_WIDTH =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;

/**
 * Lines joined by newlines, without one at the end. A query wider than `width` columns is cut around the caret; what would
 * move the cursor (tabs, line ends, escapes) shows as one sign each.
 */
export function errorText(error: QueryError, width = 100): string {
  const { shown, column } = windowAround(error.query, error.position, Math.max(width - 2, 20));
  const hint = error.hint === undefined ? "" : `\n  ${error.hint}`;
  return `${error.message}\n  ${shown}\n  ${" ".repeat(column)}^${hint}`;
}

/** The part of the query that fits, and the columns before the caret in it. */
function windowAround(query: string, position: number, width: number): { shown: string; column: number } {
  const before = cells(query.slice(0, position));
  const behind = cells(query.slice(position));
  const whole = sum(before) + sum(behind);
  if (whole < width) return { shown: text(before) + text(behind), column: sum(before) };
  // Two thirds of the window lie before the caret: there is what led to the error.
  const kept = takeWithin(before.toReversed(), Math.floor((width * 2) / 3)).toReversed();
  const left = kept.length < before.length ? `…${text(kept)}` : text(kept);
  const column = sum(kept) + (kept.length < before.length ? 1 : 0);
  const rest = takeWithin(behind, width - column - 1);
  return { shown: `${left}${text(rest)}${rest.length < behind.length ? "…" : ""}`, column };
}

interface Cell {
  readonly text: string;
  readonly width: number;
}

function cells(text: string): Cell[] {
  return [...text].map((character) => {
    if (/\s/.test(character)) return { text: " ", width: 1 };
    if (/[\p{Cc}\p{Cs}]/u.test(character)) return { text: "·", width: 1 };
    return { text: character, width: ZERO_WIDTH.test(character) ? 0 : DOUBLE_WIDTH.test(character) ? 2 : 1 };
  });
}

function takeWithin(from: readonly Cell[], width: number): Cell[] {
  let used = 0;
  const end = from.findIndex((cell) => {
    used += cell.width;
    return used > width;
  });
  return end < 0 ? [...from] : from.slice(0, end);
}

function sum(of: readonly Cell[]): number {
  return of.reduce((total, cell) => total + cell.width, 0);
}

function text(of: readonly Cell[]): string {
  return of.map((cell) => cell.text).join("");
}
