import { describe, expect, test } from "vitest";
import { StoreReader } from "../../src/store/store-reader.ts";
import { StoreWriter } from "../../src/store/store-writer.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { FaultyFiles, TurnedClock } from "./support/faulty-files.ts";
import { generation, messages, numberedRows, rowsOfView } from "./support/rows.ts";

function stored(directory: string): string[] {
  const reader = new StoreReader(directory);
  const view = reader.view();
  expect(view.problems).toEqual([]);
  const lines = messages(rowsOfView(view));
  reader.close();
  return lines;
}

function lines(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `line ${i}`);
}

describe("a full disk", () => {
  test.each([0, 1, 10, 300, 700, 1500])(
    "with room for %i bytes more damages nothing, is named, and is written to again when there is space",
    async (room) => {
      const directory = temporaryDirectory();
      const [files, clock] = [new FaultyFiles(), new TurnedClock()];
      const writer = await StoreWriter.open(directory, { fsync: "never", files, clock });
      const told: number[] = [];
      const append = (batch: number) =>
        writer.append(numberedRows(generation(batch), 10 * batch, 10), () => told.push(batch));
      append(0);
      await clock.pass(60);
      files.room = room;
      for (let batch = 1; batch < 5; batch++) {
        append(batch);
        await clock.pass(60);
      }
      expect(writer.full).toBe(true);
      expect(writer.status().problem).toBe(`${directory}: no space is left on the disk`);
      expect(stored(directory)).toEqual(lines(10 * told.length));
      expect(told.length).toBeLessThan(5);
      const drained = writer.drained();

      await clock.pass(200_000);
      expect(writer.status().problem).toBeDefined();
      files.room = Number.POSITIVE_INFINITY;
      await clock.pass(31_000);
      await drained;
      expect(writer.status().problem).toBeUndefined();
      await clock.pass(60);
      expect(told).toEqual([0, 1, 2, 3, 4]);
      expect(stored(directory)).toEqual(lines(50));
      await writer.close();
      expect(stored(directory)).toEqual(lines(50));
    },
  );

  test("in the middle of a block's closing leaves its rows readable, and closes it later", async () => {
    for (const spare of [0, 20, 60, 400]) {
      const directory = temporaryDirectory();
      const [files, clock] = [new FaultyFiles(), new TurnedClock()];
      const writer = await StoreWriter.open(directory, { fsync: "never", files, clock });
      const rows = numberedRows(generation(0), 0, 1000, "x".repeat(1060));
      let whole = false;
      let framed = 0;
      // The frames fit, and then the block does not.
      const { append } = files;
      files.append = (fd, bytes) => {
        if (!whole && Buffer.from(bytes.subarray(0, 8)).toString() === "klog.seg") {
          files.room = bytes.length + spare;
          whole = true;
          framed = stored(directory).length;
        }
        append(fd, bytes);
      };
      writer.append(rows);
      expect(stored(directory).length).toBeGreaterThan(900);
      for (let turn = 0; turn < 500 && writer.status().problem === undefined; turn++) await clock.pass(1);
      expect(writer.status().problem).toContain("no space");
      // All of the block; what came behind it has no file yet.
      expect(stored(directory)).toHaveLength(framed);
      files.room = Number.POSITIVE_INFINITY;
      for (let turn = 0; turn < 500 && writer.status().problem !== undefined; turn++) await clock.pass(1000);
      await writer.close();
      expect(stored(directory)).toHaveLength(1000);
    }
  });

  test("may be closed: the next start has what was stored", async () => {
    const directory = temporaryDirectory();
    const [files, clock] = [new FaultyFiles(), new TurnedClock()];
    const writer = await StoreWriter.open(directory, { fsync: "never", files, clock });
    writer.append(numberedRows(generation(0), 0, 10));
    await clock.pass(60);
    files.room = 100;
    writer.append(numberedRows(generation(0), 10, 10));
    await clock.pass(60);
    await writer.close();
    const again = await StoreWriter.open(directory);
    expect(again.status().recovered).toBe(10);
    await again.close();
    expect(stored(directory)).toEqual(lines(10));
  });
});

describe("rows count as stored", () => {
  test("at `interval` when the disk has them: a second after the first, in one round", async () => {
    const [files, clock] = [new FaultyFiles(), new TurnedClock()];
    const writer = await StoreWriter.open(temporaryDirectory(), { fsync: "interval", files, clock });
    let told = 0;
    for (let batch = 0; batch < 5; batch++) {
      writer.append(numberedRows(generation(0), 10 * batch, 10), () => told++);
      await clock.pass(100);
    }
    expect([told, files.syncs]).toEqual([0, 0]);
    await clock.pass(1000);
    expect([told, files.syncs]).toEqual([5, 1]);
    await writer.close();
  });

  test("not while the disk fails to take them; the reason is named", async () => {
    const [files, clock] = [new FaultyFiles(), new TurnedClock()];
    const writer = await StoreWriter.open(temporaryDirectory(), { fsync: "always", files, clock });
    let told = 0;
    files.syncFails = true;
    writer.append(numberedRows(generation(0), 0, 10), () => told++);
    await clock.pass(3000);
    expect(told).toBe(0);
    expect(writer.status().problem).toBe("fsync failed: EIO: i/o error, fdatasync");
    const drained = writer.drained();
    files.syncFails = false;
    await clock.pass(1000);
    await drained;
    expect(told).toBe(1);
    await writer.close();
  });
});
