import { describe, expect, test } from "vitest";
import type { LogLine, Marker, TailItem } from "../../../src/record/log-line.ts";
import { Timeline } from "../../../src/sources/merge/timeline.ts";
import { ContainerTail } from "../../../src/sources/pods/container-tail.ts";
import type { TailWindow } from "../../../src/sources/pods/log-query.ts";
import { DEFAULT_LIMITS, type StreamLimits, StreamSlots } from "../../../src/sources/pods/stream-slots.ts";
import { TailStats } from "../../../src/sources/pods/tail-stats.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { ModelKubelet } from "../../support/model-kubelet.ts";
import { Random } from "../../support/random.ts";

const ALL: TailWindow = {
  follow: true,
  tail: undefined,
  since: undefined,
  until: undefined,
  head: undefined,
  limitBytes: undefined,
  previous: false,
  stream: undefined,
  maxLineBytes: 1 << 20,
};

class Rig {
  readonly random: Random;
  readonly clock: FakeClock;
  readonly kubelet: ModelKubelet;
  readonly items: TailItem[] = [];
  readonly stats = new TailStats();
  readonly abort = new AbortController();
  readonly problems: string[] = [];
  readonly unread: string[] = [];
  readonly tail: ContainerTail;
  readonly finished: Promise<void>;
  ready = true;
  readonly timeline: Timeline;

  constructor(
    seed: number,
    options: {
      window?: Partial<TailWindow>;
      existed?: boolean;
      backlogFirst?: boolean;
      limits?: Partial<StreamLimits>;
      repeatBodies?: boolean;
      before?: (k: ModelKubelet) => void;
    } = {},
  ) {
    this.random = new Random(seed);
    this.clock = new FakeClock({ random: () => this.random.next() });
    this.kubelet = new ModelKubelet(this.random, this.clock, { repeatBodies: options.repeatBodies ?? false });
    options.before?.(this.kubelet);
    this.kubelet.report();
    this.timeline = new Timeline({
      order: "time",
      windowMs: 200,
      clock: this.clock,
      emit: (item) => this.items.push(item),
      ready: () => this.ready,
    });
    const slots = new StreamSlots(this.clock, { ...DEFAULT_LIMITS, ...options.limits });
    let tail: ContainerTail;
    const lane = this.timeline.open({ awaited: false, flow: (reading) => tail.flow(reading) });
    tail = new ContainerTail({
      client: this.kubelet,
      pod: this.kubelet.pod,
      container: "app",
      kind: "container",
      workload: "deployment/web",
      window: { ...ALL, ...options.window },
      existed: options.existed ?? false,
      backlogFirst: options.backlogFirst ?? true,
      timeline: this.timeline,
      lane,
      joiner: undefined,
      slots,
      stats: this.stats,
      listener: {
        opened: () => undefined,
        problem: (p) => this.problems.push(p.error.message),
        nothingToRead: (_c, _p, why) => this.unread.push(why),
        queued: () => undefined,
        backlogRead: () => undefined,
      },
      clock: this.clock,
      signal: this.abort.signal,
      insecureSkipTlsVerifyBackend: false,
    });
    this.tail = tail;
    this.finished = tail.run();
  }

  report(): void {
    this.tail.update(this.kubelet.report());
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.finished;
    this.timeline.flush();
  }

  lines(): LogLine[] {
    return this.items.filter((i) => i.kind === "line");
  }

  texts(): string[] {
    return this.lines().map((l) => l.buffer.toString("utf8", l.start, l.end));
  }

  markers(kind: Marker["kind"]): Marker[] {
    return this.items.filter((i): i is Marker => i.kind === kind);
  }

