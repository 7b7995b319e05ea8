// One log's turns, with a sink that delivers when it is told to: what may be acknowledged when.
import { describe, expect, test } from "vitest";
import { InFlight } from "../../src/collector/commit/segment.ts";
import { createDecoder } from "../../src/collector/decode/decoder.ts";
import { GroupBudget } from "../../src/collector/decode/joiner-budget.ts";
import { compileMultiline, type MultilineRule } from "../../src/collector/decode/multiline.ts";
import type { Sink } from "../../src/collector/deliver/sink.ts";
import { Harvester, type HarvestParts, Undelivered } from "../../src/collector/harvester.ts";
import { Pipeline } from "../../src/collector/pipeline.ts";
import { Chain } from "../../src/collector/reader/chain.ts";
import { DescriptorPool, HeldBytes } from "../../src/collector/reader/descriptors.ts";
import { type GenerationRecord, recordKey } from "../../src/collector/reader/generation.ts";
import { FLAG_DROPPED, FLAG_PARTIAL, type RecordBatch } from "../../src/collector/record-batch.ts";
import type { LogFormat } from "../../src/collector/target.ts";
import { ModelFileSystem } from "../support/model-file-system.ts";
import { accountOf, numbered, pipeline as settings } from "./agent-rig.ts";
import { targetOf } from "./reader/rig.ts";

const decoder = createDecoder();
const MIB = 1 << 20;

class TestSink implements Sink {
  readonly name = "test";
  readonly texts: string[] = [];
  flags = 0;
  private readonly waiting: (() => void)[] = [];
  async open() {}
  write(batch: RecordBatch, delivered: () => void) {
    for (let row = 0; row < batch.count; row++) {
      this.flags |= batch.flags[row]!;
      if ((batch.flags[row]! & FLAG_DROPPED) !== 0) continue;
      const { length } = this.texts;
      this.texts[length] = Buffer.from(batch.bytes.subarray(batch.start[row], batch.end[row])).toString().slice(0, 60);
    }
    this.waiting.push(delivered);
  }
  deliver(count = Number.POSITIVE_INFINITY) {
    for (const delivered of this.waiting.splice(0, count)) delivered();
  }
  room() {
    return undefined;
  }
  async flush() {}
  async close() {}
  status() {
    return { name: this.name, state: "open" as const, records: 0, bytes: 0, failures: 0 };
  }
}

interface SetUp {
  readonly format?: LogFormat;
  readonly multiline?: MultilineRule;
  readonly streams?: "both" | "stdout" | "stderr";
}

function setUp(content: string, { format = "plain", multiline, streams = "both" }: SetUp = {}) {
  const world = { now: 1_790_000_000_000 };
  const fs = new ModelFileSystem({ clock: () => world.now });
  fs.append("/logs/a.log", content);
  const sink = new TestSink();
  const groups = new GroupBudget();
  const records = new Map<string, GenerationRecord>();
  const inFlight = new InFlight();
  const saved = Promise.withResolvers<boolean>();
  const parts: HarvestParts = {
    ...{ decoder, inFlight, undelivered: new Undelivered(), lineBytes: MIB },
    ...{ now: () => world.now, steady: () => world.now, identitySaved: () => saved.promise },
    ...{ acknowledged: () => {}, discovered: () => {} },
  };
  const follow = () => {
    const route = { ...targetOf("logrotate", "a.log"), format, streams };
    const quiet = () => {};
    const chain = new Chain(route, {
      ...{ fs, clock: () => world.now, node: "n1", restored: [...records.values()] },
      ...{ descriptors: new DescriptorPool(), held: new HeldBytes(1e9) },
      save: (record) => records.set(recordKey(record), record),
      forget: (record) => records.delete(recordKey(record)),
      events: {
        ...{ delivered: quiet, gap: quiet, rotation: quiet, truncated: quiet, inodeReuse: quiet },
        ...{ gzipContinuation: quiet, problem: quiet, problemGone: quiet },
      },
    });
    const pipeline = new Pipeline({
      ...{ config: settings("p", []), account: accountOf("p"), sinks: [sink], processors: [], groups },
      multiline: multiline && compileMultiline(multiline),
      latencies: { delivered: () => {}, discovered: () => {} },
      now: () => world.now,
    });
    chain.reconcile();
    return new Harvester(route, pipeline, chain, parts);
  };
  const harvester = follow();
  const readAll = (one = harvester, bytes = 256 << 10) => {
    if (one.introduce()) one.introduced();
    for (let turns = 0; one.unread > 0 && turns < 1000; turns++) turn(one, bytes);
  };
  /** The position that a crash would leave. */
  const position = () => [...records.values()].at(-1)!.ackPos;
  return { world, fs, sink, groups, records, inFlight, saved, harvester, follow, readAll, position, parts };
}

