import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { captureByPattern, patternParts } from "../../../src/query/pipes/parse-pattern.ts";
import { linesOf, makeRecord, rowsOf, tableOf } from "./records.ts";

function capture(pattern: string, text: string): unknown {
  const parts = patternParts(pattern);
  if ("problem" in parts) throw new Error(parts.problem);
  return captureByPattern(parts)(text);
}

describe("parse with a pattern", () => {
  test.each([
    ["GET <path> took <ms>ms", "10:00 GET /a/b took 12ms ok", { path: "/a/b", ms: "12" }],
    ["<method> <path> <_>", "GET /a HTTP/1.1 200", { method: "GET", path: "/a" }],
    ["user=<user>", "x user=ann b", { user: "ann b" }],
    ["user=<user> ", "x user=ann b", { user: "ann" }],
    ["[<level>] <rest>", "[warn] disk at 91 %", { level: "warn", rest: "disk at 91 %" }],
    ["a<x>b", "a", undefined],
    ["<x>:<y>", ":", { x: "", y: "" }],
    ["<a.b>;", "1;", { "a.b": "1" }],
  ])("%s on %s", (pattern, text, caught) => {
    expect(capture(pattern, text)).toEqual(caught);
  });

  test("names need a text between them, and something must be caught", () => {
    expect(patternParts("<a><b>")).toMatchObject({ at: 3 });
    expect(patternParts("no names")).toHaveProperty("problem");
    expect(patternParts("<_> x")).toHaveProperty("problem");
  });

  test("gives back what a text was made of", () => {
    const part = fc.stringMatching(/^[a-c]{0,4}$/);
    fc.assert(
      fc.property(part, part, part, (x, y, z) => {
        expect(capture("<<<x>|<y>;<z>>>", `<<${x}|${y};${z}>>`)).toEqual({ x, y, z });
      }),
    );
  });

  test("what is caught counts as a field of the line in later pipes and in the output", () => {
    const lines = ["GET /a took 12ms", "GET /b took 300ms", "no request"].map((text) => makeRecord({ text }));
    const slow = linesOf('* | parse "GET <path> took <ms>ms" | where ms:>100', lines);
    expect(slow.map((line) => line.details?.attrs)).toEqual([{ path: "/b", ms: "300" }]);
    expect(lines[1]!.details?.attrs).toBeUndefined();
    expect(linesOf('* | parse "GET <path> took <ms>ms"', lines).length).toBe(3);
    expect(tableOf('* | parse "took <ms>ms" | stats max(ms), count(ms)', lines).rows).toEqual([[300, 2]]);
  });

  test("a regexp catches by its named groups, from a field", () => {
    const lines = ["/a/1", "/b/22", "nothing"].map((url) => makeRecord({ attrs: { url } }));
    const table = tableOf(
      String.raw`* | parse /(?<what>[a-z])\/(?<id>\d+)/ from url | count by what, id | sort id`,
      lines,
    );
    expect(rowsOf(table)).toEqual([
      { what: "a", id: "1", count: 1 },
      { what: "b", id: "22", count: 1 },
      { what: undefined, id: undefined, count: 1 },
    ]);
  });

  test("a level that is caught is the record's level", () => {
    const lines = ["<<W>> disk", "<<?>> disk"].map((text) => makeRecord({ text, level: "info" }));
    expect(tableOf('* | parse "<<<level>>>" | count by level | sort level', lines).rows).toEqual([
      ["info", 1],
      ["warn", 1],
    ]);
  });
});
