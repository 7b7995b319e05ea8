import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StoreReader } from "../../src/store/store-reader.ts";
import { StoreWriter } from "../../src/store/store-writer.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { generation, messages, numberedRows, row, rowsOfView, storeRows } from "./support/rows.ts";

const CHECKSUM = 7;

function stored(directory: string): string[] {
  const reader = new StoreReader(directory);
  const lines = messages(rowsOfView(reader.view()));
  reader.close();
  return lines;
}

describe("records that are read again after a restart", () => {
  test("are stored once, whatever was stored of them and in whatever order", async () => {
    const batch = fc.tuple(fc.nat(2), fc.uniqueArray(fc.nat(40), { maxLength: 12 }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(batch, { maxLength: 6 }), { minLength: 1, maxLength: 4 }), async (runs) => {
        const directory = temporaryDirectory();
        const expected = new Set<string>();
        for (const run of runs) {
          const writer = await StoreWriter.open(directory, { fsync: "never" });
          const before = new Set(expected);
          let [fresh, again] = [0, 0];
          for (const [number, offsets] of run) {
            const of = generation(number % 2, number >> 1);
            // Within one run nothing comes twice: a reader reads on.
            const rows = offsets.filter(
              (offset) => before.has(`${number}/${offset}`) || !expected.has(`${number}/${offset}`),
            );
            for (const offset of rows) {
              const key = `${number}/${offset}`;
              expect(writer.contains(of.id, of.epoch, offset, CHECKSUM)).toBe(before.has(key));
              if (before.has(key)) again++;
              else fresh++;
              expected.add(key);
            }
            writer.append(
              storeRows(
                of,
                rows.map((offset) => row(`${number}/${offset}`, { offset, checksum: CHECKSUM })),
              ),
            );
          }
          await writer.close();
          expect(writer.status()).toMatchObject({ records: fresh, duplicates: again });
        }
        expect(stored(directory).sort()).toEqual([...expected].sort());
      }),
      { numRuns: 25 },
    );
  });

  test("are known from blocks that were open, and from segments of earlier runs", async () => {
    const directory = temporaryDirectory();
    for (let run = 0; run < 4; run++) {
      const writer = await StoreWriter.open(directory, { fsync: "never" });
      writer.append(numberedRows(generation(3), run * 50, 100));
      await writer.close();
      expect(writer.status().duplicates).toBe(run === 0 ? 0 : 50);
    }
    expect(stored(directory)).toEqual(Array.from({ length: 250 }, (_, i) => `line ${i}`));
  });

  test("are new when they come late, below what is stored, but were never stored", async () => {
    const directory = temporaryDirectory();
    const of = generation(1);
    const first = await StoreWriter.open(directory, { fsync: "never" });
    first.append(storeRows(of, [row("out 0", { offset: 0 }), row("out 200", { offset: 200 })]));
    await first.close();
    const second = await StoreWriter.open(directory, { fsync: "never" });
    // stderr's group that began at 100 is complete only behind 300.
    second.append(storeRows(of, [row("out 200", { offset: 200 }), row("out 300", { offset: 300 })]));
    second.append(storeRows(of, [row("out 400", { offset: 400 })]));
    second.append(storeRows(of, [row("err 100", { offset: 100 }), row("out 0", { offset: 0 })]));
    await second.close();
    expect(stored(directory)).toEqual(["out 0", "out 200", "out 300", "out 400", "err 100"]);
  });

  test("are other records where the line in the same place is another one", async () => {
    const directory = temporaryDirectory();
    const of = generation(1);
    const lines = (checksum: number, text: string) =>
      storeRows(of, [row(`${text} 0`, { offset: 0, checksum }), row("both", { offset: 50 })]);
    for (const [checksum, text] of [
      [1, "this"],
      [2, "that"],
      [1, "this"],
    ] as const) {
      const writer = await StoreWriter.open(directory, { fsync: "never" });
      writer.append(lines(checksum, text));
      await writer.close();
    }
    expect(stored(directory)).toEqual(["this 0", "both", "that 0"]);
  });
});
