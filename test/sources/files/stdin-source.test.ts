import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { createStdinSource } from "../../../src/sources/files/stdin-source.ts";
import type { SearchRequest } from "../../../src/sources/source.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { asked, CONTEXT, search, stamp, text } from "./searching.ts";

async function found(input: readonly string[], query = "", more: Partial<SearchRequest> = {}) {
  const stream = new PassThrough();
  for (const piece of input) stream.write(piece);
  stream.end();
  return search(createStdinSource({ input: stream, context: CONTEXT, clock: new FakeClock() }), query, more);
}

describe("to its end", () => {
  test("gives lines in their order, whole where they come in pieces, the last one without a newline too", async () => {
    expect((await found(["on", "e\ntw", "o\nthree"])).hits.map(text)).toEqual(["one", "two", "three"]);
    expect((await found(["one two\nthree\n"], "two")).hits.map(text)).toEqual(["one two"]);
  });

  test("newest first gives the last ones", async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `line ${i}\n`);
    const { hits } = await found(lines, "", { order: "newest", limit: 3 });
    expect(hits.slice(0, 3).map(text)).toEqual(["line 4999", "line 4998", "line 4997"]);
    expect(hits.length).toBeLessThan(2000);
  });

  test("knows the formats of logs, and their times", async () => {
    const { hits } = await found([`${stamp(1)} stderr F one\n${stamp(2)} stdout F two\n`], "stream:stderr");
    expect(hits).toMatchObject([{ sec: 1_790_000_000, nsec: 1_000_001, details: { sources: ["stdin"] } }]);
    expect(hits.map(text)).toEqual(["one"]);
  });

  test("handed in again with a cursor goes on behind it", async () => {
    const lines = ["a\nb\nc\nd\n"];
    for (const order of ["oldest", "newest"] as const) {
      const { hits, pages } = await found(lines, "", { order });
      const resume = pages.find((page) => page.hits.length > 0)!.resume(1);
      expect((await found(lines, "", { order, resume })).hits.map(text)).toEqual(hits.slice(2).map(text));
    }
  });

  test("of a line that does not end no more is kept than can be shown of it, and all of it is counted", async () => {
    const input = new PassThrough();
    const bytes = 50_000;
    input.write("first\n");
    for (let i = 0; i < 10; i++) input.write("x".repeat(bytes));
    input.end("\nlast\n");
    const source = createStdinSource({ input, context: CONTEXT, clock: new FakeClock(), maxLineBytes: 10 });
    const { hits } = await search(source);
    expect(hits.map(text)).toEqual(["first", "x".repeat(10), "last"]);
    expect(hits[1]!.cut).toBe(10 * bytes - 10);
    expect(hits[1]!.buffer.length).toBeLessThan(2 * bytes);
  });

  test("nothing at all is no line", async () => {
    expect((await found([])).hits).toEqual([]);
  });
});

describe("endless", () => {
  test("gives each line as it comes, a trace when it is over, and tells that it is open", async () => {
    const input = new PassThrough();
    const clock = new FakeClock();
    const abort = new AbortController();
    const stdin = createStdinSource({ input, context: CONTEXT, clock });
    const seen: string[] = [];
    let pages = 0;
    const done = (async () => {
      for await (const page of stdin.search(asked("", { follow: true, signal: abort.signal }))) {
        pages++;
        seen.push(...page.hits.map(text));
      }
    })();
    input.write("java.lang.Error: boom\n");
    await clock.advance(10);
    input.write("\tat a.B(C.java:1)\n");
    await clock.advance(10);
    expect(seen).toEqual([]);
    await clock.advance(200);
    expect(seen).toEqual(["java.lang.Error: boom\n\tat a.B(C.java:1)"]);
    const before = pages;
    await clock.advance(5000);
    expect(pages).toBeGreaterThan(before);
    abort.abort();
    await done;
  });
});
