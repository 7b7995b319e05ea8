import { cpSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { nodeStoreFiles } from "../../src/store/store-files.ts";
import { StoreReader } from "../../src/store/store-reader.ts";
import { StoreWriter } from "../../src/store/store-writer.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { FaultyFiles, settled, TurnedClock } from "./support/faulty-files.ts";
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
      const text = "x".repeat(1060);
      let reached = false;
      // The frames fit, and then the block does not.
      const { append } = files;
      files.append = (fd, bytes) => {
        if (!reached && Buffer.from(bytes.subarray(0, 8)).toString() === "klog.seg") {
          files.room = bytes.length + spare;
          reached = true;
        }
        append(fd, bytes);
      };
      let told = 0;
      writer.append(numberedRows(generation(0), 0, 500, text), () => told++);
      await clock.pass(60);
      expect(stored(directory)).toHaveLength(500);
      writer.append(numberedRows(generation(0), 500, 500, text), () => told++);
      for (let turn = 0; turn < 500 && writer.status().problem === undefined; turn++) await clock.pass(1);
      expect(writer.status().problem).toContain("no space");
      writer.append(numberedRows(generation(0), 1000, 10), () => told++);
      await clock.pass(60);
      // What came behind those rows of the block that have no frame may have none either.
      expect(stored(directory)).toHaveLength(500);
      expect(readdirSync(directory).filter((name) => /^w\d+$/.test(name))).toEqual(["w0"]);
      expect(told).toBe(1);
      files.room = Number.POSITIVE_INFINITY;
      for (let turn = 0; turn < 500 && told < 3; turn++) await clock.pass(1000);
      expect(writer.status().problem).toBeUndefined();
      expect(stored(directory)).toHaveLength(1010);
      await writer.close();
      expect(stored(directory)).toHaveLength(1010);
    }
  });

  test("lets no store be opened that has blocks to close, and costs none of them", async () => {
    const directory = temporaryDirectory();
    const clock = new TurnedClock();
    const writer = await StoreWriter.open(directory, { fsync: "never", clock });
    writer.append(numberedRows(generation(0), 0, 10));
    await clock.pass(60);
    const copy = temporaryDirectory();
    cpSync(directory, copy, { recursive: true });
    await writer.close();
    const files = new FaultyFiles();
    for (let room = 0; room < 240; room += 40) {
      files.room = room;
      // The code of the disk tells the sink that waiting may help.
      await expect(StoreWriter.open(copy, { files })).rejects.toMatchObject({ code: "ENOSPC" });
      expect(stored(copy)).toEqual(lines(10));
    }
    files.room = Number.POSITIVE_INFINITY;
    const again = await StoreWriter.open(copy, { files });
    expect(again.status().recovered).toBe(10);
    await again.close();
    expect(stored(copy)).toEqual(lines(10));
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

  test("not while the disk fails to take them, and then from what was written anew", async () => {
    const directory = temporaryDirectory();
    const [files, clock] = [new FaultyFiles(), new TurnedClock()];
    const writer = await StoreWriter.open(directory, { fsync: "always", files, clock });
    let told = 0;
    files.syncFails = true;
    writer.append(numberedRows(generation(0), 0, 10), () => told++);
    await clock.pass(3000);
    expect(told).toBe(0);
    expect(writer.status().problem).toBe(`${directory}: EIO: i/o error, fdatasync`);
    const drained = writer.drained();
    files.syncFails = false;
    for (let turn = 0; turn < 500 && told === 0; turn++) await clock.pass(100);
    await drained;
    expect(told).toBe(1);
    expect(writer.status().problem).toBeUndefined();
    const reader = new StoreReader(directory);
    expect(reader.view()).toMatchObject({ blocks: [{ entry: { rows: 10 } }], open: [] });
    reader.close();
    writer.append(numberedRows(generation(0), 10, 10), () => told++);
    await clock.pass(60);
    expect(told).toBe(2);
    await writer.close();
    expect(stored(directory)).toEqual(lines(20));
  });

  test.each([1, 2])("of a block when its data and its entry are, written again after sync %i failed", async (fails) => {
    const directory = temporaryDirectory();
    const [files, clock] = [new FaultyFiles(), new TurnedClock()];
    const writer = await StoreWriter.open(directory, { fsync: "interval", files, clock });
    const written = { data: 0, entries: 0 };
    const { append, sync } = files;
    files.append = (fd, bytes) => {
      const text = Buffer.from(bytes).toString("latin1");
      if (text.startsWith("\x28\xb5\x2f\xfd")) written.data++;
      if (text.startsWith("klog.idx")) written.entries++;
      append(fd, bytes);
    };
    files.sync = async (fd) => {
      files.syncFails = files.syncs === fails - 1;
      await sync(fd);
    };
    let told = 0;
    writer.append(numberedRows(generation(0), 0, 1000, "x".repeat(1060)), () => told++);
    for (let turn = 0; turn < 500 && writer.status().problem === undefined; turn++) await clock.pass(1);
    expect([writer.status().failures, told]).toEqual([1, 0]);
    for (let turn = 0; turn < 500 && told === 0; turn++) await clock.pass(100);
    // Columns, text and trigrams are a zstd frame each.
    expect(written).toEqual(fails === 1 ? { data: 6, entries: 1 } : { data: 3, entries: 2 });
    await writer.close();
    expect(stored(directory)).toHaveLength(1000);
  });
});

describe("a block that is full before a frame was due", () => {
  test("has no file of its own, and its rows count as stored when the index names it", async () => {
    const directory = temporaryDirectory();
    const [files, clock] = [new FaultyFiles(), new TurnedClock()];
    const opened: string[] = [];
    files.openForAppending = (path) => {
      opened.push(basename(path).replace(/^.*\./, ""));
      return nodeStoreFiles.openForAppending(path);
    };
    const writer = await StoreWriter.open(directory, { fsync: "interval", files, clock });
    let told = 0;
    const rows = numberedRows(generation(0), 0, 1000, "x".repeat(1060));
    writer.append({ ...rows, count: 900 }, () => told++);
    writer.append({ ...rows, count: 90, start: rows.start.slice(900), end: rows.end.slice(900) }, () => told++);
    expect([told, files.syncs, opened]).toEqual([0, 0, []]);
    for (let turn = 0; turn < 500 && told < 1; turn++) await settled();
    const reader = new StoreReader(directory);
    const [block] = reader.view().blocks;
    reader.close();
    // All but the rows of the second batch that opened the next block.
    expect(told).toBe(1);
    expect(block!.entry.rows).toBeGreaterThan(900);
    expect([files.syncs, opened]).toEqual([2, ["kseg", "kidx"]]);
    await clock.pass(60);
    expect(opened).toEqual(["kseg", "kidx", "w1"]);
    await clock.pass(1000);
    expect([told, files.syncs]).toEqual([2, 3]);
    await writer.close();
  });
});
