// The real files, with a disk that can be full and a count of what was asked of it; and a clock that the test turns.
import type { StoreClock } from "../../../src/store/store-clock.ts";
import { nodeStoreFiles, type StoreFiles } from "../../../src/store/store-files.ts";

export class FaultyFiles implements StoreFiles {
  /** Bytes that can still be written. */
  room = Number.POSITIVE_INFINITY;
  free = 0;
  syncs = 0;
  syncFails = false;
  makeDirectory = nodeStoreFiles.makeDirectory;
  list = nodeStoreFiles.list;
  openForReading = nodeStoreFiles.openForReading;
  size = nodeStoreFiles.size;
  read = nodeStoreFiles.read;
  openForAppending = nodeStoreFiles.openForAppending;
  truncate = nodeStoreFiles.truncate;
  close = nodeStoreFiles.close;
  remove = nodeStoreFiles.remove;

  /** As a disk does: what fits is written, and then it says no. */
  append = (fd: number, bytes: Uint8Array): void => {
    const fits = Math.min(this.room, bytes.length);
    nodeStoreFiles.append(fd, bytes.subarray(0, fits));
    this.room -= fits;
    if (fits < bytes.length)
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };

  sync = async (_fd: number): Promise<void> => {
    this.syncs++;
    if (this.syncFails) throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
  };

  syncDirectory = async (_path: string): Promise<void> => {};

  freeBytes = (): number => this.free;
}

export class TurnedClock implements StoreClock {
  #now = 1_763_737_752_000;
  #timers: { at: number; then: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.#now + ms, then };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass, and what waits for it happen. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settled();
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#now = next.at;
      this.#timers = this.#timers.filter((other) => other !== next);
      next.then();
    }
    this.#now = until;
  }
}

/** Everything that needs no time has happened, compression on other threads aside. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
