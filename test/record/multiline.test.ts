import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogLine, Origin } from "../../src/record/log-line.ts";
import { createLineJoiner, type LineJoiner } from "../../src/record/multiline.ts";
import { TRACES } from "./stack-traces.ts";

const ORIGIN: Origin = {
  source: "stdin",
  cluster: "",
  node: "",
  namespace: "",
  pod: "",
  podUid: "",
  container: "",
  containerKind: "container",
  containerId: "",
  restart: 0,
  labels: {},
  annotations: {},
  workload: "",
};

/** The lines as they lie in a received chunk: one buffer, each with its neighbours. */
function linesOf(texts: readonly string[]): LogLine[] {
  const buffer = Buffer.from(texts.map((text) => `${text}\n`).join(""));
  let start = 0;
  return texts.map((text) => {
    const end = start + Buffer.byteLength(text);
    const line: LogLine = {
      kind: "line",
      origin: ORIGIN,
      sec: 1,
      nsec: 0,
      buffer,
      start,
      end,
      cut: 0,
      arrival: 0,
      rest: undefined,
      late: false,
    };
    start = end + 1;
    return line;
  });
}

const textOf = (line: LogLine): string => line.buffer.toString("utf8", line.start, line.end);
const textsOf = (event: LogLine): string[] => [event, ...(event.rest ?? [])].map(textOf);

function eventsOf(texts: readonly string[], joiner: LineJoiner = createLineJoiner("auto")): string[][] {
  const events: string[][] = [];
  for (const line of linesOf(texts)) {
    const event = joiner.push(line);
    if (event !== undefined) events.push(textsOf(event));
  }
  const last = joiner.flush();
  if (last !== undefined) events.push(textsOf(last));
  return events;
}

describe("traces that stay together", () => {
  test.each(Object.entries(TRACES))("%s, between ordinary lines", (_name, trace) => {
    const event = trace.split("\n");
    const before = ["2026-11-21 10:00:00 INFO before", '{"level":"info","msg":"before"}'];
    const after = ["2026-11-21 10:00:01 INFO after", "I1121 10:00:01.000000 1 a.go:1] after", "plain words after"];
    expect(eventsOf([...before, ...event, ...after])).toEqual([
      ...before.map((line) => [line]),
      event,
      ...after.map((line) => [line]),
    ]);
  });

  test.each(Object.entries(TRACES))("%s, twice in a row", (_name, trace) => {
    const event = trace.split("\n");
    expect(eventsOf(["{}", ...event, "{}", ...event, "{}"])).toEqual([["{}"], event, ["{}"], event, ["{}"]]);
  });

  test.each(Object.entries(TRACES))("%s, with carriage returns", (_name, trace) => {
    const event = trace.split("\n").map((line) => `${line}\r`);
    expect(eventsOf(["{}\r", ...event, "1\r"])).toEqual([["{}\r"], event, ["1\r"]]);
  });

  test("an exception's line joins the line before it, a second one does not", () => {
    const texts = [
      "ERROR failed",
      "java.io.IOException: Broken pipe",
      "java.io.IOException: Broken pipe",
      "\tat a.b.C.d(C.java:1)",
    ];
    expect(eventsOf(texts)).toEqual([texts.slice(0, 2), texts.slice(2)]);
  });

  test("a logged Python traceback joins its message", () => {
    const texts = [
      "ERROR:root:failed",
      "Traceback (most recent call last):",
      '  File "a.py", line 1, in f',
      "ValueError: x",
      "INFO:root:next",
    ];
    expect(eventsOf(texts)).toEqual([texts.slice(0, 4), ["INFO:root:next"]]);
  });

  test("an ordinary line ends a traceback that lost its last line", () => {
    const texts = ["Traceback (most recent call last):", '  File "a.py", line 1, in f', "2026-11-21 INFO next"];
    expect(eventsOf(texts)).toEqual([texts.slice(0, 2), texts.slice(2)]);
  });

  test("a trace without a message does not hide behind a JSON line", () => {
    const trace = ["java.io.IOException: Broken pipe", "\tat a.b.C.d(C.java:1)"];
    expect(eventsOf(['{"level":"info"}', ...trace])).toEqual([['{"level":"info"}'], trace]);
  });

  test("coloured indented lines continue too", () => {
    const texts = ["failed", "\x1b[31m    at f (a.js:1:2)\x1b[0m", "\x1b[32mnext"];
    expect(eventsOf(texts)).toEqual([texts.slice(0, 2), ["\x1b[32mnext"]]);
  });
});

