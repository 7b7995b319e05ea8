import { describe, expect, test } from "vitest";
import type { ModelLine } from "../../support/model-log.ts";
import { HistoryRig } from "./history-rig.ts";

/** Two hours ago 20 lines, an hour ago 30 more, now 10: what is before the last ten is rotated away. */
async function rotatedBefore(seed: number, { repeatBodies = false } = {}): Promise<HistoryRig> {
  const rig = await HistoryRig.open(seed, { repeatBodies });
  const { kubelet, clock } = rig;
  kubelet.write(20);
  await clock.advance(3_600_000);
  kubelet.write(30);
  kubelet.rotate();
  await clock.advance(3_600_000);
  kubelet.write(10);
  return rig;
}

describe("--since beyond what the kubelet has", () => {
  test("begins with the store's lines, each line once", async () => {
    const rig = await rotatedBefore(1);
    await rig.store.collect();
    rig.start({ since: { seconds: 5400 } });
    await rig.clock.advance(5000);
    rig.kubelet.write(5);
    await rig.clock.advance(1000);
    await rig.stop();
    expect(rig.texts()).toEqual(rig.written().slice(20));
    expect(rig.filled()).toHaveLength(30);
    expect(rig.stats).toMatchObject({ filled: 30, received: 15, gaps: 0 });
  });

  test("a time works as a duration does, and with --no-follow the read ends by itself", async () => {
    const rig = await rotatedBefore(2);
    await rig.store.collect();
    const { sec, nsec } = rig.kubelet.current.log.lines[25]!;
    rig.start({ since: { time: { sec, nsec } }, follow: false });
    await rig.ended();
    const wanted = rig.kubelet.current.log.lines.filter(
      (line) => line.sec > sec || (line.sec === sec && line.nsec >= nsec),
    );
    expect(rig.texts()).toEqual(wanted.map(({ text }) => text));
  });

  test("lines of one time stamp on both sides of the rotation come once each", async () => {
    for (let seed = 0; seed < 12; seed++) {
      const rig = await HistoryRig.open(seed, { repeatBodies: true });
      rig.kubelet.write(20);
      rig.kubelet.rotate();
      const { lines } = rig.kubelet.current.log;
      const last: ModelLine = lines.at(-1)!;
      rig.kubelet.write(12);
      // The file begins in the very nanosecond in which the one before it ended.
      lines.splice(20, 1, { ...last, index: 20, text: "first" });
      await rig.clock.advance(60_000);
      await rig.store.collect();
      rig.start({ since: { seconds: 3600 }, follow: false });
      await rig.ended();
      expect(rig.texts(), `seed ${seed}`).toEqual(rig.written());
    }
  });

  test("earlier instances of the container are part of it, with origins of their own", async () => {
    const rig = await HistoryRig.open(4);
    const { kubelet, clock } = rig;
    for (let i = 0; i < 3; i++) {
      kubelet.write(5);
      await clock.advance(60_000);
      kubelet.restart();
    }
    kubelet.write(5);
    await clock.advance(1000);
    await rig.store.collect();
    rig.start({ since: { seconds: 3600 } });
    await clock.advance(5000);
    await rig.stop();
    expect(rig.texts()).toEqual(rig.written());
    const origins = [...new Set(rig.lines().map(({ origin }) => origin))];
    expect(origins.map(({ restart }) => restart)).toEqual([0, 1, 2, 3]);
    expect(new Set(origins.map(({ workload }) => workload))).toEqual(new Set(["deployment/web"]));
  });

  test("without lines of the container in the store nothing more is asked of the server", async () => {
    const rig = await rotatedBefore(5);
    rig.start({ since: { seconds: 5400 }, follow: false });
    await rig.ended();
    const { requests } = rig.kubelet;
    expect(rig.texts()).toEqual(rig.written().slice(50));
    const other = await rotatedBefore(5);
    await other.store.collect();
    other.start({ since: { seconds: 5400 }, follow: false });
    await other.ended();
    expect(other.kubelet.requests).toBeGreaterThan(requests);
  });

  test("an empty file of the kubelet leaves all to the store", async () => {
    const rig = await rotatedBefore(6);
    rig.kubelet.rotate();
    await rig.store.collect();
    await rig.clock.advance(1000);
    rig.start({ since: { seconds: 5400 } });
    await rig.clock.advance(5000);
    rig.kubelet.write(3);
    await rig.store.collect();
    await rig.clock.advance(5000);
    await rig.stop();
    expect(rig.texts()).toEqual(rig.written().slice(20));
  });

  test("a full output holds the filling, and nothing is lost", async () => {
    const rig = await rotatedBefore(7);
    await rig.store.collect();
    rig.ready = false;
    rig.start({ since: { seconds: 5400 } });
    await rig.clock.advance(10_000);
    expect(rig.lines()).toHaveLength(0);
    rig.drained();
    await rig.clock.advance(10_000);
    await rig.stop();
    expect(rig.texts()).toEqual(rig.written().slice(20));
  });

  test("--head counts the store's lines first", async () => {
    const rig = await rotatedBefore(8);
    await rig.store.collect();
    rig.start({ since: { seconds: 5400 }, head: 12, follow: false });
    await rig.ended();
    expect(rig.texts()).toEqual(rig.written().slice(20, 32));
  });

  test("--tail asks for the last lines only: the store is not needed", async () => {
    const rig = await rotatedBefore(9);
    await rig.store.collect();
    rig.start({ since: { seconds: 5400 }, tail: 4, follow: false });
    await rig.ended();
    expect(rig.texts()).toEqual(rig.written().slice(-4));
  });

  test("a store that cannot be read is told of once, and the read goes on without it", async () => {
    const rig = await rotatedBefore(10);
    await rig.store.collect();
    rig.store.spoil();
    rig.start({ since: { seconds: 5400 }, follow: false });
    await rig.ended();
    expect(rig.texts()).toEqual(rig.written().slice(50));
    expect(rig.store.problems).toHaveLength(1);
    expect(rig.store.problems[0]).toContain("without history: ");
  });
});
