import { expect, test } from "vitest";
import { mostDescriptors } from "../../../src/collector/reader/descriptor-limit.ts";

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${soft}                 4096                 files     \n`;

test.each([
  [limits("1048576"), 1_048_512],
  [limits("1024"), 960],
  [limits("40"), 8],
  [limits("unlimited"), Number.POSITIVE_INFINITY],
  ["", Number.POSITIVE_INFINITY],
])("what the kernel allows leaves room for all else (%#)", (text, files) => {
  expect(mostDescriptors(text)).toBe(files);
});
