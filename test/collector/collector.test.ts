// The whole collector on a model file system: what it does when sinks block, disks fail, logs move and files go away.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AgentConfig } from "../../src/collector/declare/agent-config.ts";
import { fault } from "../support/model-file-system.ts";
import { AgentRig, fileSink, lines, numbered, pipeline } from "./agent-rig.ts";

let rig: AgentRig;
let config: AgentConfig;

beforeEach(() => {
  rig = new AgentRig();
  config = rig.config([pipeline("p", ["/logs/*.log"])]);
});

afterEach(() => rig.end());

const chains = () => rig.collector!.status().pipelines.flatMap((one) => one.chains);
const degraded = () => rig.collector!.status().degraded.map(({ kind }) => kind);

describe("sinks that block", () => {
  test("reading stops at the budget, nobody is asked again and again, and all goes on when there is room", async () => {
    for (let i = 0; i < 40; i++) rig.fs.append(`/logs/${i}.log`, numbered(0, 1000, `${i} ${"x".repeat(2000)}`));
    rig.output.held = true;
    await rig.start(config);
    await rig.pass(6000);
    const { balance } = rig.collector!.status().pipelines[0]!;
    expect(balance.inFlight).toBeGreaterThan(1 << 20);
    expect(balance.inFlight).toBeLessThan(16 << 20);
    let reads = 0;
    rig.fs.beforeCall = (name) => {
      if (name === "read" || name === "openForReading" || name === "list") reads++;
    };
    const { revision } = rig.collector!;
    await rig.pass(3000);
    expect([reads, rig.collector!.revision - revision]).toEqual([0, 0]);
    rig.fs.beforeCall = undefined;
    rig.output.held = false;
    for (let i = 0; i < 40; i++) {
      rig.output.release();
      await rig.pass(100);
    }
    expect(rig.output.messages.length).toBe(40 * 1000);
    expect(rig.imbalance).toBe(0);
  });

  test("a drain ends at its deadline and tells what is not delivered; the next agent reads it again", async () => {
    rig.fs.append("/logs/a.log", numbered(0, 100));
    await rig.start(config);
    await rig.pass(500);
    rig.output.held = true;
    rig.fs.append("/logs/a.log", numbered(100, 200));
    await rig.pass(500);
    const drained = await rig.drain(3000);
    expect(drained).toEqual({ complete: false, undelivered: numbered(100, 200).length });
    rig.output.held = false;
    rig.output.lose();
    await rig.start(config);
    await rig.pass(500);
    expect(rig.output.messages).toEqual(lines(numbered(0, 200)));
  });

  test("a reader that closes the pipe ends the agent without an error, any other fault with one", async () => {
    rig.fs.append("/logs/a.log", numbered(0, 5));
    rig.output.held = true;
    const collector = await rig.start(config);
    await rig.pass(100);
    rig.output.fail(Object.assign(new Error("broken pipe"), { code: "EPIPE" }));
    await collector.stopped;
    await rig.drain(1000);
    rig.output.held = true;
    const other = await rig.start(config);
    await rig.pass(100);
    rig.output.fail(fault("EIO"));
    await expect(other.stopped).rejects.toThrow("standard output");
  });
});

describe("reading once", () => {
  test("all that is there is delivered, with an unterminated last line, and a second time adds nothing", async () => {
    rig.fs.append("/logs/a.log", `${numbered(0, 300)}the end`);
    rig.fs.append("/logs/b.log.1", numbered(0, 3, "old"));
    rig.fs.append("/logs/b.log", numbered(3, 6, "old"));
    const first = await rig.until(rig.create(config).once(new AbortController().signal));
    expect(first).toMatchObject({ complete: true, lines: 307, files: 3, problems: [] });
    expect(rig.output.messages).toEqual(
      expect.arrayContaining([...lines(numbered(0, 300)), "the end", ...lines(numbered(0, 6, "old"))]),
    );
    const second = await rig.until(rig.create(config).once(new AbortController().signal));
    expect(second).toMatchObject({ complete: true, lines: 0 });
  });

  test("ended early while its sink blocks it says so, and what was not delivered is read the next time", async () => {
    rig.fs.append("/logs/a.log", numbered(0, 10_000, "x".repeat(800)));
    rig.output.held = true;
    const stop = new AbortController();
    const once = rig.create(config).once(stop.signal);
    await rig.pass(1000);
    stop.abort();
    expect(await rig.until(once)).toMatchObject({ complete: false });
    rig.output.held = false;
    rig.output.lose();
    expect(await rig.until(rig.create(config).once(new AbortController().signal))).toMatchObject({ complete: true });
    expect(rig.output.messages).toEqual(lines(numbered(0, 10_000, "x".repeat(800))));
  });
});