  /** Every line of every instance is there once, in order, or inside a gap marker. */
  check(seed: number): { missing: number } {
    // An instance that was replaced before its status said so may have lent its name to the next one's lines: each is still there once.
    const all = this.kubelet.instances.flatMap((i) => i.log.lines.map((l) => l.text));
    const shown = this.texts();
    if (shown.length === all.length && shown.every((text, i) => text === all[i])) return { missing: 0 };
    let missing = 0;
    for (const instance of this.kubelet.instances) {
      const items = this.items.filter(
        (i) => i.kind !== "event" && i.kind !== "closed" && i.origin.containerId === instance.id,
      );
      let expected = 0;
      let gapped = false;
      for (const item of items) {
        if (item.kind === "gap") gapped = true;
        if (item.kind !== "line") continue;
        const text = item.buffer.toString("utf8", item.start, item.end);
        const line = instance.log.lines[expected];
        if (line?.text === text) {
          expected++;
          gapped = false;
          continue;
        }
        const at = instance.log.lines.findIndex((l, i) => i >= expected && l.text === text);
        if (at < 0)
          throw new Error(
            `seed ${seed}: ${instance.id} shows ${JSON.stringify(text)} again or from elsewhere, expected ${line?.text}`,
          );
        // What was rotated away before a first line was ever had leaves no trace in the API.
        if (expected === 0 && instance.log.rotatedAt.has(at)) gapped = true;
        if (!gapped)
          throw new Error(`seed ${seed}: ${instance.id} misses ${line?.text} to before ${text} without a marker`);
        missing += at - expected;
        expected = at + 1;
        gapped = false;
      }
      const total = instance.log.lines.length;
      if (expected < total) {
        const last = this.items.findLast(
          (i) =>
            i.kind !== "event" && i.kind !== "ended" && i.kind !== "closed" && i.origin.containerId === instance.id,
        );
        const seenAtAll = items.length > 0;
        const gone = expected === 0 && instance.log.rotatedAt.has(total);
        if (seenAtAll && !gone && last?.kind !== "gap")
          throw new Error(`seed ${seed}: ${instance.id} ends at ${expected} of ${total} without a marker`);
        if (!seenAtAll && !gone && !this.items.some((i) => i.kind === "gap"))
          throw new Error(`seed ${seed}: ${instance.id} was never shown and nothing says so`);
        missing += total - expected;
      }
    }
    return { missing };
  }
}

describe("a container's tail", () => {
  test("2,000 seeded lives of cuts, clean ends, restarts, outages and rotation: each line once or inside a gap", async () => {
    let missing = 0;
    let reconnects = 0;
    for (let seed = 1; seed <= 2000; seed++) {
      const rotations = seed % 3 === 0;
      const rig = new Rig(seed, {
        existed: seed % 2 === 0,
        repeatBodies: seed % 3 === 1,
        before: (k) => k.write(seed % 40),
      });
      const { random, kubelet, clock } = rig;
      let reported = true;
      const reportLater = () => {
        reported = false;
        clock.timer(200 + random.below(800), () => {
          reported = true;
          rig.report();
        });
      };
      for (let step = 0; step < 25; step++) {
        const event = random.next();
        if (event < 0.45) kubelet.write(1 + random.below(20));
        else if (event < 0.6) kubelet.cut(random.chance(0.5));
        else if (event < 0.7) kubelet.endAll();
        else if (event < 0.76 && rotations && kubelet.current.running) kubelet.rotate();
        else if (event < 0.82) {
          // The kubelet reports each state before the next one comes.
          if (reported) {
            if (kubelet.current.running) kubelet.exit();
            else kubelet.restart();
            reportLater();
          }
        } else if (event < 0.86) kubelet.down = !kubelet.down;
        await clock.advance(random.pick([5, 50, 300, 1500, 4000]));
      }
      kubelet.down = false;
      await clock.advance(60_000);
      rig.report();
      await clock.advance(90_000);
      await rig.stop();
      missing += rig.check(seed).missing;
      reconnects += rig.stats.reconnects;
      expect(rig.stats.received).toBe(rig.lines().length);
    }
    expect(reconnects).toBeGreaterThan(2000);
    expect(missing).toBeGreaterThan(0);
  }, 120_000);
});

describe("where streams may not be followed", () => {
  test("a container is read in turn, every line of it once", async () => {
    const rig = new Rig(1, { limits: { total: 0 } });
    for (let i = 0; i < 20; i++) {
      rig.kubelet.write(10);
      await rig.clock.advance(1500);
    }
    await rig.clock.advance(20_000);
    await rig.stop();
    expect(rig.check(1).missing).toBe(0);
    expect(rig.lines()).toHaveLength(200);
  });

  test("a node without inotify watches left is read in turn as well", async () => {
    const rig = new Rig(2);
    rig.kubelet.write(5);
    await rig.clock.advance(100);
    rig.kubelet.inBand = "failed to create fsnotify watcher: too many open files";
    rig.kubelet.cut(false);
    await rig.clock.advance(5000);
    rig.kubelet.inBandFollowOnly = true;
    rig.kubelet.write(50);
    await rig.clock.advance(30_000);
    await rig.stop();
    expect(rig.check(2).missing).toBe(0);
    expect(rig.problems.join()).toContain("too many open files");
    expect(rig.texts().join()).not.toContain("fsnotify");
  });
});

