import { describe, expect, test } from "vitest";
import { displayWidth } from "../../src/output/display-width.ts";
import { barsThatFit, histogramLines } from "../../src/output/histogram-text.ts";
import { createStyles } from "../../src/output/theme.ts";
import type { Histogram } from "../../src/query/pipes/histogram.ts";

const START = 1_795_255_200_000;
const SERIES = ["fatal", "error", "warn", "notice", "info", "debug", "trace", "none"];

function histogram(bars: readonly { error?: number; info?: number }[]): Histogram {
  const made = bars.map(({ error = 0, info = 0 }, i) => ({
    start: START + i * 60_000,
    counts: [0, error, 0, 0, info, 0, 0, 0],
    total: error + info,
  }));
  const total = made.reduce((sum, bar) => sum + bar.total, 0);
  return { stepMs: 60_000, zone: "UTC", series: SERIES, isByLevel: true, bars: made, total, notes: [] };
}

const plain = createStyles("dark", 0);
const three = histogram([{ info: 32 }, {}, { info: 60, error: 4 }]);

test("bars of less than a second are told apart", () => {
  const fine: Histogram = {
    ...three,
    stepMs: 250,
    bars: three.bars.map((bar, i) => ({ ...bar, start: START + i * 250 })),
  };
  const [head, , ...rows] = histogramLines(fine, { styles: plain, isDrawn: false, width: 80 });
  expect(head).toContain("250ms a bar, most 64 at 10:00:00.500");
  expect(rows.map((row) => row.slice(0, 23))).toEqual([
    "2026-11-21 10:00:00.000",
    "2026-11-21 10:00:00.250",
    "2026-11-21 10:00:00.500",
  ]);
});

describe("on a terminal", () => {
  test("bars stand side by side over their times", () => {
    expect(histogramLines(three, { styles: plain, isDrawn: true, width: 80 })).toEqual([
      "96 records, 1m a bar, most 64 at 10:02",
      "64 ┤        ████",
      "   ┤        ████",
      "   ┤        ████",
      "   ┤        ████",
      "32 ┤████    ████",
      "   ┤████    ████",
      "   ┤████    ████",
      "   ┤████    ████",
      "   └────────────",
      "    10:00   10:02",
      "    error 4  info 92",
    ]);
  });

  test("the lowest cell shows that there are errors, however few", () => {
    const styles = createStyles("dark", 1);
    const lines = histogramLines(histogram([{ info: 10_000, error: 1 }]), { styles, isDrawn: true, width: 80 });
    expect(lines[8]).toContain(`${styles.levels.error.open}████`);
    expect(lines[7]).not.toContain(styles.levels.error.open);
  });

  test("a bar of one record among many is seen", () => {
    const lines = histogramLines(histogram([{ info: 1 }, { info: 100_000 }]), {
      styles: plain,
      isDrawn: true,
      width: 40,
    });
    expect(lines[8]).toContain("▁▁▁▁████");
  });

  test("never goes beyond its width", () => {
    for (const width of [40, 80, 200]) {
      const bars = Array.from({ length: barsThatFit(width) }, (_, i) => ({ info: i * 1000 }));
      const lines = histogramLines(histogram(bars), { styles: plain, isDrawn: true, width });
      expect(lines.length).toBe(12);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  });
});

describe("elsewhere", () => {
  test("a line a bar, with what occurred and a bar of ASCII", () => {
    expect(histogramLines(three, { styles: plain, isDrawn: false, width: 80 })).toEqual([
      "96 records, 1m a bar, most 64 at 10:02",
      "time                 count  error  info",
      `2026-11-21 10:00:00     32      0    32  ${"#".repeat(20)}`,
      "2026-11-21 10:01:00      0      0     0",
      `2026-11-21 10:02:00     64      4    60  ${"#".repeat(40)}`,
    ]);
  });

  test("bars that do not fit side by side are listed", () => {
    const many = histogram(Array.from({ length: 100 }, () => ({ info: 1 })));
    expect(histogramLines(many, { styles: plain, isDrawn: true, width: 80 }).length).toBe(102);
  });

  test("without a record there is a line that says so", () => {
    expect(histogramLines(histogram([]), { styles: plain, isDrawn: true, width: 80 })).toEqual([
      "no records in the range",
    ]);
  });
});
