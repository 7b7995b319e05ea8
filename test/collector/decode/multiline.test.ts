import { describe, expect, test } from "vitest";
import { compileMultiline, type MultilineRule } from "../../../src/collector/decode/multiline.ts";
import type { LogLine } from "../../../src/record/log-line.ts";
import { createLineJoiner } from "../../../src/record/multiline.ts";
import { closePatterns } from "../../../src/regex/pattern.ts";
import { TRACES } from "../../record/stack-traces.ts";
import { LogFile, read, stdout } from "./joined-log.ts";

function eventsOf(rule: MultilineRule, texts: readonly string[], onDisabled?: (pattern: string) => void): string[] {
  const { events } = read([new LogFile("f", texts.map(stdout))], { multiline: compileMultiline(rule, onDisabled) });
  return events.map(({ text }) => text);
}

describe("presets", () => {
  test("one language's preset ends an event where another language's trace goes on", () => {
    const go = TRACES["Go, deadlock"]!.split("\n");
    expect(eventsOf({ preset: "go" }, go)).toEqual([go.join("\n")]);
    expect(eventsOf({ preset: "java" }, go)).not.toEqual([go.join("\n")]);
  });

  test("auto gives the events of klog tail", () => {
    const texts = Object.values(TRACES).flatMap((trace) => ["{}", ...trace.split("\n"), "2026 INFO", "words"]);
    const joiner = createLineJoiner("auto");
    const expected: string[] = [];
    const push = (event: LogLine | undefined) => {
      if (event === undefined) return;
      const lines = [event, ...(event.rest ?? [])].map((line) => line.buffer.toString());
      expected.push(lines.join("\n"));
    };
    for (const text of texts) {
      const buffer = Buffer.from(text);
      push(joiner.push({ buffer, start: 0, end: buffer.length, rest: undefined } as LogLine));
    }
    push(joiner.flush());
    expect(eventsOf({ preset: "auto" }, texts)).toEqual(expected);
  });

  test("json joins what is between brackets, whatever stands in its strings", () => {
    const object = ["{", '  "a": "}",', '  "b": ["\\"{", {', "  }]", "}"];
    expect(eventsOf({ preset: "json" }, [...object, '{"one": "line"}', "text", ...object])).toEqual([
      object.join("\n"),
      '{"one": "line"}',
      "text",
      object.join("\n"),
    ]);
  });

  test("json swallows no lines that are not JSON", () => {
    const texts = ["{", "INFO hello", '{"a": "never closed', "x", "{}} {", "{", '"a": 1', "} and more", "{", "1}"];
    expect(eventsOf({ preset: "json" }, texts)).toEqual([
      "{",
      "INFO hello",
      '{"a": "never closed',
      "x",
      "{}} {",
      '{\n"a": 1',
      "} and more",
      "{\n1}",
    ]);
  });
});

describe("patterns", () => {
  const lines = ["a", "S", "b", "E", "c", "S", "S", "E", "E"];
  test.each<[MultilineRule, string[]]>([
    [{ start: "^S" }, ["a", "S b E c", "S", "S E E"]],
    [{ start: "^S", end: "^E" }, ["a", "S b E", "c", "S S E", "E"]],
    [{ end: "^E" }, ["a S b E", "c S S E", "E"]],
    [{ start: "^S", continue: "^b" }, ["a", "S b", "E", "c", "S", "S", "E", "E"]],
    [{ continue: "^b" }, ["a", "S b", "E", "c", "S", "S", "E", "E"]],
    [{ continue: "^[Sb]", end: "^E" }, ["a", "S b E", "c", "S S E", "E"]],
    [{ start: "^S", continue: "^b", end: "^E" }, ["a", "S b E", "c", "S", "S E", "E"]],
    // With negate, what a pattern does not match is meant.
    [{ start: "^[^S]", negate: true }, ["a", "S b E c", "S", "S E E"]],
    [{ continue: "^[^S]", negate: true }, ["a S", "b", "E", "c S S", "E", "E"]],
    [{ end: "^E", negate: true }, ["a", "S", "b", "E c", "S", "S", "E E"]],
  ])("%j", (rule, expected) => {
    expect(eventsOf(rule, lines)).toEqual(expected.map((event) => event.replaceAll(" ", "\n")));
  });

  test("see the message only, in characters", () => {
    const texts = ["é1 S", "éé S", "日本 S", "ab S", "2026-11-21T10:00:00 "];
    expect(eventsOf({ start: "^..\\sS$" }, texts)).toEqual([...texts.slice(0, 3), "ab S\n2026-11-21T10:00:00 "]);
    expect(eventsOf({ start: "stdout" }, ["a", "b"])).toEqual(["a", "b"]);
  });

  test("may be written as Go writes them", () => {
    expect(eventsOf({ start: "(?i)^(?P<day>[[:digit:]]+) info" }, ["1 INFO", "x", "2 Info"])).toEqual([
      "1 INFO\nx",
      "2 Info",
    ]);
  });

  test("one that takes too long is named once, and joins nothing from then on", () => {
    const disabled: string[] = [];
    const evil = "^(a+)+$";
    const texts = [`${"a".repeat(40)}!`, "b", "c"];
    expect(eventsOf({ start: evil }, texts, (pattern) => disabled.push(pattern))).toEqual(texts);
    expect(disabled).toEqual([evil]);
    closePatterns();
  });
});

test.each<[MultilineRule, string]>([
  [{}, "neither a preset nor a pattern"],
  [{ preset: "java", start: "x" }, "a preset and patterns"],
  [{ preset: "cobol" as "java" }, 'preset "cobol" is unknown'],
  [{ start: "(" }, "invalid"],
  [{ preset: "java", maxBytes: 2 << 20 }, "max_bytes of multiline is a whole number from 1 to 1048576, not 2097152"],
])("%j is refused with a reason", (rule, reason) => {
  expect(() => compileMultiline(rule)).toThrow(reason);
});
