import fc from "fast-check";
import { expect, test } from "vitest";
import { createBatchMemory } from "../../../src/collector/decode/batch-memory.ts";
import { firstFlagged } from "../../../src/collector/decode/flagged-rows.ts";
import { keptRows } from "../../../src/collector/deliver/kept-rows.ts";
import { FLAG_DROPPED } from "../../../src/collector/record-batch.ts";

const { batch } = createBatchMemory(undefined);

test("the first row with a flag is found, whatever other flags there are and whatever lies behind the last row", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 1, 4, 16, 20), { maxLength: 40 }), fc.nat(40), (flags, count) => {
      // An odd place has no words of four rows.
      for (const column of [batch.flags, new Uint8Array(batch.flags.buffer, batch.flags.byteOffset + 1, 50)]) {
        column.set(flags);
        const part = { ...batch, flags: column, count: Math.min(count, flags.length) };
        const dropped = flags.slice(0, part.count).map((flag) => (flag & FLAG_DROPPED) !== 0);
        expect(firstFlagged(part, FLAG_DROPPED)).toBe(dropped.includes(true) ? dropped.indexOf(true) : part.count);
        expect(keptRows(part)).toBe(dropped.filter((is) => !is).length);
      }
    }),
  );
});
