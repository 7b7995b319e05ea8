// Logs as they come, move and go: whoever follows one next goes on where the one before was.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Journal } from "../../src/collector/commit/journal.ts";
import type { AgentConfig } from "../../src/collector/declare/agent-config.ts";
import { fault } from "../support/model-file-system.ts";
import { AgentRig, fileSink, filesInput, lines, messagesOf, numbered, pipeline } from "./agent-rig.ts";

let rig: AgentRig;
let config: AgentConfig;

beforeEach(() => {
  rig = new AgentRig();
  config = rig.config([pipeline("p", ["/logs/*.log"])]);
});

afterEach(() => rig.end());

const chains = () => rig.collector!.status().pipelines.flatMap((one) => one.chains);
const degraded = () => rig.collector!.status().degraded.map(({ kind }) => kind);
const inFile = (path: string) => messagesOf(Buffer.from(rig.fs.content(path) ?? []).toString());

describe("logs that go away", () => {
  test("a deleted log is kept until it is delivered, then forgotten; nothing is lost", async () => {
    rig.fs.append("/logs/a.log", numbered(0, 10));
    rig.output.held = true;
    await rig.start(config);
    await rig.pass(500);
    rig.fs.unlink("/logs/a.log");
    await rig.pass(90_000);
    expect(chains().length).toBe(1);
    rig.output.held = false;
    rig.output.release();
    await rig.pass(120_000);
    expect(chains()).toEqual([]);
    expect([rig.lost, rig.imbalance]).toEqual([0, 0]);
    expect(rig.fs.openInodes.has(1n)).toBe(false);
  });

  test("what went away while no agent ran is a gap, told once", async () => {
    rig.fs.append("/logs/a.log", numbered(0, 10));
    rig.output.held = true;
    await rig.start(config);
    await rig.pass(1500);
    await rig.drain(100);
    rig.fs.kill();
    rig.fs.unlink("/logs/a.log");
    rig.output.held = false;
    await rig.start(config);
    await rig.pass(200_000);
    const told = () => rig.logged.filter((line) => line.startsWith("bytes were lost")).length;
    expect(told()).toBe(1);
    expect([rig.lost, rig.imbalance]).toEqual([numbered(0, 10).length, 0]);
    await rig.drain();
    await rig.start(config);
    await rig.pass(200_000);
    expect(told()).toBe(1);
  });

  test("where discovery cannot look, what it does not find keeps its position", async () => {
    rig.fs.append("/logs/a.log", numbered(0, 10));
    await rig.start(config);
    await rig.pass(1500);
    await rig.drain();
    rig.fs.kill();
    rig.fs.beforeCall = (name, path) => {
      if (name === "list" && path === "/logs") throw fault("EACCES", path);
    };
    await rig.start(config);
    await rig.pass(200_000);
    expect(degraded()).toEqual(["discovery"]);
    rig.fs.beforeCall = undefined;
    rig.fs.append("/logs/a.log", numbered(10, 12));
    await rig.pass(100_000);
    expect(degraded()).toEqual([]);
    expect(rig.output.messages).toEqual(lines(numbered(0, 12)));
  });

  test("a link that leads to another file: both are read to their ends", async () => {
    const linked = rig.config([pipeline("p", ["/links/*.log"])]);
    rig.fs.append("/logs/run-1", numbered(0, 10));
    rig.fs.append("/logs/run-2", numbered(10, 20));
    rig.fs.symlink("/logs/run-1", "/links/now.log");
    await rig.start(linked);
    await rig.pass(5000);
    rig.fs.append("/logs/run-1", "last words");
    rig.fs.unlink("/links/now.log");
    rig.fs.symlink("/logs/run-2", "/links/now.log");
    await rig.pass(60_000);
    expect(rig.output.messages).toEqual([...lines(numbered(0, 10)), "last words", ...lines(numbered(10, 20))]);
    expect([rig.lost, rig.imbalance]).toEqual([0, 0]);
  });
});

