import { describe, expect, test } from "vitest";
import { JoinCounts, Joiner } from "../../../src/collector/decode/joiner.ts";
import { GroupBudget } from "../../../src/collector/decode/joiner-budget.ts";
import { compileMultiline } from "../../../src/collector/decode/multiline.ts";
import { createLineFilter, type LineFilterOptions } from "../../../src/collector/process/line-filter.ts";
import { FLAG_DROPPED, FLAG_READ_TIME, type RecordBatch } from "../../../src/collector/record-batch.ts";
import { closePatterns } from "../../../src/regex/pattern.ts";
import { LogFile, stdout } from "../decode/joined-log.ts";

function batchOf(texts: readonly string[]): RecordBatch {
  return new LogFile("f", texts.map(stdout)).batch(0, texts.length);
}

function filterOf(options: Partial<LineFilterOptions>, onDisabled?: (pattern: string) => void) {
  return createLineFilter({ include: [], exclude: [], minLevel: undefined, ...options }, onDisabled);
}

function keptOf(
  options: Partial<LineFilterOptions>,
  texts: readonly string[],
  onDisabled?: (pattern: string) => void,
): string[] {
  const batch = batchOf(texts);
  const filter = filterOf(options, onDisabled);
  filter.process(batch);
  const kept = texts.filter((_, row) => (batch.flags[row]! & FLAG_DROPPED) === 0);
  expect(filter.dropped).toBe(texts.length - kept.length);
  return kept;
}

describe("patterns", () => {
  const texts = ["GET /health", "GET /api", "POST /api é", "POST /health"];
  test.each<[string, Partial<LineFilterOptions>, string[]]>([
    ["nothing drops nothing", {}, texts],
    ["any of the included", { include: ["^GET", "é$"] }, texts.slice(0, 3)],
    ["none of the excluded", { exclude: ["/health", "é"] }, ["GET /api"]],
    ["exclude is stronger than include", { include: ["^GET"], exclude: ["/health"] }, ["GET /api"]],
    ["counts characters, not bytes", { include: ["^.{11}$"] }, ["GET /health", "POST /api é"]],
    ["sees nothing of a record but its text", { exclude: ["stdout", "\\n", "^2026"] }, texts],
  ])("%s", (_name, options, kept) => {
    expect(keptOf(options, texts)).toEqual(kept);
  });

  test("see all lines of a joined event", () => {
    const filter = filterOf({ include: ["two$"] });
    const flags: number[] = [];
    const joiner = new Joiner({
      multiline: compileMultiline({ start: "^S" }),
      budget: new GroupBudget(),
      counts: new JoinCounts(),
      emit: (batch) => {
        filter.process(batch);
        flags.push(...batch.flags.subarray(0, batch.count));
      },
    });
    const hold = { retain: () => {}, release: () => {}, split: () => hold };
    joiner.join(batchOf(["S one", "two", "S one", "S two", "and three", "S"]), hold, 0);
    expect(flags).toEqual([0, FLAG_DROPPED, FLAG_DROPPED]);
    expect(filter.droppedLines).toBe(3);
  });

  test("one that takes too long drops nothing any more", () => {
    const disabled: string[] = [];
    const slow = "^(a+)+$";
    const texts = [`${"a".repeat(40)}!`, "b"];
    const onDisabled = (pattern: string) => disabled.push(pattern);
    expect(keptOf({ include: [slow] }, texts, onDisabled)).toEqual(texts);
    expect(keptOf({ exclude: [slow] }, texts, onDisabled)).toEqual(texts);
    expect(disabled).toEqual([slow, slow]);
    closePatterns();
  });
});

test("a level floor drops what is lower, and keeps what has no level", () => {
  const batch = batchOf(["unknown", "trace", "debug", "info", "notice", "warn", "error"]);
  filterOf({ minLevel: "warning" }).process(batch);
  expect([...batch.flags.subarray(0, 7)]).toEqual([0, 4, 4, 4, 4, 0, 0]);
});

test("a record that was dropped before is not looked at and not counted again", () => {
  const batch = batchOf(["a", "b"]);
  batch.flags[0] = FLAG_DROPPED | FLAG_READ_TIME;
  const filter = filterOf({ exclude: ["."] });
  filter.process(batch);
  expect([...batch.flags.subarray(0, 2)]).toEqual([FLAG_DROPPED | FLAG_READ_TIME, FLAG_DROPPED]);
  expect(filter.dropped).toBe(1);
});

test("what is no level or no pattern is refused", () => {
  expect(() => filterOf({ minLevel: "loud" })).toThrow('min_level "loud"');
  expect(() => filterOf({ include: ["("] })).toThrow("invalid");
});
