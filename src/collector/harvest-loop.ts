// The loop: looks which logs have grown, reads them in turns that leave nobody behind, and waits when there is nothing to do.
import { KlogError } from "../errors.ts";
import type { Pace } from "./collector-api.ts";
import type { InFlight } from "./commit/segment.ts";
import type { Harvester, Undelivered } from "./harvester.ts";
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
  /** Ms since the epoch, for signs of life. */
  readonly now: () => number;
  /** Ms of a clock that never goes back, for waiting. */
  readonly steady: () => number;
  readonly timer: Timer;
  readonly pace: Pace;
  readonly inFlight: InFlight;
  readonly undelivered: Undelivered;
  /** Bytes that may be read and not delivered. */
  readonly budget: () => number;
  /** Resolves when what the chains have saved so far is durable. */
  readonly identitySaved: () => Promise<boolean>;
  /** What may only be done between two turns, while nothing is in the decoder. True where there is more of it at once. */
  readonly between: () => boolean;
}

export class HarvestLoop {
  private readonly parts: LoopParts;
  private readonly scheduler: Scheduler<Harvester>;
  private readonly clock = new PollClock<Harvester>();
  private readonly open = new Set<Harvester>();
  /** For room in a sink, or for the identity of a file to be durable. */
  private readonly waiting = new Set<Harvester>();
  /** Those whose files begin now: one write for all of them. */
  private introducing: Harvester[] = [];
  private groupsAt = 0;
  private yieldedAt = 0;
  private wakeUp: (() => void) | undefined;
  private awake = false;
  private stopping = false;
  private ended = false;
  private failure: { readonly error: unknown } | undefined;
  private readonly pausing: PromiseWithResolvers<() => void>[] = [];
  /** When the loop last turned, ms since the epoch. */
  turnedAt = 0;
  /** Counts turns that have read something, and sinks that stopped taking or take again. */
  activity = 0;

  constructor(parts: LoopParts) {
    this.parts = parts;
    this.scheduler = new Scheduler<Harvester>({
      inFlight: parts.inFlight,
      budget: () => parts.pace.budget(parts.budget()),
    });
    this.turnedAt = parts.now();
  }

  /** `grewAt`: when its newest bytes were written, ms since the epoch. */
  add(harvester: Harvester, grewAt: number): void {
    this.scheduler.add(harvester);
    this.clock.add(harvester, grewAt, this.parts.steady());
    this.look(harvester);
  }

  /** It is read no more; what happens to its files is still looked at. */
  rest(harvester: Harvester): void {
    this.scheduler.remove(harvester);
  }

  resume(harvester: Harvester): void {
    this.scheduler.add(harvester);
  }

  remove(harvester: Harvester): void {
    this.rest(harvester);
    this.clock.remove(harvester);
    this.open.delete(harvester);
    this.waiting.delete(harvester);
  }

  /** Something may have changed: there is room again, bytes were acknowledged, a directory has another file. */
  wake(): void {
    this.awake = true;
    this.wakeUp?.();
  }

  /** To be looked at before it is due. */
  look(harvester: Harvester, unread = harvester.unread): void {
    if (unread === 0) {
      harvester.unreadSince = undefined;
      return;
    }
    harvester.unreadSince ??= this.parts.now();
    if (!this.waiting.has(harvester)) this.scheduler.ready(harvester);
  }

  stop(): void {
    this.stopping = true;
    this.wake();
  }

  /** Runs `work` between two turns; one after the other. Rejects where no turn will come. */
  async between<T>(work: () => Promise<T>): Promise<T> {
    if (this.stopping || this.ended) throw isOver();
    const stands = Promise.withResolvers<() => void>();
    this.pausing.push(stands);
    this.wake();
    const resume = await stands.promise;
    try {
      return await work();
    } finally {
      resume();
    }
  }

  /** Until `stop`. */
  async run(): Promise<void> {
    try {
      while (!this.stopping) {
        await this.pause();
        const more = this.parts.between();
        this.poll();
        if (!(await this.turn()) && !more) await this.sleep(this.clock.delay(this.parts.steady()) ?? SLEEP_MS);
        await this.breathe();
      }
    } finally {
      this.ended = true;
      for (const { reject } of this.pausing.splice(0)) reject(isOver());
    }
  }

