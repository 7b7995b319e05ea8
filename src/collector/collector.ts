// The node agent's core, wired: discovery finds logs, harvesters read them, pipelines deliver, the checkpoint remembers.
//
//   watcher -> targets -> harvesters (chain, joiner) -> pipelines (processors, sinks)
//                              ^                              |
//                         harvest loop <---- acknowledged ----+---> checkpoint -> journal
import { KlogError, messageOf } from "../errors.ts";
import type { Collector, CollectorEdges, DrainResult, ReloadResult, Summary } from "./collector-api.ts";
import {
  fileTroubles,
  type Log,
  ledgerStatus,
  logsOf,
  pipelineStatus,
  sinkTroubles,
  summaryOf,
} from "./collector-status.ts";
import { Checkpoint } from "./commit/checkpoint.ts";
import { Journal } from "./commit/journal.ts";
import { Ledger } from "./commit/ledger.ts";
import { InFlight } from "./commit/segment.ts";
import { openStateDirectory, type StateDirectory } from "./commit/state-directory.ts";
import { deadlineIn } from "./deadline.ts";
import type { AgentConfig, PipelineConfig } from "./declare/agent-config.ts";
import { createDiscoveries } from "./declare/create-discoveries.ts";
import { diffConfig, writtenName } from "./declare/diff-config.ts";
import { matchTargets } from "./declare/match-targets.ts";
import { createDecoder, type Decoder } from "./decode/decoder.ts";
import { Degradations } from "./degradations.ts";
import { createSink } from "./deliver/create-sink.ts";
import { createEncoder } from "./deliver/encoder.ts";
import type { FoundTarget } from "./discovery/found-target.ts";
import { nodeWatch } from "./discovery/node-watch.ts";
import { type DiscoveryProblem, Watcher } from "./discovery/watcher.ts";
import { FollowedLogs } from "./followed-logs.ts";
import { HarvestLoop } from "./harvest-loop.ts";
import { type HarvestParts, Undelivered } from "./harvester.ts";
import { heldBytesLimit } from "./node-file-system.ts";
import { type AgentStatus, STATUS_FORMAT } from "./operation/agent-status.ts";
import { Pipelines } from "./pipelines.ts";
import { mostDescriptors } from "./reader/descriptor-limit.ts";
import { DescriptorPool, HeldBytes } from "./reader/descriptors.ts";
import type { GenerationRecord } from "./reader/generation.ts";
import { steadyClock } from "./steady-clock.ts";
import { Ticks } from "./ticks.ts";
import { FIRST_RECONCILES_MS, tellVanished } from "./vanished.ts";

