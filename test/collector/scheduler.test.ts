import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Scheduler } from "../../src/collector/scheduler.ts";

const KIB = 1 << 10;
const MIB = 1 << 20;

/** A log as the scheduler sees it. */
class Log {
  readonly name: string;
  unread: number;
  timeToLoss: number | undefined;
  inFlight = 0;
  /** How often it was asked for its unread bytes. */
  looks = 0;

  constructor(name: string, unread: number, timeToLoss?: number) {
    this.name = name;
    this.unread = unread;
    this.timeToLoss = timeToLoss;
  }
}

function running(logs: readonly Log[], budget?: number) {
  const inFlight = { bytes: 0 };
  const scheduler = new Scheduler<Log>(budget === undefined ? { inFlight } : { inFlight, budget: () => budget });
  for (const log of logs) scheduler.add(log);
  const read: { name: string; bytes: number }[] = [];
  /** One turn: reads what is granted, at most what is there; delivered at once unless `held`. */
  const turn = (held = false): boolean => {
    const next = scheduler.next();
    if (next === undefined) return false;
    const { member } = next;
    const bytes = Math.min(next.bytes, member.unread);
    member.unread -= bytes;
    if (held) {
      member.inFlight += bytes;
      inFlight.bytes += bytes;
    }
    read.push({ name: member.name, bytes });
    scheduler.took(member, bytes);
    return true;
  };
  const bytesOf = (name: string): number => read.reduce((sum, one) => sum + (one.name === name ? one.bytes : 0), 0);
  return { scheduler, inFlight, read, turn, bytesOf };
}

describe("logs that are not at risk", () => {
  // T6.
  test("are all served within one round, however much one of them has", () => {
    const noisy = new Log("noisy", Number.POSITIVE_INFINITY);
    const quiet = Array.from({ length: 100 }, (_, i) => new Log(`quiet${i}`, KIB));
    const { scheduler, read, turn } = running([noisy, ...quiet]);
    for (let round = 0; round < 3; round++) {
      read.length = 0;
      for (let i = 0; i < 101; i++) expect(turn()).toBe(true);
      expect(read.map(({ name }) => name)).toEqual(["noisy", ...quiet.map(({ name }) => name)]);
      expect(read[0]!.bytes).toBe(256 * KIB);
      for (const log of quiet) {
        log.unread = KIB;
        scheduler.ready(log);
      }
    }
  });

  test("share alike: one that has just come waits for one turn of each other", () => {
    const logs = Array.from({ length: 10 }, (_, i) => new Log(`log${i}`, 100 * MIB));
    const { scheduler, read, turn } = running(logs);
    for (let i = 0; i < 25; i++) turn();
    const late = new Log("late", 10);
    scheduler.add(late);
    for (let i = 0; i < 11; i++) turn();
    expect(read.findIndex(({ name }) => name === "late")).toBeLessThanOrEqual(25 + 10);
  });

  test("pay for a line that was longer than their turn", () => {
    const a = new Log("a", 100 * MIB);
    const b = new Log("b", 100 * MIB);
    const { scheduler, bytesOf, turn } = running([a, b]);
    expect(scheduler.next()!.member).toBe(a);
    scheduler.took(a, MIB);
    for (let i = 0; i < 3; i++) turn();
    expect(bytesOf("b")).toBe(768 * KIB);
    for (let i = 0; i < 20; i++) turn();
    expect(Math.abs(bytesOf("a") + MIB - bytesOf("b"))).toBeLessThanOrEqual(256 * KIB);
  });

  test("that have nothing to read are not looked at again before they are ready", () => {
    const busy = new Log("busy", 100 * MIB);
    const idle = Array.from({ length: 5000 }, (_, i) => new Log(`idle${i}`, 0));
    for (const log of idle) {
      Object.defineProperty(log, "unread", {
        get: () => {
          log.looks += 1;
          return 0;
        },
      });
    }
    const { turn } = running([...idle, busy]);
    for (let i = 0; i < 200; i++) turn();
    expect(Math.max(...idle.map(({ looks }) => looks))).toBe(1);
  });

  test("whose bytes make no whole line yet get no other turn until more has come", () => {
    const log = new Log("log", 10);
    const { scheduler } = running([log]);
    scheduler.next();
    scheduler.took(log, 0);
    expect(scheduler.next()).toBe(undefined);
    scheduler.ready(log);
    expect(scheduler.next()!.member).toBe(log);
    // Data that comes while it is being read is not missed.
    scheduler.ready(log);
    expect(scheduler.next()).toBe(undefined);
    scheduler.took(log, 0);
    expect(scheduler.next()!.member).toBe(log);
  });

  test("are passed over with 4 MiB in flight, and served again when these are delivered", () => {
    const stuck = new Log("stuck", 100 * MIB);
    const other = new Log("other", 100 * MIB);
    const { read, turn } = running([stuck, other]);
    stuck.inFlight = 4 * MIB;
    for (let i = 0; i < 4; i++) turn();
    expect(read.map(({ name }) => name)).toEqual(["other", "other", "other", "other"]);
    other.inFlight = 4 * MIB;
    expect(turn()).toBe(false);
    stuck.inFlight = 3 * MIB;
    expect(turn()).toBe(true);
    expect(read.at(-1)!.name).toBe("stuck");
  });

  test("wait, all of them, while the budget is in flight", () => {
    const logs = Array.from({ length: 40 }, (_, i) => new Log(`log${i}`, 100 * MIB));
    const { inFlight, turn } = running(logs);
    while (turn(true));
    expect(inFlight.bytes).toBeGreaterThanOrEqual(64 * MIB);
    expect(inFlight.bytes).toBeLessThanOrEqual(64 * MIB + 256 * KIB);
    inFlight.bytes -= MIB;
    expect(turn(true)).toBe(true);
  });

  test("that are removed get no turn, not even the end of one", () => {
    const [a, b] = [new Log("a", MIB), new Log("b", MIB)];
    const { scheduler, read, turn } = running([a, b]);
    expect(scheduler.next()!.member).toBe(a);
    scheduler.remove(a);
    scheduler.took(a, 100);
    scheduler.ready(a);
    while (turn());
    expect(new Set(read.map(({ name }) => name))).toEqual(new Set(["b"]));
  });
});

