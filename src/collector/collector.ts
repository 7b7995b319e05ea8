// The node agent's core, wired: discovery finds logs, harvesters read them, pipelines deliver, the checkpoint remembers.
//
//   watcher -> targets -> harvesters (chain, joiner) -> pipelines (processors, sinks)
//                              ^                              |
//                         harvest loop <---- acknowledged ----+---> checkpoint -> journal
import { statfsSync } from "node:fs";
import { KlogError } from "../errors.ts";
import type { Collector, CollectorEdges, DrainResult, ReloadResult, Summary } from "./collector-api.ts";
import { pipelineStatus } from "./collector-status.ts";
import { Checkpoint } from "./commit/checkpoint.ts";
import { Journal } from "./commit/journal.ts";
import { InFlight } from "./commit/segment.ts";
import { openStateDirectory, type StateDirectory } from "./commit/state-directory.ts";
import type { AgentConfig, PipelineConfig } from "./declare/agent-config.ts";
import { createDiscoveries } from "./declare/create-discoveries.ts";
import { diffConfig } from "./declare/diff-config.ts";
import { matchTargets } from "./declare/match-targets.ts";
import { createDecoder, type Decoder } from "./decode/decoder.ts";
import { GroupBudget } from "./decode/joiner-budget.ts";
import { compileMultiline } from "./decode/multiline.ts";
import { createSink } from "./deliver/create-sink.ts";
import { createEncoder } from "./deliver/encoder.ts";
import type { FoundTarget } from "./discovery/found-target.ts";
import { nodeWatch } from "./discovery/node-watch.ts";
import { type DiscoveryProblem, Watcher } from "./discovery/watcher.ts";
import { FollowedLogs } from "./followed-logs.ts";
import { HarvestLoop } from "./harvest-loop.ts";
import type { Harvester, HarvestParts } from "./harvester.ts";
import { type AgentStatus, type Degradation, STATUS_FORMAT } from "./operation/agent-status.ts";
import { Pipeline } from "./pipeline.ts";
import { createLineFilter } from "./process/line-filter.ts";
import { descriptorsForLogs } from "./reader/descriptor-limit.ts";
import { DescriptorPool, HeldBytes } from "./reader/descriptors.ts";
import type { GenerationRecord } from "./reader/generation.ts";
import { SinkPool } from "./sink-pool.ts";

/** All chains list their directories this often, whatever the kernel told. */
const RECONCILE_MS = 30_000;
/** Files that are gone keep so much disk at most: the lesser of this and a share of the file system. */
const HELD_BYTES = 2 * 1024 ** 3;
const HELD_SHARE = 0.05;

export function createCollector(config: AgentConfig, files: readonly string[], edges: CollectorEdges): Collector {
  return new AgentCollector(config, files, edges);
}

/** What there is while the state directory is held. */
interface Opened {
  readonly state: StateDirectory;
  readonly checkpoint: Checkpoint<GenerationRecord>;
  readonly loop: HarvestLoop;
  readonly logs: FollowedLogs;
  readonly descriptors: DescriptorPool;
  readonly held: HeldBytes;
}

class AgentCollector implements Collector {
  private config: AgentConfig;
  private readonly files: readonly string[];
  private readonly edges: CollectorEdges;
  private readonly startedAt: number;
  private readonly ended = Promise.withResolvers<void>();
  private readonly inFlight = new InFlight();
  private readonly groups = new GroupBudget();
  private readonly decoder: Decoder = createDecoder();
  private readonly sinks: SinkPool;
  private readonly pipelines = new Map<string, Pipeline>();
  private readonly degradations = new Map<string, Degradation>();
  private opened: Opened | undefined;
  private watcher: Watcher | undefined;
  private cancelReconcile: (() => void) | undefined;
  private running: Promise<void> | undefined;
  private phase: AgentStatus["phase"] = "starting";
  private ready = false;
  private turns = 0;

