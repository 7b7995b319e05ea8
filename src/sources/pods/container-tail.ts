// Follows one container of one pod through its restarts: each instance in turn, none left out.
import { ApiError } from "../../clients/kubernetes/client.ts";
import type { Pod } from "../../clients/kubernetes/resources.ts";
import type { Cursor } from "./cursor.ts";
import { currentInstance, type Instance, previousInstance, statusOf, willRestart } from "./instance.ts";
import type { ContainerTailOptions, InstanceContext } from "./instance-context.ts";
import { InstanceTail } from "./instance-tail.ts";
import type { LogRead } from "./log-read.ts";

export class ContainerTail {
  private readonly options: ContainerTailOptions;
  private readonly path: string;
  private pod: Pod;
  private podGone = false;
  private changed: (() => void)[] = [];
  private read: LogRead | undefined;
  private reading = true;
  private roomMade: () => void = () => undefined;
  private readonly seen = new Set<string>();
  private lastRestart: number | undefined;
  private linesTaken = 0;
  private bytesTaken = 0;
  private satisfied = false;
  /** A cursor of an instance whose lines were taken for those of the one before it. */
  private carried: { id: string; cursor: Cursor } | undefined;

  constructor(options: ContainerTailOptions) {
    this.options = options;
    this.pod = options.pod;
    const { namespace, name } = options.pod.metadata;
    this.path = `/api/v1/namespaces/${encodeURIComponent(namespace ?? "")}/pods/${encodeURIComponent(name)}`;
  }

  /** The pod as the watch sees it; undefined when it was deleted. */
  update(pod: Pod | undefined): void {
    if (pod === undefined) this.podGone = true;
    else this.pod = pod;
    const waiters = this.changed;
    this.changed = [];
    for (const wake of waiters) wake();
  }

  /** The lane tells whether it can take more. */
  flow(reading: boolean): void {
    this.reading = reading;
    if (reading) {
      this.read?.resume();
      this.roomMade();
    } else this.read?.pause();
  }

  /** Runs until the container can have no more lines, or the signal aborts. Never rejects. */
  async run(): Promise<void> {
    const { window, lane } = this.options;
    try {
      if (window.previous) await this.readPrevious();
      else if (!window.follow) await this.readOnce();
      else await this.followAll();
    } finally {
      lane.close();
      this.options.timeline.drain();
    }
  }

  private async readPrevious(): Promise<void> {
    const instance = previousInstance(statusOf(this.pod, this.options.container)) ?? this.crashed();
    if (instance === undefined)
      return this.options.listener.nothingToRead(this.options.container, this.pod, "no-previous");
    await new InstanceTail(this.shared(), instance, { previous: true, existed: true, cursor: undefined }).run();
  }

  /** While a crashed container waits to be started again, the API gives its last run as the previous one. */
  private crashed(): Instance | undefined {
    const status = statusOf(this.pod, this.options.container);
    return status?.state?.waiting !== undefined ? currentInstance(status) : undefined;
  }

  private async readOnce(): Promise<void> {
    const instance = currentInstance(statusOf(this.pod, this.options.container));
    if (instance === undefined)
      return this.options.listener.nothingToRead(this.options.container, this.pod, "not-started");
    await new InstanceTail(this.shared(), instance, { previous: false, existed: true, cursor: undefined }).run();
  }

  private async followAll(): Promise<void> {
    let existed = this.options.existed;
    for (;;) {
      if (this.options.signal.aborted || this.satisfied) return;
      const status = statusOf(this.pod, this.options.container);
      const current = currentInstance(status);
      const missed = previousInstance(status);
      // An instance that came and went unseen is read before the one that runs now.
      if (missed !== undefined && !this.seen.has(missed.id) && (this.lastRestart !== undefined || !existed)) {
        await this.followInstance(missed, { previous: true, existed: false });
        continue;
      }
      if (current === undefined || this.seen.has(current.id)) {
        this.options.lane.unawait();
        this.options.listener.backlogRead();
        this.options.timeline.drain();
        if (this.podGone || !this.mayComeBack()) return;
        this.options.lane.idle = true;
        await this.nextChange();
        this.options.lane.idle = false;
        continue;
      }
      await this.followInstance(current, { previous: false, existed: existed && this.lastRestart === undefined });
      existed = false;
    }
  }

  private async followInstance(instance: Instance, how: { previous: boolean; existed: boolean }): Promise<void> {
    this.seen.add(instance.id);
    const skipped = this.lastRestart === undefined ? 0 : instance.restart - this.lastRestart - 1;
    const cursor = this.carried?.id === instance.id ? this.carried.cursor : undefined;
    const tail = new InstanceTail(this.shared(), instance, { ...how, cursor });
    if (skipped > 0) tail.missed(skipped);
    this.lastRestart = instance.restart;
    await tail.run();
  }

  private mayComeBack(): boolean {
    const status = statusOf(this.pod, this.options.container);
    return status === undefined || willRestart(this.pod, status, this.options.kind);
  }

  private nextChange(): Promise<void> {
    const { signal } = this.options;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      signal.addEventListener("abort", done, { once: true });
      this.changed.push(done);
    });
  }

  private room(): Promise<void> {
    const { signal } = this.options;
    if (signal.aborted || this.reading) return Promise.resolve();
    return new Promise((resolve) => {
      this.roomMade = () => {
        signal.removeEventListener("abort", this.roomMade);
        resolve();
      };
      signal.addEventListener("abort", this.roomMade, { once: true });
    });
  }

  private shared(): InstanceContext {
    return {
      ...this.options,
      path: this.path,
      latestPod: () => this.pod,
      podGone: () => this.podGone,
      nextChange: () => this.nextChange(),
      isReading: () => this.reading,
      room: () => this.room(),
      setRead: (read) => {
        this.read = read;
      },
      carry: (id, cursor) => {
        this.carried = { id, cursor };
      },
      refresh: async () => {
        const pod = await this.options.client.get<Pod>(this.path, { signal: this.options.signal });
        if (pod.metadata.uid !== this.pod.metadata.uid) throw new ApiError("not-found", "the pod was replaced");
        this.pod = pod;
        return pod;
      },
      count: (bytes) => {
        this.linesTaken++;
        this.bytesTaken += bytes;
        return { lines: this.linesTaken, bytes: this.bytesTaken };
      },
      satisfy: () => {
        this.satisfied = true;
      },
      isSatisfied: () => this.satisfied,
    };
  }
}
