import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KlogError } from "../../../src/errors.ts";
import type { LogLine } from "../../../src/record/log-line.ts";
import { compareTimestamps, fromMillis } from "../../../src/record/timestamp.ts";
import { createFilesSource } from "../../../src/sources/files/files-source.ts";
import { type MergedPage, type MergeOptions, mergeSources } from "../../../src/sources/merge/search-merge.ts";
import { decodeCursor, encodeCursor, type SearchCursor } from "../../../src/sources/search-cursor.ts";
import type { SearchOrder, SearchRequest, Source } from "../../../src/sources/source.ts";
import { FakeClock, settled } from "../../support/fake-clock.ts";
import { Random } from "../../support/random.ts";
import { CONTEXT, directory, stamp, write } from "../files/searching.ts";
import { details, line, ORIGIN, request, ScriptedSource, type Step, sourceOf, textOf } from "./scripted-source.ts";

interface Run {
  readonly hits: LogLine[];
  readonly notes: string[];
  readonly pages: MergedPage[];
}

function start(
  sources: readonly Source[],
  more: Partial<MergeOptions & Pick<SearchRequest, "resume">> = {},
  cursor?: SearchCursor,
) {
  const run: Run = { hits: [], notes: [], pages: [] };
  const clock = new FakeClock();
  const abort = new AbortController();
  const order = more.order ?? "oldest";
  const merged = mergeSources(
    sources.map((source) => ({
      source,
      request: request({
        order,
        follow: more.follow ?? false,
        limit: more.limit,
        resume: cursor?.sources[source.name],
        signal: abort.signal,
      }),
    })),
    {
      order,
      limit: undefined,
      follow: false,
      dedupe: true,
      sourceTimeoutMs: 10_000,
      clock,
      onNote: (text) => run.notes.push(text),
      signal: abort.signal,
      ...more,
    },
  );
  const done = (async () => {
    for await (const page of merged) {
      run.pages.push(page);
      run.hits.push(...page.hits);
    }
  })();
  return { run, clock, abort, done };
}

async function all(sources: readonly Source[], more: Partial<MergeOptions> = {}, cursor?: SearchCursor): Promise<Run> {
  const { run, done } = start(sources, more, cursor);
  await done;
  return run;
}

const texts = (run: Run) => run.hits.map(textOf);
const tags = (run: Run) => run.hits.map((hit) => `${textOf(hit)} ${hit.details?.sources.join("+") ?? ""}`);
const T = 1_790_000_000_000;

