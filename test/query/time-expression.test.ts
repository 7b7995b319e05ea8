import { describe, expect, test } from "vitest";
import { parseTime } from "../../src/query/time-expression.ts";
import { toRfc3339Nano } from "../../src/record/timestamp.ts";

// A Saturday, 11:47:32.084 in Berlin.
const NOW = Date.parse("2026-11-21T10:47:32.084Z");

function utcOf(text: string, zone = "UTC", options: { endOfDay?: boolean; now?: string } = {}): string {
  const now = options.now === undefined ? NOW : Date.parse(options.now);
  const time = parseTime(text, {
    now,
    zone,
    ...(options.endOfDay === undefined ? {} : { endOfDay: options.endOfDay }),
  });
  return toRfc3339Nano(time).replace(/\.?0*Z$/, "Z");
}

describe("distances from now", () => {
  test.each([
    ["1h", "2026-11-21T09:47:32.084Z"],
    ["2h30m", "2026-11-21T08:17:32.084Z"],
    ["-15m", "2026-11-21T10:32:32.084Z"],
    ["+15m", "2026-11-21T11:02:32.084Z"],
    ["500ms", "2026-11-21T10:47:31.584Z"],
    ["100ms", "2026-11-21T10:47:31.984Z"],
    ["48h0m0s", "2026-11-19T10:47:32.084Z"],
    ["30 min ago", "2026-11-21T10:17:32.084Z"],
    ["2 hours ago", "2026-11-21T08:47:32.084Z"],
    ["PT30M", "2026-11-21T10:17:32.084Z"],
    ["-pt30m", "2026-11-21T10:17:32.084Z"],
    ["now", "2026-11-21T10:47:32.084Z"],
    ["NOW", "2026-11-21T10:47:32.084Z"],
    ["now-15m", "2026-11-21T10:32:32.084Z"],
    ["now - 1h30m", "2026-11-21T09:17:32.084Z"],
    ["now+1h", "2026-11-21T11:47:32.084Z"],
    ["now-1d-2h", "2026-11-20T08:47:32.084Z"],
    ["now/d", "2026-11-21T00:00:00Z"],
    ["now-1d/d", "2026-11-20T00:00:00Z"],
    ["now/h", "2026-11-21T10:00:00Z"],
    ["now/m", "2026-11-21T10:47:00Z"],
    ["now/s", "2026-11-21T10:47:32Z"],
    ["now/w", "2026-11-16T00:00:00Z"],
    ["now/M", "2026-11-01T00:00:00Z"],
    ["now-1M/M", "2026-10-01T00:00:00Z"],
    ["now-9M", "2026-02-21T10:47:32.084Z"],
    ["now/y", "2026-01-01T00:00:00Z"],
  ])("%s is %s", (text, expected) => {
    expect(utcOf(text)).toBe(expected);
  });

  test("a month before the 31st is the shorter month's last day", () => {
    expect(utcOf("now-1M", "UTC", { now: "2026-03-31T12:00:00Z" })).toBe("2026-02-28T12:00:00Z");
  });

  test("half-hour zones round to their own hours", () => {
    expect(utcOf("now/h", "Asia/Kolkata")).toBe("2026-11-21T10:30:00Z");
  });

  test("now-1d/d is yesterday even after a day of 25 hours, while 1d is 24 hours", () => {
    const now = "2026-10-25T22:30:00Z"; // 23:30 in Berlin
    expect(utcOf("now-1d/d", "Europe/Berlin", { now })).toBe("2026-10-23T22:00:00Z");
    expect(utcOf("now-1d", "Europe/Berlin", { now })).toBe("2026-10-24T21:30:00Z");
    expect(utcOf("1d", "Europe/Berlin", { now })).toBe("2026-10-24T22:30:00Z");
  });
});

describe("days and times of day", () => {
  test.each([
    ["today", "2026-11-20T23:00:00Z"],
    ["yesterday", "2026-11-19T23:00:00Z"],
    ["tomorrow", "2026-11-21T23:00:00Z"],
    ["yesterday 14:00", "2026-11-20T13:00:00Z"],
    ["Yesterday at 14:00", "2026-11-20T13:00:00Z"],
    ["mon", "2026-11-15T23:00:00Z"],
    ["friday 09:30", "2026-11-20T08:30:00Z"],
    ["sat", "2026-11-20T23:00:00Z"],
    ["sat 09:00", "2026-11-21T08:00:00Z"],
    ["sat 14:00", "2026-11-14T13:00:00Z"],
    ["tues", "2026-11-16T23:00:00Z"],
    ["wednesday", "2026-11-17T23:00:00Z"],
    ["14:05", "2026-11-21T13:05:00Z"],
    ["9:05", "2026-11-21T08:05:00Z"],
    ["14:05:06.123", "2026-11-21T13:05:06.123Z"],
    ["14:05:06,123456789", "2026-11-21T13:05:06.123456789Z"],
    ["14:05 UTC", "2026-11-21T14:05:00Z"],
  ])("%s in Berlin is %s", (text, expected) => {
    expect(utcOf(text, "Europe/Berlin")).toBe(expected);
  });

  test("the day is the zone's day", () => {
    expect(utcOf("today", "Asia/Kolkata", { now: "2026-11-21T20:00:00Z" })).toBe("2026-11-21T18:30:00Z");
    expect(utcOf("today", "America/New_York", { now: "2026-11-21T03:00:00Z" })).toBe("2026-11-20T05:00:00Z");
  });
});

