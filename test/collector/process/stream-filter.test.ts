import { expect, test } from "vitest";
import { createPlainBatch } from "../../../src/collector/decode/plain-batch.ts";
import { keepStream } from "../../../src/collector/process/stream-filter.ts";
import { FLAG_DROPPED, FLAG_PARTIAL } from "../../../src/collector/record-batch.ts";
import { targetOf } from "../reader/rig.ts";

function batch() {
  const rows = createPlainBatch({ id: "g", epoch: 0, target: targetOf("none", "a.log") }, 4, 10);
  rows.count = 3;
  rows.stream.set([0, 1, 2, 2]);
  rows.flags.set([0, FLAG_PARTIAL, 0, 0]);
  return rows;
}

test("stdout is what is not stderr, and what is behind the rows is left alone", () => {
  const rows = batch();
  expect(keepStream(rows, "stdout")).toBe(1);
  expect([...rows.flags]).toEqual([0, FLAG_PARTIAL, FLAG_DROPPED, 0]);
});

test("for stderr all others go, and keep their other flags", () => {
  const rows = batch();
  expect(keepStream(rows, "stderr")).toBe(2);
  expect([...rows.flags]).toEqual([FLAG_DROPPED, FLAG_PARTIAL | FLAG_DROPPED, 0, 0]);
});