/** Of a plain file: nothing is waited for. */
function turn(harvester: Harvester, bytes: number): void {
  expect(harvester.turn(bytes)).toBeTypeOf("number");
}

describe("what is acknowledged", () => {
  test("chunks are delivered in any order, the position moves in the file's", () => {
    const { harvester, sink, readAll, position, inFlight } = setUp(numbered(0, 1000));
    readAll(harvester, 1000);
    const waiting = harvester.pending;
    expect(waiting).toBeGreaterThan(5);
    sink.deliver(1);
    const first = position();
    expect(first).toBeGreaterThan(0);
    sink.deliver();
    expect(position()).toBe(numbered(0, 1000).length);
    expect([inFlight.bytes, harvester.pending]).toEqual([0, 0]);
  });

  test("rows of the other stream are dropped, and their bytes are acknowledged with the rest", () => {
    const line = (stream: string, text: string) => `2026-11-21T10:00:00.000000000Z ${stream} F ${text}\n`;
    const content = line("stdout", "one") + line("stderr", "two") + line("stdout", "three");
    const { harvester, sink, readAll, position } = setUp(content, { format: "auto", streams: "stderr" });
    readAll();
    sink.deliver();
    expect(sink.texts).toEqual(["two"]);
    expect(position()).toBe(content.length);
    expect(harvester.pipeline.counters).toMatchObject({ lines: 3, events: 1, filtered: 0 });
    expect(harvester.format).toBe("cri");
  });

  test("an open group holds the position before its first line, until it goes out", () => {
    const before = "start a\nmore a\n";
    const { harvester, sink, readAll, position, world, inFlight } = setUp(`${before}start b\nmore b\n`, {
      multiline: { start: "^start" },
    });
    readAll();
    sink.deliver();
    expect(sink.texts).toEqual(["start a\nmore a"]);
    expect(position()).toBe(before.length);
    expect(harvester.open).toBe(1);
    world.now += 2000;
    harvester.flushIdle();
    expect(harvester.open).toBe(1);
    world.now += 2000;
    harvester.flushIdle();
    sink.deliver();
    expect(sink.texts[1]).toBe("start b\nmore b");
    expect([position(), inFlight.bytes, harvester.open]).toEqual([2 * before.length, 0, 0]);
  });
});

describe("a file's first bytes", () => {
  test("are not handed on before what tells the file from others was saved, its first bytes among it", () => {
    const { harvester, records, sink } = setUp(numbered(0, 10));
    expect(harvester.introduce()).toBe(true);
    expect([...records.values()][0]).toMatchObject({ ackPos: 0, first: { from: 0, to: numbered(0, 10).length } });
    expect(sink.texts).toEqual([]);
    harvester.introduced();
    expect(harvester.introduce()).toBe(false);
    turn(harvester, 1000);
    expect(sink.texts.length).toBe(10);
  });

  test("and a second file's wait again", () => {
    const { harvester, readAll, fs, world } = setUp(numbered(0, 10));
    readAll();
    fs.move("/logs/a.log", "/logs/a.log.1");
    world.now += 10;
    fs.append("/logs/a.log", "other\n");
    harvester.chain.reconcile();
    expect(harvester.introduce()).toBe(true);
  });

  test("the beginning of a line does not tell the format", () => {
    const { harvester, readAll, fs, world, sink } = setUp("2026-11-21T10:00:00.0000", { format: "auto" });
    readAll();
    expect(harvester.format).toBeUndefined();
    world.now += 10;
    fs.append("/logs/a.log", "00000Z stdout F hello\n");
    harvester.chain.poll();
    readAll();
    expect([harvester.format, sink.texts]).toEqual(["cri", ["hello"]]);
  });
});

