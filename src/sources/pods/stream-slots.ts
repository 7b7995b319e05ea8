// How many log streams may be open, and how fast new ones are opened: a kubelet has few inotify watches, an API server little patience.
import type { Clock } from "../clock.ts";

export interface StreamLimits {
  /** Followed streams in all. */
  readonly total: number;
  /** Followed streams on one node. */
  readonly perNode: number;
  /** First reads per second, and how many may come at once. */
  readonly first: { readonly rate: number; readonly burst: number };
  /** Re-opened reads per second, and how many may come at once. */
  readonly reopen: { readonly rate: number; readonly burst: number };
}

export const DEFAULT_LIMITS: StreamLimits = {
  total: 200,
  perNode: 64,
  first: { rate: 200, burst: 400 },
  reopen: { rate: 20, burst: 40 },
};

/** Tokens that come back at a steady rate. Whoever asks waits in line. */
export class TokenBucket {
  private readonly clock: Clock;
  private readonly rate: number;
  private readonly burst: number;
  private tokens: number;
  private updated: number;
  private slowed = 1;

  constructor(clock: Clock, options: { rate: number; burst: number }) {
    this.clock = clock;
    this.rate = options.rate;
    this.burst = options.burst;
    this.tokens = options.burst;
    this.updated = clock.monotonic();
  }

  /** Resolves when a token was had, or at once when the signal aborts. */
  async take(signal: AbortSignal): Promise<void> {
    this.refill();
    this.tokens--;
    if (this.tokens >= 0 || !Number.isFinite(this.rate)) return;
    await this.clock.sleep((-this.tokens / (this.rate / this.slowed)) * 1000, signal);
  }

  /** The server asked for less: halves the rate, down to a sixteenth. */
  slowDown(): void {
    this.slowed = Math.min(16, this.slowed * 2);
  }

  speedUp(): void {
    this.slowed = Math.max(1, this.slowed / 2);
  }

  private refill(): void {
    const now = this.clock.monotonic();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.updated) / 1000) * (this.rate / this.slowed));
    this.updated = now;
  }
}

/** A place among the followed streams. */
export interface Slot {
  release(): void;
}

/** Hands out the places for followed streams, first come first served, within the caps of the node and of all. */
export class StreamSlots {
  private readonly limits: StreamLimits;
  private readonly used = new Map<string, number>();
  private readonly queue: { node: string; grant: (slot: Slot) => void }[] = [];
  private inUse = 0;
  readonly firstReads: TokenBucket;
  readonly reopens: TokenBucket;

  constructor(clock: Clock, limits: StreamLimits) {
    this.limits = limits;
    this.firstReads = new TokenBucket(clock, limits.first);
    this.reopens = new TokenBucket(clock, limits.reopen);
  }

  /** A place at once, or undefined when there is none. */
  tryAcquire(node: string): Slot | undefined {
    return this.free(node) ? this.grant(node) : undefined;
  }

  /** Waits in line for a place; `cancel` leaves the line. */
  acquire(node: string): { slot: Promise<Slot>; cancel: () => void } {
    const entry = { node, grant: (_: Slot): void => undefined };
    const slot = new Promise<Slot>((resolve) => {
      entry.grant = resolve;
    });
    this.queue.push(entry);
    return {
      slot,
      cancel: () => {
        const at = this.queue.indexOf(entry);
        if (at >= 0) this.queue.splice(at, 1);
      },
    };
  }

  private free(node: string): boolean {
    return this.inUse < this.limits.total && (this.used.get(node) ?? 0) < this.limits.perNode;
  }

  private grant(node: string): Slot {
    this.inUse++;
    this.used.set(node, (this.used.get(node) ?? 0) + 1);
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        this.inUse--;
        this.used.set(node, this.used.get(node)! - 1);
        const next = this.queue.findIndex((e) => this.free(e.node));
        if (next >= 0) {
          const [entry] = this.queue.splice(next, 1);
          entry!.grant(this.grant(entry!.node));
        }
      },
    };
  }
}
