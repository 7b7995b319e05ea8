import { expect, test } from "vitest";
import type { Entry } from "../../../src/sources/merge/line-window.ts";
import { PrintedLines } from "../../../src/sources/merge/printed-lines.ts";
import { line } from "./scripted-source.ts";

const T = 1_790_000_000_000;

function entry(ms: number, text: string): Entry {
  return { line: line(ms, text), source: 0, serial: 0, also: undefined, absorbed: false, ms };
}

test("forgets everything when all that is left came long before the newest line", () => {
  const printed = new PrintedLines();
  printed.add(entry(T, "newest"));
  const old = entry(T - 31_000, "old");
  for (let i = 0; i < 100_000; i++) printed.add(old);
  expect(printed.takeAgain(line(T, "newest"), 1)).toBe(false);
  expect(printed.takeAgain(old.line, 1)).toBe(false);
  printed.add(entry(T + 1, "next"));
  expect(printed.takeAgain(line(T + 1, "next"), 1)).toBe(true);
  expect(printed.takeAgain(line(T + 1, "next"), 1)).toBe(false);
});
