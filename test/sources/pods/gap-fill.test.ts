import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TailItem } from "../../../src/record/log-line.ts";
import { UNKNOWN_ORIGIN } from "../../../src/record/unknown-origin.ts";
import { GapFill, type TailGap } from "../../../src/sources/pods/gap-fill.ts";
import type { LogHistory } from "../../../src/sources/pods/history.ts";
import { TailStats } from "../../../src/sources/pods/tail-stats.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { HistoryRig } from "./history-rig.ts";

/** Ten lines are shown, then klog cannot listen while the file is rotated twice. */
async function rotatedAway(seed: number): Promise<HistoryRig> {
  const rig = await HistoryRig.open(seed);
  rig.start({}, false);
  rig.kubelet.write(10);
  await rig.clock.advance(1000);
  rig.kubelet.down = true;
  rig.kubelet.cut(false);
  await rig.clock.advance(3000);
  rig.kubelet.write(20);
  rig.kubelet.rotate();
  await rig.clock.advance(3000);
  rig.kubelet.write(20);
  rig.kubelet.rotate();
  await rig.clock.advance(3000);
  rig.kubelet.write(5);
  return rig;
}

async function backAgain({ kubelet, clock }: HistoryRig): Promise<void> {
  kubelet.down = false;
  await clock.advance(60_000);
}

