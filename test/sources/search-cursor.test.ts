import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseQuery } from "../../src/query/parse.ts";
import { decodeCursor, encodeCursor, type SearchCursor, searchKey } from "../../src/sources/search-cursor.ts";

const CURSOR: SearchCursor = {
  query: searchKey(parseQuery("error").filter),
  from: { sec: 1_790_000_000, nsec: 5 },
  to: undefined,
  order: "newest",
  sources: { store: { at: [1, 2] }, "pods é": { skip: [1] } },
};

describe("a cursor", () => {
  test("comes back as it was", () => {
    expect(decodeCursor(encodeCursor(CURSOR), CURSOR.query)).toEqual(CURSOR);
  });

  test("is one word that needs no quotes in a shell", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (sources) => {
        const word = encodeCursor({ ...CURSOR, sources });
        expect(word).toMatch(/^v1\.[\w-]+$/);
        expect(Object.keys(decodeCursor(word).sources)).toEqual(Object.keys(JSON.parse(JSON.stringify(sources))));
      }),
    );
  });

  const word = encodeCursor(CURSOR);
  test.each([
    ["", /does not begin with v1/],
    ["hello", /does not begin with v1/],
    ["v2.abc", /another version/],
    [word.slice(0, -5), /cut off or changed/],
    [`${word}!`, /cut off or changed/],
    [`v1.${Buffer.from("[1]").toString("base64url")}`, /cut off or changed/],
    [`v1.${Buffer.from('{"q":"a","f":null,"t":[1],"o":"newest","s":{}}').toString("base64url")}`, /cut off or changed/],
  ])("that is %j is refused with what to do", (text, message) => {
    try {
      decodeCursor(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "CURSOR_INVALID", message: expect.stringMatching(message) });
      expect((error as { hint?: string }).hint).toBeTruthy();
    }
  });

  test("of another search is refused", () => {
    const other = searchKey(parseQuery("warn").filter);
    expect(() => decodeCursor(word, other)).toThrow(/another search/);
  });
});

test("a search's key goes by what the query means, not by how it is written", () => {
  const key = (query: string, more?: string) => searchKey(parseQuery(query).filter, more);
  expect(key("a   b")).toBe(key("a AND b"));
  expect(key("a b")).not.toBe(key("a c"));
  expect(key("a", "-n shop")).not.toBe(key("a"));
});
