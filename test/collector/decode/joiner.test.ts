import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JoinCounts, Joiner } from "../../../src/collector/decode/joiner.ts";
import { GroupBudget } from "../../../src/collector/decode/joiner-budget.ts";
import type { SegmentHold } from "../../../src/collector/decode/joiner-segments.ts";
import { compileMultiline, type MultilineRule } from "../../../src/collector/decode/multiline.ts";
import { FLAG_PARTIAL, FLAG_READ_TIME, FLAG_TRUNCATED, type RecordBatch } from "../../../src/collector/record-batch.ts";
import { type Event, eventOf, fragment, LogFile, type Row, read, stderr, stdout } from "./joined-log.ts";

class Hold implements SegmentHold {
  pending = 1;
  readonly splits: [at: number, tail: Hold][] = [];
  retain(): void {
    this.pending++;
  }
  release(): void {
    this.pending--;
  }
  split(at: number): Hold {
    const tail = new Hold();
    this.splits.push([at, tail]);
    return tail;
  }
}

interface Emission {
  readonly events: Event[];
  readonly batch: RecordBatch;
  readonly segments: readonly SegmentHold[];
}

function joinerOf(rule: MultilineRule | undefined, options: { budget?: GroupBudget; lineBytes?: number } = {}) {
  const emitted: Emission[] = [];
  const counts = new JoinCounts();
  const joiner = new Joiner({
    multiline: rule === undefined ? undefined : compileMultiline(rule),
    budget: new GroupBudget(),
    counts,
    emit: (batch, segments) => {
      const rows = Array.from({ length: batch.count }, (_, row) => eventOf(batch, row));
      emitted.push({ events: rows, batch, segments });
    },
    ...options,
  });
  const texts = () => emitted.map(({ events }) => events.map((event) => event.text));
  return { joiner, emitted, counts, texts };
}

const PATTERN: MultilineRule = { start: "^S" };

describe("with nothing to join", () => {
  test("a batch goes on untouched, with its segment", () => {
    const { joiner, emitted } = joinerOf(undefined);
    const file = new LogFile("a", [stdout("one"), stderr("two")]);
    const batch = file.batch(0, 2);
    const before = structuredClone({ start: batch.start, arenaEnd: batch.arenaEnd, offset: batch.offset });
    const segment = new Hold();
    joiner.join(batch, segment, 0);
    expect(emitted).toHaveLength(1);
    expect(emitted[0]!.batch).toBe(batch);
    expect(emitted[0]!.segments).toEqual([segment]);
    expect(segment.pending).toBe(2);
    expect({ start: batch.start, arenaEnd: batch.arenaEnd, offset: batch.offset }).toEqual(before);
  });

  test("an empty batch gives nothing and holds nothing", () => {
    const { joiner, emitted } = joinerOf(PATTERN);
    const segment = new Hold();
    joiner.join(new LogFile("a", []).batch(0, 0), segment, 0);
    expect([emitted.length, segment.pending]).toEqual([0, 1]);
  });
});

