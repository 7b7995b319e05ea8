import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTime } from "../../src/query/time-expression.ts";
import { formatTime, parseTimeStyle } from "../../src/query/time-format.ts";
import type { Timestamp } from "../../src/record/timestamp.ts";

const at = (text: string): Timestamp => parseTime(text, { now: 0, zone: "UTC" });
const T = at("2026-11-21T10:47:32.084933411Z");

describe("absolute styles", () => {
  test.each([
    ["default", "UTC", "2026-11-21T10:47:32.084933411Z"],
    ["default", "Europe/Berlin", "2026-11-21T11:47:32.084933411+01:00"],
    ["default", "America/New_York", "2026-11-21T05:47:32.084933411-05:00"],
    ["default", "Asia/Kolkata", "2026-11-21T16:17:32.084933411+05:30"],
    ["short", "Europe/Berlin", "11-21 11:47:32"],
    ["short", "Asia/Tokyo", "11-21 19:47:32"],
    ["rfc3339", "Australia/Lord_Howe", "2026-11-21T21:47:32+11:00"],
    ["rfc3339", "-03:30", "2026-11-21T07:17:32-03:30"],
    ["%Y-%m-%d %H:%M:%S.%3N %z", "Europe/Berlin", "2026-11-21 11:47:32.084 +0100"],
    ["%F %T.%6N %:z", "Asia/Kolkata", "2026-11-21 16:17:32.084933 +05:30"],
    ["%d/%b/%Y:%I:%M:%S %p", "America/Los_Angeles", "21/Nov/2026:02:47:32 AM"],
    ["%a %A %u %w %j %e", "UTC", "Sat Saturday 6 6 325 21"],
    ["%s.%N %L %f", "UTC", "1795258052.084933411 084 084933"],
    ["%D %R %y %h%%%t|", "UTC", "11/21/26 10:47 26 Nov%\t|"],
    ["%Z", "America/New_York", "EST"],
  ])("%s in %s", (style, zone, expected) => {
    expect(formatTime(T, parseTimeStyle(style), zone)).toBe(expected);
  });

  test("the first second of a day, a month and a year", () => {
    expect(formatTime(at("2027-01-01T00:00:00Z"), "default", "UTC")).toBe("2027-01-01T00:00:00.000000000Z");
    expect(formatTime(at("2026-12-31T23:59:59.999999999Z"), "default", "UTC")).toBe("2026-12-31T23:59:59.999999999Z");
  });

  test("the offset changes with the clocks between two neighbouring lines", () => {
    expect(formatTime(at("2026-10-25T00:59:59Z"), "rfc3339", "Europe/Berlin")).toBe("2026-10-25T02:59:59+02:00");
    expect(formatTime(at("2026-10-25T01:00:00Z"), "rfc3339", "Europe/Berlin")).toBe("2026-10-25T02:00:00+01:00");
  });

  test("what is printed is read back as the same instant in any zone", () => {
    const zones = fc.constantFrom("UTC", "Local", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "+12:45");
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 4e9 }), fc.nat(999_999_999), (zone, sec, nsec) => {
        expect(at(formatTime({ sec, nsec }, "default", zone))).toEqual({ sec, nsec });
      }),
    );
  });
});

describe("styles that need a neighbour", () => {
  test.each([
    ["2026-11-21T10:47:32Z", "now"],
    ["2026-11-21T10:47:29Z", "3s ago"],
    ["2026-11-21T10:40:00Z", "7m ago"],
    ["2026-11-21T05:00:00Z", "5h ago"],
    ["2026-11-11T05:00:00Z", "10d ago"],
    ["2026-11-21T10:48:32.5Z", "in 1m"],
  ])("%s is relative to now: %s", (text, expected) => {
    const now = Date.parse("2026-11-21T10:47:32.084Z");
    expect(formatTime(at(text), "relative", "UTC", { now, previous: undefined })).toBe(expected);
  });

  test.each([
    ["2026-11-21T10:47:32.084Z", "+0.000933"],
    ["2026-11-21T10:46:32.084933411Z", "+60.000000"],
    ["2026-11-21T10:47:33Z", "-0.915066"],
  ])("delta after %s is %s", (previous, expected) => {
    expect(formatTime(T, "delta", "UTC", { now: 0, previous: at(previous) })).toBe(expected);
  });

  test("the first line has no distance", () => {
    expect(formatTime(T, "delta", "UTC", { now: 0, previous: undefined })).toBe("+0.000000");
  });
});

test("an unknown style names the known ones", () => {
  expect(() => parseTimeStyle("shrt")).toThrow(
    expect.objectContaining({ code: "TIME_INVALID", hint: expect.stringContaining("short") }),
  );
});

test("an unknown field is named with its position", () => {
  expect(() => parseTimeStyle("%H:%Q")).toThrow('"%H:%Q" has an unknown field %Q at position 4');
  expect(() => parseTimeStyle("100%")).toThrow("unknown field % at position 4");
});
