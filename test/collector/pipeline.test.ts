import { expect, test } from "vitest";
import { GroupBudget } from "../../src/collector/decode/joiner-budget.ts";
import { createPlainBatch } from "../../src/collector/decode/plain-batch.ts";
import type { Sink } from "../../src/collector/deliver/sink.ts";
import { Pipeline } from "../../src/collector/pipeline.ts";
import { FLAG_DROPPED, FLAG_PARTIAL, FLAG_TRUNCATED, type RecordBatch } from "../../src/collector/record-batch.ts";
import { accountOf, pipeline as settings } from "./agent-rig.ts";
import { targetOf } from "./reader/rig.ts";

class HeldSink implements Sink {
  readonly name = "held";
  readonly delivered: (() => void)[] = [];
  full: PromiseWithResolvers<void> | undefined;
  asked = 0;
  async open() {}
  write(_: RecordBatch, delivered: () => void) {
    this.delivered.push(delivered);
  }
  room() {
    this.asked++;
    return this.full?.promise;
  }
  async flush() {}
  async close() {}
  status() {
    return { name: this.name, state: "open" as const, records: 0, bytes: 0, failures: 0, duplicates: 2 };
  }
}

function setUp() {
  const sinks = [new HeldSink(), new HeldSink()] as const;
  const latencies: number[] = [];
  const pipeline = new Pipeline({
    ...{
      config: settings("p", []),
      account: accountOf("p"),
      sinks,
      processors: [],
      multiline: undefined,
      groups: new GroupBudget(),
    },
    latencies: { delivered: (ms) => latencies.push(ms), discovered: () => {} },
    now: () => 1500,
  });
  return { pipeline, sinks, latencies };
}

function batchOf(...flags: number[]): RecordBatch {
  const batch = createPlainBatch({ id: "g", epoch: 0, target: targetOf("none", "a.log") }, flags.length, 10);
  batch.flags.set(flags);
  return batch;
}

test("a batch is delivered when every sink has delivered it, and then once", () => {
  const { pipeline, sinks, latencies } = setUp();
  let delivered = 0;
  pipeline.deliver(batchOf(0), 0, 1000, () => delivered++);
  sinks[1].delivered[0]!();
  expect([delivered, latencies]).toEqual([0, []]);
  sinks[0].delivered[0]!();
  expect([delivered, latencies]).toEqual([1, [500]]);
});

test("rows are counted by what became of them; those of a stream that is another's are nobody's", () => {
  const { pipeline } = setUp();
  const flags = [0, FLAG_DROPPED, FLAG_TRUNCATED, FLAG_PARTIAL, FLAG_DROPPED | FLAG_PARTIAL];
  pipeline.deliver(batchOf(...flags), 1, 1000, () => {});
  expect(pipeline.counters).toMatchObject({ events: 3, filtered: 1, truncated: 1, partial: 1, duplicates: 4 });
});

test("there is room when no sink is full, and all that wait share one wait", async () => {
  const { pipeline, sinks } = setUp();
  expect(pipeline.room()).toBeUndefined();
  for (const sink of sinks) sink.full = Promise.withResolvers<void>();
  const room = pipeline.room();
  const { asked } = sinks[0];
  expect(pipeline.room()).toBe(room);
  expect(sinks[0].asked).toBe(asked);
  let isOver = false;
  void room!.then(() => {
    isOver = true;
  });
  sinks[0].full!.resolve();
  await Promise.resolve();
  expect(isOver).toBe(false);
  sinks[1].full!.resolve();
  await room;
  for (const sink of sinks) sink.full = undefined;
  expect(pipeline.room()).toBeUndefined();
});

test("what is forgotten stays in the balance", () => {
  const { pipeline } = setUp();
  pipeline.retire({ seen: 10, acked: 7, inFlight: 0, unread: 0, lost: 3 });
  const one = { seen: 5, acked: 1, inFlight: 2, unread: 2, lost: 0 };
  expect(pipeline.balance([one])).toEqual({ seen: 15, acked: 8, inFlight: 2, unread: 2, lost: 3 });
});