describe("fragments", () => {
  test("become one line of their stream, with what the first one knows", () => {
    const rows = [fragment(stdout("a")), fragment(stderr("x")), fragment(stdout("b")), stderr("y"), stdout("c")];
    const { events } = read([new LogFile("f", rows)], { multiline: undefined });
    expect(
      events.map(({ text, stream, lines, flags, sec, level }) => ({ text, stream, lines, flags, sec, level })),
    ).toEqual([
      { text: "abc", stream: 1, lines: 1, flags: 0, sec: 0, level: 0 },
      { text: "xy", stream: 2, lines: 1, flags: 0, sec: 1, level: 1 },
    ]);
  });

  test("a line of fragments is decided about as a whole, and counts as one line of its event", () => {
    const rows = [fragment(stdout("S")), stdout("tart"), fragment(stdout("c")), stdout("S"), stdout("Start")];
    const { events } = read([new LogFile("f", rows)], { multiline: compileMultiline({ start: "^Start$" }) });
    expect(events.map(({ text, lines }) => [text, lines])).toEqual([
      ["Start\ncS", 2],
      ["Start", 1],
    ]);
  });

  test("keep their flags but the one that says that more follows", () => {
    const rows = [{ ...fragment(stdout("a")), flags: 8 | FLAG_READ_TIME }, stdout("b")];
    const { events } = read([new LogFile("f", rows)], { multiline: undefined });
    expect(events[0]!.flags).toBe(FLAG_READ_TIME);
  });

  test("that are too long together are cut, marked and counted", () => {
    const rows = [
      fragment(stdout("12345")),
      fragment(stdout("678")),
      fragment(stdout("9")),
      stdout("0"),
      stdout("next"),
    ];
    const { events, counts } = read([new LogFile("f", rows)], { multiline: undefined, lineBytes: 6 });
    expect(events.map(({ text, flags }) => [text, flags])).toEqual([
      ["123456", FLAG_TRUNCATED],
      ["next", 0],
    ]);
    expect(counts).toMatchObject({ cutLines: 1, cutBytes: 4 });
  });

  test("are one line still when they span more of the log than may be held back", () => {
    const part = "p".repeat(16 * 1024);
    const rows = [
      stdout("before"),
      ...Array.from({ length: 319 }, () => fragment(stdout(part))),
      stdout(part),
      stdout("after"),
    ];
    for (const cut of [() => true, () => false]) {
      const { events, counts } = read([new LogFile("f", rows)], { multiline: undefined, cut });
      expect(events.map(({ text }) => text.length)).toEqual([6, 1 << 20, 5]);
      expect(events.map(({ flags }) => flags)).toEqual([0, FLAG_TRUNCATED, 0]);
      expect(counts).toMatchObject({ cutLines: 1, cutBytes: 4 << 20, broken: 0 });
    }
  });

  test("without their rest go out marked after 30 s at the end of the log, not after the 3 s of events", () => {
    const { joiner, texts, emitted, counts } = joinerOf(PATTERN);
    const file = new LogFile("f", [stdout("S"), fragment(stdout("more"))]);
    joiner.join(file.batch(0, 2), new Hold(), 1000);
    joiner.flushIdle(30_999, true);
    joiner.flushIdle(99_999, false);
    expect(texts()).toEqual([]);
    joiner.flushIdle(31_000, true);
    expect(texts()).toEqual([["S\nmore"]]);
    expect(emitted[0]!.events[0]!.flags).toBe(FLAG_PARTIAL);
    expect(counts.broken).toBe(1);
  });
});

