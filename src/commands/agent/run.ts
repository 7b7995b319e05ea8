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
import { missingPlaces } from "./missing-places.ts";
import type { NodeConfig } from "./node-config.ts";
import { summaryText } from "./once-summary.ts";
import { pidNamespace } from "./pid-namespace.ts";
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
    pidNamespace: pidNamespace(),
  });
  try {
    if (options.once) return await readOnce(collector, loaded.config, io);
    return await runOn({ collector, loaded, parts, log, pace, metrics }, io);
  } finally {
    log.tellSuppressed(true);
  }
}

/** Told by the summary itself. */
const SUMMED_UP: ReadonlySet<string> = new Set([
  "sink-blocked",
  "descriptors",
  "files-access",
  "files-io",
  "files-archive",
]);

async function readOnce(collector: Collector, config: AgentConfig, io: CommandIo): Promise<number> {
  const missing = missingPlaces(config, nodeFileSystem);
  // To ask for the status is to look around: a sink that is blocked is told while it is waited for.
  const tick = setInterval(() => collector.status(), TICK_MS);
  const summary = await collector.once(io.signal).finally(() => clearInterval(tick));
  new StatusFile(nodeFileSystem, config.stateDir, collector, PROCESS.cpuMs).write(Date.now());
  const { degraded } = collector.status();
  const warnings = [...missing, ...degraded.filter(({ kind }) => !SUMMED_UP.has(kind)).map(({ what }) => what)];
  io.stderr.write(summaryText(summary) + warnings.map((what) => `klog: warn: ${what}\n`).join(""));
  const isWhole = summary.problems.length === 0 && missing.length === 0 && degraded.length === 0;
  return isWhole && summary.gaps === 0 ? 0 : 3;
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
  keepYoungHeapSmall();
  const { collector, loaded, log } = agent;
  const { server, problem } = await serve(agent);
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
    if (problem !== undefined) log.error("health and metrics are not served", { error: problem });
    for (const place of missingPlaces(loaded.config, nodeFileSystem))
      log.warn("nothing to collect there yet", { place });
    const file = new StatusFile(nodeFileSystem, loaded.config.stateDir, collector, PROCESS.cpuMs);
    housekeeping(agent, file);
    const reload = reloader(agent);
    const watch = loaded.source === undefined ? undefined : new ConfigWatch(nodeFileSystem, loaded.source);
    stopHearing = io.onHangUp(() => {
      if (io.signal.aborted) return;
      watch?.applied();
      void reload("SIGHUP");
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

interface Served {
  readonly server?: OperationServer;
  /** Told when the collector has started: a second agent has worse to say. */
  readonly problem?: string;
}

/** A port that is taken is no reason not to collect. */
async function serve({ collector, loaded, metrics }: RunningAgent): Promise<Served> {
  const { http } = loaded.config;
  if (http === undefined) return {};
  try {
    return { server: await startOperationServer(http, { status: () => collector.status(), metrics, now: Date.now }) };
  } catch (error) {
    const problem = messageOf(error);
    collector.degrade("http", problem);
    return { problem };
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
function reloader({ collector, loaded, parts, log, pace }: RunningAgent): (why: string) => Promise<void> {
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
      const later = fixedAtStart(loaded.config, config);
      if (later.length > 0) log.warn("a setting takes effect at the next start only", { settings: later.join(" ") });
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

/** What has changed and cannot be applied while the agent runs. */
function fixedAtStart(running: AgentConfig, wanted: AgentConfig): readonly string[] {
  const limits = [
    ["limits.line_bytes", "lineBytes"],
    ["limits.open_files", "openFiles"],
    ["limits.held_bytes", "heldBytes"],
    ["limits.in_flight", "inFlight"],
  ] as const;
  const changed = limits.filter(([, limit]) => running.limits[limit] !== wanted.limits[limit]).map(([name]) => name);
  return [...(running.http === wanted.http ? [] : ["http.address"]), ...changed];
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
  residentBytes,
  reclaim: () => {
    // V8 does not know of a limit on resident memory: it collects when its own heap is full.
    setFlagsFromString("--expose-gc");
    (runInNewContext("gc") as () => void)();
  },
};

/** V8 lets the space of short-lived objects grow to 32 MB in a burst, and keeps it: an agent that runs for weeks is better off without. */
function keepYoungHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

let lastResident = 0;

/** Without a free descriptor the kernel's figure cannot be read: then it is the last one. */
function residentBytes(): number {
  try {
    lastResident = process.memoryUsage.rss();
  } catch {
    // EMFILE
  }
  return lastResident;
}

const nodeTimer: Timer = (milliseconds, run) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