describe("what earlier agents left", () => {
  const total = () => rig.collector!.status().pipelines[0]!;

  beforeEach(async () => {
    rig.fs.append("/logs/a.log", numbered(0, 10));
    rig.fs.append("/logs/b.log", numbered(0, 100));
    rig.output.held = true;
    await rig.start(config);
    await rig.pass(1500);
    await rig.drain(100);
    rig.fs.kill();
    rig.output.lose();
    rig.output.held = false;
  });

  test("and nobody can read any more is told within seconds, and remembered by those that come after", async () => {
    rig.fs.unlink("/logs/a.log");
    await rig.start(config);
    await rig.pass(6000);
    const lost = numbered(0, 10).length;
    expect(total()).toMatchObject({ gapCount: 1, gaps: [{ path: "a.log", from: 0, to: lost, bytes: lost }] });
    await rig.drain();
    await rig.start(config);
    await rig.pass(1000);
    const { gapCount, gaps, balance, ...next } = total();
    const acked = numbered(0, 100).length;
    expect([gapCount, gaps.length, balance.lost]).toEqual([1, 1, 0]);
    expect(next.total.balance).toEqual({ seen: acked + lost, acked, inFlight: 0, unread: 0, lost });
    expect(next.total.since).toBeLessThan(rig.collector!.status().agent.startedAt);
  });

  test("and is gone is told by --once too, with its bytes, which then has not gone well", async () => {
    rig.fs.unlink("/logs/a.log");
    const once = () => rig.until(rig.create(config).once(new AbortController().signal));
    expect(await once()).toMatchObject({ lines: 100, gaps: 1, lostBytes: numbered(0, 10).length });
    expect(await once()).toMatchObject({ lines: 0, gaps: 0, lostBytes: 0 });
  });

  test("and no configuration names any more is no loss: whoever names it again finds it", async () => {
    await rig.start(rig.config([pipeline("p", ["/logs/b.log"])]));
    await rig.pass(100_000);
    expect(total().gapCount).toBe(0);
    await rig.drain();
    await rig.start(config);
    await rig.pass(1000);
    expect(rig.output.messages).toEqual([...lines(numbered(0, 100)), ...lines(numbered(0, 10))]);
    expect(total().total.balance.acked).toBe(numbered(0, 100).length + numbered(0, 10).length);
  });

  test("under a pipeline that is not configured any more is still told", async () => {
    await rig.start(config);
    await rig.pass(1000);
    await rig.drain();
    await rig.start(rig.config([pipeline("q", ["/logs/*.log"])]));
    await rig.pass(1000);
    const acked = numbered(0, 100).length + numbered(0, 10).length;
    expect(rig.collector!.status().former).toMatchObject([{ name: "p", total: { balance: { seen: acked, acked } } }]);
  });
});

describe("long lines", () => {
  test("a line of 6 MiB, longer than one log may have in flight, is cut and does not stop those behind it", async () => {
    rig.fs.append("/logs/a.log", `${"x".repeat(6 << 20)}\n${numbered(0, 3)}`);
    await rig.start(config);
    await rig.pass(1000);
    const [first, ...others] = rig.output.messages;
    expect(first!.length).toBe(1 << 20);
    expect(others).toEqual(lines(numbered(0, 3)));
    expect(rig.collector!.status().pipelines[0]!.counters).toMatchObject({ truncated: 1, cutBytes: 5 << 20 });
    expect(rig.imbalance).toBe(0);
    expect(chains()[0]!.balance.inFlight).toBe(0);
  });

  test("one that is never finished is done with when its file is deleted", async () => {
    rig.fs.append("/logs/a.log", "x".repeat(3 << 20));
    await rig.start(config);
    await rig.pass(500);
    expect(rig.output.messages.length).toBe(1);
    rig.fs.unlink("/logs/a.log");
    await rig.pass(80_000);
    expect(chains()).toEqual([]);
    expect(rig.fs.openInodes.size).toBeLessThan(3);
    expect([rig.lost, rig.imbalance]).toEqual([0, 0]);
  });
});

