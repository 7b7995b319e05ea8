// The limits of the configuration as the loop asks for them, and what they cost.
import type { Pace } from "../collector-api.ts";
import type { LimitStatus } from "./agent-status.ts";
import { CpuLimit } from "./cpu-limit.ts";
import { type MemoryEdges, MemoryLimit } from "./memory-limit.ts";

export interface Limits {
  /** Cores. */
  readonly cpu?: number | undefined;
  /** Bytes of resident memory. */
  readonly memory?: number | undefined;
}

export interface PaceEdges extends MemoryEdges {
  /** CPU time of the process so far, in ms. */
  readonly cpuMs: () => number;
}

export class LimitedPace implements Pace {
  readonly #cpu: CpuLimit;
  readonly #memory: MemoryLimit;

  constructor(limits: Limits, edges: PaceEdges) {
    this.#cpu = new CpuLimit(limits.cpu, edges.cpuMs, edges.now);
    this.#memory = new MemoryLimit(limits.memory, edges);
  }

  apply({ cpu, memory }: Limits): void {
    this.#cpu.limit = cpu;
    this.#memory.limit = memory;
  }

  pause(inFlightBytes: number): number {
    return Math.max(this.#cpu.pause(), this.#memory.pause(inFlightBytes));
  }

  budget(bytes: number): number {
    return this.#memory.budget(bytes);
  }

  /** Why the agent reads less than it could, for a person; undefined while memory is under its limit. */
  memoryPressure(): string | undefined {
    const { limit } = this.#memory;
    const used = this.#memory.used();
    if (limit === undefined || used <= limit) return undefined;
    return `${mebibytes(used)} MiB of memory in use, limit ${mebibytes(limit)} MiB: reading pauses`;
  }

  status(): LimitStatus {
    const [cpu, memory] = [this.#cpu, this.#memory];
    return {
      ...(cpu.limit === undefined ? {} : { cpu: { limit: cpu.limit, used: cpu.used(), throttledMs: cpu.throttledMs } }),
      ...(memory.limit === undefined
        ? {}
        : { memory: { limit: memory.limit, used: memory.used(), pausedMs: memory.pausedMs } }),
    };
  }
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}
