// A namespace of the test cluster that a file of tests has to itself, and klog run in it.
import { type Cluster, manifest, startCluster, waitFor } from "../../services/cluster.ts";
import { type KlogOptions, KlogProcess } from "./klog.ts";

/** Longer than any run that ends by itself takes on a loaded machine. */
const RUN_LIMIT_MS = 40_000;

export class Lab {
  readonly cluster: Cluster;
  readonly namespace: string;
  private readonly running = new Set<KlogProcess>();

  constructor(cluster: Cluster, namespace: string) {
    this.cluster = cluster;
    this.namespace = namespace;
  }

  static async open(prefix: string): Promise<Lab> {
    const cluster = await startCluster({ name: "node", logMax: "10Mi" });
    return new Lab(cluster, await cluster.namespace(prefix));
  }

  async close(): Promise<void> {
    await this.stopAll();
    await this.cluster.kubectl(["delete", "namespace", this.namespace, "--wait=false"]);
  }

  /** Ends what a test left running. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.running].map((process) => process.interrupt()));
    this.running.clear();
  }

  /** Starts klog, with the admin's kubeconfig unless another is given. */
  start(args: readonly string[], options: KlogOptions = {}): KlogProcess {
    const process = new KlogProcess(args, { kubeconfig: this.cluster.kubeconfig, ...options });
    this.running.add(process);
    void process.exited.then(() => this.running.delete(process));
    return process;
  }

  /** Starts `klog tail` in the namespace. */
  follow(args: readonly string[], options: KlogOptions = {}): KlogProcess {
    return this.start(["tail", "-n", this.namespace, ...args], options);
  }

  /** Runs klog to its end. */
  async klog(args: readonly string[], options: KlogOptions = {}): Promise<KlogProcess> {
    const process = this.start(args, options);
    const ended = await within(
      process.exited.then(() => true),
      RUN_LIMIT_MS,
    );
    if (ended) return process;
    process.child.kill("SIGKILL");
    throw new Error(
      `klog ${args.join(" ")} did not end by itself\n${process.stdout.slice(-400)}\n${process.stderr.slice(-800)}`,
    );
  }

  /** Runs `klog tail --no-follow` in the namespace to its end. */
  async tail(args: readonly string[], options: KlogOptions = {}): Promise<KlogProcess> {
    return this.klog(["tail", "-n", this.namespace, "--no-follow", ...args], options);
  }

  async kubectl(args: string[]): Promise<string> {
    return this.cluster.kubectl(["-n", this.namespace, ...args]);
  }

  /** Applies manifests, as YAML or as objects. */
  async apply(...manifests: (string | object)[]): Promise<void> {
    const text = manifests.map((m) => (typeof m === "string" ? m : JSON.stringify(m))).join("\n---\n");
    await this.cluster.apply(text, { namespace: this.namespace });
  }

  /** Applies objects of mix.yaml, chosen by name; all of them without names. */
  async applyMix(...wanted: string[]): Promise<void> {
    const objects = (await manifest("mix.yaml")).split(/^---$/m);
    const chosen = objects.filter((text) => {
      const name = /^metadata: \{name: ([\w-]+)/m.exec(text)?.[1];
      return wanted.length === 0 || wanted.includes(name ?? "");
    });
    if (chosen.length < wanted.length) throw new Error(`mix.yaml lacks some of ${wanted.join(", ")}`);
    await this.apply(...chosen);
  }

  async pod(name: string): Promise<PodView> {
    return JSON.parse(await this.kubectl(["get", "pod", name, "-o", "json"])) as PodView;
  }

  /** Waits until a pod is as `is` wants it. */
  async podIs(name: string, what: string, is: (pod: PodView) => boolean): Promise<PodView> {
    return waitFor(`pod ${name}: ${what}`, async () => {
      const pod = await this.pod(name);
      return is(pod) ? pod : undefined;
    });
  }

  /** Waits until every container of these pods has ended. */
  async finished(...names: string[]): Promise<void> {
    for (const name of names) {
      await this.podIs(name, "finished", ({ status }) => ["Succeeded", "Failed"].includes(status.phase ?? ""));
    }
  }

  /** Waits until these pods run. */
  async runs(...names: string[]): Promise<void> {
    for (const name of names) await this.podIs(name, "running", ({ status }) => status.phase === "Running");
  }
}

interface PodView {
  readonly metadata: { readonly name: string; readonly uid: string; readonly annotations?: Record<string, string> };
  readonly status: {
    readonly phase?: string;
    readonly containerStatuses?: readonly ContainerView[];
    readonly ephemeralContainerStatuses?: readonly ContainerView[];
  };
}

interface ContainerView {
  readonly name: string;
  readonly restartCount: number;
  readonly state?: {
    readonly running?: object;
    readonly waiting?: { readonly reason?: string };
    readonly terminated?: object;
  };
}

async function within(promise: Promise<boolean>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