/** All chains list their directories this often, whatever the kernel told. */
const RECONCILE_MS = 30_000;
/** What is not told to anybody who asks for the status is looked for this often. */
const LOOK_MS = 1000;
/** How long a reload waits for the sinks of what it stops: reading stands still meanwhile, and /healthz gives it 10 s. */
const STOP_MS = 5000;

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
  private readonly steady: () => number;
  private readonly startedAt: number;
  private readonly ended = Promise.withResolvers<void>();
  private readonly inFlight = new InFlight();
  private readonly undelivered = new Undelivered();
  private readonly decoder: Decoder = createDecoder();
  private readonly pipelines: Pipelines;
  private readonly degradations: Degradations;
  /** Before the first pipeline is started. */
  private ledger: Ledger | undefined;
  private opened: Opened | undefined;
  private watcher: Watcher | undefined;
  /** Discovery could look everywhere the last time. */
  private allSeen = true;
  private readonly ticks: Ticks;
  private running: Promise<void> | undefined;
  private phase: AgentStatus["phase"] = "starting";
  private ready = false;
  private turns = 0;

  constructor(config: AgentConfig, files: readonly string[], edges: CollectorEdges) {
    this.config = config;
    this.files = files;
    this.edges = edges;
    this.steady = steadyClock(edges.now);
    this.ticks = new Ticks(edges.timer);
    this.degradations = new Degradations(edges.log, edges.now, () => this.turns++);
    this.startedAt = edges.now();
    const encoder = createEncoder(this.decoder.memory);
    const { fs, timer, now, log, stdout } = edges;
    const outputEnded = (error?: Error) => (error === undefined ? this.ended.resolve() : this.ended.reject(error));
    this.pipelines = new Pipelines(
      edges,
      (pipeline) => this.ledger!.account(pipeline),
      (sink) => createSink(sink, { fs, timer, now, log, stdout, encoder, outputEnded }),
    );
    // Whoever asks hears of it; until then it is no unhandled failure.
    this.ended.promise.catch(() => undefined);
  }

  get stopped(): Promise<void> {
    return this.ended.promise;
  }

  get revision(): number {
    return this.turns + (this.opened?.loop.activity ?? 0);
  }

  async start(): Promise<void> {
    const { loop, logs } = await this.open();
    try {
      this.watch(this.config);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.ready = true;
    this.phase = "running";
    this.turns++;
    const reconcile = () => {
      logs.reconcile();
      loop.wake();
    };
    for (const ms of FIRST_RECONCILES_MS) this.ticks.after(ms, reconcile);
    this.ticks.every(RECONCILE_MS, reconcile);
    this.ticks.every(LOOK_MS, () => this.lookAround());
    this.running = loop.run();
    this.running.catch((error: unknown) => this.ended.reject(error));
  }

  async once(signal: AbortSignal): Promise<Summary> {
    const { loop, logs } = await this.open();
    const stop = () => loop.stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) stop();
      this.phase = "running";
      this.watch(this.config, { once: true });
      while (logs.settle());
      this.ready = true;
      await loop.readAll(logs.all);
      await tellVanished(logs, this.edges.timer, signal, () => this.watch(this.config, { once: true }));
      const harvesters = logs.all;
      for (const { chain } of harvesters) chain.finish();
      await loop.readAll(harvesters);
      if (!signal.aborted) for (const harvester of harvesters) harvester.flushAll();
      await Promise.all(this.pipelines.sinks.map((sink) => sink.flush(signal)));
      const seconds = (this.edges.now() - this.startedAt) / 1000;
      return {
        ...summaryOf(this.pipelines.all, this.pipelines.sinks, this.logs()),
        seconds,
        complete: !signal.aborted,
      };
    } finally {
      signal.removeEventListener("abort", stop);
      await this.close();
    }
  }

  async drain(deadlineMs: number): Promise<DrainResult> {
    const { opened } = this;
    if (opened === undefined || this.phase === "stopped") return { complete: true, undelivered: 0 };
    this.phase = "draining";
    const deadline = deadlineIn(deadlineMs, this.edges.timer);
    this.stopTicking();
    opened.loop.stop();
    // A disk that hangs may hold up a turn.
    await Promise.race([this.running?.catch(() => undefined), deadline.over]);
    if (!deadline.signal.aborted) for (const harvester of opened.logs.all) harvester.flushVanishing();
    await Promise.all(this.pipelines.sinks.map((sink) => sink.flush(deadline.signal)));
    deadline.cancel();
    // What open groups hold is left to the next agent, which forms them again.
    const complete = this.undelivered.batches === 0;
    const undelivered = complete ? 0 : this.inFlight.bytes;
    await this.close();
    return { complete, undelivered };
  }

  async reload(config: AgentConfig): Promise<ReloadResult> {
    const { loop } = this.opened!;
    return loop.between(async () => {
      const { stop, start, keep, needsRestart } = diffConfig(this.config, config);
      if (needsRestart.length > 0) {
        throw new KlogError(
          "CONFIG_INVALID",
          `a running agent cannot change its ${needsRestart.map(writtenName).join(" and ")}`,
          {
            hint: "start it anew; its cursors stay where they are, in the state directory",
          },
        );
      }
      this.watcher?.stop();
      try {
        await this.replace(stop, start);
        this.tellLater(config);
        this.config = config;
      } finally {
        this.watch(this.config);
        this.turns++;
      }
      const names = (pipelines: readonly PipelineConfig[]) => pipelines.map(({ name }) => name);
      return { started: names(start), stopped: names(stop), kept: names(keep) };
    });
  }

  degrade(kind: string, what: string | undefined): void {
    this.degradations.set(kind, what);
  }

  status(): AgentStatus {
    const { opened, config, edges } = this;
    const logs = this.logs();
    this.lookAround();
    for (const [kind, what] of fileTroubles(logs)) this.degrade(kind, what);
    const byPipeline = Map.groupBy(logs, ({ harvester }) => harvester.pipeline);
    return {
      format: STATUS_FORMAT,
      agent: {
        pid: edges.pid,
        version: edges.version,
        node: config.node,
        startedAt: this.startedAt,
        writtenAt: edges.now(),
        stateDirectory: config.stateDir,
        config: this.files,
        ...(edges.pidNamespace === undefined ? {} : { pidNamespace: edges.pidNamespace }),
      },
      phase: this.phase,
      ready: this.ready,
      turnedAt: opened?.loop.turnedAt ?? this.startedAt,
      degraded: this.degradations.all,
      limits: edges.pace.status(),
      openDescriptors: opened?.descriptors.open ?? 0,
      heldDeletedBytes: opened?.held.bytes ?? 0,
      checkpointedAt: opened?.checkpoint.savedAt ?? 0,
      pipelines: this.pipelines.all.map((pipeline) => pipelineStatus(pipeline, byPipeline.get(pipeline) ?? [], config)),
      former: (this.ledger?.former(new Set(this.pipelines.byName.keys())) ?? []).map((account) =>
        ledgerStatus(account),
      ),
    };
  }

  /** Takes the state directory and opens the sinks. */
  private async open(): Promise<Opened> {
    const { config, edges, inFlight, undelivered, steady } = this;
    const state = openStateDirectory(config.stateDir, edges.now);
    try {
      edges.fs.makeDirectory(`${config.stateDir}/journal`);
      const journal = Journal.open(edges.fs, `${config.stateDir}/journal`);
      this.ledger = new Ledger(journal, edges.now);
      const checkpoint = new Checkpoint<GenerationRecord>(journal, { timer: edges.timer, now: edges.now });
      const loop: HarvestLoop = new HarvestLoop({
        ...{ inFlight, undelivered, steady, now: edges.now, timer: edges.timer, pace: edges.pace },
        budget: () => this.config.limits.inFlight,
        identitySaved: () => checkpoint.identitySaved(),
        between: () => logs.settle(),
      });
      const harvest: HarvestParts = {
        ...{ decoder: this.decoder, inFlight, undelivered, steady, now: edges.now },
        lineBytes: config.limits.lineBytes,
        identitySaved: () => checkpoint.identitySaved(),
        acknowledged: (bytes) => {
          this.turns++;
          checkpoint.acknowledged(bytes);
          loop.wake();
        },
        discovered: (age) => edges.latencies.discovered(age),
      };
      const descriptors = new DescriptorPool(config.limits.openFiles, mostDescriptors());
      const held = new HeldBytes(
        config.limits.heldBytes ?? heldBytesLimit(config.roots.pods ?? config.roots.docker ?? "/"),
      );
      const logs: FollowedLogs = new FollowedLogs({
        ...{ edges, steady, node: config.node, pipelines: this.pipelines.byName },
        ...{ checkpoint, loop, harvest, descriptors, held },
        allSeen: () => this.allSeen,
        changed: () => this.turns++,
      });
      await this.pipelines.start(config.pipelines);
      this.opened = { state, checkpoint, loop, logs, descriptors, held };
      return this.opened;
    } catch (error) {
      state.release();
      throw error;
    }
  }

  private async close(): Promise<void> {
    const { opened, edges } = this;
    if (opened === undefined || this.phase === "stopped") return;
    this.phase = "stopped";
    this.turns++;
    this.stopTicking();
    const warn = (reason: string) => edges.log.warn("the agent could not close as it should", { reason });
    try {
      // First of all what is known: closing a sink may take long, and may deliver more.
      await opened.checkpoint.identitySaved();
      await this.pipelines.close().catch((error: unknown) => warn(messageOf(error)));
      opened.logs.dispose();
      if (!(await opened.checkpoint.close())) warn(opened.checkpoint.problem ?? "the positions could not be saved");
    } finally {
      opened.state.release();
    }
  }

  /** Their logs are left alone; what was read of them is delivered, and their positions are kept for those that come. */
  private async replace(stop: readonly PipelineConfig[], start: readonly PipelineConfig[]): Promise<void> {
    const { pipelines } = this;
    const names = new Set(stop.map(({ name }) => name));
    const deadline = deadlineIn(STOP_MS, this.edges.timer);
    await pipelines.flush(names, deadline.signal);
    deadline.cancel();
    this.opened!.logs.leavePipelines(names);
    try {
      await pipelines.stop(names);
      await pipelines.start(start);
    } catch (error) {
      try {
        await pipelines.start(stop.filter(({ name }) => !pipelines.byName.has(name)));
      } catch (worse) {
        // Neither the old nor the new way: nothing is lost, but nothing would be delivered.
        this.ended.reject(worse);
      }
      throw error;
    }
  }

  private tellLater({ limits }: AgentConfig): void {
    const before = this.config.limits;
    const later = (["openFiles", "heldBytes", "lineBytes"] as const).filter((name) => limits[name] !== before[name]);
    if (later.length === 0) return;
    this.edges.log.warn("some limits wait for the next start", { limits: later.join(" ") });
  }

  private watch(config: AgentConfig, { once = false } = {}): void {
    const { fs, timer, now } = this.edges;
    this.allSeen = true;
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
    this.opened!.logs.settle();
  }

  /** These are all targets that there are now. */
  private follow(targets: readonly FoundTarget[]): void {
    const matches = matchTargets(this.config, targets, (path) => this.edges.fs.realpath(path));
    const routes = matches.flatMap((match) => match.routes);
    const suffixes = ["", "#stderr", ...this.config.pipelines.map(({ name }) => `@${name}`)];
    const found = new Set(targets.flatMap(({ id }) => suffixes.map((suffix) => id + suffix)));
    this.opened!.logs.follow(routes, found);
    this.turns++;
    this.opened!.loop.wake();
  }

  private stopTicking(): void {
    this.ticks.stop();
    this.watcher?.stop();
  }

  private tellDiscovery(problems: readonly DiscoveryProblem[]): void {
    this.allSeen = !problems.some(({ kind }) => kind === "discovery");
    for (const kind of ["inotify", "discovery"] as const) {
      const what = problems.filter((problem) => problem.kind === kind).map((problem) => problem.what);
      this.degrade(kind, what.length === 0 ? undefined : what.join("; "));
      for (const line of what) this.edges.log.warn("discovery is limited", { reason: line });
    }
  }

  /** What keeps the agent from its work now, as far as it is asked for without looking at each log. */
  private lookAround(): void {
    for (const [kind, what] of sinkTroubles(this.pipelines.sinks)) this.degradations.tell(kind, what);
    this.degradations.tell("state-unwritable", this.opened?.checkpoint.problem);
  }

  private logs(): Log[] {
    return logsOf(this.opened?.logs.all ?? []);
  }
}