describe("bounded", () => {
  test.each<SearchOrder>(["oldest", "newest"])("gives the lines of all sources by time, %s first", async (order) => {
    const a = sourceOf(
      "a",
      [1, 4, 5, 9].map((ms) => line(T + ms, `${ms}`)),
      () => 2,
    );
    const b = sourceOf(
      "b",
      [2, 3, 8].map((ms) => line(T + ms, `${ms}`)),
      () => 1,
    );
    const expected = ["1", "2", "3", "4", "5", "8", "9"];
    expect(texts(await all([a, b], { order }))).toEqual(order === "oldest" ? expected : expected.reverse());
  });

  test("lines of one time keep the order of sources and of each source", async () => {
    const a = sourceOf(
      "a",
      ["a1", "a2"].map((text) => line(T, text)),
      () => 1,
    );
    const b = sourceOf(
      "b",
      ["b1", "b2"].map((text) => line(T, text)),
      () => 5,
    );
    expect(texts(await all([a, b]))).toEqual(["a1", "a2", "b1", "b2"]);
  });

  test("a page without hits that tells how far its source has got lets others go out", async () => {
    const gate = Promise.withResolvers<void>();
    const a = sourceOf("a", [line(T + 1, "1"), line(T + 9, "9")], () => 5);
    const b = new ScriptedSource("b", () => [
      { reached: fromMillis(T + 5) },
      { wait: gate.promise, hits: [line(T + 7, "7")] },
    ]);
    const { run, done } = start([a, b]);
    await settled();
    expect(texts(run)).toEqual(["1"]);
    gate.resolve();
    await done;
    expect(texts(run)).toEqual(["1", "7", "9"]);
  });

  test("a source that gives nothing for the time allowed is left out with a note, and what it gives later is not mixed in", async () => {
    const gate = Promise.withResolvers<void>();
    const a = sourceOf("a", [line(T + 1, "1"), line(T + 9, "9")], () => 1);
    const dead = new ScriptedSource("dead", () => [
      { hits: [line(T, "0")] },
      { wait: gate.promise, hits: [line(T + 5, "5")] },
    ]);
    const { run, clock, done } = start([a, dead], { sourceTimeoutMs: 3000 });
    await clock.advance(2999);
    expect(run.notes).toEqual([]);
    await clock.advance(1);
    await done;
    gate.resolve();
    await settled();
    expect(texts(run)).toEqual(["0", "1", "9"]);
    expect(run.notes).toEqual(["dead gave nothing for 3 s (--source-timeout waits longer); going on without it"]);
  });

  test("one of several that fails is noted with its hint; the only one ends the search", async () => {
    const error = new KlogError("SOURCE_UNREADABLE", "the disk is gone", { hint: "plug it in" });
    const broken = () => new ScriptedSource("broken", () => [{ hits: [line(T, "0")] }, { error }]);
    const run = await all([sourceOf("a", [line(T + 1, "1")], () => 1), broken()]);
    expect(texts(run)).toEqual(["0", "1"]);
    expect(run.notes).toEqual(["broken: the disk is gone (plug it in); going on without it"]);
    await expect(all([broken()])).rejects.toBe(error);
  });

  test("when none of several could be read, the last one's error ends the search", async () => {
    const failing = (name: string) => new ScriptedSource(name, () => [{ error: new Error(`${name} is off`) }]);
    await expect(all([failing("a"), failing("b")])).rejects.toThrow("b is off");
  });

  test("stops its sources at the limit, and asks for no page more than needed", async () => {
    const a = new ScriptedSource("a", function* () {
      for (let at = 0; ; at += 10) yield { hits: Array.from({ length: 10 }, (_, i) => line(T + at + i, `${at + i}`)) };
    });
    expect(texts(await all([a], { limit: 15 }))).toHaveLength(15);
    expect(a.pagesAsked).toBe(2);
    await settled();
    expect(a.ended).toBe(true);
  });

  test("a reader that takes its time holds the sources back", async () => {
    const a = new ScriptedSource("a", function* () {
      for (let at = 0; ; at += 1000) yield { hits: Array.from({ length: 1000 }, (_, i) => line(T + at + i, "x")) };
    });
    const b = sourceOf("b", [], () => 1);
    const order = "oldest";
    const signal = new AbortController().signal;
    const merged = mergeSources(
      [a, b].map((source) => ({ source, request: request({ signal }) })),
      {
        order,
        limit: undefined,
        follow: false,
        dedupe: true,
        sourceTimeoutMs: 1000,
        clock: new FakeClock(),
        onNote() {},
        signal,
      },
    );
    await merged.next();
    await settled();
    expect(a.pagesAsked).toBeLessThanOrEqual(3);
    await merged.return();
  });
});

