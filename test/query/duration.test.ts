import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/query/duration.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("parseDuration", () => {
  test.each([
    ["90s", 90_000],
    ["1h30m", 90 * MINUTE],
    ["1h 30m", 90 * MINUTE],
    ["2d", 2 * DAY],
    ["1w", 7 * DAY],
    ["500ms", 500],
    ["1.5h", 90 * MINUTE],
    ["0.1h", 6 * MINUTE],
    [".5s", 500],
    ["48h0m0s", 48 * HOUR],
    ["250us", 0.25],
    ["250µs", 0.25],
    ["10ns", 1e-5],
    ["0", 0],
    ["0s", 0],
    ["30 min", 30 * MINUTE],
    ["2 Hours", 2 * HOUR],
    ["3days", 3 * DAY],
    ["PT30M", 30 * MINUTE],
    ["P1DT2H", 26 * HOUR],
    ["pt1.5s", 1500],
    ["P2W", 14 * DAY],
    [" 5m ", 5 * MINUTE],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    ["", "is empty"],
    ["90", "a unit is missing at position 2"],
    ["1h30", "a unit is missing at position 4"],
    ["5q", 'the unit "q" is unknown at position 2'],
    ["1M", 'the unit "M" is unknown'],
    ["h", "a number was expected at position 1"],
    ["1h foo", "a number was expected at position 3"],
    ["-5m", "a number was expected at position 1"],
    ["P", "a number was expected at position 1"],
    ["PT", "a number was expected at position 1"],
    ["P1DT", "a number was expected at position 1"],
    ["PT1.2.3S", "a number was expected at position 1"],
  ])("%j says what is wrong and where", (text, words) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: "TIME_INVALID" }));
    expect(() => parseDuration(text)).toThrow(words);
  });
});

describe("formatDuration", () => {
  test.each([
    [0, "0s"],
    [250, "250ms"],
    [1500, "1.5s"],
    [90 * MINUTE, "1h30m"],
    [2 * DAY + 3 * HOUR, "2d3h"],
    [DAY + 1, "1d0.001s"],
    [-90_000, "-1m30s"],
    [0.25, "250us"],
    [0.0005, "500ns"],
  ])("%d ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test("writes what parseDuration reads back exactly", () => {
    fc.assert(
      fc.property(fc.nat(4e12), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});