describe("a gap of the live stream", () => {
  test("is filled from the store, each line once, and has no marker", async () => {
    const rig = await rotatedAway(1);
    await rig.store.collect();
    await backAgain(rig);
    await rig.stop();
    expect(rig.texts()).toEqual(rig.written());
    expect(rig.gaps()).toEqual([]);
    expect(rig.filled()).toHaveLength(40);
    expect(rig.stats).toMatchObject({ gaps: 0, gapsFilled: 1, filled: 40, received: 15 });
  });

  test("filled lines have the live origin, and name the store as where they are from", async () => {
    const rig = await rotatedAway(1);
    await rig.store.collect();
    await backAgain(rig);
    await rig.stop();
    expect(new Set(rig.lines().map(({ origin }) => origin)).size).toBe(1);
    expect(rig.lines().find(({ details }) => details !== undefined)?.details?.sources).toEqual(["store"]);
  });

  test("keeps its marker behind what the store had of it, and says how much that was", async () => {
    const rig = await rotatedAway(2);
    await rig.store.collect(({ index }) => index >= 25 && index < 40);
    await backAgain(rig);
    await rig.stop();
    expect(rig.filled()).toEqual(rig.written().slice(25, 40));
    expect(rig.gaps()).toMatchObject([{ cause: "rotated", filled: 15 }]);
    const marker = rig.items.findIndex(({ kind }) => kind === "gap");
    expect(rig.items[marker - 1]).toMatchObject({ details: { sources: ["store"] } });
    expect(rig.stats).toMatchObject({ gaps: 1, gapsFilled: 0 });
  });

  test("that the store knows nothing of stays as it is, without a wait", async () => {
    const rig = await rotatedAway(3);
    rig.kubelet.down = false;
    await rig.clock.advance(60_000);
    await rig.stop();
    expect(rig.filled()).toEqual([]);
    expect(rig.gaps()).toHaveLength(1);
    expect(rig.gaps()[0]).not.toHaveProperty("filled");
    expect(rig.texts()).toHaveLength(15);
  });

  test("keeps its marker where the store has both edges and cannot read what lies between, which is told", async () => {
    const rig = await rotatedAway(2);
    const { current } = rig.kubelet;
    const parts = [current.log.lines.slice(0, 20), current.log.lines.slice(20, 35), current.log.lines.slice(35)];
    for (const [at, lines] of parts.entries()) {
      for (const line of lines) await rig.store.collectEvent(current, [line]);
      if (at < 2) await rig.store.seal();
      if (at === 1) rig.store.damage();
    }
    rig.kubelet.down = false;
    // Sealed files are read and decompressed in real time.
    while (rig.gaps().length === 0 && rig.texts().length < 55) await rig.clock.advance(100);
    await rig.stop();
    expect(rig.filled()).toEqual([...rig.written().slice(10, 20), ...rig.written().slice(35, 50)]);
    expect(rig.gaps()).toMatchObject([{ cause: "rotated", filled: 25 }]);
    expect(rig.store.problems).toEqual([expect.stringMatching(/^history is incomplete: .*is damaged/)]);
  });

  test("hands on what waits when the output fails in the middle of it, and tells the failure at the end", async () => {
    const rig = await rotatedAway(1);
    await rig.store.collect();
    const failure = new Error("no space");
    rig.take = (item) => {
      if (item.kind === "line" && item.details !== undefined) throw failure;
      rig.items.push(item);
    };
    await backAgain(rig);
    rig.kubelet.write(3);
    await rig.clock.advance(5000);
    await expect(rig.stop()).rejects.toBe(failure);
    expect(rig.texts()).toEqual([...rig.written().slice(0, 10), ...rig.written().slice(50)]);
    expect(rig.gaps()).toHaveLength(1);
  });

  test("waits for a store that lags behind, and holds the stream meanwhile", async () => {
    const rig = await rotatedAway(4);
    await rig.store.collect(({ index }) => index < 12);
    rig.kubelet.down = false;
    let shown = 0;
    for (let ms = 0; ms < 60_000 && shown === 0; ms += 100) {
      await rig.clock.advance(100);
      if (rig.stats.gaps > 0) shown = rig.lines().length;
    }
    await rig.clock.advance(1000);
    expect(rig.lines()).toHaveLength(10);
    await rig.store.collectEvent(rig.kubelet.current, rig.kubelet.current.log.lines.slice(12, 13));
    for (const line of rig.kubelet.current.log.lines.slice(13))
      await rig.store.collectEvent(rig.kubelet.current, [line]);
    await rig.clock.advance(5000);
    await rig.stop();
    expect(rig.texts()).toEqual(rig.written());
    expect(rig.gaps()).toEqual([]);
  });

  test("with nothing behind it is filled when the next line comes", async () => {
    const rig = await HistoryRig.open(10);
    rig.start({}, false);
    rig.kubelet.write(10);
    await rig.clock.advance(1000);
    rig.kubelet.down = true;
    rig.kubelet.cut(false);
    await rig.clock.advance(3000);
    rig.kubelet.write(20);
    rig.kubelet.rotate();
    await rig.store.collect();
    await backAgain(rig);
    expect(rig.lines()).toHaveLength(10);
    rig.kubelet.write(1);
    await rig.store.collect();
    await rig.clock.advance(1000);
    expect(rig.texts()).toEqual(rig.written());
    await rig.stop();
    expect(rig.gaps()).toEqual([]);
  });

  test("is filled at the end of a session that ends in the middle of it", async () => {
    const rig = await rotatedAway(5);
    await rig.store.collect();
    await backAgain(rig);
    rig.kubelet.write(3);
    await rig.stop();
    expect(rig.texts().slice(0, 55)).toEqual(rig.written().slice(0, 55));
  });

  test("an abort while the store is awaited hands on what waits, with the marker", async () => {
    const rig = await rotatedAway(6);
    await rig.store.collect(({ index }) => index < 12);
    rig.kubelet.down = false;
    for (let ms = 0; ms < 60_000 && rig.stats.gaps === 0; ms += 100) await rig.clock.advance(100);
    rig.abort.abort();
    await rig.stop();
    expect(rig.gaps()).toHaveLength(1);
    const shown = rig.texts();
    expect(shown.length).toBeGreaterThan(10);
    expect(shown).toEqual([...rig.written().slice(0, 10), ...rig.written().slice(50, 40 + shown.length)]);
  });

  test("a full output holds the filling as well", async () => {
    const rig = await rotatedAway(7);
    await rig.store.collect();
    rig.ready = false;
    await backAgain(rig);
    expect(rig.lines()).toHaveLength(10);
    rig.drained();
    await rig.clock.advance(10_000);
    await rig.stop();
    expect(rig.texts()).toEqual(rig.written());
    expect(rig.gaps()).toEqual([]);
  });

  test("of lines that the store has as one event is filled to the line", async () => {
    const rig = await rotatedAway(8);
    const { lines } = rig.kubelet.current.log;
    // The first line of the event was shown, its last two are to come.
    for (const line of lines.slice(0, 9)) await rig.store.collectEvent(rig.kubelet.current, [line]);
    await rig.store.collectEvent(rig.kubelet.current, lines.slice(9, 20));
    for (const line of lines.slice(20)) await rig.store.collectEvent(rig.kubelet.current, [line]);
    await backAgain(rig);
    await rig.stop();
    expect(rig.texts()).toEqual(rig.written());
    expect(rig.gaps()).toEqual([]);
  });

  test("of an instance that ended unheard is filled, and its marker stays: nobody knows where it ended", async () => {
    const rig = await HistoryRig.open(9);
    rig.start({}, false);
    rig.kubelet.write(10);
    await rig.clock.advance(1000);
    rig.kubelet.down = true;
    rig.kubelet.cut(false);
    for (let i = 0; i < 2; i++) {
      await rig.clock.advance(2000);
      rig.kubelet.write(5);
      rig.kubelet.restart();
    }
    await rig.clock.advance(2000);
    rig.kubelet.restart();
    rig.kubelet.write(4);
    await rig.store.collect();
    rig.kubelet.down = false;
    rig.report();
    await rig.clock.advance(90_000);
    await rig.stop();
    expect(rig.texts()).toEqual(rig.written());
    expect(rig.gaps().every(({ cause, filled = 0 }) => cause === "instance-gone" && filled > 0)).toBe(true);
    expect(rig.lines().map(({ origin }) => origin.restart)).toEqual(
      [...rig.lines().map(({ origin }) => origin.restart)].sort(),
    );
  });
});