  /** Instead of `run`: until nothing is left to read, or `stop`. */
  async readAll(harvesters: Iterable<Harvester>): Promise<void> {
    for (const harvester of harvesters) this.look(harvester);
    while (!this.stopping) {
      if (!(await this.turn())) {
        if (![...harvesters].some(({ unread }) => unread > 0)) return;
        this.makeRoom();
        await this.sleep(GROUPS_MS);
        for (const harvester of harvesters) this.look(harvester);
      }
      await this.breathe();
    }
  }

  private async pause(): Promise<void> {
    for (let next = this.pausing.shift(); next !== undefined; next = this.pausing.shift()) {
      const over = Promise.withResolvers<void>();
      next.resolve(over.resolve);
      await over.promise;
    }
  }

  /** Keeps to the limits, and lets others run. */
  private async breathe(): Promise<void> {
    if (this.failure !== undefined) throw this.failure.error;
    const pause = this.parts.pace.pause(this.parts.inFlight.bytes);
    if (pause > 0) await this.sleep(pause, { whole: true });
    if (performance.now() - this.yieldedAt < YIELD_MS) return;
    this.saveIdentities();
    await new Promise((resolve) => setImmediate(resolve));
    this.yieldedAt = performance.now();
  }

  private poll(): void {
    const now = this.parts.steady();
    this.turnedAt = this.parts.now();
    for (const harvester of this.clock.due(now)) {
      const { unread } = harvester;
      harvester.chain.poll();
      const unreadNow = harvester.unread;
      if (unreadNow > unread) this.clock.grew(harvester, now);
      this.look(harvester, unreadNow);
    }
    if (now - this.groupsAt < GROUPS_MS) return;
    this.groupsAt = now;
    this.makeRoom();
    for (const harvester of this.open) {
      harvester.flushIdle();
      if (harvester.open === 0) this.open.delete(harvester);
    }
  }

  /** Where open groups hold all that may be in flight, no delivery will ever make room, and their ends cannot be read. */
  private makeRoom(): void {
    const { inFlight, undelivered, pace, budget } = this.parts;
    if (undelivered.batches > 0 || inFlight.bytes < pace.budget(budget())) return;
    for (const harvester of this.open) harvester.flushAll();
  }

  /** One read; false where nobody may read. */
  private async turn(): Promise<boolean> {
    const next = this.scheduler.next();
    if (next === undefined) {
      this.saveIdentities();
      return false;
    }
    const { member, bytes } = next;
    const room = member.pipeline.room();
    if (room !== undefined) {
      this.wait(member);
      this.whenOver(room, [member]);
      return true;
    }
    if (member.introduce()) {
      this.wait(member);
      this.introducing.push(member);
      return true;
    }
    const turned = member.turn(bytes);
    const read = typeof turned === "number" ? turned : await turned;
    if (read > 0) this.activity++;
    this.scheduler.took(member, read);
    if (member.open > 0) this.open.add(member);
    if (member.unread === 0) member.unreadSince = undefined;
    return true;
  }

  /** Others are read meanwhile, and it is asked once, however often it is looked at. */
  private wait(member: Harvester): void {
    this.activity++;
    this.waiting.add(member);
    this.scheduler.took(member, 0);
  }

  private saveIdentities(): void {
    const members = this.introducing;
    if (members.length === 0) return;
    this.introducing = [];
    const saved = this.parts.identitySaved().then(() => {
      for (const member of members) member.introduced();
    });
    this.whenOver(saved, members);
  }

  private whenOver(wait: Promise<void>, members: readonly Harvester[]): void {
    const goOn = () => {
      this.activity++;
      // Some may have left.
      for (const member of members) if (this.waiting.delete(member)) this.look(member);
      this.wake();
    };
    wait.then(goOn).catch((error: unknown) => {
      this.failure = { error };
      this.wake();
    });
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

function isOver(): KlogError {
  return new KlogError("CONFIG_INVALID", "the agent is stopping", { hint: "start it anew" });
}