describe("logs at risk", () => {
  test("come first, and get 70 % of what is read while others wait", () => {
    const risky = new Log("risky", 1000 * MIB, 5000);
    const others = Array.from({ length: 10 }, (_, i) => new Log(`log${i}`, 1000 * MIB));
    const { read, turn, bytesOf } = running([...others, risky]);
    turn();
    expect(read[0]!.name).toBe("risky");
    for (let i = 0; i < 1000; i++) turn();
    const all = read.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(bytesOf("risky") / all).toBeGreaterThan(0.69);
    expect(bytesOf("risky") / all).toBeLessThanOrEqual(0.7 + 512 / 256_000);
    for (const { name } of others) expect(bytesOf(name)).toBeGreaterThan(0.02 * all);
  });

  test("hold nobody up for longer than a round: a hundred quiet logs are served beside one", () => {
    const risky = new Log("risky", Number.POSITIVE_INFINITY, 0);
    const quiet = Array.from({ length: 100 }, (_, i) => new Log(`quiet${i}`, 100 * KIB));
    const { read, turn } = running([risky, ...quiet]);
    let bytes = 0;
    while (new Set(read.map(({ name }) => name)).size < 101) {
      turn();
      bytes += read.at(-1)!.bytes;
    }
    expect(bytes).toBeLessThan(((100 * 100 * KIB) / 0.3) * 1.1);
  });

  test("are served the soonest lost first; what is read of the others is no less for it", () => {
    const later = new Log("later", 2 * MIB, 60_000);
    const soon = new Log("soon", MIB, 1000);
    const now = new Log("now", MIB, 0);
    const { read, turn } = running([later, soon, now]);
    while (turn());
    expect([...new Set(read.map(({ name }) => name))]).toEqual(["now", "soon", "later"]);
  });

  test("may have 16 MiB in flight, and the next in order is read beyond that", () => {
    const risky = new Log("risky", 100 * MIB, 0);
    const second = new Log("second", 100 * MIB, 10);
    const { read, turn } = running([risky, second]);
    risky.inFlight = 16 * MIB - 1;
    turn();
    risky.inFlight = 16 * MIB;
    turn();
    expect(read.map(({ name }) => name)).toEqual(["risky", "second"]);
  });

  test("join while they wait their turn among the others, and go back when the risk is over", () => {
    const log = new Log("log", 100 * MIB);
    const others = Array.from({ length: 20 }, (_, i) => new Log(`other${i}`, 100 * MIB));
    const { scheduler, read, turn } = running([...others, log]);
    turn();
    log.timeToLoss = 3000;
    scheduler.ready(log);
    turn();
    expect(read.at(-1)!.name).toBe("log");
    log.timeToLoss = undefined;
    read.length = 0;
    for (let i = 0; i < 42; i++) turn();
    expect(read.filter(({ name }) => name === "log").length).toBe(2);
  });
});

test("whatever comes and goes, nobody with something to read is forgotten, and nobody has two turns at once", () => {
  const step = fc.record({
    log: fc.nat(5),
    grow: fc.nat(2 * MIB),
    risk: fc.option(fc.nat(9999), { nil: undefined }),
    turns: fc.nat(6),
    short: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const logs = Array.from({ length: 6 }, (_, i) => new Log(`log${i}`, 0));
      const { scheduler, turn } = running(logs);
      for (const { log, grow, risk, turns, short } of steps) {
        const member = logs[log]!;
        member.unread += grow;
        member.timeToLoss = risk;
        scheduler.ready(member);
        const open = new Set<Log>();
        for (let i = 0; i < turns; i++) {
          const next = scheduler.next();
          if (next === undefined) break;
          expect(open.has(next.member)).toBe(false);
          expect(next.bytes).toBeGreaterThan(0);
          open.add(next.member);
        }
        for (const one of open) {
          const bytes = short ? Math.min(one.unread, 100) : one.unread;
          one.unread -= bytes;
          scheduler.took(one, bytes);
        }
      }
      for (let turns = 0; turn(); turns++) expect(turns).toBeLessThan(1000);
      expect(logs.map(({ unread }) => unread)).toEqual([0, 0, 0, 0, 0, 0]);
    }),
    { numRuns: 300 },
  );
});