describe("a store whose agent has stopped", () => {
  function stalled() {
    const clock = new FakeClock();
    const items: TailItem[] = [];
    const history: LogHistory = { has: async () => true, async *lines() {} };
    const fill = new GapFill({
      ...{ history, clock, stats: new TailStats(), signal: new AbortController().signal },
      emit: (item) => items.push(item),
      ready: () => true,
      resume: () => undefined,
      ...{ maxLineBytes: 1 << 20, marksLate: true },
    });
    const gap = (pod: string, before: number | undefined): TailGap => ({
      ...{ kind: "gap", cause: "instance-gone", origin: { ...UNKNOWN_ORIGIN, pod }, after: undefined },
      at: { sec: 1, nsec: 0 },
      before: before === undefined ? undefined : { sec: before, nsec: 0 },
      ...{ last: [], next: [], unseen: undefined },
    });
    return { clock, items, fill, gap };
  }

  test("holds the stream once for all gaps together, and not again for a while", async () => {
    const { clock, items, fill, gap } = stalled();
    for (let i = 0; i < 100; i++) fill.emit(gap(`web-${i}`, 1000));
    await clock.advance(2500);
    expect(items).toEqual([]);
    await clock.advance(1000);
    expect(items).toHaveLength(100);
    fill.emit(gap("web-100", 1000));
    await clock.advance(0);
    expect(items).toHaveLength(101);
    await clock.advance(60_000);
    fill.emit(gap("web-101", 1000));
    await clock.advance(2500);
    expect(items).toHaveLength(101);
    await clock.advance(1000);
    expect(items).toHaveLength(102);
  });

  test("does not hold a gap whose end nobody knows", async () => {
    const { clock, items, fill, gap } = stalled();
    fill.emit(gap("web-1", undefined));
    await clock.advance(0);
    expect(items).toHaveLength(1);
  });
});

describe("with a complete store", () => {
  test("any rotations and disconnects: exactly the log, each line once, no gap", async () => {
    const step = fc.record({
      what: fc.constantFrom("write", "write", "write", "cut", "end", "rotate", "down", "up"),
      count: fc.integer({ min: 1, max: 20 }),
      wait: fc.constantFrom(5, 50, 300, 1500, 4000),
    });
    const runs = fc.asyncProperty(
      fc.nat(),
      fc.boolean(),
      fc.array(step, { maxLength: 25 }),
      async (seed, repeats, steps) => {
        const rig = await HistoryRig.open(seed, { repeatBodies: repeats });
        const { kubelet, clock } = rig;
        kubelet.write(5);
        rig.start();
        await clock.advance(20_000);
        for (const { what, count, wait } of steps) {
          if (what === "write") kubelet.write(count);
          else if (what === "cut") kubelet.cut(count % 2 === 0);
          else if (what === "end") kubelet.endAll();
          else if (what === "rotate") kubelet.rotate();
          else kubelet.down = what === "down";
          await rig.store.collect();
          await clock.advance(wait);
        }
        kubelet.down = false;
        await clock.advance(150_000);
        kubelet.write(1);
        await rig.store.collect();
        await clock.advance(150_000);
        await rig.stop();
        expect(rig.gaps()).toEqual([]);
        expect(rig.texts()).toEqual(rig.written());
      },
    );
    await fc.assert(runs, { numRuns: 60 });
  }, 60_000);
});
