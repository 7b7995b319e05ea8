import { describe, expect, test } from "vitest";
import type { LogLine, TailItem } from "../../../src/record/log-line.ts";
import { type Lane, type Order, Timeline } from "../../../src/sources/merge/timeline.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { Random } from "../../support/random.ts";

const ORIGIN = {
  source: "pod",
  cluster: "c",
  node: "n",
  namespace: "ns",
  pod: "p",
  podUid: "u",
  container: "app",
  containerKind: "container",
  containerId: "i",
  restart: 0,
  labels: {},
  annotations: {},
  workload: "deployment/p",
} as const;

class Rig {
  readonly clock = new FakeClock();
  readonly out: string[] = [];
  readonly late: string[] = [];
  ready = true;
  readonly timeline: Timeline;

  constructor(order: Order = "time", maxBytes?: number) {
    this.timeline = new Timeline({
      order,
      windowMs: 200,
      clock: this.clock,
      ready: () => this.ready,
      emit: (item) => this.take(item),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
  }

  private take(item: TailItem): void {
    if (item.kind !== "line") return;
    const text = item.buffer.toString();
    this.out.push(text);
    if (item.late) this.late.push(text);
  }

  lane(awaited = false): Lane {
    return this.timeline.open({ awaited, flow: () => undefined });
  }

  /** A line written `ms` after the clock's start. */
  line(text: string, ms: number): LogLine {
    const at = 1_790_000_000_000 + ms;
    const buffer = Buffer.from(text);
    return {
      kind: "line",
      origin: ORIGIN,
      sec: Math.floor(at / 1000),
      nsec: (at % 1000) * 1e6,
      buffer,
      start: 0,
      end: buffer.length,
      cut: 0,
      arrival: this.clock.monotonic(),
      rest: undefined,
      late: false,
    };
  }
}

describe("the past of several sources", () => {
  test("is merged by time, and nothing is printed before every source has said what its next line is", () => {
    const rig = new Rig();
    const [a, b] = [rig.lane(true), rig.lane(true)];
    for (const ms of [10, 30, 50]) a.push(rig.line(`a${ms}`, ms));
    rig.timeline.drain();
    expect(rig.out).toEqual([]);
    for (const ms of [20, 40]) b.push(rig.line(`b${ms}`, ms));
    rig.timeline.drain();
    expect(rig.out).toEqual(["a10", "b20", "a30", "b40"]);
    b.close();
    rig.timeline.drain();
    expect(rig.out.at(-1)).toBe("a50");
  });

  test("goes on without a source that is not waited for any more, and marks its lines late", () => {
    const rig = new Rig();
    const [a, b] = [rig.lane(true), rig.lane(true)];
    a.push(rig.line("a50", 50));
    b.unawait();
    rig.timeline.drain();
    expect(rig.out).toEqual(["a50"]);
    a.close();
    b.push(rig.line("b20", 20));
    b.close();
    rig.timeline.drain();
    expect(rig.late).toEqual(["b20"]);
  });

  test("keeps the order inside a source whatever its times say: 500 seeded merges", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = new Random(seed);
      const rig = new Rig();
      const lanes = Array.from({ length: 1 + random.below(6) }, () => rig.lane(true));
      const counts = lanes.map(() => 0);
      for (let i = 0; i < 80; i++) {
        const at = random.below(lanes.length);
        lanes[at]!.push(rig.line(`${at}:${counts[at]!++}`, i * 10 - random.below(40)));
        if (random.chance(0.3)) rig.timeline.drain();
      }
      for (const lane of lanes) lane.close();
      rig.timeline.drain();
      expect(rig.out).toHaveLength(80);
      lanes.forEach((_, at) => {
        const own = rig.out.filter((t) => t.startsWith(`${at}:`)).map((t) => Number(t.split(":")[1]));
        expect(own, `seed ${seed}`).toEqual(own.toSorted((x, y) => x - y));
      });
    }
  });
});

describe("live lines", () => {
  test("wait for older ones of other sources, but no longer than the window", async () => {
    const rig = new Rig();
    const [a, b] = [rig.lane(), rig.lane()];
    await rig.clock.advance(1000);
    a.push(rig.line("a", 990));
    rig.timeline.drain();
    expect(rig.out).toEqual([]);
    await rig.clock.advance(100);
    b.push(rig.line("b", 980));
    rig.timeline.drain();
    expect(rig.out).toEqual(["b"]);
    await rig.clock.advance(100);
    expect(rig.out).toEqual(["b", "a"]);
    expect(rig.late).toEqual([]);
  });

  test("go out at once when every source has got past them", () => {
    const rig = new Rig();
    const [a, b] = [rig.lane(), rig.lane()];
    a.push(rig.line("a", 10));
    b.push(rig.line("b", 20));
    a.push(rig.line("a2", 30));
    rig.timeline.drain();
    expect(rig.out).toEqual(["a", "b"]);
  });

  test("that come too late are printed at once and marked", async () => {
    const rig = new Rig();
    const [a, b] = [rig.lane(), rig.lane()];
    await rig.clock.advance(1000);
    a.push(rig.line("a", 1000));
    await rig.clock.advance(300);
    rig.timeline.drain();
    b.push(rig.line("b", 500));
    rig.timeline.drain();
    expect(rig.out).toEqual(["a", "b"]);
    expect(rig.late).toEqual(["b"]);
    expect(rig.timeline.late).toBe(1);
  });

  test("in order of arrival are not held at all", () => {
    const rig = new Rig("arrival");
    const [a, b] = [rig.lane(true), rig.lane(true)];
    a.push(rig.line("a", 100));
    rig.timeline.drain();
    b.push(rig.line("b", 50));
    rig.timeline.drain();
    expect(rig.out).toEqual(["a", "b"]);
    expect(rig.late).toEqual([]);
  });
});

describe("a slow output", () => {
  test("stops the sources and loses nothing", () => {
    const rig = new Rig("arrival", 1);
    const flow: boolean[] = [];
    const lane = rig.timeline.open({ awaited: false, flow: (reading) => flow.push(reading) });
    rig.ready = false;
    for (let i = 0; i < 1000; i++) lane.push(rig.line(`${i}`, i));
    rig.timeline.drain();
    expect(rig.out).toEqual([]);
    expect(flow).toEqual([false]);
    rig.ready = true;
    rig.timeline.drain();
    expect(rig.out).toHaveLength(1000);
    expect(flow).toEqual([false, true]);
  });
});