describe("lines that stand alone", () => {
  test.each([
    ["ordinary lines", ["a", "b", "{}", "[x]", "}", "] done", "é"]],
    ["blank lines", ["a", "", "  ", "b"]],
    [
      "words that look like a part of a trace",
      ["Caused a stir", "Next please", "note: it", "goroutine pool", "#1 of all", "thread 'x' started"],
    ],
    ["names with dots", ["com.foo.Bar: message", "app.ERROR: x", "a.b.Exceptional", "java.io.IOException-x"]],
    ["calls", ["main.run()", "created by me", "exit status 1"]],
    ["ruby errors", ["a.rb:3:in `f': boom (RuntimeError)", "a.rb:4:in `g': boom (RuntimeError)"]],
  ])("%s", (_name, texts) => {
    expect(eventsOf(texts)).toEqual(texts.map((text) => [text]));
  });

  test("an indented line without a line before it begins an event", () => {
    expect(eventsOf(["  a", "  b", "c"])).toEqual([["  a", "  b"], ["c"]]);
  });
});

describe("the joiner", () => {
  test("holds an event until a line shows that it is complete, or it is flushed", () => {
    const joiner = createLineJoiner("auto");
    const [a, b, c] = linesOf(["a", " b", "c"]);
    expect(joiner.pending).toBe(false);
    expect(joiner.push(a!)).toBeUndefined();
    expect(joiner.pending).toBe(true);
    expect(joiner.push(b!)).toBeUndefined();
    expect(joiner.push(c!)).toBe(a);
    expect(a!.rest).toEqual([b]);
    expect(joiner.flush()).toBe(c);
    expect(joiner.pending).toBe(false);
    expect(joiner.flush()).toBeUndefined();
  });

  test("off hands every line on at once", () => {
    const joiner = createLineJoiner("off");
    const [a, b] = linesOf(["a", "\tat b"]);
    expect([joiner.push(a!), joiner.push(b!), joiner.flush(), joiner.pending]).toEqual([a, b, undefined, false]);
  });

  test("a pattern says where events begin", () => {
    const joiner = createLineJoiner({ start: (text) => text.startsWith("é") });
    expect(eventsOf(["x", "é1", "a", "", " b", "é2"], joiner)).toEqual([["x"], ["é1", "a", "", " b"], ["é2"]]);
    expect(joiner.pending).toBe(false);
  });

  test("an event that is too long goes out, and the next line begins another", () => {
    const texts = ["head", ...Array.from({ length: 1200 }, (_, i) => `\tat f${i}`), "next"];
    expect(eventsOf(texts).map((event) => event.length)).toEqual([500, 500, 201, 1]);
  });

  test("an event that is too big goes out before it outgrows the limit", () => {
    const big = ` ${"x".repeat(399_999)}`;
    expect(eventsOf(["head", big, big, big, "next"]).map((event) => event.length)).toEqual([3, 1, 1]);
  });

  test("a limit of one line never joins", () => {
    const joiner = createLineJoiner("auto", { lines: 1, bytes: 100 });
    expect(eventsOf(["a", " b", " c"], joiner)).toEqual([["a"], [" b"], [" c"]]);
  });

  test("gives out all lines that went in, in their order, whatever they are", () => {
    const known = fc.constantFrom(...Object.values(TRACES).flatMap((trace) => trace.split("\n")));
    const anything = fc.string().map((text) => text.replaceAll("\n", ""));
    const lines = fc.array(fc.oneof({ weight: 4, arbitrary: known }, anything), { maxLength: 60 });
    const limits = fc.record({ lines: fc.integer({ min: 1, max: 9 }), bytes: fc.integer({ min: 1, max: 400 }) });
    fc.assert(
      fc.property(lines, limits, fc.nat(70), (texts, limit, flushAt) => {
        const joiner = createLineJoiner("auto", limit);
        const out: string[] = [];
        const take = (event: LogLine | undefined): void => {
          if (event === undefined) return;
          expect(textsOf(event).length).toBeLessThanOrEqual(limit.lines);
          out.push(...textsOf(event));
        };
        for (const [i, line] of linesOf(texts).entries()) {
          if (i === flushAt) take(joiner.flush());
          take(joiner.push(line));
        }
        take(joiner.flush());
        expect(out).toEqual(texts.map((text) => Buffer.from(text).toString()));
      }),
      { numRuns: 300 },
    );
  });
});