describe("the same line", () => {
  const stored = (at: number, text: string, lines = 1) =>
    line(at, text, { details: details({ stream: "stdout", id: "g-1", lines, sources: ["store"] }) });

  test("from two sources is one, with the names of both and what the better one knows", async () => {
    const pods = sourceOf("pods", [line(T, "hello"), line(T + 1, "only here")], () => 5);
    const store = sourceOf("store", [stored(T, "hello")], () => 5);
    const run = await all([pods, store]);
    expect(tags(run)).toEqual(["hello pods+store", "only here "]);
    expect(run.hits[0]?.details?.id).toBe("g-1");
  });

  test("twice in one nanosecond from both is two lines", async () => {
    const lines = () => [line(T, "tick"), line(T, "tick")];
    expect(tags(await all([sourceOf("a", lines(), () => 1), sourceOf("b", lines(), () => 1)]))).toEqual([
      "tick a+b",
      "tick a+b",
    ]);
  });

  test("stays twice with dedupe off, in another container, after a restart, and a nanosecond apart", async () => {
    const other = (more: object) => sourceOf("b", [line(T, "x", { origin: { ...ORIGIN, ...more } })], () => 1);
    const a = () => sourceOf("a", [line(T, "x")], () => 1);
    expect(texts(await all([a(), other({})], { dedupe: false }))).toHaveLength(2);
    expect(texts(await all([a(), other({})]))).toHaveLength(1);
    for (const more of [{ container: "proxy" }, { restart: 1 }, { podUid: "uid-2" }])
      expect(texts(await all([a(), other(more)]))).toHaveLength(2);
    const later = sourceOf("b", [line({ sec: T / 1000, nsec: 8 }, "x")], () => 1);
    expect(texts(await all([a(), later]))).toHaveLength(2);
  });

  test("is known by names and milliseconds where an index has no uid", async () => {
    const exact = line({ sec: T / 1000, nsec: 123_456_789 }, "x");
    const foreign = line({ sec: T / 1000, nsec: 123_000_000 }, "x", { origin: { ...ORIGIN, podUid: "" } });
    const between = line({ sec: T / 1000, nsec: 123_300_000 }, "between");
    const run = await all([sourceOf("a", [between, exact], () => 1), sourceOf("es", [foreign], () => 1)]);
    expect(tags(run)).toEqual(["between ", "x a+es"]);
    expect(run.hits[1]?.nsec).toBe(123_456_789);
  });

  test("that one source cut off is one with the whole one", async () => {
    const whole = "0123456789".repeat(10);
    const a = sourceOf("a", [line(T, whole.slice(0, 40), { cut: 60 })], () => 1);
    expect(tags(await all([a, sourceOf("b", [line(T, whole)], () => 1)]))).toEqual([`${whole} a+b`]);
  });

  test("of a host's file goes by id, or by path and time", async () => {
    const host = { ...ORIGIN, pod: "", podUid: "", namespace: "", container: "", path: "/var/log/app.log" };
    const at = (ms: number, more: object) => line(ms, "x", { origin: host, ...more });
    const byId = await all([
      sourceOf("a", [at(T, { details: details({ id: "i1" }) })], () => 1),
      sourceOf("b", [at(T, { details: details({ id: "i2" }) })], () => 1),
    ]);
    expect(byId.hits).toHaveLength(2);
    expect((await all([sourceOf("a", [at(T, {})], () => 1), sourceOf("b", [at(T, {})], () => 1)])).hits).toHaveLength(
      1,
    );
  });

  test.each<SearchOrder>(["oldest", "newest"])(
    "as an event takes in the lines that another source gives one by one, %s first",
    async (order) => {
      const trace = ["boom", " at a", " at b", " at b"];
      const event = stored(T, trace.join("\n"), 4);
      const physical = trace.map((text, i) => line(T + i * 20, text));
      const after = line(T + 30, "another", { origin: { ...ORIGIN, container: "proxy" } });
      const run = await all([sourceOf("pods", [...physical, after], () => 2), sourceOf("store", [event], () => 1)], {
        order,
      });
      const expected = [`${trace.join("\n")} pods+store`, "another "];
      expect(tags(run)).toEqual(order === "oldest" ? expected : expected.reverse());
    },
  );

  test("an event's lines are taken in once: the same trace again is another", async () => {
    const trace = (at: number) => [line(at, "boom"), line(at + 1, " at a")];
    const pods = sourceOf("pods", [...trace(T), ...trace(T + 100)], () => 9);
    const store = sourceOf("store", [stored(T, "boom\n at a", 2)], () => 1);
    expect(texts(await all([pods, store]))).toEqual(["boom\n at a", "boom", " at a"]);
  });
});

