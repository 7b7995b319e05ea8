import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Collector, CollectorEdges, DrainResult, Summary } from "../../../src/collector/collector-api.ts";
import {
  type AgentConfig,
  DEFAULT_LIMITS,
  defaultAgentConfig,
  type LogRoots,
} from "../../../src/collector/declare/agent-config.ts";
import { type Degradation, STATUS_FORMAT } from "../../../src/collector/operation/agent-status.ts";
import { parseAgentOptions } from "../../../src/commands/agent/agent-options.ts";
import { runAgent } from "../../../src/commands/agent/run.ts";
import type { CommandIo } from "../../../src/commands/command-io.ts";
import { KlogError } from "../../../src/errors.ts";
import { agentStatus } from "../../collector/operation/statuses.ts";
import { settled } from "../../support/fake-clock.ts";

const SUMMARY: Summary = {
  files: 1,
  bytes: 10,
  lines: 2,
  events: 2,
  filtered: 0,
  truncated: 0,
  lostBytes: 0,
  gaps: 0,
  seconds: 1,
  sinks: [],
  problems: [],
  complete: true,
};

/** A place that is there on every machine. */
const ROOTS: LogRoots = { pods: tmpdir(), containers: undefined, docker: undefined };

/** A collector that notes what is asked of it. */
class ScriptedCollector implements Collector {
  readonly calls: string[] = [];
  readonly degradations = new Map<string, string>();
  readonly end = Promise.withResolvers<void>();
  readonly stopped = this.end.promise;
  revision = 0;
  startError: Error | undefined;
  drainResult: DrainResult = { complete: true, undelivered: 0 };
  summary = SUMMARY;
  edges: CollectorEdges | undefined;

  async start(): Promise<void> {
    this.calls.push("start");
    if (this.startError !== undefined) throw this.startError;
  }

  async drain(deadlineMs: number): Promise<DrainResult> {
    this.calls.push(`drain ${deadlineMs}`);
    return this.drainResult;
  }

  async reload() {
    this.calls.push("reload");
    return { started: ["new"], stopped: [], kept: ["old"] };
  }

  async once(): Promise<Summary> {
    this.calls.push("once");
    return this.summary;
  }

  status() {
    const degraded = [...this.degradations].map(([kind, what]): Degradation => ({ kind, what, since: 0 }));
    return agentStatus({ degraded });
  }

  degrade(kind: string, what: string | undefined): void {
    if (what === undefined) this.degradations.delete(kind);
    else this.degradations.set(kind, what);
  }
}

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "klog-run-"));
});
afterEach(() => rmSync(state, { recursive: true }));

function rig(words: readonly string[] = [], http = "127.0.0.1:0", roots: LogRoots = ROOTS) {
  const collector = new ScriptedCollector();
  const abort = new AbortController();
  let errors = "";
  let hangUp: (() => void) | undefined;
  const io: CommandIo = {
    env: {},
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new Writable({
      write(chunk, _, done) {
        errors += String(chunk);
        done();
      },
    }),
    signal: abort.signal,
    onHangUp: (listener) => {
      hangUp = listener;
      return () => {
        hangUp = undefined;
      };
    },
    print: () => undefined,
    columns: 100,
  };
  let config: AgentConfig = {
    ...{ ...defaultAgentConfig("n1"), stateDir: state, roots },
    http: http === "off" ? undefined : http,
  };
  let problem: KlogError | undefined;
  const done = runAgent(
    parseAgentOptions("run", words),
    {
      load: () => {
        if (problem !== undefined) throw problem;
        return { config, files: [], disabled: [], source: undefined };
      },
      create: (_config, _files, edges) => {
        collector.edges = edges;
        return collector;
      },
    },
    io,
  );
  return {
    collector,
    abort,
    done,
    errors: () => errors,
    log: () => errors.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : [])),
    async hangUp(error?: KlogError, changes: Partial<AgentConfig> = {}) {
      problem = error;
      config = { ...config, ...changes };
      hangUp?.();
      await settled();
    },
    running: async () => {
      while (!errors.includes("collecting")) await settled();
    },
  };
}

