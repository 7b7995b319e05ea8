// A histogram as text: bars side by side on a terminal, a line a bar elsewhere.
import { formatDuration } from "../query/duration.ts";
import type { Bar, Histogram } from "../query/pipes/histogram.ts";
import type { Column } from "../query/pipes/table.ts";
import { formatTime } from "../query/time-format.ts";
import { LEVELS } from "../record/level-names.ts";
import { fromMillis } from "../record/timestamp.ts";
import { alignedLines } from "./aligned-table.ts";
import { cutToWidth, displayWidth } from "./display-width.ts";
import { type Paint, PLAIN, painted } from "./paint.ts";
import { cleanString } from "./sanitize.ts";
import type { Styles } from "./theme.ts";

export interface HistogramOptions {
  readonly styles: Styles;
  /** Bars side by side need a terminal that shows blocks (UTF-8). */
  readonly isDrawn: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

const BLOCKS = ["", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;
const EIGHTHS = 8;
const HEIGHT = 8;
const MAX_BAR_WIDTH = 4;
/** A line's bar of `#`. */
const MAX_HASHES = 40;

/** Bars that fit side by side on a terminal of this width: the rest is the scale. */
export function barsThatFit(width: number): number {
  return Math.max(10, width - 12);
}

/** Lines without their ends. */
export function histogramLines(histogram: Histogram, options: HistogramOptions): string[] {
  if (histogram.bars.length === 0) return ["no records in the range"];
  const peak = histogram.bars.reduce((highest, bar) => (bar.total > highest.total ? bar : highest));
  const scale = String(peak.total).length;
  const fits = histogram.bars.length <= options.width - scale - 3;
  const lines = options.isDrawn && fits ? drawn(histogram, peak, options) : listed(histogram, peak, options);
  const head = headLine(histogram, peak);
  return [options.isDrawn ? cutToWidth(head, options.width) : head, ...lines];
}

function headLine(histogram: Histogram, peak: Bar): string {
  const { total, stepMs } = histogram;
  const at = stamp(histogram, peak.start);
  return `${total} records, ${formatDuration(stepMs)} a bar, most ${peak.total} at ${at}`;
}

function drawn(histogram: Histogram, peak: Bar, { styles, width }: HistogramOptions): string[] {
  const { bars } = histogram;
  const scale = Math.max(...[peak.total, Math.ceil(peak.total / 2)].map((n) => String(n).length));
  const barWidth = Math.min(MAX_BAR_WIDTH, Math.max(1, Math.floor((width - scale - 3) / bars.length)));
  const paints = histogram.series.map((_, i) => seriesPaint(histogram, i, styles));
  const columns = bars.map((bar) => barCells(bar, peak.total, histogram, paints));
  const lines: string[] = [];
  for (let row = HEIGHT - 1; row >= 0; row--) {
    const label =
      row === HEIGHT - 1 ? String(peak.total) : row === HEIGHT / 2 - 1 ? String(Math.ceil(peak.total / 2)) : "";
    const cells = columns.map(({ blocks, paintAt }) => {
      const block = blocks[row];
      return block === undefined || block === "" ? " ".repeat(barWidth) : painted(paintAt(row), block.repeat(barWidth));
    });
    lines.push(`${painted(styles.dim, `${label.padStart(scale)} ┤`)}${cells.join("")}`.trimEnd());
  }
  const indent = " ".repeat(scale + 2);
  const room = width - indent.length;
  lines.push(painted(styles.dim, `${" ".repeat(scale)} └${"─".repeat(bars.length * barWidth)}`));
  lines.push(painted(styles.dim, indent + axis(histogram, barWidth, room)));
  lines.push(indent + legend(histogram, styles, paints, room));
  return lines;
}

interface BarCells {
  /** From the bottom up. */
  readonly blocks: readonly string[];
  readonly paintAt: (row: number) => Paint;
}

/** The worst stand at the bottom, where they compare. What a cell shows is the series of its middle. */
function barCells(bar: Bar, peak: number, histogram: Histogram, paints: readonly Paint[]): BarCells {
  const eighths = bar.total === 0 ? 0 : Math.max(1, Math.round((bar.total / peak) * HEIGHT * EIGHTHS));
  const blocks = Array.from({ length: HEIGHT }, (_, row) => {
    const filled = Math.min(EIGHTHS, Math.max(0, eighths - row * EIGHTHS));
    return BLOCKS[filled]!;
  });
  const paintAt = (row: number): Paint => {
    // A few errors among many records are what one looks for: they have the lowest cell for themselves.
    if (row === 0 && histogram.isByLevel) {
      const worst = bar.counts.findIndex((count) => count > 0);
      const isBad = histogram.series[worst] === "error" || histogram.series[worst] === "fatal";
      if (isBad) return paints[worst]!;
    }
    const top = Math.min(eighths, (row + 1) * EIGHTHS);
    const middle = ((row * EIGHTHS + top) / 2 / eighths) * bar.total;
    let sum = 0;
    const at = bar.counts.findIndex((count) => {
      sum += count;
      return count > 0 && sum >= middle;
    });
    return paints[at] ?? PLAIN;
  };
  return { blocks, paintAt };
}

function seriesPaint(histogram: Histogram, at: number, styles: Styles): Paint {
  if (histogram.isByLevel) {
    const level = LEVELS.find((name) => name === histogram.series[at]);
    return level === undefined ? styles.dim : styles.levels[level];
  }
  return styles.slots.length === 0 ? PLAIN : styles.slots[at % styles.slots.length]![0]!.pod;
}

/** Times under the bars, as many as have room. */
function axis(histogram: Histogram, barWidth: number, room: number): string {
  let line = "";
  histogram.bars.forEach(({ start }, i) => {
    const at = i * barWidth;
    const label = stamp(histogram, start);
    const isApart = line === "" || at >= line.length + 3;
    if (isApart && at + label.length <= room) line = line.padEnd(at) + label;
  });
  return line;
}

/** The clock; the date too where the bars go over more than a day. */
function stamp({ stepMs, zone, bars }: Histogram, start: number): string {
  const text = formatTime(fromMillis(start), "rfc3339", zone);
  const span = bars.at(-1)!.start - bars[0]!.start;
  if (stepMs >= 86_400_000) return text.slice(0, 10);
  const millis = stepMs % 1000 === 0 ? "" : `.${String(fromMillis(start).nsec / 1e6).padStart(3, "0")}`;
  const clock = stepMs % 60_000 === 0 ? text.slice(11, 16) : text.slice(11, 19) + millis;
  return span >= 86_400_000 ? `${text.slice(5, 10)} ${clock}` : clock;
}

/** What occurred, with its total: the first as far as there is room. */
function legend(histogram: Histogram, styles: Styles, paints: readonly Paint[], room: number): string {
  const items: string[] = [];
  let used = 0;
  totals(histogram).forEach((total, i) => {
    if (total === 0) return;
    const mark = styles.dim.open === "" ? "" : `${painted(paints[i]!, "█")} `;
    const text = `${cutToWidth(cleanString(histogram.series[i]!, false), 30)} ${total}`;
    used += displayWidth(text) + (mark === "" ? 2 : 4);
    if (used - 2 <= room) items.push(mark + text);
  });
  return items.join("  ");
}

function totals({ series, bars }: Histogram): number[] {
  return series.map((_, i) => bars.reduce((sum, { counts }) => sum + counts[i]!, 0));
}

/** time, count, what occurred of the series, and a bar of `#`. */
function listed(histogram: Histogram, peak: Bar, { styles }: HistogramOptions): string[] {
  const occurred = totals(histogram).flatMap((total, i) => (total > 0 ? [i] : []));
  const columns: Column[] = [
    { name: "time", kind: "time", isExact: histogram.stepMs % 1000 !== 0 },
    { name: "count", kind: "number" },
    ...occurred.map((i): Column => ({ name: histogram.series[i]!, kind: "number" })),
    { name: "", kind: "text" },
  ];
  const rows = histogram.bars.map(({ start, counts, total }) => [
    fromMillis(start),
    total,
    ...occurred.map((i) => counts[i]),
    total === 0 ? " " : "#".repeat(Math.max(1, Math.round((total / peak.total) * MAX_HASHES))),
  ]);
  const lines = alignedLines(columns, rows, { zone: histogram.zone, styles, width: undefined });
  return [...lines].map((line) => line.trimEnd()).filter((line) => displayWidth(line) > 0);
}
