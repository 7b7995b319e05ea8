// A container's tail with a history: model kubelet, real store, timeline and gap filling, as `klog tail` wires them.
import type { Gap, LogLine, TailItem } from "../../../src/record/log-line.ts";
import { Timeline } from "../../../src/sources/merge/timeline.ts";
import { ContainerTail } from "../../../src/sources/pods/container-tail.ts";
import { GapFill } from "../../../src/sources/pods/gap-fill.ts";
import type { TailWindow } from "../../../src/sources/pods/log-query.ts";
import { DEFAULT_LIMITS, StreamSlots } from "../../../src/sources/pods/stream-slots.ts";
import { TailStats } from "../../../src/sources/pods/tail-stats.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { ModelKubelet } from "../../support/model-kubelet.ts";
import { Random } from "../../support/random.ts";
import { StoredLog } from "./stored-log.ts";

const ALL: TailWindow = {
  ...{ follow: true, tail: undefined, since: undefined, until: undefined, head: undefined, limitBytes: undefined },
  ...{ previous: false, stream: undefined, maxLineBytes: 1 << 20 },
};

export class HistoryRig {
  readonly random: Random;
  readonly clock: FakeClock;
  readonly kubelet: ModelKubelet;
  readonly items: TailItem[] = [];
  readonly stats = new TailStats();
  readonly abort = new AbortController();
  store!: StoredLog;
  /** False while the output is full. */
  ready = true;
  /** What the output does with an item. */
  take: (item: TailItem) => void = (item) => this.items.push(item);
  private stage!: GapFill;
  private timeline!: Timeline;
  private tail!: ContainerTail;
  private finished!: Promise<void>;

  private constructor(seed: number, repeatBodies: boolean) {
    this.random = new Random(seed);
    this.clock = new FakeClock({ random: () => this.random.next() });
    this.kubelet = new ModelKubelet(this.random, this.clock, { repeatBodies });
  }

  /** Nothing is read before `start`. */
  static async open(seed: number, { repeatBodies = false } = {}): Promise<HistoryRig> {
    const rig = new HistoryRig(seed, repeatBodies);
    rig.store = await StoredLog.open(rig.kubelet, rig.clock);
    return rig;
  }

  start(window: Partial<TailWindow> = {}, existed = true): void {
    const { clock, stats, kubelet, store } = this;
    const { signal } = this.abort;
    kubelet.report();
    const whole = { ...ALL, ...window };
    this.stage = new GapFill({
      history: store.history,
      emit: (item) => this.take(item),
      ready: () => this.ready,
      resume: () => this.timeline.drain(),
      ...{ maxLineBytes: whole.maxLineBytes, marksLate: true, stats, clock, signal },
    });
    this.timeline = new Timeline({
      ...{ order: "time", windowMs: 200, clock },
      emit: (item) => this.stage.emit(item),
      ready: () => this.stage.ready(),
    });
    const lane = this.timeline.open({ awaited: false, flow: (reading) => this.tail.flow(reading) });
    this.tail = new ContainerTail({
      ...{ client: kubelet, pod: kubelet.pod, container: "app", kind: "container", workload: "deployment/web" },
      ...{ window: whole, existed, backlogFirst: true, timeline: this.timeline, lane, joiner: undefined },
      ...{ history: store.history, slots: new StreamSlots(clock, DEFAULT_LIMITS), stats, clock, signal },
      listener: {
        opened: () => undefined,
        problem: () => undefined,
        nothingToRead: () => undefined,
        queued: () => undefined,
        backlogRead: () => undefined,
      },
      insecureSkipTlsVerifyBackend: false,
    });
    this.finished = this.tail.run();
  }

  report(): void {
    this.tail.update(this.kubelet.report());
  }

  /** The output can take more again. */
  drained(): void {
    this.ready = true;
    this.stage.drained();
    this.timeline.drain();
  }

  /** Lets the tail come to its own end. */
  async ended(): Promise<void> {
    await this.clock.advance(30_000);
    await this.finished;
    await this.close();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.finished;
    await this.close();
  }

  private async close(): Promise<void> {
    this.timeline.flush();
    await this.clock.advance(5000);
    await this.stage.finished();
    await this.store.close();
  }

  lines(): LogLine[] {
    return this.items.filter((item) => item.kind === "line");
  }

  /** Physical lines. */
  texts(): string[] {
    return this.lines().flatMap((line) => [line, ...(line.rest ?? [])].map(textOf));
  }

  filled(): string[] {
    return this.lines()
      .filter(({ details }) => details !== undefined)
      .map(textOf);
  }

  gaps(): Gap[] {
    return this.items.filter((item) => item.kind === "gap");
  }

  /** All that was written, in the order of the log. */
  written(): string[] {
    return this.kubelet.instances.flatMap(({ log }) => log.lines.map(({ text }) => text));
  }
}

function textOf({ buffer, start, end }: LogLine): string {
  return buffer.toString("utf8", start, end);
}