describe("events of several lines", () => {
  test("lines that are neighbours in the file are joined where they lie", () => {
    const { joiner, emitted, texts } = joinerOf(PATTERN);
    const file = new LogFile("f", [stdout("S one"), stdout("two"), stdout("S three")], "plain");
    joiner.join(file.batch(0, 3), new Hold(), 0);
    expect(texts()).toEqual([["S one\ntwo"]]);
    expect(emitted[0]!.batch.arenaEnd).toBe(emitted[0]!.batch.arenaStart);
  });

  test("keep the order in which they begin when two streams run through each other", () => {
    const rows = [stdout("S1"), stderr("S2"), stdout("1"), stderr("2"), stdout("S3"), stderr("S4")];
    const { joiner, texts } = joinerOf(PATTERN);
    joiner.join(new LogFile("f", rows).batch(0, 6), new Hold(), 0);
    joiner.flushAll();
    expect(texts()).toEqual([["S1\n1", "S2\n2"], ["S3"], ["S4"]]);
  });

  test("that began in the batch before come back as its first row", () => {
    const { joiner, emitted, texts } = joinerOf(PATTERN);
    const file = new LogFile("f", [stdout("S1"), stdout("1"), stdout("2"), stdout("S2")]);
    joiner.join(file.batch(0, 2), new Hold(), 0);
    const batch = file.batch(2, 4);
    joiner.join(batch, new Hold(), 0);
    expect(texts()).toEqual([["S1\n1\n2"]]);
    expect(emitted[0]!.batch).toBe(batch);
    expect(emitted[0]!.events[0]).toMatchObject({ offset: 0, sec: 0, lines: 3 });
  });

  test("that began in an older file go out before, in a batch of their own", () => {
    const { joiner, emitted, texts } = joinerOf(PATTERN);
    joiner.join(new LogFile("a", [stdout("S1")]).batch(0, 1), new Hold(), 0);
    joiner.join(new LogFile("b", [stdout("1"), stdout("S2"), stdout("S3")]).batch(0, 3), new Hold(), 0);
    expect(texts()).toEqual([["S1\n1"], ["S2"]]);
    expect(emitted[0]!.batch.generation.id).toBe("a");
  });

  test("of too many lines or bytes go out, and the next line begins another one", () => {
    const rows = ["S1", "1", "2", "3", "S2", "123456789", "1"].map(stdout);
    const files = [new LogFile("f", rows)];
    const byLines = read(files, { multiline: compileMultiline({ start: "^S", maxLines: 3 }) });
    expect(byLines.events.map(({ text }) => text)).toEqual(["S1\n1\n2", "3", "S2\n123456789\n1"]);
    const byBytes = read(files, { multiline: compileMultiline({ start: "^S", maxBytes: 8 }) });
    expect(byBytes.events.map(({ text }) => text)).toEqual(["S1\n1\n2\n3", "S2", "123456789", "1"]);
    expect([byLines.counts.full, byBytes.counts.full]).toEqual([1, 2]);
  });

  test("wait 3 s at the end of the log, and as long as there is more to read", () => {
    const { joiner, texts } = joinerOf(PATTERN);
    const file = new LogFile("f", [stdout("S1"), stdout("1"), stderr("S2")]);
    joiner.join(file.batch(0, 1), new Hold(), 0);
    joiner.join(file.batch(1, 2), new Hold(), 2000);
    joiner.join(file.batch(2, 3), new Hold(), 3000);
    joiner.flushIdle(4999, true);
    joiner.flushIdle(60_000, false);
    expect(texts()).toEqual([]);
    joiner.flushIdle(5000, true);
    expect(texts()).toEqual([["S1\n1"]]);
    expect(joiner.open).toBe(1);
    joiner.flushIdle(6000, true);
    expect(texts()).toEqual([["S1\n1"], ["S2"]]);
    expect([joiner.open, joiner.openBytes]).toEqual([0, 0]);
  });

  test("end when their stream is silent while the other one writes 2 MiB", () => {
    const long = "x".repeat(300_000);
    const rows = [stdout("S1"), ...Array.from({ length: 9 }, () => stderr(`S${long}`)), stdout("late")];
    const file = new LogFile("f", rows);
    for (const cut of [() => true, () => false]) {
      const { events } = read([file], { multiline: compileMultiline(PATTERN), cut, arena: 4 << 20 });
      const texts = events.filter(({ stream }) => stream === 1).map(({ text }) => text);
      expect(texts).toEqual(["S1", "late"]);
    }
  });
});

describe("segments", () => {
  test("are split where the open event begins, so that only its bytes are held back", () => {
    const { joiner, emitted } = joinerOf(PATTERN);
    const file = new LogFile("f", [stdout("S1"), stdout("1"), stdout("S2"), stdout("S3")]);
    const one = new Hold();
    joiner.join(file.batch(0, 3), one, 0);
    const [[at, tail]] = one.splits as [[number, Hold]];
    expect(at).toBe(file.offsets[2]);
    expect([one.pending, tail.pending]).toEqual([2, 1]);
    expect(emitted[0]!.segments).toEqual([one]);
    const two = new Hold();
    joiner.join(file.batch(3, 4), two, 0);
    expect(emitted[1]!.segments).toEqual([tail, two]);
    expect([tail.pending, two.pending]).toEqual([1, 3]);
  });

  test("of a log that writes one event a chunk are held one at a time", () => {
    const { joiner, emitted } = joinerOf(PATTERN);
    const file = new LogFile("f", [stdout("S1"), stdout("S2"), stdout("S3")]);
    const holds = [new Hold(), new Hold(), new Hold()];
    for (const [i, hold] of holds.entries()) {
      joiner.join(file.batch(i, i + 1), hold, 0);
      hold.release();
    }
    for (const { segments } of emitted) for (const segment of segments) segment.release();
    expect(holds.map((hold) => hold.pending)).toEqual([0, 0, 1]);
  });

  test("are held by a group that fills them, and all released with it", () => {
    const { joiner, emitted } = joinerOf(PATTERN);
    const file = new LogFile("f", [stdout("S1"), stdout("1"), stdout("2")]);
    const holds = [new Hold(), new Hold(), new Hold()];
    for (const [i, hold] of holds.entries()) {
      joiner.join(file.batch(i, i + 1), hold, 0);
      hold.release();
    }
    expect(holds.map((hold) => hold.pending)).toEqual([1, 1, 1]);
    joiner.flushAll();
    for (const segment of emitted[0]!.segments) segment.release();
    expect(holds.map((hold) => hold.pending)).toEqual([0, 0, 0]);
  });
});

