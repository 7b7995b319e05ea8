import { expect, test } from "vitest";
import { parseBytes } from "../../src/config/byte-size.ts";

test.each([
  ["0", 0],
  ["4096", 4096],
  ["64k", 65_536],
  ["64KiB", 65_536],
  ["64 kb", 65_536],
  ["1.5MiB", 1_572_864],
  ["2G", 2_147_483_648],
  ["512b", 512],
])("%s is %d bytes", (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(["", "-1", "1x", "k", "1e3", "MiB", "99999999999999999999"])("%j is no size", (text) => {
  expect(parseBytes(text)).toBeUndefined();
});
