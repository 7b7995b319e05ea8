import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FLAG_DROPPED } from "../../src/store/rows.ts";
import { StoreReader } from "../../src/store/store-reader.ts";
import { StoreWriter } from "../../src/store/store-writer.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { generation, messages, numberedRows, type Row, row, rowsOfView, storeRows } from "./support/rows.ts";

const anyRow = fc.record({
  message: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(Buffer.from(""), Buffer.from("a\nb\n"), Buffer.alloc(300_000, 120)),
  ),
  sec: fc.oneof(fc.constant(1_763_737_752), fc.integer({ min: -62_135_596_800, max: 253_402_300_799 })),
  nsec: fc.integer({ min: 0, max: 999_999_999 }),
  offset: fc.maxSafeNat(),
  level: fc.integer({ min: 0, max: 7 }),
  stream: fc.integer({ min: 0, max: 2 }),
  flags: fc.constantFrom(0, 1, 2, 16, 19),
  lines: fc.integer({ min: 1, max: 1000 }),
  checksum: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});
const batches = fc.array(
  fc.record({ generation: fc.integer({ min: 0, max: 5 }), rows: fc.array(anyRow, { maxLength: 12 }) }),
  {
    maxLength: 12,
  },
);

/** Text compares at once where bytes are compared one by one. */
function comparable<T extends Pick<Row, "message">>(row: T): unknown {
  return { ...row, message: Buffer.from(row.message).toString("latin1") };
}

describe("what is stored", () => {
  test("comes back as it was: any bytes, any time, while the block is open and when it is closed", async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (batches) => {
        const directory = temporaryDirectory();
        const writer = await StoreWriter.open(directory, { fsync: "never" });
        const expected: unknown[] = [];
        for (const batch of batches) {
          const of = generation(batch.generation);
          writer.append(storeRows(of, batch.rows));
          for (const row of batch.rows) expected.push(comparable({ ...row, generation: of }));
        }
        await writer.flush();
        const reader = new StoreReader(directory);
        expect(rowsOfView(reader.view()).map(comparable)).toEqual(expected);
        await writer.close();
        expect(reader.view()).toMatchObject({ open: [], problems: [] });
        expect(rowsOfView(reader.view()).map(comparable)).toEqual(expected);
        reader.close();
      }),
      { numRuns: 25 },
    );
  });

  test("knows 1,000 streams in one block", async () => {
    const directory = temporaryDirectory();
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    for (let number = 0; number < 1000; number++) writer.append(numberedRows(generation(number), number, 2));
    await writer.close();
    const reader = new StoreReader(directory);
    const rows = rowsOfView(reader.view());
    reader.close();
    expect(rows).toHaveLength(2000);
    expect(rows.map(({ generation }) => generation.origin.pod)).toEqual(
      Array.from({ length: 2000 }, (_, i) => `web-${Math.floor(i / 2)}`),
    );
  });

  test("keeps messages of many megabytes, between short ones", async () => {
    const directory = temporaryDirectory();
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    const long = [
      Buffer.alloc(1 << 20, "long "),
      Buffer.alloc(5 << 20, "longer "),
      Buffer.alloc(262_144, 9),
      Buffer.alloc(262_145, 10),
    ];
    const rows = long.flatMap((message, i) => [
      row(`short ${i}`, { offset: 2 * i }),
      row(message, { offset: 2 * i + 1 }),
    ]);
    writer.append(storeRows(generation(1), rows));
    await writer.close();
    const reader = new StoreReader(directory);
    const stored = rowsOfView(reader.view());
    reader.close();
    expect(stored.map(({ message }) => message.length)).toEqual(rows.map(({ message }) => message.length));
    expect(stored.every(({ message }, i) => Buffer.compare(message, rows[i]!.message) === 0)).toBe(true);
  });

  test("has no dropped rows", async () => {
    const directory = temporaryDirectory();
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    writer.append(
      storeRows(generation(1), [row("a"), row("b", { flags: FLAG_DROPPED, offset: 9 }), row("c", { offset: 12 })]),
    );
    await writer.close();
    const reader = new StoreReader(directory);
    expect(messages(rowsOfView(reader.view()))).toEqual(["a", "c"]);
    reader.close();
  });

  test("is told in the order of the calls, a batch without rows too", async () => {
    const directory = temporaryDirectory();
    const writer = await StoreWriter.open(directory, { fsync: "always" });
    const told: number[] = [];
    for (let i = 0; i < 30; i++) {
      const dropped = i % 3 === 0 ? FLAG_DROPPED : 0;
      writer.append(storeRows(generation(1), [row("x".repeat(i * 4000), { offset: i, flags: dropped })]), () =>
        told.push(i),
      );
    }
    await writer.flush();
    expect(told).toEqual(Array.from({ length: 30 }, (_, i) => i));
    await writer.close();
  });

  test("is spread over segments that each stand alone", async () => {
    const directory = temporaryDirectory();
    const writer = await StoreWriter.open(directory, { fsync: "never", segmentBytes: 60_000 });
    for (let batch = 0; batch < 40; batch++) {
      writer.append(numberedRows(generation(batch % 3), batch * 1000, 1000, `some text of a line ${"x".repeat(100)}`));
      await writer.drained();
    }
    await writer.close();
    const reader = new StoreReader(directory);
    const view = reader.view();
    expect(new Set(view.blocks.map(({ segment }) => segment.name)).size).toBeGreaterThan(1);
    expect(view.blocks.map(({ entry }) => entry.number)).toEqual(view.blocks.map((_, i) => i));
    expect(rowsOfView(view).map(({ offset }) => offset)).toEqual(Array.from({ length: 40_000 }, (_, i) => 20 * i));
    const pods = view.blocks.flatMap(({ segment, entry }) =>
      segment.generationsOf(entry).map(({ origin }) => origin.pod),
    );
    expect(new Set(pods)).toEqual(new Set(["web-0", "web-1", "web-2"]));
    reader.close();
  });
});