test("the group that waits longest goes out first when the memory of all is used up", () => {
  const budget = new GroupBudget(10);
  const joiners = [1, 2, 3].map(() => joinerOf(PATTERN, { budget }));
  const file = new LogFile("f", [stdout("S234"), stdout("S2345")]);
  for (const { joiner } of joiners) joiner.join(file.batch(0, 1), new Hold(), 0);
  expect(joiners.map(({ texts }) => texts())).toEqual([[["S234"]], [], []]);
  joiners[1]!.joiner.join(file.batch(1, 2), new Hold(), 0);
  joiners[0]!.joiner.join(file.batch(0, 1), new Hold(), 0);
  expect(joiners.map(({ texts }) => texts())).toEqual([[["S234"]], [["S234"]], [["S234"]]]);
  expect([budget.used, budget.evictions]).toEqual([9, 2]);
});

/** Lines and events by strings and arrays, one stream after the other. */
function slowly(
  rows: readonly Row[],
  rule: { start?: string; continue?: string; end?: string } | undefined,
): string[][] {
  return [1, 2].map((stream) => {
    const lines: string[] = [];
    let open: string | undefined;
    for (const { text, flags, stream: of } of rows) {
      if (of !== stream) continue;
      open = (open ?? "") + text;
      if (flags !== undefined) continue;
      lines.push(open);
      open = undefined;
    }
    if (open !== undefined) lines.push(open);
    if (rule === undefined) return lines;
    const is = (pattern: string | undefined, line: string) => pattern !== undefined && new RegExp(pattern).test(line);
    const events: string[] = [];
    let event: string[] = [];
    const end = () => {
      if (event.length > 0) events.push(event.join("\n"));
      event = [];
    };
    for (const line of lines) {
      if (event.length > 0) {
        const isMore = is(rule.continue, line);
        const isEnd = !isMore && is(rule.end, line);
        if (isMore || isEnd || (rule.continue === undefined && (rule.end !== undefined || !is(rule.start, line)))) {
          event.push(line);
          if (isEnd) end();
          continue;
        }
        end();
      }
      const begins =
        rule.start !== undefined
          ? is(rule.start, line)
          : rule.continue === undefined
            ? !is(rule.end, line)
            : rule.end === undefined || is(rule.continue, line);
      event.push(line);
      if (!begins) end();
    }
    end();
    return events;
  });
}

test("the events are those of a slow reading by strings, for any rows and any combination of patterns", () => {
  const rows = fc.array(
    fc
      .tuple(fc.constantFrom("S", "S e", "c", "c e", "e", "", "x", "é"), fc.constantFrom(1, 1, 2), fc.nat(3))
      .map(([text, stream, kind]) => {
        const row = stream === 1 ? stdout(text) : stderr(text);
        return kind === 0 ? fragment(row) : row;
      }),
    { maxLength: 30 },
  );
  const pattern = (source: string) => fc.constantFrom({}, { source });
  fc.assert(
    fc.property(
      rows,
      pattern("^S"),
      pattern("^c"),
      pattern("e$"),
      fc.constantFrom("plain" as const, "cri" as const),
      (rows, start, further, end, style) => {
        const rule = {
          ...("source" in start ? { start: start.source } : {}),
          ...("source" in further ? { continue: further.source } : {}),
          ...("source" in end ? { end: end.source } : {}),
        };
        const given = Object.keys(rule).length > 0 ? rule : undefined;
        const multiline = given === undefined ? undefined : compileMultiline(given);
        const { events } = read([new LogFile("f", rows, style)], { multiline });
        const found = [1, 2].map((stream) => events.filter((event) => event.stream === stream).map(({ text }) => text));
        expect(found).toEqual(slowly(rows, given));
      },
    ),
    { numRuns: 1500 },
  );
});