describe("an event that several sources give whole", () => {
  const FRAME = "\tat a.B.again(B.java:7)";
  const event = (at: number, texts: readonly string[]) =>
    line(at, texts[0]!, { rest: texts.slice(1).map((text, i) => line(at + i + 1, text)) });
  // A stack overflow, as the joiner cuts it at its limit.
  const pieces = () => [
    event(T, ["java.lang.StackOverflowError", FRAME, FRAME]),
    event(T + 3, [FRAME, FRAME, FRAME]),
    event(T + 6, [FRAME, FRAME]),
  ];
  const shown = (run: Run) =>
    run.hits.map((hit) => [hit.sec * 1000 + Math.floor(hit.nsec / 1e6) - T, hit.details?.sources.join("+") ?? ""]);

  test.each<SearchOrder>(["oldest", "newest"])(
    "takes in no other event that begins with one of its lines, %s first",
    async (order) => {
      const expected = [0, 3, 6].map((ms) => [ms, "pods+files"]);
      const run = await all([sourceOf("pods", pieces(), () => 2), sourceOf("files", pieces(), () => 1)], { order });
      expect(shown(run)).toEqual(order === "oldest" ? expected : expected.reverse());
    },
  );

  test.each<SearchOrder>(["oldest", "newest"])("nor one that a single source has, %s first", async (order) => {
    const [first, second, third] = pieces();
    for (const [a, b] of [
      [pieces(), [first!, third!]],
      [[second!, third!], pieces()],
    ] as const) {
      const run = await all([sourceOf("pods", a, () => 9), sourceOf("files", b, () => 9)], { order });
      const times = shown(run).map(([ms]) => ms);
      expect(times).toEqual(order === "oldest" ? [0, 3, 6] : [6, 3, 0]);
    }
  });

  test("takes in what a source gives behind its shorter part of it", async () => {
    const trace = ["boom", " at a", " at b", " at c"];
    const whole = event(T, trace);
    const parts = [event(T, trace.slice(0, 2)), event(T + 2, trace.slice(2))];
    for (const [a, b] of [
      [[whole], parts],
      [parts, [whole]],
    ] as const) {
      const run = await all([sourceOf("a", a, () => 9), sourceOf("b", b, () => 9)]);
      expect(shown(run)).toEqual([[0, "a+b"]]);
      expect(run.hits[0]?.rest).toHaveLength(3);
    }
  });

  test("takes in the lines of a third source once: the same trace again is another", async () => {
    const trace = () => event(T, ["boom", " at a"]);
    const single = [T, T + 100].flatMap((at) => [line(at, "boom"), line(at + 1, " at a")]);
    const run = await all([
      sourceOf("a", [trace()], () => 9),
      sourceOf("b", [trace()], () => 9),
      sourceOf("c", single, () => 9),
    ]);
    expect(shown(run)).toEqual([
      [0, "a+b+c"],
      [100, ""],
      [101, ""],
    ]);
  });
});

/** What one source may see of the universe of lines. */
interface Sketch {
  readonly seed: number;
  readonly sources: number;
  readonly lines: number;
  readonly spread: number;
}

const sketches = fc.record<Sketch>({
  seed: fc.nat(),
  sources: fc.integer({ min: 1, max: 4 }),
  lines: fc.integer({ min: 0, max: 60 }),
  spread: fc.constantFrom(1, 5, 50, 5000),
});

function universe({ seed, sources, lines, spread }: Sketch) {
  const random = new Random(seed);
  const origins = [ORIGIN, { ...ORIGIN, container: "proxy" }, { ...ORIGIN, podUid: "uid-2", pod: "web-2" }];
  const seen = Array.from({ length: sources }, () => [] as LogLine[]);
  const expected: { at: LogLine; tags: string }[] = [];
  for (let i = 0; i < lines; i++) {
    const at = line(T + random.below(spread), `line ${random.below(4)}`, { origin: random.pick(origins) });
    const by = seen.map((_, rank) => rank).filter(() => random.chance(0.6));
    for (const rank of by) seen[rank]!.push(at);
    if (by.length > 0) expected.push({ at, tags: by.map((rank) => `s${rank}`).join("+") });
  }
  const key = (l: LogLine) => `${l.sec}.${l.nsec} ${l.origin.podUid}/${l.origin.container} ${textOf(l)}`;
  // Equal lines of one moment are told apart by their count alone: the k-th of each source is the same line.
  const counts = new Map<string, number[]>();
  for (const [rank, lines] of seen.entries())
    for (const l of lines) {
      const count = counts.get(key(l)) ?? Array.from({ length: sources }, () => 0);
      count[rank]!++;
      counts.set(key(l), count);
    }
  const union = [...counts].flatMap(([k, count]) =>
    Array.from({ length: Math.max(...count) }, (_, i) => {
      const by = count.flatMap((n, rank) => (n > i ? [`s${rank}`] : []));
      return `${k} ${by.length === 1 ? "" : by.join("+")}`;
    }),
  );
  return { seen, union: union.sort(), key: (l: LogLine) => `${key(l)} ${l.details?.sources.join("+") ?? ""}`, random };
}

