import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareNumeric, numericOf, plainDigits } from "../../src/query/numbers.ts";

function compare(a: unknown, b: unknown): number {
  return Math.sign(compareNumeric(numericOf(a)!, numericOf(b)!));
}

describe("numbers", () => {
  test.each(["", "-", ".", "1e", "1e1234", "0x10", "1_000", "NaN", "Infinity", " 1", "1 ", "1.2.3", "5ms"])(
    "%j is none",
    (text) => {
      expect(numericOf(text)).toBeUndefined();
    },
  );

  test.each([
    ["1", 1, 0],
    ["-0", "0", 0],
    ["007", 7, 0],
    ["1.50", "+1.5", 0],
    [".5", 0.5, 0],
    ["5.", 5, 0],
    ["1e3", 1000, 0],
    ["1e400", "1e500", -1],
    ["-1e400", "1e500", -1],
    ["1e-400", "0", 1],
    ["12345678901234567890", "12345678901234567891", -1],
    ["-12345678901234567890", "-12345678901234567891", 1],
    [0.1 + 0.2, "0.3", 1],
    ["0.30000000000000004", 0.1 + 0.2, 0],
    [2 ** 53, "9007199254740993", -1],
  ])("%s compared with %s gives %s", (a, b, expected) => {
    expect(compare(a, b) + 0).toBe(expected);
    expect(compare(b, a) + 0).toBe(0 - expected);
  });

  test("whole numbers of any length compare as they are", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        (a, b) => {
          expect(compare(String(a), String(b)) + 0).toBe(a < b ? -1 : a > b ? 1 : 0);
        },
      ),
    );
  });

  test.each([
    ["0500.0", "500"],
    ["-1.50", "1.5"],
    ["0.05", ".05"],
    ["5e3", "5000"],
    ["0", "0"],
  ])("the digits of %s are %s", (text, digits) => {
    expect(plainDigits(numericOf(text)!)).toBe(digits);
  });
});
