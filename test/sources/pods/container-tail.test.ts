import { describe, expect, test } from "vitest";
import type { LogLine, Marker, TailItem } from "../../../src/record/log-line.ts";
import { Timeline } from "../../../src/sources/merge/timeline.ts";
import { ContainerTail, type TailWindow } from "../../../src/sources/pods/container-tail.ts";
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
        closed: () => undefined,
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
      const items = this.items.filter((i) => i.kind !== "event" && i.origin.containerId === instance.id);
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
          (i) => i.kind !== "event" && i.kind !== "ended" && i.origin.containerId === instance.id,
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
