import { copyFileSync, cpSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KlogError } from "../../src/errors.ts";
import { StoreReader } from "../../src/store/store-reader.ts";
import { StoreWriter } from "../../src/store/store-writer.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { generation, messages, numberedRows, row, rowsOfView, storeRows } from "./support/rows.ts";

function stored(directory: string): { lines: string[]; problems: number } {
  const reader = new StoreReader(directory);
  const view = reader.view();
  const lines = messages(rowsOfView(view));
  reader.close();
  return { lines, problems: view.problems.length };
}

function lines(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `line ${i}`);
}

/** A store as a crash leaves it: its files while the writer still runs. */
async function crashed(batches: number, close: boolean): Promise<string> {
  const [directory, copy] = [temporaryDirectory(), temporaryDirectory()];
  const writer = await StoreWriter.open(directory, { fsync: "never" });
  for (let batch = 0; batch < batches; batch++) {
    writer.append(numberedRows(generation(batch % 2), 3 * batch, 3));
    await writer.flush();
  }
  if (close) await writer.close();
  cpSync(directory, copy, { recursive: true });
  await writer.close();
  return copy;
}

function file(directory: string, suffix: RegExp): string {
  return join(directory, readdirSync(directory).find((name) => suffix.test(name))!);
}

describe("after a crash", () => {
  test("the whole frames of the open block are kept, wherever the last one is cut", async () => {
    const whole = await crashed(4, false);
    const open = file(whole, /^w\d+$/);
    const length = statSync(open).size;
    const work = temporaryDirectory();
    let least = 12;
    for (let cut = length; cut >= 0; cut -= cut > length - 420 ? 1 : 41) {
      copyFileSync(open, join(work, "w0"));
      truncateSync(join(work, "w0"), cut);
      const before = stored(work).lines;
      expect(before).toEqual(lines(before.length));
      expect(before.length % 3).toBe(0);
      expect(before.length).toBeLessThanOrEqual(least);
      least = before.length;
      if (cut % 13 !== 0) continue;
      const copy = temporaryDirectory();
      copyFileSync(join(work, "w0"), join(copy, "w0"));
      const writer = await StoreWriter.open(copy, { fsync: "never" });
      expect(writer.status().recovered).toBe(before.length);
      await writer.close();
      expect(stored(copy)).toEqual({ lines: before, problems: 0 });
    }
    expect(least).toBe(0);
  });

  test.each([
    ["index", /\.kidx$/],
    ["data", /\.kseg$/],
  ])("closed blocks stay, wherever the %s of the last one is cut", async (_name, suffix) => {
    const whole = temporaryDirectory();
    const writer = await StoreWriter.open(whole, { fsync: "never" });
    writer.append(storeRows(generation(0), [row("first"), row("x".repeat(1 << 20), { offset: 6 })]));
    writer.append(
      storeRows(generation(0), [row("second", { offset: 2e6 }), row("y".repeat(1 << 20), { offset: 3e6 })]),
    );
    await writer.close();
    const path = file(whole, suffix);
    const length = statSync(path).size;
    const reader = new StoreReader(whole);
    const [one, two] = reader.view().blocks;
    const from = suffix.source.includes("idx") ? two!.entry.indexPosition : two!.entry.position;
    reader.close();
    expect(one!.entry.number + 1).toBe(two!.entry.number);
    const step = Math.max(1, Math.floor((length - from) / 25));
    for (let cut = from; cut < length; cut += step) {
      const work = temporaryDirectory();
      cpSync(whole, work, { recursive: true });
      truncateSync(file(work, suffix), cut);
      const again = await StoreWriter.open(work, { fsync: "never" });
      again.append(storeRows(generation(0), [row("after", { offset: 9e6 })]));
      await again.close();
      const after = stored(work);
      expect(after.lines.map((line) => line.slice(0, 6))).toEqual(["first", "xxxxxx", "after"]);
      expect(after.problems).toBe(0);
    }
  });

  test("a block whose index entry was written is not stored again from its open file", async () => {
    const copy = await crashed(2, false);
    const open = readFileSync(file(copy, /^w0$/));
    const writer = await StoreWriter.open(copy, { fsync: "never" });
    await writer.close();
    writeFileSync(join(copy, "w0"), open);
    expect(stored(copy).lines).toEqual(lines(6));
    const again = await StoreWriter.open(copy, { fsync: "never" });
    expect(again.status().recovered).toBe(0);
    await again.close();
    expect(stored(copy).lines).toEqual(lines(6));
    expect(readdirSync(copy).filter((name) => /^w\d+$/.test(name))).toEqual([]);
  });

  test("data without an index goes, and the block's rows come from its open file", async () => {
    const copy = await crashed(2, false);
    writeFileSync(join(copy, "20261121T000000Z-000000000000.kseg"), "half a block");
    writeFileSync(join(copy, "20261121T000000Z-000000000000.kidx"), "klog");
    const writer = await StoreWriter.open(copy, { fsync: "never" });
    await writer.close();
    expect(stored(copy)).toEqual({ lines: lines(6), problems: 0 });
  });
});