describe("logs that change hands", () => {
  const two = (a: string, b: string) =>
    rig.config([
      pipeline("a", [a], { sinks: [fileSink("/out/a")] }),
      pipeline("b", [b], { sinks: [fileSink("/out/b")] }),
    ]);

  test("a log that another pipeline takes keeps its position, with deliveries under way", async () => {
    rig.fs.append("/logs/x.log", numbered(0, 2000));
    const collector = await rig.start(two("/logs/*.log", "/none/*"));
    await rig.pass(100);
    rig.fs.append("/logs/x.log", numbered(2000, 4000));
    const reloaded = collector.reload(two("/logs/y.log", "/logs/*.log"));
    await rig.until(reloaded);
    rig.fs.append("/logs/x.log", numbered(4000, 6000));
    await rig.pass(20_000);
    expect([...inFile("/out/a"), ...inFile("/out/b")]).toEqual(lines(numbered(0, 6000)));
    expect(inFile("/out/b").length).toBeGreaterThan(0);
    expect([rig.lost, rig.imbalance]).toEqual([0, 0]);
  });

  test("a pipeline whose sink takes nothing gives up its logs after a few seconds", async () => {
    const limits = { inFlight: 64 << 10 };
    rig.fs.append("/logs/x.log", numbered(0, 20_000));
    rig.output.held = true;
    const collector = await rig.start(rig.config(config.pipelines, limits));
    await rig.pass(500);
    const other = pipeline("p", ["/logs/*.log"], { sinks: [fileSink("/out/p")] });
    const reloaded = collector.reload(rig.config([other], limits));
    await rig.pass(6000);
    expect(await reloaded).toEqual({ started: ["p"], stopped: ["p"], kept: [] });
    await rig.pass(1000);
    expect(inFile("/out/p")).toEqual(lines(numbered(0, 20_000)));
    expect(rig.imbalance).toBe(0);
    expect(rig.collector!.status().pipelines[0]!.balance.inFlight).toBe(0);
  });

  const p = pipeline("p", ["/logs/*.log"]);
  const q = pipeline("q", ["/logs/x.log"], { sinks: [fileSink("/out/q")] });

  test("from a pipeline that stays: what its sink still has is waited for, and nothing comes twice", async () => {
    rig.fs.append("/logs/x.log", numbered(0, 10));
    rig.output.held = true;
    const collector = await rig.start(rig.config([p]));
    await rig.pass(500);
    await rig.until(collector.reload(rig.config([q, p])));
    rig.fs.append("/logs/x.log", numbered(10, 20));
    await rig.pass(3000);
    expect(inFile("/out/q")).toEqual([]);
    rig.output.held = false;
    rig.output.release();
    await rig.pass(3000);
    expect([rig.output.messages, inFile("/out/q")]).toEqual([lines(numbered(0, 10)), lines(numbered(10, 20))]);
    expect(rig.imbalance).toBe(0);
  });

  test("but not for ever: then the other pipeline reads it again", async () => {
    rig.fs.append("/logs/x.log", numbered(0, 10));
    rig.output.held = true;
    const collector = await rig.start(rig.config([p]));
    await rig.pass(500);
    await rig.until(collector.reload(rig.config([q, p])));
    await rig.pass(15_000);
    expect(inFile("/out/q")).toEqual(lines(numbered(0, 10)));
    expect(rig.imbalance).toBe(0);
  });

  test("back to the one before, before it was handed over", async () => {
    rig.fs.append("/logs/x.log", numbered(0, 10));
    rig.output.held = true;
    const collector = await rig.start(rig.config([p]));
    await rig.pass(500);
    await rig.until(collector.reload(rig.config([q, p])));
    await rig.until(collector.reload(rig.config([p])));
    rig.output.held = false;
    rig.output.release();
    rig.fs.append("/logs/x.log", numbered(10, 20));
    await rig.pass(3000);
    expect(rig.output.messages).toEqual(lines(numbered(0, 20)));
  });

  test("to nobody: it is left alone, and goes on where it was when somebody wants it again", async () => {
    rig.fs.append("/logs/x.log", numbered(0, 10));
    rig.fs.append("/logs/y.log", numbered(0, 10, "other"));
    const collector = await rig.start(rig.config([p]));
    await rig.pass(1000);
    await rig.until(collector.reload(rig.config([pipeline("p", ["/logs/y.log"])])));
    rig.fs.append("/logs/x.log", numbered(10, 20));
    await rig.pass(100_000);
    expect(rig.output.messages.length).toBe(20);
    await rig.until(collector.reload(rig.config([p])));
    await rig.pass(3000);
    expect(rig.output.messages.filter((text) => text.startsWith("line"))).toEqual(lines(numbered(0, 20)));
    expect([rig.lost, rig.imbalance]).toEqual([0, 0]);
  });

  test("a pipeline that is gone for a while goes on where it was", async () => {
    rig.fs.append("/logs/x.log", numbered(0, 10));
    const collector = await rig.start(config);
    await rig.pass(500);
    await rig.until(collector.reload(rig.config([pipeline("q", ["/none/*"])])));
    await rig.pass(300_000);
    expect(rig.lost).toBe(0);
    rig.fs.append("/logs/x.log", numbered(10, 20));
    await rig.until(collector.reload(config));
    await rig.pass(1000);
    expect(rig.output.messages).toEqual(lines(numbered(0, 20)));
  });

  test("of two pipelines that share a log each has a position of its own", async () => {
    const shared = (name: string) =>
      pipeline(name, [], {
        inputs: [{ ...filesInput("/logs/*.log"), shared: true }],
        sinks: [fileSink(`/out/${name}`)],
      });
    rig.fs.append("/logs/x.log", numbered(0, 10));
    const collector = await rig.start(rig.config([shared("a")]));
    await rig.pass(1000);
    await rig.until(collector.reload(rig.config([shared("a"), shared("b")])));
    rig.fs.append("/logs/x.log", numbered(10, 20));
    await rig.pass(3000);
    expect([inFile("/out/a"), inFile("/out/b")]).toEqual([lines(numbered(0, 20)), lines(numbered(0, 20))]);
  });
});

describe("thousands of logs", () => {
  test("one directory is listed a few times, not once a log; and not at all while nothing changes", async () => {
    for (let i = 0; i < 500; i++) rig.fs.append(`/logs/${i}.log`, `${i}\n`);
    let listings = 0;
    rig.fs.beforeCall = (name, path) => {
      if (name === "list" && path === "/logs") listings++;
    };
    await rig.start(config);
    await rig.pass(40_000);
    expect(rig.output.messages.length).toBe(500);
    expect(listings).toBeLessThan(60);
    listings = 0;
    await rig.pass(60_000);
    expect(listings).toBe(0);
    rig.fs.append("/logs/new.log", "new\n");
    await rig.pass(35_000);
    expect(rig.output.messages.length).toBe(501);
    expect(listings).toBeLessThan(60);
  });
});

test("the state stays small while logs come and go", async () => {
  await rig.start(config);
  for (let i = 0; i < 60; i++) {
    rig.fs.append(`/logs/${i}.log`, numbered(0, 3));
    await rig.pass(2500);
    rig.fs.unlink(`/logs/${i}.log`);
  }
  await rig.pass(180_000);
  expect(chains()).toEqual([]);
  expect(rig.output.messages.length).toBe(180);
  await rig.drain();
  const kept = [...Journal.open(rig.fs, `${rig.stateDir}/journal`).records.keys()];
  expect(kept).toEqual(["ledger/p"]);
});