describe("a line longer than any may be", () => {
  const long = `${"x".repeat(9 * MIB)}\n`;

  test("takes no place in flight while the rest of it is read over, and ends like any other", () => {
    const { harvester, sink, readAll, position, inFlight } = setUp(`first\n${long}last\n`);
    harvester.introduce();
    harvester.introduced();
    let most = 0;
    while (harvester.unread > 512 << 10) {
      turn(harvester, 256 << 10);
      sink.deliver();
      most = Math.max(most, harvester.inFlight);
      expect(position()).toBeLessThan(10);
    }
    expect(most).toBeLessThan(2 * MIB);
    readAll();
    expect(sink.texts.map((text) => text.slice(0, 5))).toEqual(["first", "xxxxx", "last"]);
    // Nor when its end is read and on its way.
    expect(position()).toBeLessThan(10);
    sink.deliver();
    expect([position(), inFlight.bytes, harvester.open]).toEqual([6 + long.length + 5, 0, 0]);
  });

  test("is read again from its beginning after a crash at any chunk", () => {
    const { harvester, sink, readAll, follow, saved } = setUp(`first\n${long}last\n`);
    saved.resolve(true);
    harvester.introduce();
    harvester.introduced();
    for (let i = 0; i < 20; i++) {
      turn(harvester, 512 << 10);
      sink.deliver();
      if (i % 4 !== 3) continue;
      const { length } = sink.texts;
      const next = follow();
      readAll(next);
      expect(sink.texts.slice(length).every((text) => /^(first|x+|last)$/.test(text))).toBe(true);
      expect(sink.texts.slice(length).filter((text) => text.startsWith("x")).length).toBeLessThan(2);
      expect(sink.texts.at(-1)).toBe("last");
      next.leave();
    }
  });

  test("two of them, one behind the other, and an open group before them", () => {
    const group = "start\nmore\n";
    const { harvester, sink, readAll, position, inFlight } = setUp(`${group}${long}${long}start again\n`, {
      multiline: { start: "^start" },
    });
    readAll(harvester, 512 << 10);
    sink.deliver();
    harvester.flushAll();
    sink.deliver();
    expect([position(), inFlight.bytes, harvester.open]).toEqual([group.length + 2 * long.length + 12, 0, 0]);
  });

  test("whose end never comes goes with its file", () => {
    const { harvester, sink, readAll, inFlight, fs, world } = setUp("x".repeat(3 * MIB));
    readAll();
    sink.deliver();
    harvester.flushIdle();
    expect(harvester.open).toBe(1);
    fs.unlink("/logs/a.log");
    for (let i = 0; i < 3; i++) {
      world.now += 6000;
      harvester.chain.poll();
    }
    readAll();
    harvester.flushIdle();
    sink.deliver();
    expect([harvester.open, inFlight.bytes, harvester.chain.balance.inFlight]).toEqual([0, 0, 0]);
  });
});

describe("leaving", () => {
  test("nothing counts as in flight any more, and what is delivered later moves nothing", () => {
    const { harvester, sink, readAll, position, inFlight, parts, groups } = setUp("start\nmore\nstart\n", {
      multiline: { start: "^start" },
    });
    readAll();
    expect([inFlight.bytes > 0, parts.undelivered.batches, groups.used > 0]).toEqual([true, 1, true]);
    harvester.leave();
    expect([inFlight.bytes, parts.undelivered.batches, groups.used]).toEqual([0, 0, 0]);
    sink.deliver();
    expect(position()).toBe(0);
    expect([inFlight.bytes, parts.undelivered.batches]).toEqual([0, 0]);
  });

  test("groups of a deleted file go out before, those of one that stays do not", () => {
    const { harvester, sink, readAll, fs } = setUp("start\nmore\n", { multiline: { start: "^start" } });
    readAll();
    harvester.flushVanishing();
    expect(sink.texts).toEqual([]);
    fs.unlink("/logs/a.log");
    harvester.chain.poll();
    harvester.flushVanishing();
    expect(sink.texts).toEqual(["start\nmore"]);
    expect(sink.flags & FLAG_PARTIAL).toBe(0);
  });
});
