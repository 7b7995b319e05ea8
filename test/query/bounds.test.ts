import { describe, expect, test } from "vitest";
import { levelMask, timeBounds } from "../../src/query/bounds.ts";
import { parseQuery } from "../../src/query/parse.ts";
import { LEVELS } from "../../src/record/level.ts";
import { toRfc3339Nano } from "../../src/record/timestamp.ts";

const CONTEXT = {
  now: Date.parse("2026-11-21T10:00:00Z"),
  zone: "UTC",
  regexp: (source: string, flags: string) => new RegExp(source, flags),
};

describe("time bounds", () => {
  const bounds = (query: string) => {
    const { from, to } = timeBounds(parseQuery(query).filter, CONTEXT);
    const short = (time: typeof from) => time && toRfc3339Nano(time).replace(/\.?0*Z$/, "");
    return [short(from), short(to)];
  };

  test.each([
    ["foo", undefined, undefined],
    ["ts:2026-11-20 foo", "2026-11-20T00:00:00", "2026-11-20T23:59:59.999999999"],
    ["ts:>09:30", "2026-11-21T09:30:00.000000001", undefined],
    ["ts:<09:30", undefined, "2026-11-21T09:29:59.999999999"],
    ["ts:>09:30 ts:<=09:31:01 -ts:09:30", "2026-11-21T09:30:00.000000001", "2026-11-21T09:31:01"],
    ["ts:09:30:01 OR ts:[09:40:01 TO 09:40:02]", "2026-11-21T09:30:01", "2026-11-21T09:40:02"],
    ["ts:>09:30 OR foo", undefined, undefined],
    ["ts:>09:30 OR -*", "2026-11-21T09:30:00.000000001", undefined],
    ["-ts:>09:30", undefined, undefined],
    ["ts:>09:31 OR ts:>09:32:01 ts:<09:32", "2026-11-21T09:31:00.000000001", undefined],
  ])("of %s are %s to %s", (query, from, to) => {
    expect(bounds(query)).toEqual([from, to]);
  });

  test("of what cannot match begin behind their end", () => {
    for (const query of ["-*", "ts:>09:31 ts:<09:30", "foo -*"]) {
      const { from, to } = timeBounds(parseQuery(query).filter, CONTEXT);
      expect(from!.sec * 1e9 + from!.nsec).toBeGreaterThan(to!.sec * 1e9 + to!.nsec);
    }
  });
});

describe("the level mask", () => {
  const levels = (query: string) => {
    const mask = levelMask(parseQuery(query).filter);
    return ["none", ...LEVELS].filter((_, bit) => (mask >> bit) & 1).join(" ");
  };
  const all = ["none", ...LEVELS].join(" ");

  test.each([
    ["foo", all],
    ["level:error foo", "error"],
    ["level:>=warn", "warn error fatal"],
    ["-level:>=warn", "none trace debug info notice"],
    ["level:*", LEVELS.join(" ")],
    ["level:none", "none"],
    ["level:error OR foo", all],
    ["level:(error OR warn) -level:warn", "error"],
    ["-(level:error foo)", all],
    ["-(level:error OR foo)", "none trace debug info notice warn fatal"],
    ["level:/r/", all],
    ["level:*r*", "trace warn error"],
    ["-*", ""],
    ["attrs.level:error", all],
  ])("of %s has %s", (query, expected) => {
    expect(levels(query)).toBe(expected);
  });
});
