// One container's place among the followed streams: taken, queued for, or given back.
import type { Slot, StreamSlots } from "./stream-slots.ts";

export class StreamPlace {
  private readonly slots: StreamSlots;
  private readonly node: string;
  private readonly queued: () => void;
  private slot: Slot | undefined;
  private leaveQueue: (() => void) | undefined;

  /** `queued` hears that all places are taken. */
  constructor(slots: StreamSlots, node: string, queued: () => void) {
    this.slots = slots;
    this.node = node;
    this.queued = queued;
  }

  /** True when it has a place; `mayQueue`: else it waits for one, and asks again. */
  take(mayQueue: boolean): boolean {
    this.slot ??= this.slots.tryAcquire(this.node);
    if (this.slot === undefined && mayQueue) this.queue();
    return this.slot !== undefined;
  }

  leave(): void {
    this.leaveQueue?.();
    this.slot?.release();
  }

  private queue(): void {
    if (this.leaveQueue !== undefined) return;
    this.queued();
    const { slot, cancel } = this.slots.acquire(this.node);
    let left = false;
    this.leaveQueue = () => {
      left = true;
      cancel();
    };
    void slot.then((granted) => {
      if (left) return granted.release();
      this.slot = granted;
      this.leaveQueue = undefined;
    });
  }
}