describe("state that cannot be saved", () => {
  test("collection goes on, degraded, until the journal can be written again", async () => {
    rig.fs.beforeCall = (name, path) => {
      if (name === "sync" && path.includes("/journal/")) throw fault("EIO", path);
      if (name === "sync" && path.includes("snapshot")) throw fault("EIO", path);
    };
    rig.fs.append("/logs/a.log", numbered(0, 10));
    await rig.start(config);
    await rig.pass(3000);
    expect(rig.output.messages).toEqual(lines(numbered(0, 10)));
    expect(degraded()).toEqual(["state-unwritable"]);
    rig.fs.beforeCall = undefined;
    await rig.pass(3000);
    expect(degraded()).toEqual([]);
  });

  test("nothing of a new file goes out before its identity is durable", async () => {
    const sync = Promise.withResolvers<void>();
    const { fs } = rig;
    const waits = (fd: number) => sync.promise.then(() => fs.sync(fd));
    rig.files = new Proxy(fs, {
      get: (of, name) => (name === "sync" ? waits : bound(of, name)),
    });
    rig.fs.append("/logs/a.log", numbered(0, 10));
    await rig.start(config);
    await rig.pass(3000);
    expect(rig.output.text).toBe("");
    sync.resolve();
    await rig.pass(100);
    expect(rig.output.messages.length).toBe(10);
  });

  test("thousands of new files share a few syncs", async () => {
    let syncs = 0;
    rig.fs.beforeCall = (name) => {
      if (name === "sync") syncs++;
    };
    for (let i = 0; i < 1000; i++) rig.fs.append(`/logs/${i}.log`, `${i}\n`);
    await rig.start(config);
    for (let i = 0; i < 60 && rig.output.messages.length < 1000; i++) await rig.pass(100);
    expect(rig.output.messages.length).toBe(1000);
    expect(syncs).toBeLessThan(100);
  });
});

describe("reload", () => {
  test("one that cannot be applied changes nothing", async () => {
    rig.fs.directory("/out/place");
    rig.fs.append("/logs/x.log", numbered(0, 10));
    const collector = await rig.start(config);
    await rig.pass(500);
    const bad = rig.config([pipeline("p", ["/logs/*.log"], { sinks: [fileSink("/out/place")] })]);
    await expect(rig.until(collector.reload(bad))).rejects.toThrow("/out/place");
    rig.fs.append("/logs/x.log", numbered(10, 20));
    await rig.pass(3000);
    expect(rig.output.messages).toEqual(lines(numbered(0, 20)));
  });

  test("where the agent is stopping, or has failed, it is refused", async () => {
    const collector = await rig.start(config);
    await rig.drain();
    await expect(collector.reload(config)).rejects.toThrow("stopping");
  });

  test("several at once are applied one after the other", async () => {
    const collector = await rig.start(config);
    const other = rig.config([pipeline("q", ["/logs/*.log"])]);
    const both = Promise.all([collector.reload(other), collector.reload(config)]);
    expect(await rig.until(both)).toHaveLength(2);
    rig.fs.append("/logs/x.log", numbered(0, 10));
    await rig.pass(3000);
    expect(rig.output.messages).toEqual(lines(numbered(0, 10)));
  });
});

describe("trouble", () => {
  test("the revision stands still while nothing happens", async () => {
    rig.fs.append("/logs/a.log", numbered(0, 3));
    const collector = await rig.start(config);
    await rig.pass(5000);
    const { revision } = collector;
    await rig.pass(20_000);
    expect(collector.revision).toBe(revision);
    rig.fs.append("/logs/a.log", numbered(3, 6));
    await rig.pass(3000);
    expect(collector.revision).not.toBe(revision);
  });

  test("a fault of the program itself stops the agent, and is told", async () => {
    rig.fs.append("/logs/a.log", numbered(0, 10));
    const collector = await rig.start(config);
    await rig.pass(100);
    rig.fs.beforeCall = (name) => {
      if (name === "fstat") throw new Error("this is a bug");
    };
    await rig.pass(1000);
    await expect(collector.stopped).rejects.toThrow("this is a bug");
    rig.fs.beforeCall = undefined;
    await expect(collector.reload(config)).rejects.toThrow("stopping");
  });

  test("a file that cannot be read degrades the agent until it can, and the others are read", async () => {
    rig.fs.beforeCall = (name, path) => {
      if (path === "/logs/secret.log" && (name === "openForReading" || name === "stat")) throw fault("EACCES", path);
    };
    rig.fs.append("/logs/secret.log", numbered(0, 3, "secret"));
    rig.fs.append("/logs/a.log", numbered(0, 3));
    await rig.start(config);
    await rig.pass(3000);
    expect(rig.output.messages).toEqual(lines(numbered(0, 3)));
    expect(degraded()).toEqual(["files-access"]);
    rig.fs.beforeCall = undefined;
    await rig.pass(31_000);
    expect(rig.output.messages).toEqual([...lines(numbered(0, 3)), ...lines(numbered(0, 3, "secret"))]);
    expect(degraded()).toEqual([]);
  });

  test("the wall clock may be set back: logs are looked at as often as before", async () => {
    await rig.start(config);
    rig.fs.append("/logs/a.log", numbered(0, 3));
    await rig.pass(3000);
    rig.setBack = 3_600_000;
    rig.fs.append("/logs/a.log", numbered(3, 6));
    await rig.pass(1000);
    expect(rig.output.messages).toEqual(lines(numbered(0, 6)));
  });
});

function bound<T extends object>(of: T, name: string | symbol): unknown {
  const value = Reflect.get(of, name);
  return typeof value === "function" ? value.bind(of) : value;
}
