// The pipelines in force and their sinks: started and stopped one by one, so that a reload touches only what it changes.
import type { CollectorEdges } from "./collector-api.ts";
import type { Account } from "./commit/ledger.ts";
import type { PipelineConfig, SinkConfig } from "./declare/agent-config.ts";
import { GroupBudget } from "./decode/joiner-budget.ts";
import { compileMultiline } from "./decode/multiline.ts";
import type { Sink } from "./deliver/sink.ts";
import { Pipeline } from "./pipeline.ts";
import { createLineFilter } from "./process/line-filter.ts";
import { SinkPool } from "./sink-pool.ts";

export class Pipelines {
  /** By name, in the order in which they were started. */
  readonly byName = new Map<string, Pipeline>();
  private readonly edges: CollectorEdges;
  private readonly accountOf: (pipeline: string) => Account;
  private readonly pool: SinkPool;
  private readonly groups = new GroupBudget();

  /** `accountOf`: by the pipeline's name, asked when it is started. */
  constructor(
    edges: CollectorEdges,
    accountOf: (pipeline: string) => Account,
    createSink: (config: SinkConfig) => Sink,
  ) {
    this.edges = edges;
    this.accountOf = accountOf;
    this.pool = new SinkPool(createSink);
  }

  get all(): Pipeline[] {
    return [...this.byName.values()];
  }

  get sinks(): Sink[] {
    return [...new Set(this.all.flatMap(({ sinks }) => sinks))];
  }

  /** All or none of them. Throws KlogError. */
  async start(configs: readonly PipelineConfig[]): Promise<void> {
    const started: PipelineConfig[] = [];
    try {
      for (const config of configs) {
        await this.startOne(config);
        started.push(config);
      }
    } catch (error) {
      await this.stop(started.map(({ name }) => name));
      throw error;
    }
  }

  /** Closes the sinks that no other pipeline has. What they were given should be flushed before. */
  async stop(names: Iterable<string>): Promise<void> {
    const released: SinkConfig[] = [];
    for (const name of names) {
      released.push(...(this.byName.get(name)?.config.sinks ?? []));
      this.byName.delete(name);
    }
    await this.pool.release(released);
  }

  /** Closes all sinks; what the pipelines have counted can still be asked for. */
  async close(): Promise<void> {
    await this.pool.release(this.all.flatMap(({ config }) => config.sinks));
  }

  /** Until everything that their sinks have is delivered, or `signal` ends the wait. */
  async flush(names: ReadonlySet<string>, signal?: AbortSignal): Promise<void> {
    const sinks = new Set(this.all.filter(({ name }) => names.has(name)).flatMap((pipeline) => pipeline.sinks));
    await Promise.all([...sinks].map((sink) => sink.flush(signal)));
  }

  private async startOne(config: PipelineConfig): Promise<void> {
    const { log, latencies, now } = this.edges;
    const disabled = (pattern: string, reason: string) => log.error("a pattern is switched off", { pattern, reason });
    const multiline = config.multiline === undefined ? undefined : compileMultiline(config.multiline, disabled);
    const processors = config.processors.map((filter) => createLineFilter(filter, disabled));
    const sinks = await this.pool.acquire(config.sinks);
    const pipeline = new Pipeline({
      ...{ config, account: this.accountOf(config.name), sinks, processors, multiline, groups: this.groups },
      ...{ latencies, now },
    });
    this.byName.set(config.name, pipeline);
  }
}
