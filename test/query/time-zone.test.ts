import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instantOfWall, offsetAt, parseTimezone } from "../../src/query/time-zone.ts";

const utc = (text: string): number => Date.parse(`${text}Z`) / 1000;
const ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC", "+05:30"];

describe("parseTimezone", () => {
  test.each([
    ["UTC", "UTC"],
    ["z", "UTC"],
    ["Europe/Berlin", "Europe/Berlin"],
    ["+05:30", "+05:30"],
    ["-0300", "-03:00"],
    ["UTC+2", "+02:00"],
    ["Local", new Intl.DateTimeFormat().resolvedOptions().timeZone],
  ])("%s is %s", (text, zone) => {
    expect(parseTimezone(text)).toBe(zone);
  });

  test("names an unknown zone and what is known", () => {
    expect(() => parseTimezone("Europe/Atlantis")).toThrow('the time zone "Europe/Atlantis" is unknown');
    expect(() => parseTimezone("Europe/Atlantis")).toThrow(
      expect.objectContaining({ code: "TIME_INVALID", hint: expect.stringContaining("Europe/Berlin") }),
    );
  });
});

describe("offsetAt", () => {
  test.each([
    ["Europe/Berlin", "2026-01-15T12:00:00", 3600],
    ["Europe/Berlin", "2026-03-29T00:59:59", 3600],
    ["Europe/Berlin", "2026-03-29T01:00:00", 7200],
    ["America/New_York", "2026-11-01T05:59:59", -4 * 3600],
    ["America/New_York", "2026-11-01T06:00:00", -5 * 3600],
    ["Asia/Kolkata", "2026-06-01T00:00:00", 19_800],
    ["Australia/Lord_Howe", "2026-06-01T00:00:00", 37_800],
    ["Australia/Lord_Howe", "2026-12-01T00:00:00", 39_600],
  ])("%s at %s", (zone, at, offset) => {
    expect(offsetAt(zone, utc(at))).toBe(offset);
  });

  test("agrees with Intl at any instant, in any order of zones", () => {
    const instant = fc.integer({ min: utc("1980-01-01T00:00:00"), max: utc("2037-01-01T00:00:00") });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instant, (zone, sec) => {
        const parts = new Intl.DateTimeFormat("en-US", {
          timeZone: zone,
          hour: "2-digit",
          minute: "2-digit",
          hourCycle: "h23",
        });
        const wall = new Date((sec + offsetAt(zone, sec)) * 1000).toISOString();
        expect(parts.format(sec * 1000)).toBe(wall.slice(11, 16));
      }),
      { numRuns: 200 },
    );
  });
});

describe("instantOfWall", () => {
  test("reads back what the zone's clocks show, outside overlaps", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: 2e9 }), (zone, sec) => {
        const wall = sec + offsetAt(zone, sec);
        expect([instantOfWall(zone, wall), instantOfWall(zone, wall, true)]).toContain(sec);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ["Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:30:00"],
    ["America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00"],
    ["Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:45:00"],
  ])("%s: %s is skipped, and moves on by the gap", (zone, wall, instant) => {
    expect(instantOfWall(zone, utc(wall))).toBe(utc(instant));
  });

  test.each([
    ["Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00", "2026-10-25T01:30:00"],
    ["America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00", "2026-11-01T06:30:00"],
    ["Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00", "2026-04-04T15:15:00"],
  ])("%s: %s is shown twice, and may be either", (zone, wall, first, second) => {
    expect(instantOfWall(zone, utc(wall))).toBe(utc(first));
    expect(instantOfWall(zone, utc(wall), true)).toBe(utc(second));
  });
});
