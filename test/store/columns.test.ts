import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type BlockColumns,
  createColumns,
  encodeDetails,
  encodeKeys,
  rawColumns,
  readRawColumns,
} from "../../src/store/columns.ts";
import { decodeDetails } from "../../src/store/detail-columns.ts";
import { KeyColumns } from "../../src/store/key-columns.ts";

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const rows = fc.array(
  fc.record({
    sec: fc.oneof(
      fc.integer({ min: 1_763_000_000, max: 1_763_000_100 }),
      fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
      fc.maxSafeInteger(),
    ),
    nsec: fc.integer({ min: 0, max: 999_999_999 }),
    generation: fc.integer({ min: 0, max: 400 }),
    offset: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.maxSafeNat()),
    length: fc.oneof(fc.integer({ min: 0, max: 300 }), u32),
    lines: u32,
    checksum: u32,
    level: fc.integer({ min: 0, max: 7 }),
    stream: fc.integer({ min: 0, max: 2 }),
    flags: fc.integer({ min: 0, max: 255 }),
  }),
  { maxLength: 60 },
);

function columnsOf(rows: readonly Readonly<Record<keyof BlockColumns, number>>[]): BlockColumns {
  const columns = createColumns(rows.length);
  for (const [index, row] of rows.entries()) {
    for (const name of Object.keys(row) as (keyof BlockColumns)[]) columns[name][index] = row[name];
  }
  return columns;
}

test("columns of any values come back as they were, whatever their distance from each other", () => {
  fc.assert(
    fc.property(rows, (rows) => {
      const columns = columnsOf(rows);
      const keys = new KeyColumns(encodeKeys(columns, rows.length), rows.length, 401);
      const { sec, nsec, generation, level, stream, flags, length } = keys;
      const details = decodeDetails(encodeDetails(columns, rows.length, 401), keys, 401);
      expect({ sec, nsec, generation, level, stream, flags, length, ...details }).toEqual(columns);
    }),
    { numRuns: 300 },
  );
});

test("a search's columns that were cut off anywhere, or name a log that is not there, are not taken for good", () => {
  const columns = createColumns(100);
  for (let row = 0; row < 100; row++) {
    columns.sec[row] = row % 40 === 0 ? row * 10_000_000 : 1_763_000_000;
    columns.generation[row] = row % 7;
    columns.length[row] = row === 50 ? 1_000_000 : row;
  }
  const encoded = encodeKeys(columns, 100);
  for (let end = 0; end < encoded.length; end += 4) {
    expect(() => new KeyColumns(encoded.slice(0, end), 100, 7)).toThrow(RangeError);
  }
  expect(() => new KeyColumns(encoded, 100, 6)).toThrow(RangeError);
  expect([...new KeyColumns(encoded, 100, 7).length]).toEqual([...columns.length]);
});

test("one long line among short ones costs the others no bits", () => {
  const columns = createColumns(1000);
  columns.sec.fill(1_763_000_000);
  const short = encodeKeys(columns, 1000).length;
  columns.length[500] = 1_000_000;
  expect(encodeKeys(columns, 1000).length).toBe(short + 8);
});

test("columns of a frame come back behind those that are there already", () => {
  const frames = fc.tuple(rows, rows);
  fc.assert(
    fc.property(frames, ([before, added]) => {
      const all = columnsOf([...before, ...added]);
      const into = createColumns(before.length + added.length);
      readRawColumns(Buffer.concat(rawColumns(all, 0, before.length)), before.length, into, 0);
      readRawColumns(
        Buffer.concat(rawColumns(all, before.length, before.length + added.length)),
        added.length,
        into,
        before.length,
      );
      expect(into).toEqual(all);
    }),
    { numRuns: 100 },
  );
});

test("lines of one file, one behind the other, cost no bytes for their offsets", () => {
  const columns = createColumns(1000);
  let offset = 5000;
  for (let row = 0; row < 1000; row++) {
    columns.length[row] = row % 200;
    columns.offset[row] = offset;
    offset += (row % 200) + 46;
  }
  const encoded = encodeDetails(columns, 1000, 1);
  const without = encodeDetails({ ...columns, offset: new Float64Array(1000) }, 1000, 1);
  // Two rows are not what was expected: the first, and the second, which tells the room between two messages.
  expect(encoded.length).toBeLessThanOrEqual(without.length + 2000);
  expect(encoded.filter((byte) => byte !== 0).length).toBeLessThan(1020);
});