describe("klog agent run", () => {
  test("runs until it is asked to stop, drains within its grace, and leaves its status", async () => {
    const { collector, abort, done, log, running } = rig();
    await running();
    const address = log().find(({ msg }) => msg === "collecting").http;
    expect(await (await fetch(`http://${address}/healthz`)).text()).toMatch(/loop has not turned|ok/);
    abort.abort();
    expect(await done).toBe(0);
    expect(collector.calls).toEqual(["start", "drain 25000"]);
    expect(log().map(({ msg }) => msg)).toEqual(["collecting", "stopping", "stopped, all that was read is delivered"]);
    expect(JSON.parse(readFileSync(join(state, "status.json"), "utf8"))).toMatchObject({ format: STATUS_FORMAT });
    await expect(fetch(`http://${address}/healthz`)).rejects.toThrow();
  });

  test("says what a drain could not deliver, and ends with 3", async () => {
    const { collector, abort, done, log, running } = rig(["--log-format", "json"]);
    collector.drainResult = { complete: false, undelivered: 4096 };
    await running();
    abort.abort();
    expect(await done).toBe(3);
    expect(log().at(-1)).toMatchObject({ level: "warn", bytes: 4096 });
  });

  test("an invalid configuration at SIGHUP keeps the old one and degrades, a good one mends that", async () => {
    const { collector, abort, done, hangUp, log, running } = rig();
    await running();
    await hangUp(new KlogError("CONFIG_INVALID", "agent.yaml:3: no such key"));
    expect(collector.calls).toEqual(["start"]);
    expect(collector.degradations.get("config-invalid")).toBe(
      "the former configuration stays: agent.yaml:3: no such key",
    );
    await hangUp();
    expect(collector.calls).toEqual(["start", "reload"]);
    expect(collector.degradations.has("config-invalid")).toBe(false);
    expect(log().at(-1)).toMatchObject({ msg: "configuration applied", started: "new", kept: "old" });
    abort.abort();
    await done;
  });

  test("a setting that only a new start applies is named", async () => {
    const { abort, done, hangUp, log, running } = rig();
    await running();
    await hangUp(undefined, { http: "127.0.0.1:1", limits: { ...DEFAULT_LIMITS, inFlight: 1 } });
    expect(log().at(-1)).toMatchObject({ level: "warn", settings: "http.address limits.in_flight" });
    abort.abort();
    await done;
  });

  test("a place that is not there is named when it starts", async () => {
    const { abort, done, log, running } = rig([], "off", {
      pods: "/nowhere",
      containers: undefined,
      docker: undefined,
    });
    await running();
    abort.abort();
    await done;
    expect(log()).toContainEqual(expect.objectContaining({ level: "warn", place: "/nowhere is not there" }));
  });

  test("a start that fails is told, and nothing stays behind", async () => {
    const { collector, done } = rig([], "off");
    collector.startError = new KlogError("STATE_IN_USE", "another agent has it");
    await expect(done).rejects.toThrow("another agent has it");
    expect(collector.calls).toEqual(["start"]);
  });

  test("a port that is taken does not keep it from collecting", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const { collector, abort, done, running } = rig([], `127.0.0.1:${port}`);
    await running();
    expect(collector.degradations.get("http")).toContain(`cannot listen on 127.0.0.1:${port}`);
    abort.abort();
    expect(await done).toBe(0);
    other.close();
  });

  test("a collector that ends by itself ends it; its failure is the command's", async () => {
    const quiet = rig();
    await quiet.running();
    quiet.collector.end.resolve();
    expect(await quiet.done).toBe(0);
    const failing = rig();
    await failing.running();
    failing.collector.end.reject(new KlogError("OUTPUT_FAILED", "cannot write to standard output"));
    await expect(failing.done).rejects.toThrow("cannot write to standard output");
    expect(failing.collector.calls).toEqual(["start", "drain 0"]);
  });

  test("an address that is none is refused before anything starts", async () => {
    const { collector, done } = rig([], "nowhere");
    await expect(done).rejects.toThrow("is no address");
    expect(collector.calls).toEqual([]);
  });

  test("--log-format text is for people", async () => {
    const { abort, done, errors, running } = rig(["--log-format", "text"], "off");
    await running();
    abort.abort();
    await done;
    expect(errors()).toMatch(/^klog: collecting \(pipelines=1, state=.*, http=off\)\nklog: stopping/);
  });
});

describe("klog agent run --once", () => {
  test("prints the summary, leaves the status, and ends with 0", async () => {
    const { collector, done, errors } = rig(["--once"]);
    expect(await done).toBe(0);
    expect(collector.calls).toEqual(["once"]);
    expect(errors()).toBe("klog: 2 lines (10 B) of 1 file, 2 events in 1.00 s, 10 B/s\n");
    expect(JSON.parse(readFileSync(join(state, "status.json"), "utf8"))).toMatchObject({ format: STATUS_FORMAT });
  });

  test("ends with 3 when something could not be read, or its positions could not be saved", async () => {
    const unreadable = rig(["--once"]);
    unreadable.collector.summary = { ...SUMMARY, problems: ["/x: permission denied"] };
    expect(await unreadable.done).toBe(3);
    const unsaved = rig(["--once"]);
    unsaved.collector.degrade("state-unwritable", "positions cannot be saved");
    expect(await unsaved.done).toBe(3);
    expect(unsaved.errors()).toContain("klog: warn: positions cannot be saved\n");
  });
});
