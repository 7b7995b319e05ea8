import { describe, expect, test } from "vitest";
import { INPUT } from "../../../assembly/memory.ts";
import { LEVELS, type Level, levelOf } from "../../../src/record/level.ts";
import { LEVEL_KEYS, LEVEL_LETTERS, LEVEL_NAMES } from "../../../src/record/level-names.ts";
import { loadWasm } from "../../../src/wasm.ts";
import { LEVEL_LINES, mutatedLines } from "./level-lines.ts";

interface LevelModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  detectLevel(start: number, end: number): number;
}

const wasm = loadWasm<LevelModule>("collector")!;
const memory = Buffer.from(wasm.memory.buffer);

/** Both verdicts on the same bytes, which have neighbours on both sides. */
function verdicts(line: Uint8Array, at = 1): [wasm: Level | undefined, twin: Level | undefined] {
  const start = INPUT + at;
  const end = start + line.length;
  memory.set(line, start);
  return [LEVELS[wasm.detectLevel(start, end) - 1], levelOf(memory, start, end)];
}

function differences(lines: Iterable<Buffer>): string[] {
  const found: string[] = [];
  for (const line of lines) {
    const [detected, wanted] = verdicts(line);
    if (detected !== wanted) found.push(`${JSON.stringify(line.toString("latin1"))}: ${detected}, not ${wanted}`);
    if (found.length > 5) break;
  }
  return found;
}

describe("the module's level of a line is levelOf's", () => {
  test("for lines of many loggers", () => {
    expect(differences(LEVEL_LINES.map((text) => Buffer.from(text)))).toEqual([]);
    const levels = LEVEL_LINES.map((text) => verdicts(Buffer.from(text))[0]);
    expect(new Set(levels)).toEqual(new Set([...LEVELS, undefined]));
  });

  test("for each key and name, in each way to write them", () => {
    const names = [
      ...LEVEL_NAMES.keys(),
      ...LEVEL_LETTERS.keys(),
      "0",
      "1",
      "7",
      "8",
      "10",
      "24",
      "25",
      "59",
      "60",
      "69",
      "70",
      "x",
    ];
    const lines: Buffer[] = [];
    for (const lower of names) {
      for (const name of [lower, lower.toUpperCase(), lower[0]!.toUpperCase() + lower.slice(1)]) {
        for (const key of LEVEL_KEYS)
          lines.push(Buffer.from(`{"${key}":"${name}"}`), Buffer.from(`a=b ${key}=${name}`));
        for (const [before, behind] of [
          ["", ":"],
          ["[", "]"],
          ["\t", "\t"],
          ["2026-1 ", " x"],
          ["x.", ":"],
          ["<", "> "],
          ["|", "|"],
        ] as const)
          lines.push(Buffer.from(before + name + behind));
      }
    }
    expect(differences(lines)).toEqual([]);
  });

  test("at every place of a line and in memory", () => {
    for (const text of ["ERROR x", "[warn] x", "info: x", "PHP Warning:  x", "fatal error: x", " lvl=debug", "[E] x"]) {
      for (let pad = 0; pad < 100; pad++) {
        const line = Buffer.from("-".repeat(pad) + text);
        const [detected, wanted] = verdicts(line, pad % 19);
        expect(detected, line.toString()).toBe(wanted);
      }
    }
  });

  test("for lines that are longer than what is looked at", () => {
    const long = [
      `{"a":"${"x".repeat(65_510)}","level":"error"}`,
      `{"a":"${"x".repeat(65_520)}","level":"error"}`,
      `${"x ".repeat(1020)} level=error`,
      `${"x ".repeat(1030)} level=error`,
      `${"x".repeat(100_000)} ERROR`,
    ];
    expect(differences(long.map((text) => Buffer.from(text)))).toEqual([]);
  });

  test("for 120,000 mutations of them", () => {
    const words = [...LEVEL_NAMES.keys(), ...LEVEL_KEYS];
    const vocabulary = [...words, ...words.map((word) => word.toUpperCase()), ...words.map((word) => `${word}=`)];
    expect(differences(mutatedLines(120_000, 20_261_121, vocabulary))).toEqual([]);
  });
});
