// The open sinks. Pipelines that name the same place share one, as a place has one writer.
import type { SinkConfig } from "./declare/agent-config.ts";
import type { Sink } from "./deliver/sink.ts";

interface Shared {
  readonly sink: Sink;
  users: number;
}

export class SinkPool {
  private readonly create: (config: SinkConfig) => Sink;
  private readonly shared = new Map<string, Shared>();

  constructor(create: (config: SinkConfig) => Sink) {
    this.create = create;
  }

  /** Open sinks for all of `configs`. Throws KlogError where one cannot be opened; none of them is kept then. */
  async acquire(configs: readonly SinkConfig[]): Promise<Sink[]> {
    const sinks: Sink[] = [];
    const taken: SinkConfig[] = [];
    try {
      for (const config of configs) {
        const key = keyOf(config);
        let shared = this.shared.get(key);
        if (shared === undefined) {
          const sink = this.create(config);
          await sink.open();
          shared = { sink, users: 0 };
          this.shared.set(key, shared);
        }
        shared.users++;
        taken.push(config);
        sinks.push(shared.sink);
      }
    } catch (error) {
      await this.release(taken);
      throw error;
    }
    return sinks;
  }

  /** Closes the sinks that nobody uses any more, all of them also where one fails. What they were given should be flushed before. */
  async release(configs: readonly SinkConfig[]): Promise<void> {
    const unused: Sink[] = [];
    for (const config of configs) {
      const key = keyOf(config);
      const shared = this.shared.get(key);
      if (shared === undefined) continue;
      shared.users--;
      if (shared.users > 0) continue;
      this.shared.delete(key);
      unused.push(shared.sink);
    }
    const closed = await Promise.allSettled(unused.map((sink) => sink.close()));
    for (const result of closed) if (result.status === "rejected") throw result.reason;
  }
}

function keyOf(config: SinkConfig): string {
  return JSON.stringify(config);
}