describe("what is damaged", () => {
  test("costs one block of the segment, and is counted", async () => {
    const directory = temporaryDirectory();
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    for (let i = 0; i < 3; i++)
      writer.append(storeRows(generation(0), [row(`${i} ${"z".repeat(1 << 20)}`, { offset: i })]));
    await writer.close();
    const data = file(directory, /\.kseg$/);
    const bytes = readFileSync(data);
    const reader = new StoreReader(directory);
    const { entry } = reader.view().blocks[1]!;
    bytes[entry.position + entry.keysLength + entry.detailsLength + 20]! ^= 1;
    writeFileSync(data, bytes);
    const blocks = reader.view().blocks.map(({ segment, entry }) => segment.rows(entry));
    expect(blocks.map((block) => (typeof block === "string" ? block : block.rows))).toEqual([1, "damaged", 1]);
    reader.close();
  });

  test("in an index costs that entry: those behind it are found again", async () => {
    const directory = temporaryDirectory();
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    for (let i = 0; i < 3; i++)
      writer.append(storeRows(generation(0), [row(`${i} ${"z".repeat(1 << 20)}`, { offset: i })]));
    await writer.close();
    const index = file(directory, /\.kidx$/);
    const bytes = readFileSync(index);
    const reader = new StoreReader(directory);
    const [, second] = reader.view().blocks;
    reader.close();
    bytes[second!.entry.indexPosition + 30]! ^= 1;
    writeFileSync(index, bytes);
    const { lines, problems } = stored(directory);
    expect(lines.map((line) => line.slice(0, 1))).toEqual(["0", "2"]);
    expect(problems).toBe(1);
    const again = await StoreWriter.open(directory);
    expect(again.status().damage).toMatchObject([{ file: expect.stringContaining(".kidx") }]);
    await again.close();
  });

  test("a log line that looks like an entry is not taken for one behind a damage", async () => {
    const directory = temporaryDirectory();
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    writer.append(numberedRows(generation(0), 0, 2));
    await writer.flush();
    // What another store wrote as a whole frame, as a message of this one.
    const forged = readFileSync(file(directory, /^w0$/)).subarray(28);
    writer.append(storeRows(generation(1), [row(forged)]));
    await writer.flush();
    const other = temporaryDirectory();
    const target = await StoreWriter.open(other, { fsync: "never" });
    target.append(storeRows(generation(1), [row(forged)]));
    await target.flush();
    const copy = temporaryDirectory();
    const bytes = readFileSync(file(other, /^w0$/));
    writeFileSync(join(copy, "w0"), bytes.subarray(0, bytes.length - 1));
    expect(stored(copy).lines).toEqual([]);
    await writer.close();
    await target.close();
  });

  test("files of another format or of others stay as they are", async () => {
    const directory = await crashed(2, true);
    const index = file(directory, /\.kidx$/);
    const bytes = readFileSync(index);
    bytes.writeUInt32LE(1, 8);
    const foreign = "20271121T000000Z-000000000009.kidx";
    writeFileSync(join(directory, foreign), bytes);
    writeFileSync(join(directory, "notes.txt"), "mine");
    expect(stored(directory)).toEqual({ lines: lines(6), problems: 1 });
    const opening = StoreWriter.open(directory);
    await expect(opening).rejects.toThrow(KlogError);
    await expect(opening).rejects.toThrow(`${foreign} was written in format 1`);

    writeFileSync(join(directory, foreign), "something else, of another program, and long enough");
    writeFileSync(join(directory, "w77"), "not klog's either, and long enough to be a header");
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    expect(writer.status().damage.map(({ file }) => file)).toEqual([foreign, "w77"]);
    writer.append(numberedRows(generation(5), 6, 1));
    await writer.close();
    expect(stored(directory).lines).toEqual(lines(7));
    expect(readFileSync(join(directory, "w77"), "utf8")).toContain("not klog's");
    expect(readFileSync(join(directory, foreign), "utf8")).toContain("another program");
  });
});

test("a second writer is told so, and can have the store when the first is done", async () => {
  const directory = temporaryDirectory();
  const first = await StoreWriter.open(directory);
  const second = StoreWriter.open(directory);
  await expect(second).rejects.toMatchObject({
    code: "STORE_UNUSABLE",
    message: `another klog agent writes to the store ${directory}`,
  });
  await first.close();
  await (await StoreWriter.open(directory)).close();
});
