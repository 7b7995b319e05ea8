// The loop: looks which logs have grown, reads them in turns that leave nobody behind, and waits when there is nothing to do.
import type { Pace } from "./collector-api.ts";
import type { InFlight } from "./commit/segment.ts";
import type { Harvester } from "./harvester.ts";
import { PollClock } from "./poll-clock.ts";
import { Scheduler } from "./scheduler.ts";
import type { Timer } from "./timer.ts";

/** Timers, the disk's answers and /healthz get their turn after so many ms of reading. */
const YIELD_MS = 10;
/** How often groups that wait for more lines are looked at. */
const GROUPS_MS = 250;
/** The longest sleep: /healthz wants a sign of life. */
const SLEEP_MS = 1000;

export interface LoopParts {
  readonly now: () => number;
  readonly timer: Timer;
  readonly pace: Pace;
  readonly inFlight: InFlight;
  /** Bytes that may be read and not delivered. */
  readonly budget: number;
}

export class HarvestLoop {
  private readonly parts: LoopParts;
  private readonly scheduler: Scheduler<Harvester>;
  private readonly clock = new PollClock<Harvester>();
  private readonly open = new Set<Harvester>();
  private groupsAt = 0;
  private wakeUp: (() => void) | undefined;
  private awake = false;
  private stopping = false;
  private pausing: { readonly reached: () => void; readonly over: Promise<void> } | undefined;
  /** When the loop last turned, ms since the epoch. */
  turnedAt = 0;

  constructor(parts: LoopParts) {
    this.parts = parts;
    this.scheduler = new Scheduler<Harvester>({
      inFlight: parts.inFlight,
      budget: () => parts.pace.budget(parts.budget),
    });
    this.turnedAt = parts.now();
  }

  /** `grewAt`: when its newest bytes were written, ms since the epoch. */
  add(harvester: Harvester, grewAt: number): void {
    this.scheduler.add(harvester);
    this.clock.add(harvester, grewAt, this.parts.now());
    this.look(harvester);
  }

  remove(harvester: Harvester): void {
    this.scheduler.remove(harvester);
    this.clock.remove(harvester);
    this.open.delete(harvester);
  }

  /** Something may have changed: there is room again, bytes were acknowledged, a directory has another file. */
  wake(): void {
    this.awake = true;
    this.wakeUp?.();
  }

  /** To be looked at before it is due. */
  look(harvester: Harvester): void {
    if (harvester.unread === 0) {
      harvester.unreadSince = undefined;
      return;
    }
    harvester.unreadSince ??= this.parts.now();
    this.scheduler.ready(harvester);
  }

  stop(): void {
    this.stopping = true;
    this.wake();
  }

  /** Runs `work` between two turns. */
  async between<T>(work: () => Promise<T>): Promise<T> {
    let reached = () => {};
    let resume = () => {};
    const stands = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const over = new Promise<void>((resolve) => {
      resume = resolve;
    });
    this.pausing = { reached, over };
    this.wake();
    await stands;
    try {
      return await work();
    } finally {
      this.pausing = undefined;
      resume();
    }
  }

  /** Until `stop`. */
  async run(): Promise<void> {
    let yieldedAt = performance.now();
    while (!this.stopping) {
      if (this.pausing !== undefined) {
        this.pausing.reached();
        await this.pausing.over;
      }
      this.poll();
      const turned = await this.turn();
      if (!turned) await this.sleep(this.clock.delay(this.parts.now()) ?? SLEEP_MS);
      const pause = this.parts.pace.pause(this.parts.inFlight.bytes);
      if (pause > 0) await this.sleep(pause, { whole: true });
      if (performance.now() - yieldedAt < YIELD_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      yieldedAt = performance.now();
    }
  }

  /** Instead of `run`: until nothing is left to read, or `stop`. */
  async readAll(harvesters: Iterable<Harvester>): Promise<void> {
    for (const harvester of harvesters) this.look(harvester);
    let yieldedAt = performance.now();
    while (!this.stopping) {
      if (!(await this.turn())) {
        if (![...harvesters].some(({ unread }) => unread > 0)) return;
        await this.sleep(GROUPS_MS);
        for (const harvester of harvesters) this.look(harvester);
      }
      const pause = this.parts.pace.pause(this.parts.inFlight.bytes);
      if (pause > 0) await this.sleep(pause, { whole: true });
      if (performance.now() - yieldedAt < YIELD_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      yieldedAt = performance.now();
    }
  }

  private poll(): void {
    const now = this.parts.now();
    this.turnedAt = now;
    for (const harvester of this.clock.due(now)) {
      const { unread } = harvester;
      harvester.chain.poll();
      if (harvester.unread > unread) this.clock.grew(harvester, now);
      this.look(harvester);
    }
    if (now - this.groupsAt < GROUPS_MS) return;
    this.groupsAt = now;
    for (const harvester of this.open) {
      harvester.flushIdle();
      if (harvester.open === 0) this.open.delete(harvester);
    }
  }

  /** One read; false where nobody may read. */
  private async turn(): Promise<boolean> {
    const next = this.scheduler.next();
    if (next === undefined) return false;
    const { member, bytes } = next;
    const room = member.pipeline.room();
    if (room !== undefined) {
      this.scheduler.took(member, 0);
      void room.then(() => this.look(member)).then(() => this.wake());
      return true;
    }
    this.turnedAt = this.parts.now();
    const turned = member.turn(bytes);
    this.scheduler.took(member, typeof turned === "number" ? turned : await turned);
    if (member.open > 0) this.open.add(member);
    if (member.unread === 0) member.unreadSince = undefined;
    return true;
  }

  private sleep(ms: number, { whole = false } = {}): Promise<void> {
    if (this.awake && !whole) {
      this.awake = false;
      return new Promise((resolve) => setImmediate(resolve));
    }
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.wakeUp = undefined;
        this.awake = false;
        resolve();
      };
      const cancel = this.parts.timer(Math.max(1, Math.min(ms, SLEEP_MS)), done);
      if (!whole) this.wakeUp = done;
    });
  }
}