describe("the window", () => {
  test("of the last lines holds for what was there at the start, not for what is born later", async () => {
    const rig = new Rig(3, { existed: true, window: { tail: 4 }, before: (k) => k.write(30) });
    await rig.clock.advance(1000);
    expect(rig.texts()).toEqual(["i0-26", "i0-27", "i0-28", "i0-29"]);
    rig.kubelet.restart();
    rig.kubelet.write(20);
    await rig.clock.advance(500);
    rig.report();
    await rig.clock.advance(20_000);
    await rig.stop();
    expect(rig.texts().slice(4)).toEqual(Array.from({ length: 20 }, (_, i) => `i1-${i}`));
    expect(rig.markers("ended")).toHaveLength(1);
    expect(rig.markers("ended")[0]).toMatchObject({ exitCode: 1, reason: "Error", restarted: true, restartCount: 1 });
  });

  test("of no past lines begins with what is written from now on", async () => {
    const rig = new Rig(4, { existed: true, window: { tail: 0 }, before: (k) => k.write(30) });
    await rig.clock.advance(1000);
    rig.kubelet.write(3);
    await rig.clock.advance(1000);
    await rig.stop();
    expect(rig.texts()).toEqual(["i0-30", "i0-31", "i0-32"]);
  });

  test("of the first lines ends by itself", async () => {
    const rig = new Rig(5, { existed: true, window: { head: 3, follow: false }, before: (k) => k.write(30) });
    await rig.clock.advance(1000);
    await rig.finished;
    expect(rig.texts()).toEqual(["i0-0", "i0-1", "i0-2"]);
  });

  test("of so many bytes stops before it would be overstepped, and says so", async () => {
    const rig = new Rig(6, { existed: true, window: { limitBytes: 12, follow: false }, before: (k) => k.write(30) });
    await rig.clock.advance(1000);
    await rig.finished;
    expect(rig.texts()).toEqual(["i0-0", "i0-1"]);
    expect(rig.markers("gap")[0]).toMatchObject({ cause: "truncated" });
  });

  test("of the previous instance gives its lines and ends; without one it says so", async () => {
    const restarted = new Rig(7, {
      existed: true,
      window: { previous: true, follow: false },
      before: (k) => {
        k.write(3);
        k.restart();
        k.write(2);
      },
    });
    await restarted.clock.advance(60_000);
    await restarted.finished;
    expect(restarted.texts()).toEqual(["i0-0", "i0-1", "i0-2"]);
    const first = new Rig(8, { existed: true, window: { previous: true, follow: false } });
    await first.finished;
    expect(first.unread).toEqual(["no-previous"]);
  });

  test("up to a time ends there", async () => {
    const rig = new Rig(9, {
      existed: true,
      window: { follow: false, until: { sec: 1_790_000_000, nsec: 0 } },
      before: (k) => k.write(400),
    });
    await rig.clock.advance(1000);
    await rig.finished;
    const shown = rig.lines();
    expect(shown.length).toBeLessThan(400);
    expect(shown.every((l) => l.sec < 1_790_000_000 || (l.sec === 1_790_000_000 && l.nsec === 0))).toBe(true);
  });
});

describe("a stream", () => {
  test("that is quiet for long is opened anew, and nothing is doubled", async () => {
    const rig = new Rig(10);
    rig.kubelet.write(5);
    await rig.clock.advance(100);
    const before = rig.kubelet.requests;
    await rig.clock.advance(3_600_000);
    expect(rig.kubelet.requests).toBeGreaterThan(before + 3);
    rig.kubelet.write(5);
    await rig.clock.advance(1000);
    await rig.stop();
    expect(rig.texts()).toHaveLength(10);
    expect(rig.check(10).missing).toBe(0);
  });

  test("that cannot be printed is held back, closed after a minute, and resumed where it was", async () => {
    const rig = new Rig(11);
    rig.ready = false;
    for (let i = 0; i < 40; i++) {
      rig.kubelet.write(2000);
      await rig.clock.advance(3000);
    }
    expect(rig.lines()).toHaveLength(0);
    rig.ready = true;
    rig.timeline.drain();
    await rig.clock.advance(60_000);
    await rig.stop();
    expect(rig.check(11).missing).toBe(0);
    expect(rig.stats.reconnects).toBeGreaterThan(0);
  });

  test("that is denied is told once and given up, and others are not touched", async () => {
    const rig = new Rig(12);
    rig.kubelet.denied = true;
    rig.kubelet.cut(false);
    await rig.clock.advance(600_000);
    await rig.stop();
    expect(rig.problems).toEqual(["pods is forbidden"]);
  });
});
