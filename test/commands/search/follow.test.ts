import { describe, expect, test } from "vitest";
import { type GivenLine, klogSearch, messages, ScriptedSource } from "./search-rig.ts";

/** A live source: gives `some`, and then calls back. */
async function* given(some: readonly (readonly GivenLine[])[], behind: () => void) {
  for (const lines of some) yield lines;
  setTimeout(behind, 60);
  await new Promise(() => undefined);
}

function followed(words: string[], live: readonly (readonly GivenLine[])[], options = {}) {
  const abort = new AbortController();
  const source = new ScriptedSource([{ at: 0, text: "was there" }], { live: given(live, () => abort.abort()) });
  return klogSearch(["-f", "--since", "0", "-o", "raw", ...words], {
    sources: [source],
    signal: abort.signal,
    ...options,
  });
}

describe("klog search -f", () => {
  test("goes on with new lines until it is interrupted, and prints no cursor", async () => {
    const outcome = await followed([], [[{ at: 10, text: "new 1" }], [{ at: 11, text: "new 2" }]]);
    expect(messages(outcome)).toEqual(["was there", "new 1", "new 2"]);
    expect(outcome.code).toBe(130);
    expect(outcome.err).not.toContain("--cursor");
  });

  test("filters new lines, and shows the lines around those it finds", async () => {
    const live = [[1, 2, 3, 4, 5].map((i) => ({ at: 10 + i, text: `new ${i}` }))];
    expect(messages(await followed(['"new 4"'], live))).toEqual(["new 4"]);
    expect(messages(await followed(['"new 4"', "-B", "1"], live))).toEqual(["new 3", "new 4"]);
  });

  test("takes the last five minutes where nobody says since when", async () => {
    const { err } = await klogSearch(["-f", "--wait-for", "x", "--timeout", "1ms"], {
      sources: [new ScriptedSource([])],
    });
    expect(err).toContain("searching store: the last 5m, from ");
  });

  test("has no limit on a terminal", async () => {
    const live = [Array.from({ length: 150 }, (_, i) => ({ at: 10 + i, text: `new ${i}` }))];
    expect(messages(await followed([], live, { isTerminal: true }))).toHaveLength(151);
  });
});