describe("any sources", () => {
  test("make exactly their union, in order, each line with all its sources", async () => {
    await fc.assert(
      fc.asyncProperty(sketches, fc.constantFrom<SearchOrder>("oldest", "newest"), async (sketch, order) => {
        const { seen, union, key, random } = universe(sketch);
        const run = await all(
          seen.map((lines, rank) => sourceOf(`s${rank}`, lines, () => 1 + random.below(5))),
          { order },
        );
        expect(run.hits.map(key).sort()).toEqual(union);
        const sign = order === "oldest" ? 1 : -1;
        const inOrder = run.hits.every((hit, i) => i === 0 || sign * compareTimestamps(run.hits[i - 1]!, hit) <= 0);
        expect(inOrder).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("give exactly the whole in pages of any size, each continued by the cursor of the one before", async () => {
    await fc.assert(
      fc.asyncProperty(sketches, fc.constantFrom<SearchOrder>("oldest", "newest"), async (sketch, order) => {
        const { seen, union, key, random } = universe(sketch);
        const hits: LogLine[] = [];
        let cursor: SearchCursor | undefined;
        for (let rounds = 0; ; rounds++) {
          const limit = 1 + random.below(7);
          const run = await all(
            seen.map((lines, rank) => sourceOf(`s${rank}`, lines, () => 1 + random.below(5))),
            { order, limit },
            cursor,
          );
          hits.push(...run.hits);
          const last = run.pages.at(-1);
          if (last === undefined) break;
          cursor = decodeCursor(encodeCursor(last.cursorAt(last.hits.length - 1)));
          expect(rounds).toBeLessThan(200);
        }
        expect(hits.map(key).sort()).toEqual(union);
      }),
      { numRuns: 150 },
    );
  });

  test("a file and a store that have most lines in common, page by page, give each once with both names", async () => {
    for (const order of ["oldest", "newest"] as const) {
      const path = `${directory()}/shop_web-1_uid-1/app/0.log`;
      const random = new Random(7);
      const times = Array.from({ length: 120 }, (_, i) => i * 3 + random.below(3));
      write(path, times.map((ms) => `${stamp(ms)} stdout F m${ms}\n`).join(""));
      const kept = times.slice(0, 100);
      const stored = kept.map((ms) =>
        line({ sec: T / 1000, nsec: ms * 1e6 + 1 }, `m${ms}`, {
          details: details({ id: `i${ms}`, sources: ["store"] }),
        }),
      );
      const sources = () => [
        createFilesSource({ patterns: [path], name: "files", context: CONTEXT }),
        sourceOf("store", stored, () => 1 + random.below(9)),
      ];
      const seen: string[] = [];
      let cursor: SearchCursor | undefined;
      for (let round = 0; round < 60; round++) {
        const run = await all(sources(), { order, limit: 1 + random.below(12) }, cursor);
        seen.push(...tags(run));
        const last = run.pages.at(-1);
        if (last === undefined) break;
        cursor = decodeCursor(encodeCursor(last.cursorAt(last.hits.length - 1)));
      }
      const expected = times.map((ms, i) => `m${ms} ${i < 100 ? "files+store" : "files"}`);
      expect(seen).toEqual(order === "oldest" ? expected : expected.reverse());
    }
  });

  test("with events: paging never shows a line of an event again", async () => {
    const trace = ["boom", " at a", " at b", " at c"];
    const stored = line(T, trace.join("\n"), { details: details({ lines: 4, sources: ["store"] }) });
    const pods = trace.map((text, i) => line(T + i, text));
    for (const order of ["oldest", "newest"] as const) {
      const sources = () => [
        sourceOf("pods", [...pods, line(T + 2, "x", { origin: { ...ORIGIN, container: "y" } })], () => 1),
        sourceOf("store", [stored], () => 1),
      ];
      const first = await all(sources(), { order, limit: 1 });
      const cursor = decodeCursor(encodeCursor(first.pages.at(-1)!.cursorAt(0)));
      const second = await all(sources(), { order }, cursor);
      expect([...texts(first), ...texts(second)].sort()).toEqual(["x", trace.join("\n")].sort());
    }
  });
});

describe("follow", () => {
  const feed = () => {
    const steps: Step[] = [];
    let more = Promise.withResolvers<void>();
    const source = (name: string, holdBackMs = 500) =>
      new ScriptedSource(
        name,
        async function* () {
          for (;;) {
            while (steps.length > 0) yield steps.shift()!;
            await more.promise;
            more = Promise.withResolvers();
          }
        },
        { holdBackMs },
      );
    const give = (...given: Step[]) => {
      steps.push(...given);
      more.resolve();
    };
    return { source, give };
  };

  test("waits for what each source may still give, no longer than it holds back", async () => {
    const a = feed();
    const b = feed();
    const { run, clock, abort, done } = start([a.source("a"), b.source("b", 1000)], { follow: true });
    a.give({ live: true });
    b.give({ live: true });
    await settled();
    const now = clock.now();
    a.give({ hits: [line(now, "first")], live: true });
    await clock.advance(500);
    expect(texts(run)).toEqual([]);
    b.give({ hits: [line(now - 100, "before it")], live: true });
    await clock.advance(1100);
    expect(texts(run)).toEqual(["before it", "first"]);
    abort.abort();
    await done;
  });

  test("prints a line that comes too late at once, and marks it", async () => {
    const a = feed();
    const { run, clock, abort, done } = start([a.source("a")], { follow: true });
    a.give({ live: true, hits: [line(clock.now(), "one")] });
    await clock.advance(2000);
    a.give({ live: true, hits: [line(clock.now() - 3000, "old")] });
    await settled();
    expect(run.hits.map((hit) => [textOf(hit), hit.late])).toEqual([
      ["one", false],
      ["old", true],
    ]);
    abort.abort();
    await done;
  });

  test("a copy that comes after its line was printed is not printed again", async () => {
    const a = feed();
    const b = feed();
    const { run, clock, abort, done } = start([a.source("a"), b.source("b")], { follow: true });
    a.give({ live: true, hits: [line(clock.now(), "one")] });
    b.give({ live: true });
    const at = clock.now();
    await clock.advance(3000);
    b.give({ live: true, hits: [line(at, "one"), line(at, "two")] });
    await clock.advance(3000);
    expect(texts(run)).toEqual(["one", "two"]);
    abort.abort();
    await done;
  });

  test("a silent source does not hold the others up, and is not left out", async () => {
    const a = feed();
    const b = feed();
    const { run, clock, abort, done } = start([a.source("a"), b.source("b")], { follow: true });
    a.give({ live: true });
    b.give({ live: true });
    await clock.advance(60_000);
    a.give({ live: true, hits: [line(clock.now(), "one")] });
    await clock.advance(1000);
    b.give({ live: true, hits: [line(clock.now(), "two")] });
    await clock.advance(1000);
    expect(texts(run)).toEqual(["one", "two"]);
    expect(run.notes).toEqual([]);
    abort.abort();
    await done;
  });

  test("what was there comes before what is live, whole and in order", async () => {
    const a = feed();
    const b = feed();
    const { run, clock, abort, done } = start([a.source("a"), b.source("b")], { follow: true });
    const now = clock.now();
    a.give({ hits: [line(now - 9000, "1"), line(now - 5000, "3")] }, { live: true, hits: [line(now, "5")] });
    await clock.advance(2000);
    expect(texts(run)).toEqual([]);
    b.give({ hits: [line(now - 7000, "2"), line(now - 4000, "4")] }, { live: true });
    await clock.advance(2000);
    expect(texts(run)).toEqual(["1", "2", "3", "4", "5"]);
    expect(run.pages.at(-1)?.live).toBe(true);
    abort.abort();
    await done;
  });
});
