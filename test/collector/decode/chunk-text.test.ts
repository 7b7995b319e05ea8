import fc from "fast-check";
import { expect, test } from "vitest";
import { createBatchMemory } from "../../../src/collector/decode/batch-memory.ts";
import { ChunkText } from "../../../src/collector/decode/chunk-text.ts";

const { batch } = createBatchMemory(undefined);
const row = fc
  .tuple(fc.constantFrom("x", "plain text ", "é", "日本 "), fc.oneof(fc.nat(40), fc.integer({ min: 0, max: 30_000 })))
  .map(([text, times]) => Buffer.from(text.repeat(times)));

function fill(rows: readonly Buffer[], inArena: readonly boolean[]): void {
  batch.count = 0;
  let chunkEnd = 0;
  batch.arenaEnd = batch.arenaStart;
  for (const [i, bytes] of rows.entries()) {
    const isInArena = inArena[i % inArena.length] === true;
    const start = isInArena ? batch.arenaEnd : chunkEnd;
    batch.bytes.set(bytes, start);
    batch.start[i] = start;
    batch.end[i] = start + bytes.length;
    batch.count++;
    if (isInArena) batch.arenaEnd = start + bytes.length;
    else chunkEnd = start + bytes.length + 1;
  }
}

test("a row is its own text, be it ASCII or not, long or short, asked for in any order", () => {
  const text = new ChunkText();
  const orders = fc.array(fc.nat(), { maxLength: 20 });
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 12 }),
      fc.array(fc.boolean(), { minLength: 1 }),
      orders,
      (rows, arena, order) => {
        fc.pre(rows.reduce((sum, bytes) => sum + bytes.length + 1, 0) < batch.arenaStart);
        fill(rows, arena);
        text.begin(batch);
        for (const at of [...rows.keys(), ...order.map((n) => n % Math.max(1, rows.length))]) {
          if (at >= rows.length) continue;
          expect(text.of(batch.bytes, batch.start[at]!, batch.end[at]!)).toBe(rows[at]!.toString());
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("what an earlier batch had at the same place is forgotten", () => {
  const text = new ChunkText();
  for (const word of ["first", "other"]) {
    fill([Buffer.from(word)], [false]);
    text.begin(batch);
    expect(text.of(batch.bytes, 0, 5)).toBe(word);
  }
});

test("text of another memory is read from there", () => {
  const text = new ChunkText();
  fill([Buffer.from("here")], [false]);
  text.begin(batch);
  expect(text.of(Buffer.from("elsewhere"), 4, 9)).toBe("where");
});
