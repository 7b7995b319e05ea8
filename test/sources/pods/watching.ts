// Runs watchPods on a cluster in memory and writes down what it tells.
import type { KubernetesClient } from "../../../src/clients/kubernetes/client.ts";
import { PodCensus } from "../../../src/sources/pods/pod-census.ts";
import { watchPods } from "../../../src/sources/pods/pod-watch.ts";
import type { PodProblem } from "../../../src/sources/pods/problem.ts";
import type { Selection } from "../../../src/sources/pods/selection.ts";
import { FakeClock, settled } from "../../support/fake-clock.ts";

export class Watching {
  /** `+web-1 app,proxy`, `-web-1 deleted`, `synced`, in the order told. */
  readonly told: string[] = [];
  readonly problems: PodProblem[] = [];
  readonly census = new PodCensus();
  readonly clock = new FakeClock();
  readonly done: Promise<void>;
  private readonly stopped = new AbortController();
  private waiting: { readonly text: string; readonly resolve: () => void }[] = [];

  constructor(client: KubernetesClient, selection: Selection, { follow = true }: { follow?: boolean } = {}) {
    this.done = watchPods(
      client,
      selection,
      {
        pod: (pod, containers) => this.tell(`+${pod.metadata.name} ${containers.map((c) => c.name).join(",")}`),
        gone: (pod, why) => this.tell(`-${pod.metadata.name} ${why}`),
        synced: () => this.tell("synced"),
        problem: (problem) => this.problems.push(problem),
      },
      { signal: this.stopped.signal, follow, clock: this.clock, census: this.census },
    );
    this.done.catch(() => undefined);
  }

  /** Resolves once it has been told. */
  heard(text: string): Promise<void> {
    if (this.told.includes(text)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ text, resolve }));
  }

  private tell(text: string): void {
    this.told.push(text);
    for (const waiter of this.waiting.filter((w) => w.text === text)) waiter.resolve();
    this.waiting = this.waiting.filter((w) => w.text !== text);
  }

  /** What was told since the last time. */
  async news(): Promise<string[]> {
    for (let i = 0; i < 3; i++) await settled();
    return this.told.splice(0);
  }

  get notes(): string[] {
    return this.problems.map((problem) => problem.message);
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.done;
  }
}
