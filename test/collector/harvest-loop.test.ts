// The loop over real logs: nobody is left behind, nothing spins, nothing stands still.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InFlight } from "../../src/collector/commit/segment.ts";
import { HarvestLoop } from "../../src/collector/harvest-loop.ts";
import { Undelivered } from "../../src/collector/harvester.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { AgentRig, filesInput, lines, numbered, pipeline } from "./agent-rig.ts";

function emptyLoop() {
  const clock = new FakeClock();
  const looks: number[] = [];
  const loop = new HarvestLoop({
    ...{ now: () => clock.now(), steady: () => clock.now(), timer: (ms, run) => clock.timer(ms, run) },
    pace: { pause: () => 0, budget: (bytes) => bytes, status: () => ({}) },
    ...{ inFlight: new InFlight(), undelivered: new Undelivered(), budget: () => 1000 },
    identitySaved: async () => true,
    between: () => {
      looks.push(clock.now());
      return false;
    },
  });
  return { clock, loop, looks };
}

describe("with nothing to do", () => {
  test("it turns once a second, and at once when it is woken", async () => {
    const { clock, loop, looks } = emptyLoop();
    const running = loop.run();
    await clock.advance(10_000);
    expect(looks.length).toBeLessThan(15);
    expect(clock.now() - loop.turnedAt).toBeLessThanOrEqual(1000);
    await clock.advance(300);
    const { length } = looks;
    loop.wake();
    await clock.advance(1);
    expect(looks.length).toBe(length + 1);
    loop.stop();
    await running;
  });

  test("work between two turns is done in its order, one at a time, while no turn is taken", async () => {
    const { clock, loop, looks } = emptyLoop();
    const running = loop.run();
    const done: string[] = [];
    const first = loop.between(async () => {
      const { length } = looks;
      await new Promise<void>((resolve) => clock.timer(3000, resolve));
      done.push(`first, ${looks.length - length} turns`);
    });
    const second = loop.between(async () => done.push("second"));
    await clock.advance(4000);
    await Promise.all([first, second]);
    expect(done).toEqual(["first, 0 turns", "second"]);
    loop.stop();
    await running;
  });

  test("work that fails tells whoever wanted it, and the loop goes on", async () => {
    const { clock, loop, looks } = emptyLoop();
    const running = loop.run();
    const failed = loop.between(() => Promise.reject(new Error("no")));
    const told = expect(failed).rejects.toThrow("no");
    await clock.advance(100);
    await told;
    const { length } = looks;
    await clock.advance(3000);
    expect(looks.length).toBeGreaterThan(length);
    loop.stop();
    await running;
  });

  test("once it is stopped no work is done any more; what waits is refused", async () => {
    const { loop, clock } = emptyLoop();
    const running = loop.run();
    await clock.advance(100);
    const waits = expect(loop.between(() => new Promise(() => {}))).rejects.toThrow("stopping");
    loop.stop();
    await running;
    await waits;
    await expect(loop.between(async () => {})).rejects.toThrow("stopping");
  });
});

describe("with logs", () => {
  let rig: AgentRig;

  beforeEach(() => {
    rig = new AgentRig();
  });

  afterEach(() => rig.end());

  test("an unterminated last line is waited for without being read over and over", async () => {
    rig.fs.append("/logs/a.log", "one\nand the beg");
    await rig.start(rig.config([pipeline("p", ["/logs/*.log"])]));
    await rig.pass(1000);
    let reads = 0;
    rig.fs.beforeCall = (name) => {
      if (name === "read") reads++;
    };
    await rig.pass(20_000);
    expect(reads).toBe(0);
    rig.fs.append("/logs/a.log", "inning\n");
    await rig.pass(1000);
    expect(rig.output.messages).toEqual(["one", "and the beginning"]);
  });

  test("groups that hold all that may be in flight go out, as nothing else could make room", async () => {
    const line = (stream: string, text: string) => `2026-11-21T10:00:00.000000000Z ${stream} F ${text}\n`;
    const inputs = [{ ...filesInput("/logs/*.log"), format: "cri" as const }];
    const texts = lines(numbered(0, 9000, `start ${"x".repeat(60)}`));
    rig.fs.append(
      "/logs/a.log",
      line("stderr", "start of a trace") + texts.map((text) => line("stdout", text)).join(""),
    );
    const config = pipeline("p", [], { inputs, multiline: { start: "^start" } });
    await rig.start(rig.config([config], { inFlight: 64 << 10 }));
    await rig.pass(30_000);
    expect(rig.output.messages.length).toBe(9001);
    expect(rig.imbalance).toBe(0);
  });

  test("a quiet log does not wait for a loud one's backlog", async () => {
    for (const name of ["loud", "quiet"]) rig.fs.append(`/logs/${name}.log`, "known\n");
    await rig.start(rig.config([pipeline("p", ["/logs/*.log"])]));
    await rig.pass(1000);
    rig.fs.append("/logs/loud.log", numbered(0, 4000, "x".repeat(2000)));
    rig.fs.append("/logs/quiet.log", "quiet\n");
    await rig.pass(3000);
    expect(rig.output.messages.length).toBe(4003);
    expect(rig.output.messages.indexOf("quiet")).toBeLessThan(1000);
  });

  test("a pause of the limits slows reading down and stops nothing", async () => {
    let pauses = 0;
    rig.pace = { ...rig.pace, pause: () => (pauses++ % 2 === 0 ? 100 : 0) };
    rig.fs.append("/logs/a.log", numbered(0, 2000, "x".repeat(500)));
    await rig.start(rig.config([pipeline("p", ["/logs/*.log"])]));
    await rig.pass(150);
    expect(rig.output.messages.length).toBeLessThan(2000);
    await rig.pass(5000);
    expect(rig.output.messages.length).toBe(2000);
  });
});
