import fc from "fast-check";
import { expect, test } from "vitest";
import { lineChecksum } from "../../src/record/line-checksum.ts";

const of = (text: string) => lineChecksum(Buffer.from(text, "latin1"));

test("ids that are out in the world keep their meaning", () => {
  expect(["", "a", "abc", "0123456789abcdef", "0123456789abcdef0"].map(of)).toMatchInlineSnapshot(`
    [
      4223514590,
      1299650321,
      3254721029,
      1541556640,
      789909816,
    ]
  `);
});

test("the place of the bytes in their buffer does not count", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), (line, shift) => {
      const buffer = Buffer.alloc(line.length + 40, 0xff);
      buffer.set(line, shift);
      expect(lineChecksum(buffer, shift, shift + line.length)).toBe(lineChecksum(line));
    }),
  );
});

test("zeros at the end are part of the line", () => {
  const sums = Array.from({ length: 70 }, (_, length) => lineChecksum(new Uint8Array(length)));
  expect(new Set(sums).size).toBe(70);
});

test("a million similar lines have as few equal sums as chance gives", () => {
  const sums = new Set<number>();
  for (let i = 0; i < 1_000_000; i++) sums.add(of(`2026-11-21T10:00:00Z stdout F request ${i} served`));
  // Of n values below 2^32, n^2 / 2^33 pairs agree: 116.
  expect(1_000_000 - sums.size).toBeLessThan(200);
});