  constructor(config: AgentConfig, files: readonly string[], edges: CollectorEdges) {
    this.config = config;
    this.files = files;
    this.edges = edges;
    this.startedAt = edges.now();
    const encoder = createEncoder(this.decoder.memory);
    this.sinks = new SinkPool((sink) =>
      createSink(sink, {
        fs: edges.fs,
        timer: edges.timer,
        now: edges.now,
        log: edges.log,
        stdout: edges.stdout,
        encoder,
        outputEnded: (error) => (error === undefined ? this.ended.resolve() : this.ended.reject(error)),
      }),
    );
    // Whoever asks hears of it; until then it is no unhandled failure.
    this.ended.promise.catch(() => undefined);
  }

  get stopped(): Promise<void> {
    return this.ended.promise;
  }

  get revision(): number {
    return this.turns + (this.opened?.loop.turnedAt ?? 0);
  }

  async start(): Promise<void> {
    const { loop } = await this.open();
    this.watch(this.config);
    this.ready = true;
    this.phase = "running";
    this.reconcileLater();
    this.running = loop.run();
    this.running.catch((error: unknown) => this.ended.reject(error));
  }

  async once(signal: AbortSignal): Promise<Summary> {
    const { loop } = await this.open();
    const stop = () => loop.stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) stop();
      this.phase = "running";
      this.watch(this.config, { once: true });
      this.ready = true;
      const harvesters = this.followed();
      await loop.readAll(harvesters);
      for (const { chain } of harvesters) chain.finish();
      await loop.readAll(harvesters);
      if (!signal.aborted) for (const harvester of harvesters) harvester.flushAll();
      await Promise.all(this.allSinks().map((sink) => sink.flush(signal)));
      return this.summary(!signal.aborted);
    } finally {
      signal.removeEventListener("abort", stop);
      await this.close();
    }
  }

  async drain(deadlineMs: number): Promise<DrainResult> {
    const { opened } = this;
    if (opened === undefined) return { complete: true, undelivered: 0 };
    this.phase = "draining";
    const deadline = AbortSignal.timeout(Math.max(1, deadlineMs));
    this.cancelReconcile?.();
    this.watcher?.stop();
    opened.loop.stop();
    await this.running?.catch(() => undefined);
    for (const harvester of this.followed()) harvester.flushVanishing();
    await Promise.all(this.allSinks().map((sink) => sink.flush(deadline)));
    const undelivered = this.inFlight.bytes;
    const open = this.followed().some((harvester) => harvester.open > 0);
    await this.close();
    return { complete: !deadline.aborted || (undelivered === 0 && !open), undelivered };
  }

  async reload(config: AgentConfig): Promise<ReloadResult> {
    const { loop } = this.opened!;
    const diff = diffConfig(this.config, config);
    if (diff.needsRestart.length > 0) {
      throw new KlogError("CONFIG_INVALID", `a running agent cannot change ${diff.needsRestart.join(" and ")}`, {
        hint: "start it anew; its cursors stay where they are, in the state directory",
      });
    }
    return loop.between(async () => {
      this.watcher?.stop();
      await this.stopPipelines(diff.stop);
      try {
        for (const pipeline of diff.start) await this.startPipeline(pipeline);
        this.config = config;
      } catch (error) {
        await this.stopPipelines(diff.start.filter(({ name }) => this.pipelines.has(name)));
        for (const pipeline of diff.stop) await this.startPipeline(pipeline);
        throw error;
      } finally {
        this.watch(this.config);
      }
      const names = (pipelines: readonly PipelineConfig[]) => pipelines.map(({ name }) => name);
      return { started: names(diff.start), stopped: names(diff.stop), kept: names(diff.keep) };
    });
  }

  degrade(kind: string, what: string | undefined): void {
    const known = this.degradations.get(kind);
    if (known?.what === what) return;
    this.turns++;
    if (what === undefined) this.degradations.delete(kind);
    else this.degradations.set(kind, { kind, what, since: known?.since ?? this.edges.now() });
  }

  status(): AgentStatus {
    const { opened, config, edges } = this;
    this.lookAround();
    const byPipeline = Map.groupBy(this.followed(), ({ pipeline }) => pipeline.name);
    return {
      format: STATUS_FORMAT,
      agent: {
        pid: edges.pid,
        ...(edges.pidNamespace === undefined ? {} : { pidNamespace: edges.pidNamespace }),
        version: edges.version,
        node: config.node,
        startedAt: this.startedAt,
        writtenAt: edges.now(),
        stateDirectory: config.stateDir,
        config: this.files,
      },
      phase: this.phase,
      ready: this.ready,
      turnedAt: opened?.loop.turnedAt ?? this.startedAt,
      degraded: [...this.degradations.values()],
      limits: edges.pace.status(),
      openDescriptors: opened?.descriptors.open ?? 0,
      heldDeletedBytes: opened?.held.bytes ?? 0,
      checkpointedAt: opened?.checkpoint.savedAt ?? 0,
      pipelines: [...this.pipelines.values()].map((pipeline) =>
        pipelineStatus(pipeline, byPipeline.get(pipeline.name) ?? [], config),
      ),
    };
  }

  /** Takes the state directory and opens the sinks. */
  private async open(): Promise<Opened> {
    const { config, edges, inFlight } = this;
    const state = openStateDirectory(config.stateDir, edges.now);
    try {
      edges.fs.makeDirectory(`${config.stateDir}/journal`);
      const journal = Journal.open(edges.fs, `${config.stateDir}/journal`);
      const checkpoint = new Checkpoint<GenerationRecord>(journal, { timer: edges.timer, now: edges.now });
      const loop = new HarvestLoop({
        ...{ inFlight, budget: config.limits.inFlight },
        ...{ now: edges.now, timer: edges.timer, pace: edges.pace },
      });
      const harvest: HarvestParts = {
        decoder: this.decoder,
        inFlight,
        lineBytes: config.limits.lineBytes,
        now: edges.now,
        identitySaved: () => checkpoint.identitySaved(),
        acknowledged: (bytes) => {
          checkpoint.acknowledged(bytes);
          loop.wake();
        },
        discovered: (age) => edges.latencies.discovered(age),
      };
      const descriptors = new DescriptorPool(descriptorsForLogs(config.limits.openFiles));
      const held = new HeldBytes(config.limits.heldBytes ?? heldLimit(config));
      const logs = new FollowedLogs({
        ...{ edges, node: config.node, pipelines: this.pipelines },
        ...{ checkpoint, loop, harvest, descriptors, held },
        changed: () => this.turns++,
      });
      this.opened = { state, checkpoint, loop, logs, descriptors, held };
      for (const pipeline of config.pipelines) await this.startPipeline(pipeline);
      return this.opened;
    } catch (error) {
      state.release();
      this.opened = undefined;
      throw error;
    }
  }

  private async close(): Promise<void> {
    const { opened } = this;
    if (opened === undefined) return;
    this.cancelReconcile?.();
    this.watcher?.stop();
    if (!(await opened.checkpoint.close()))
      this.edges.log.warn("the positions could not be saved", { reason: opened.checkpoint.problem ?? "" });
    opened.logs.dispose();
    for (const pipeline of this.pipelines.values()) await this.sinks.release(pipeline.config.sinks);
    opened.state.release();
    this.phase = "stopped";
    this.turns++;
  }

  private async startPipeline(config: PipelineConfig): Promise<void> {
    const { log, latencies, now } = this.edges;
    const disabled = (pattern: string, reason: string) => log.error("a pattern is switched off", { pattern, reason });
    const multiline = config.multiline === undefined ? undefined : compileMultiline(config.multiline, disabled);
    const processors = config.processors.map((filter) => createLineFilter(filter, disabled));
    const sinks = await this.sinks.acquire(config.sinks);
    const pipeline = new Pipeline({ config, sinks, processors, multiline, groups: this.groups, latencies, now });
    this.pipelines.set(config.name, pipeline);
  }

  /** Its logs are left alone from now on; what was read of them is delivered, and their positions are kept. */
  private async stopPipelines(configs: readonly PipelineConfig[]): Promise<void> {
    const names = new Set(configs.map(({ name }) => name));
    await Promise.all(
      [...this.pipelines.values()]
        .filter(({ name }) => names.has(name))
        .flatMap(({ sinks }) => sinks.map((sink) => sink.flush())),
    );
    this.opened!.logs.leavePipelines(names);
    for (const { name, sinks } of configs) {
      if (this.pipelines.delete(name)) await this.sinks.release(sinks);
    }
  }

  private watch(config: AgentConfig, { once = false } = {}): void {
    const { fs, timer, now } = this.edges;
    this.watcher = new Watcher({
      discovery: createDiscoveries(config, fs, now),
      fs,
      timer,
      watch: once ? undefined : nodeWatch,
      onTargets: (targets) => this.follow(targets),
      onProblems: (problems) => this.tellDiscovery(problems),
    });
    this.watcher.start();
    if (once) this.watcher.stop();
  }

  /** These are all targets that there are now. */
  private follow(targets: readonly FoundTarget[]): void {
    const matches = matchTargets(this.config, targets, (path) => this.edges.fs.realpath(path));
    this.opened!.logs.follow(matches.flatMap(({ routes }) => routes));
    this.turns++;
    this.opened!.loop.wake();
  }

  private reconcileLater(): void {
    this.cancelReconcile = this.edges.timer(RECONCILE_MS, () => {
      this.opened!.logs.reconcile();
      this.opened!.loop.wake();
      this.reconcileLater();
    });
  }

  private tellDiscovery(problems: readonly DiscoveryProblem[]): void {
    for (const kind of ["inotify", "discovery"] as const) {
      const what = problems.filter((problem) => problem.kind === kind).map((problem) => problem.what);
      this.degrade(kind, what.length === 0 ? undefined : what.join("; "));
      for (const line of what) this.edges.log.warn("discovery is limited", { reason: line });
    }
  }

  /** What keeps the agent from its work now, as its parts say it. */
  private lookAround(): void {
    const blocked = this.allSinks()
      .map((sink) => sink.status())
      .filter(({ state }) => state === "blocked");
    this.tell(
      "sink-blocked",
      blocked.length === 0 ? undefined : blocked.map(({ name, reason }) => `${name}: ${reason}`).join("; "),
    );
    this.tell("state-unwritable", this.opened?.checkpoint.problem);
    for (const kind of ["descriptors", "access", "io", "archive"] as const) {
      const paths = this.followed().flatMap(({ chain }) =>
        chain.status.problems.filter((problem) => problem.kind === kind).map(({ message }) => message),
      );
      const more = paths.length > 1 ? ` and ${paths.length - 1} more` : "";
      this.degrade(kind === "descriptors" ? kind : `files-${kind}`, paths.length === 0 ? undefined : paths[0] + more);
    }
  }

  /** Degrades, and says in the log when that begins and ends. */
  private tell(kind: string, what: string | undefined): void {
    const before = this.degradations.get(kind)?.what;
    if (before === what) return;
    this.degrade(kind, what);
    if (what !== undefined) this.edges.log.warn("degraded", { kind, reason: what });
    else this.edges.log.info("no longer degraded", { kind });
  }

  private summary(complete: boolean): Summary {
    const pipelines = [...this.pipelines.values()].map(({ counters }) => counters);
    const sum = (of: (counters: (typeof pipelines)[number]) => number) =>
      pipelines.reduce((total, counters) => total + of(counters), 0);
    return {
      files: this.followed().reduce((files, { chain }) => files + chain.generations.length, 0),
      bytes: sum(({ readBytes }) => readBytes),
      lines: sum(({ lines }) => lines),
      events: sum(({ events }) => events),
      filtered: sum(({ filtered }) => filtered),
      truncated: sum(({ truncated }) => truncated),
      lostBytes: sum(({ lostBytesByReason }) => Object.values(lostBytesByReason).reduce((a, b) => a + b, 0)),
      seconds: (this.edges.now() - this.startedAt) / 1000,
      sinks: this.allSinks().map((sink) => sink.status()),
      problems: this.followed().flatMap(({ chain }) => chain.status.problems.map(({ message }) => message)),
      complete,
    };
  }

  private followed(): Harvester[] {
    return this.opened?.logs.all ?? [];
  }

  private allSinks(): Pipeline["sinks"][number][] {
    return [...new Set([...this.pipelines.values()].flatMap(({ sinks }) => sinks))];
  }
}

function heldLimit({ roots }: AgentConfig): number {
  try {
    const { bsize, blocks } = statfsSync(roots.pods ?? roots.docker ?? "/");
    return Math.min(HELD_BYTES, HELD_SHARE * bsize * blocks);
  } catch {
    return HELD_BYTES;
  }
}
