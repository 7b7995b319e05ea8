import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_STORE_SINK } from "../../../src/collector/declare/agent-config.ts";
import { StoreSink } from "../../../src/collector/deliver/store-sink.ts";
import { type DecodedBlock, messageOf } from "../../../src/store/decoded-block.ts";
import { StoreReader } from "../../../src/store/store-reader.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { batchOf, GENERATION } from "./message-batch.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "klog-store-sink-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

function sinkOf(place = directory) {
  const clock = new FakeClock();
  const config = {
    ...DEFAULT_STORE_SINK,
    directory: place,
    retention: { ageMs: undefined, bytes: undefined, freeDisk: undefined },
  };
  return new StoreSink(config, { timer: (ms, run) => clock.timer(ms, run), log: QUIET });
}

describe("the store sink", () => {
  test("stores the rows that were kept, with the target's origin, and delivers them in order", async () => {
    const sink = sinkOf();
    await sink.open();
    const delivered: string[] = [];
    sink.write(batchOf(["one", "dropped", "two"], [1]), () => delivered.push("first"));
    sink.write(batchOf(["three"]), () => delivered.push("second"));
    await sink.flush();
    expect(delivered).toEqual(["first", "second"]);
    expect(sink.status()).toMatchObject({
      name: `store:${directory}`,
      state: "open",
      records: 3,
      bytes: 11,
      duplicates: 0,
    });
    await sink.close();
    const rows = rowsOf(directory);
    expect(rows.map(({ message }) => message)).toEqual(["one", "two", "three"]);
    expect(rows[0]!.pod).toBe(GENERATION.target.origin.pod);
  });

  test("what was stored before a restart is counted as a duplicate, and there once", async () => {
    const batch = batchOf(["one", "two"]);
    for (const expected of [0, 2]) {
      const sink = sinkOf();
      await sink.open();
      let delivered = 0;
      sink.write(batch, () => delivered++);
      await sink.flush();
      expect(delivered).toBe(1);
      expect(sink.status().duplicates).toBe(expected);
      await sink.close();
    }
    expect(rowsOf(directory).map(({ message }) => message)).toEqual(["one", "two"]);
  });

  test("a second sink on the same store is refused with a sentence", async () => {
    const first = sinkOf();
    await first.open();
    await expect(sinkOf().open()).rejects.toThrow(/store/i);
    await first.close();
  });

  test("flush ends with its signal", async () => {
    const sink = sinkOf();
    const abort = new AbortController();
    const flushed = sink.flush(abort.signal);
    abort.abort();
    await flushed;
  });
});

function rowsOf(place: string): { message: string; pod: string }[] {
  const reader = new StoreReader(place);
  const { blocks, open, problems } = reader.view();
  expect(problems).toEqual([]);
  const closed = blocks.map(({ segment, entry }) => segment.rows(entry) as DecodedBlock);
  const rows = [...closed, ...open].flatMap((block) =>
    Array.from({ length: block.rows }, (_, row) => ({
      message: Buffer.from(messageOf(block, row)).toString(),
      pod: block.generations[block.columns.generation[row]!]!.origin.pod,
    })),
  );
  reader.close();
  return rows;
}
