import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { countExpired } from "../../src/store/retention.ts";
import { StoreReader } from "../../src/store/store-reader.ts";
import { StoreWriter } from "../../src/store/store-writer.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { FaultyFiles, TurnedClock } from "./support/faulty-files.ts";
import { generation, numberedRows, rowsOfView } from "./support/rows.ts";

const segments = [1, 2, 3, 4].map((hour) => ({ name: `s${hour}`, bytes: 100, rows: 10, storedAt: hour * 3_600_000 }));

describe("what has to go", () => {
  test.each([
    ["nothing without limits", {}, 0, 0],
    ["what is older than the age", { ageMs: 2.5 * 3_600_000 }, 0, 2],
    ["what is too much", { bytes: 250 }, 0, 2],
    ["what frees enough of the disk", { freeDisk: 300 }, 150, 2],
    ["never the newest", { ageMs: 0, bytes: 0, freeDisk: 1e9 }, 0, 3],
    ["nothing while all is within limits", { ageMs: 1e9, bytes: 400, freeDisk: 100 }, 100, 0],
  ])("is %s", (_what, limits, free, count) => {
    expect(countExpired(segments, limits, 5 * 3_600_000, free)).toBe(count);
  });
});

async function hours(
  count: number,
  options: object,
): Promise<{ writer: StoreWriter; directory: string; clock: TurnedClock }> {
  const directory = temporaryDirectory();
  const clock = new TurnedClock();
  const writer = await StoreWriter.open(directory, { fsync: "never", clock, segmentMs: 1, ...options });
  for (let hour = 0; hour < count; hour++) {
    // More than a block, so that one closes.
    writer.append(numberedRows(generation(0), 2000 * hour, 2000, `${hour} `.repeat(300)));
    for (let turn = 0; turn < 1000 && writer.status().segments <= hour - writer.status().expired.segments; turn++)
      await clock.pass(1);
    await clock.pass(3_600_000);
  }
  return { writer, directory, clock };
}

describe("a store within limits", () => {
  test("loses its oldest segments, whole, and counts them", async () => {
    const { writer, directory } = await hours(5, { retention: { ageMs: 2.5 * 3_600_000 } });
    writer.retain();
    const { expired } = writer.status();
    expect(expired.segments).toBeGreaterThan(1);
    const reader = new StoreReader(directory);
    const rows = rowsOfView(reader.view());
    expect(rows.length + expired.records).toBe(10_000);
    expect(rows[0]!.offset).toBe(20 * expired.records);
    reader.close();
    const indexes = readdirSync(directory).filter((name) => name.endsWith(".kidx"));
    const data = readdirSync(directory).filter((name) => name.endsWith(".kseg"));
    expect(data.map((name) => name.slice(0, -5))).toEqual(indexes.map((name) => name.slice(0, -5)));
    await writer.close();
  });

  test("gives way when the disk has too little free", async () => {
    const files = new FaultyFiles();
    files.free = 1000;
    const { writer } = await hours(3, { files, retention: { freeDisk: 1e9 } });
    expect(writer.status().segments).toBe(1);
    expect(writer.status().expired.segments).toBeGreaterThan(1);
    await writer.close();
  });

  test("can be read by one who saw the segment before it went", async () => {
    const { writer, directory, clock } = await hours(3, { retention: { ageMs: 3_600_000 * 100 } });
    const reader = new StoreReader(directory);
    const before = reader.view();
    await clock.pass(3_600_000 * 200);
    writer.retain();
    const { segment, entry } = before.blocks[0]!;
    expect(segment.rows(entry)).toBe("expired");
    const after = reader.view();
    expect(after.problems).toEqual([]);
    expect(after.blocks.length).toBeLessThan(before.blocks.length);
    reader.close();
    await writer.close();
  });
});
