// A table in plain columns: a head, rows, numbers to the right.
import { type Paint, painted } from "../../output/paint.ts";

export interface TableColumn {
  readonly title: string;
  readonly right?: boolean;
}

export interface TableCell {
  readonly text: string;
  readonly paint?: Paint | undefined;
}

export function tableText(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  head: Paint,
): string[] {
  const widths = columns.map(({ title }, at) =>
    rows.reduce((widest, row) => Math.max(widest, row[at]?.text.length ?? 0), title.length),
  );
  const line = (cells: readonly TableCell[]): string => {
    const padded = cells.map(({ text, paint }, at) => {
      const space = " ".repeat(Math.max(0, widths[at]! - text.length));
      const shown = paint === undefined ? text : painted(paint, text);
      return columns[at]!.right ? space + shown : at === cells.length - 1 ? shown : shown + space;
    });
    return padded.join("  ").trimEnd();
  };
  return [line(columns.map(({ title }) => ({ text: title, paint: head }))), ...rows.map(line)];
}
