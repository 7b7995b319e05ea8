// `klog agent run`: the collector with everything around it: limits, log, health and metrics, status file, reload, shutdown.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Collector, CreateCollector } from "../../collector/collector-api.ts";
import type { AgentConfig } from "../../collector/declare/agent-config.ts";
import { nodeFileSystem } from "../../collector/node-file-system.ts";
import { LimitedLog, plainLines } from "../../collector/operation/agent-log.ts";
import { Metrics } from "../../collector/operation/metrics.ts";
import {
  type OperationServer,
  parseAddress,
  startOperationServer,
} from "../../collector/operation/operation-server.ts";
import { LimitedPace } from "../../collector/operation/pace.ts";
import { StatusFile } from "../../collector/operation/status-file.ts";
import type { Timer } from "../../collector/timer.ts";
import { messageOf } from "../../errors.ts";
import { klogVersion } from "../../version.ts";
import type { CommandIo } from "../command-io.ts";
import type { AgentOptions } from "./agent-options.ts";
import { ConfigWatch } from "./config-watch.ts";
import type { NodeConfig } from "./node-config.ts";
import { summaryText } from "./once-summary.ts";
import { standardOutput } from "./standard-output.ts";

/** Kubernetes kills 30 s behind SIGTERM; 5 s are left for closing. */
const DRAIN_MS = 25_000;
const TICK_MS = 1000;

export interface RunParts {
  /** Throws KlogError where the configuration is not valid. Called again at each reload. */
  readonly load: () => NodeConfig;
  readonly create: CreateCollector;
}

/** Resolves to the exit status. */
export async function runAgent(options: AgentOptions, parts: RunParts, io: CommandIo): Promise<number> {
  const loaded = parts.load();
  if (loaded.config.http !== undefined) parseAddress(loaded.config.http);
  const log = await createLog(options, loaded.config.node, io);
  const pace = new LimitedPace(loaded.config.limits, { ...PROCESS, now: Date.now });
  const metrics = new Metrics(PROCESS);
  const collector = parts.create(loaded.config, loaded.files, {
    fs: nodeFileSystem,
    now: Date.now,
    timer: nodeTimer,
    log,
    pace,
    latencies: metrics,
    stdout: standardOutput(io.stdout),
    version: klogVersion(),
    pid: process.pid,
  });
  try {
    if (options.once) return await readOnce(collector, loaded.config, io);
    return await runOn({ collector, loaded, parts, log, pace, metrics }, io);
  } finally {
    log.tellSuppressed(true);
  }
}

async function readOnce(collector: Collector, config: AgentConfig, io: CommandIo): Promise<number> {
  const summary = await collector.once(io.signal);
  new StatusFile(nodeFileSystem, config.stateDir, collector, PROCESS.cpuMs).write(Date.now());
  const { degraded } = collector.status();
  io.stderr.write(summaryText(summary) + degraded.map(({ what }) => `klog: warn: ${what}\n`).join(""));
  return summary.problems.length > 0 || summary.lostBytes > 0 || degraded.length > 0 ? 3 : 0;
}

interface RunningAgent {
  readonly collector: Collector;
  readonly loaded: NodeConfig;
  readonly parts: RunParts;
  readonly log: LimitedLog;
  readonly pace: LimitedPace;
  readonly metrics: Metrics;
}

async function runOn(agent: RunningAgent, io: CommandIo): Promise<number> {
  const { collector, loaded, log } = agent;
  const server = await serve(agent);
  let tick: NodeJS.Timeout | undefined;
  let stopHearing: (() => void) | undefined;
  let isOpen = false;
  try {
    await collector.start();
    isOpen = true;
    log.info("collecting", {
      pipelines: loaded.config.pipelines.length,
      state: loaded.config.stateDir,
      http: server?.address ?? "off",
    });
    const file = new StatusFile(nodeFileSystem, loaded.config.stateDir, collector, PROCESS.cpuMs);
    const reload = reloader(agent);
    const watch = loaded.source === undefined ? undefined : new ConfigWatch(nodeFileSystem, loaded.source);
    stopHearing = io.onHangUp(() => {
      if (!io.signal.aborted) void reload("SIGHUP");
    });
    tick = setInterval(() => {
      if (watch?.hasChanged()) void reload("its files have changed");
      housekeeping(agent, file);
    }, TICK_MS);
    await Promise.race([collector.stopped, aborted(io.signal)]);
    clearInterval(tick);
    log.info("stopping", { reason: io.signal.aborted ? "asked to" : "the collector has ended" });
    const { complete, undelivered } = await collector.drain(DRAIN_MS);
    isOpen = false;
    file.write(Date.now());
    if (complete) log.info("stopped, all that was read is delivered");
    else log.warn("stopped before all was delivered; it is read again at the next start", { bytes: undelivered });
    return complete ? 0 : 3;
  } finally {
    clearInterval(tick);
    stopHearing?.();
    // Something else has failed: what is committed stays committed.
    if (isOpen) await collector.drain(0).catch(() => undefined);
    server?.close();
  }
}

/** A port that is taken is no reason not to collect. */
async function serve({ collector, loaded, metrics, log }: RunningAgent): Promise<OperationServer | undefined> {
  const { http } = loaded.config;
  if (http === undefined) return undefined;
  try {
    return await startOperationServer(http, { status: () => collector.status(), metrics, now: Date.now });
  } catch (error) {
    collector.degrade("http", messageOf(error));
    log.error("health and metrics are not served", { error: messageOf(error) });
    return undefined;
  }
}

function housekeeping({ collector, log, pace }: RunningAgent, file: StatusFile): void {
  log.tellSuppressed();
  collector.degrade("memory-limit", pace.memoryPressure());
  try {
    file.refresh(Date.now());
    collector.degrade("status-file", undefined);
  } catch (error) {
    collector.degrade("status-file", `cannot write the status: ${messageOf(error)}`);
    log.warn("cannot write the status file", { error: messageOf(error) });
  }
}

/** One reload at a time; a request that comes meanwhile is served behind it. */
function reloader({ collector, parts, log, pace }: RunningAgent): (why: string) => Promise<void> {
  let last = Promise.resolve();
  const apply = async (why: string): Promise<void> => {
    try {
      const { config } = parts.load();
      const { started, stopped, kept } = await collector.reload(config);
      pace.apply(config.limits);
      collector.degrade("config-invalid", undefined);
      log.info("configuration applied", {
        why,
        started: started.join(" "),
        stopped: stopped.join(" "),
        kept: kept.join(" "),
      });
    } catch (error) {
      collector.degrade("config-invalid", `the former configuration stays: ${messageOf(error)}`);
      log.error("configuration refused, the former one stays", { why, error: messageOf(error) });
    }
  };
  return (why) => {
    last = last.then(() => apply(why));
    return last;
  };
}

async function createLog({ logFormat }: AgentOptions, node: string, io: CommandIo): Promise<LimitedLog> {
  const write = (text: string) => void io.stderr.write(text);
  const isText = logFormat === "text" || (logFormat === "auto" && io.stderr.isTTY === true);
  if (isText) return new LimitedLog(plainLines(write), Date.now);
  const { jsonLines } = await import("../../collector/operation/json-log.ts");
  return new LimitedLog(jsonLines({ version: klogVersion(), node, write }), Date.now);
}

const PROCESS = {
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  residentBytes: () => process.memoryUsage.rss(),
  reclaim: () => {
    // V8 does not know of a limit on resident memory: it collects when its own heap is full.
    setFlagsFromString("--expose-gc");
    (runInNewContext("gc") as () => void)();
  },
};

const nodeTimer: Timer = (milliseconds, run) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
