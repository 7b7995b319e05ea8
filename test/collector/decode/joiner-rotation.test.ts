// T9: traces of all languages, with the log rotated at every line and the agent restarted at every line: identical events.
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileMultiline, type MultilineRule } from "../../../src/collector/decode/multiline.ts";
import { TRACES } from "../../record/stack-traces.ts";
import { type Event, fragment, LogFile, type Row, read, rotated, stderr, stdout } from "./joined-log.ts";

const PRESETS: readonly [start: string, preset: MultilineRule["preset"]][] = [
  ["Java", "java"],
  ["Kotlin", "java"],
  ["Scala", "java"],
  ["Python", "python"],
  ["Go", "go"],
  ["Node.js", "node"],
  [".NET", "dotnet"],
  ["Ruby", "ruby"],
  ["PHP", "php"],
  ["Monolog", "php"],
  ["Rust", "rust"],
];

function presetOf(name: string): MultilineRule["preset"] {
  return PRESETS.find(([start]) => name.startsWith(start))?.[1] ?? "auto";
}

/** Everything but what names the file. */
const plainly = (events: readonly Event[]) =>
  events.map(({ stream, text, lines, flags }) => ({ stream, text, lines, flags }));
const textsOf = (events: readonly Event[], stream: number) =>
  events.filter((event) => event.stream === stream).map(({ text }) => text);

/** The events of both streams, wherever the log is rotated and the agent restarted. */
function eachPlace(
  rows: readonly Row[],
  preset: MultilineRule["preset"],
  out: readonly string[],
  err: readonly string[],
) {
  const multiline = compileMultiline({ preset });
  for (let at = 0; at < rows.length; at++) {
    const files = rotated(rows, at, at % 2 === 0 ? "plain" : "cri");
    const whole = read(files, { multiline });
    expect(textsOf(whole.events, 1)).toEqual(out);
    expect(textsOf(whole.events, 2)).toEqual(err);
    for (let crash = 0; crash < rows.length; crash++) {
      const found = read(files, { multiline, crash, cut: (row) => row >= crash - 2 && row <= crash + 4 });
      if (isDeepStrictEqual(found, whole)) continue;
      expect([at, crash, found]).toEqual([at, crash, whole]);
    }
  }
}

describe("rotated at every line and restarted at every line", () => {
  test.each(Object.entries(TRACES))("%s by its language's preset gives the same events", (name, trace) => {
    const texts = ["{}", trace, '{"level":"info"}', trace, "2 after"];
    eachPlace(texts.flatMap((text) => text.split("\n")).map(stdout), presetOf(name), texts, []);
  });

  test("traces of two streams that run through each other give the same events", () => {
    const out = ["{}", TRACES["Java, uncaught"]!, "2 between", TRACES["Go, deadlock"]!, "3 after"];
    const err = ["{}", TRACES["Kotlin"]!, TRACES["Rust"]!, "5 after"];
    const left = [out, err].map((texts) => texts.flatMap((text) => text.split("\n")));
    const rows: Row[] = [];
    for (let i = 0; left.some((lines) => lines.length > 0); i = (i * 5 + 3) % 11) {
      const [line] = left[i % 2]!.splice(0, 1);
      if (line !== undefined) rows.push(i % 2 === 0 ? stdout(line) : stderr(line));
    }
    eachPlace(rows, "auto", out, err);
  });
});

const TEXTS = ["S one", "S", "c more", " c", "e", "c e", "", "other", "\t", '{"a":', '"b"}', "S é"];

const rule: fc.Arbitrary<MultilineRule> = fc.oneof(
  fc
    .record({
      start: fc.constantFrom(undefined, "^S"),
      continue: fc.constantFrom(undefined, "^\\s*c"),
      end: fc.constantFrom(undefined, "e$"),
      negate: fc.boolean(),
      maxLines: fc.constantFrom(undefined, 1, 3),
      maxBytes: fc.constantFrom(undefined, 1, 12),
    })
    .filter((patterns) => (patterns.start ?? patterns.continue ?? patterns.end) !== undefined),
  fc.record({
    preset: fc.constantFrom("auto" as const, "json" as const, "python" as const),
    maxLines: fc.constantFrom(undefined, 2),
  }),
);

const rows = fc.array(
  fc
    .tuple(fc.constantFrom(...TEXTS), fc.constantFrom(1, 1, 2), fc.integer({ min: 0, max: 3 }))
    .map(([text, stream, kind]) => {
      const row = stream === 1 ? stdout(text) : stderr(text);
      return kind === 0 ? fragment(row) : row;
    }),
  { minLength: 1, maxLength: 24 },
);

test("any rows in any batches, files and crashes give the events of an undisturbed reading", () => {
  const runs = Number(process.env["KLOG_TEST_RUNS"] ?? 1500);
  fc.assert(
    fc.property(
      fc.option(rule, { nil: undefined }),
      rows,
      fc.nat(24),
      fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
      fc.nat(30),
      fc.nat(3),
      fc.constantFrom(0, 30, 1 << 16),
      fc.constantFrom(0, 2, 8),
      fc.constantFrom("plain" as const, "cri" as const),
      (rule, rows, at, cuts, crash, late, arena, spareRows, style) => {
        const multiline = rule === undefined ? undefined : compileMultiline(rule);
        const files = rotated(rows, at % rows.length, style);
        const undisturbed = read([new LogFile("a", rows, style)], { multiline, lineBytes: 9 });
        const found = read(files, {
          multiline,
          lineBytes: 9,
          cut: (row) => cuts[row]!,
          crash: crash < rows.length ? crash : undefined,
          late,
          arena,
          spareRows,
        });
        expect(found.differing).toEqual([]);
        expect(plainly(found.events)).toEqual(plainly(undisturbed.events));
        expect(found.unacknowledged).toBe(0);
      },
    ),
    { numRuns: runs },
  );
});
