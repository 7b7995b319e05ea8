import { describe, expect, test } from "vitest";
import type { Remembered } from "../../../src/commands/complete/answer-cache.ts";
import { gather } from "../../../src/commands/complete/gather.ts";
import type { Candidate, Offer, Question } from "../../../src/commands/complete/request.ts";

const never: Promise<void> = new Promise(() => undefined);
const unanswered = () => new Promise<Candidate[]>(() => undefined);
const OFFER: Offer = { prefix: "-n", partial: "s", question: { what: "namespaces" } };
const words = (...values: string[]): Candidate[] => values.map((value) => ({ value }));

function sources(ask: (question: Question) => Promise<Candidate[]>, remembered?: Remembered, deadline = never) {
  const state = { late: 0, asked: 0, stored: new Map<string, readonly Candidate[]>() };
  return {
    state,
    keyOf: (question: Question) => question.what,
    deadline,
    ask(question: Question) {
      state.asked++;
      return ask(question);
    },
    late() {
      state.late++;
    },
    cache: {
      recall: async () => remembered,
      remember: async (key: string, candidates: readonly Candidate[]) => void state.stored.set(key, candidates),
    },
  };
}

describe("gathering candidates", () => {
  test("takes what continues the word, puts the prefix before it, and remembers all of it", async () => {
    const from = sources(async () => words("shop", "staging", "pay"));
    expect(await gather([OFFER], from)).toEqual(words("-nshop", "-nstaging"));
    expect(from.state.stored.get("namespaces")).toEqual(words("shop", "staging", "pay"));
  });

  test("a suffix leaves the word open", async () => {
    const from = sources(async () => words("shop"));
    expect(await gather([{ ...OFFER, prefix: "", suffix: ":" }], from)).toEqual([{ value: "shop:", open: true }]);
  });

  test("fixed words come first and nothing comes twice", async () => {
    const from = sources(async () => words("svc/", "shop"));
    const offers = [{ ...OFFER, prefix: "", fixed: words("svc/", "x") }];
    expect(await gather(offers, from)).toEqual(words("svc/", "shop"));
  });

  test("a fresh answer is not asked for again", async () => {
    const from = sources(async () => words("new"), { ageMs: 4_000, candidates: words("shop") });
    expect(await gather([OFFER], from)).toEqual(words("-nshop"));
    expect(from.state.asked).toBe(0);
  });

  test("an older one gives way to the cluster's answer", async () => {
    const from = sources(async () => words("sun"), { ageMs: 6_000, candidates: words("shop") });
    expect(await gather([OFFER], from)).toEqual(words("-nsun"));
  });

  test("at the deadline what is remembered is given, and somebody asks again", async () => {
    const from = sources(unanswered, { ageMs: 3_600_000, candidates: words("shop") }, Promise.resolve());
    expect(await gather([OFFER], from)).toEqual(words("-nshop"));
    expect(from.state.late).toBe(1);
  });

  test("what is older than a day is worth nothing, and neither is a late answer", async () => {
    const from = sources(unanswered, { ageMs: 90_000_000, candidates: words("shop") }, Promise.resolve());
    expect(await gather([OFFER], from)).toEqual([]);
  });

  test("a cluster that refuses leaves the fixed words", async () => {
    const from = sources(async () => Promise.reject(new Error("forbidden")));
    expect(await gather([{ ...OFFER, fixed: words("s1") }], from)).toEqual(words("-ns1"));
    expect(from.state.late).toBe(0);
  });
});
