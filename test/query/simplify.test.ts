import { describe, expect, test } from "vitest";
import type { CompileContext } from "../../src/query/compile-context.ts";
import { parseQuery } from "../../src/query/parse.ts";
import { printFilter } from "../../src/query/print.ts";
import { decideByOrigin, simplify } from "../../src/query/simplify.ts";
import { lineRecord } from "../support/line-record.ts";

const CONTEXT: CompileContext = { now: 0, zone: "UTC", regexp: (source, flags) => new RegExp(source, flags) };
const { origin } = lineRecord("x", {
  source: "store",
  namespace: "shop",
  pod: "web-1",
  labels: { tier: "web" },
  path: "/x.log",
});

function rest(query: string): string {
  return printFilter(simplify(parseQuery(query).filter, decideByOrigin(origin, CONTEXT)));
}

describe("what an origin leaves of a filter", () => {
  test.each([
    ["ns:shop foo", "foo"],
    ["ns:kube-system foo", "-*"],
    ["ns:shop", "*"],
    ["foo OR ns:shop", "*"],
    ["foo OR ns:other", "foo"],
    ["-ns:other", "*"],
    ["-(ns:shop foo)", "-foo"],
    ["-(ns:other OR pod:web*)", "-*"],
    ["ns:/^sh/ foo", "foo"],
    ["labels.tier:web labels.x:*", "-*"],
    ["level:error stream:stderr ts:>2026-01-01", "level:error stream:stderr ts:>2026-01-01"],
    // Only the line can have it; a label or the file's path may stand in for these.
    ["user:alice", "attrs.user:alice"],
    ["attrs.user:alice", "attrs.user:alice"],
    ["tier:web", "tier:web"],
    ["path:x*", "path:x*"],
    ["host:x", "attrs.host:x"],
    ["id:7", "id:7"],
    // Another source may have given the record too.
    ["source:store foo", "foo"],
    ["source:es", "source:es"],
  ])("%s leaves %s", (query, expected) => {
    expect(rest(query)).toBe(expected);
  });

  test("is the same object where nothing is decided, and for each origin", () => {
    const { filter } = parseQuery("foo -(bar OR level:error)");
    expect(simplify(filter, decideByOrigin(origin, CONTEXT))).toBe(filter);
    const leaf = parseQuery("user:alice").filter;
    const other = { ...origin, pod: "web-2" };
    expect(simplify(leaf, decideByOrigin(origin, CONTEXT))).toBe(simplify(leaf, decideByOrigin(other, CONTEXT)));
  });
});