describe("dates", () => {
  test.each([
    ["2026-11-21", "2026-11-20T23:00:00Z"],
    ["2026/11/21", "2026-11-20T23:00:00Z"],
    ["2026-11-21 10:00", "2026-11-21T09:00:00Z"],
    ["2026-11-21T10:00", "2026-11-21T09:00:00Z"],
    ["2026-11-21_10:00:01", "2026-11-21T09:00:01Z"],
    ["2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"],
    ["2026-11-21t10:00:00z", "2026-11-21T10:00:00Z"],
    ["2026-11-21T10:00:00.084933411Z", "2026-11-21T10:00:00.084933411Z"],
    ["2026-11-21T10:00:00.000000001+05:30", "2026-11-21T04:30:00.000000001Z"],
    ["2026-11-21T10:00:00-0800", "2026-11-21T18:00:00Z"],
    ["2026-11-21T10:00:00+01", "2026-11-21T09:00:00Z"],
    ["2026-11-21 10:00 UTC", "2026-11-21T10:00:00Z"],
    ["2026-11-21 10:00 America/New_York", "2026-11-21T15:00:00Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"],
    ["2024-02-29", "2024-02-28T23:00:00Z"],
  ])("%s in Berlin is %s", (text, expected) => {
    expect(utcOf(text, "Europe/Berlin")).toBe(expected);
  });

  test.each([
    ["1795257600", "2026-11-21T10:40:00Z"],
    ["@1795257600", "2026-11-21T10:40:00Z"],
    ["1795257600.25", "2026-11-21T10:40:00.25Z"],
    ["1795257600084", "2026-11-21T10:40:00.084Z"],
    ["1795257600084933", "2026-11-21T10:40:00.084933Z"],
    ["1795257600084933411", "2026-11-21T10:40:00.084933411Z"],
    ["@0", "1970-01-01T00:00:00Z"],
    ["@-1.5", "1969-12-31T23:59:58.5Z"],
  ])("%s since the epoch is %s", (text, expected) => {
    expect(utcOf(text, "Europe/Berlin")).toBe(expected);
  });
});

describe("as an upper bound", () => {
  test.each([
    ["2026-11-21", "2026-11-21T22:59:59.999999999Z"],
    ["today", "2026-11-21T22:59:59.999999999Z"],
    ["yesterday", "2026-11-20T22:59:59.999999999Z"],
    ["mon", "2026-11-16T22:59:59.999999999Z"],
    ["now/d", "2026-11-21T22:59:59.999999999Z"],
    ["now-1M/M", "2026-10-31T22:59:59.999999999Z"],
    ["now/h", "2026-11-21T10:59:59.999999999Z"],
    ["2026-10-25", "2026-10-25T22:59:59.999999999Z"],
    ["2026-11-21 10:00", "2026-11-21T09:00:00Z"],
    ["sat 14:00", "2026-11-21T13:00:00Z"],
    ["1h", "2026-11-21T09:47:32.084Z"],
  ])("%s ends at %s", (text, expected) => {
    expect(utcOf(text, "Europe/Berlin", { endOfDay: true })).toBe(expected);
  });

  test("a time that clocks show twice begins at its first and ends at its second", () => {
    expect(utcOf("2026-10-25 02:30", "Europe/Berlin")).toBe("2026-10-25T00:30:00Z");
    expect(utcOf("2026-10-25 02:30", "Europe/Berlin", { endOfDay: true })).toBe("2026-10-25T01:30:00Z");
  });
});

describe("what is not a time", () => {
  test.each([
    ["", "the time is empty"],
    ["foo", "was expected at position 1"],
    ["90", "a unit: ms, s, m, h, d or w was expected at position 3"],
    ["2026-13-21", "a month from 1 to 12 was expected at position 6"],
    ["2026-02-30", "a day from 1 to 28 was expected at position 9"],
    ["2026-11", "a date such as 2026-11-21 was expected at position 1"],
    ["2026-11-21 25:00", "an hour from 0 to 23 was expected at position 12"],
    ["2026-11-21 10:61", "a minute from 0 to 59 was expected at position 15"],
    ["10:00:61", "a second from 0 to 59 was expected at position 7"],
    ["2026-11-21 10", "a time of day such as 14:05 was expected at position 12"],
    ["2026-11-21T10:00:00+25:00", "an offset up to 18:00 was expected at position 20"],
    ["2026-11-21 10:00 Europe/Atlantis", 'the time zone "Europe/Atlantis" is unknown'],
    ["yesterday 14:00 or so", 'the time zone "or" is unknown'],
    ["1h later", "the end was expected at position 3"],
    ["now-", "a duration such as 15m was expected at position 5"],
    ["now/x", "a unit to round to: s, m, h, d, w, M or y was expected at position 5"],
    ["nowish", "was expected at position 1"],
    ["@", "seconds since the epoch was expected at position 1"],
    ["123456789012345678901", "at most 20 digits was expected at position 1"],
  ])("%j says where and what was expected", (text, words) => {
    expect(() => utcOf(text)).toThrow(words);
    expect(() => utcOf(text)).toThrow(expect.objectContaining({ code: "TIME_INVALID", hint: expect.any(String) }));
  });
});
