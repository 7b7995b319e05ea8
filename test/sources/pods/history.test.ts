import { expect, test } from "vitest";
import { UNKNOWN_ORIGIN } from "../../../src/record/unknown-origin.ts";
import { sourceHistory } from "../../../src/sources/pods/history.ts";
import type { Source } from "../../../src/sources/source.ts";

/** A source without lines, whose searches end as `search` does. */
async function read(search: (note: (text: string, partial?: "partial") => void) => void) {
  const source: Source = {
    ...{ name: "store", holdBackMs: 0, explain: async () => [], close: () => undefined },
    describe: async () => ({ oldest: undefined, newest: undefined, records: 0, bytes: 0, detail: "" }),
    // biome-ignore lint/correctness/useYield: it has no pages
    async *search({ note }) {
      search(note);
    },
  };
  const told: string[] = [];
  const onProblem = (text: string) => told.push(text);
  const history = sourceHistory(source, { stream: undefined, maxLineBytes: 100, onProblem, monotonic: () => 0 });
  let partial = 0;
  const span = { origin: UNKNOWN_ORIGIN, restarts: undefined, from: undefined, to: undefined };
  for (let i = 0; i < 2; i++) {
    const { signal } = new AbortController();
    for await (const _ of history.lines({ ...span, signal, onPartial: () => partial++ }));
  }
  return { told, partial };
}

test("each read that lacks something says so to who asked, and once to the person", async () => {
  const damaged = await read((note) => note("store: a.kseg is damaged", "partial"));
  expect(damaged).toEqual({ told: ["history is incomplete: store: a.kseg is damaged"], partial: 2 });
  const failed = await read(() => {
    throw new Error("no such directory");
  });
  expect(failed).toEqual({ told: ["without history: no such directory"], partial: 2 });
});

test("what is said beside, with nothing missing, is not told", async () => {
  expect(await read((note) => note("all is well"))).toEqual({ told: [], partial: 0 });
});
