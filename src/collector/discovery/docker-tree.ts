// Finds Docker's json-files, /var/lib/docker/containers/<id>/<id>-json.log, with the names that config.v2.json beside them gives.

import type { FileSystem } from "../file-system.ts";
import { type LogOrigin, UNKNOWN_ORIGIN } from "../target.ts";
import { podTargetId } from "./container-log.ts";
import {
  type DockerContainer,
  dockerNames,
  parseDockerConfig,
  podContainerOf,
  withoutBookkeeping,
} from "./docker-config.ts";
import {
  type ContainerFacts,
  type FoundTarget,
  type ScanScope,
  type TargetDiscovery,
  UNKNOWN_FACTS,
  UNROUTED,
} from "./found-target.ts";
import { type Listing, type ScanRound, ScanRounds, TrackedDirectory } from "./tracked-directory.ts";

const CONFIG = "config.v2.json";

/** A config that cannot be parsed is being written; after this long it never will be, and the log goes out without names. */
const TORN_MS = 10_000;

export interface DockerTreeOptions {
  readonly root: string;
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class DockerTree implements TargetDiscovery {
  readonly name = "docker";
  private readonly fs: FileSystem;
  private readonly options: DockerTreeOptions;
  private readonly rounds: ScanRounds;
  private root: TrackedDirectory;
  private listing: Listing | undefined;
  private containers = new Map<string, ContainerDirectory>();
  private targets: readonly FoundTarget[] = [];

  constructor(fs: FileSystem, options: DockerTreeOptions) {
    this.fs = fs;
    this.options = options;
    this.rounds = new ScanRounds(fs, options.now);
    this.root = new TrackedDirectory(fs, options.root);
  }

  scan(scope: ScanScope = {}): readonly FoundTarget[] {
    const round = this.rounds.next(scope);
    const root = this.fs.realpath(this.options.root);
    if (root !== undefined && root !== this.root.path) {
      this.root = new TrackedDirectory(this.fs, root);
      this.containers = new Map();
    }
    const listing = root === undefined ? undefined : this.root.look(round);
    let changed = listing !== this.listing;
    if (changed) this.readRoot(listing);
    for (const container of this.containers.values()) if (container.look(round)) changed = true;
    if (!changed) return this.targets;
    // The sandbox may come behind its containers in the listing, so targets are made when all are read.
    this.targets = [...this.containers.values()].flatMap((container) => {
      const target = container.target((id) => this.containers.get(id)?.config);
      return target === undefined ? [] : [target];
    });
    return this.targets;
  }

  watched(): readonly string[] {
    if (this.listing === undefined) return [];
    const withoutLog = [...this.containers.values()].filter((container) => !container.hasLog);
    return [this.root.path, ...withoutLog.map((container) => container.path)];
  }

  problems(): readonly string[] {
    return this.rounds.problems();
  }

  private readRoot(listing: Listing | undefined): void {
    this.listing = listing;
    const known = this.containers;
    this.containers = new Map();
    for (const { name, kind } of listing ?? []) {
      if (kind !== "directory" || !/^[0-9a-f]{12,64}$/.test(name)) continue;
      const shown = `${this.options.root}/${name}/${name}-json.log`;
      const path = `${this.root.path}/${name}`;
      this.containers.set(
        name,
        known.get(name) ?? new ContainerDirectory(this.fs, path, name, shown, this.options.node),
      );
    }
  }
}

class ContainerDirectory {
  hasLog = false;
  config: DockerContainer | undefined;
  private readonly fs: FileSystem;
  private readonly directory: TrackedDirectory;
  private readonly id: string;
  private readonly shownPath: string;
  private readonly node: string;
  private version = -1;
  private configMtimeNs = -1n;
  private torn = false;
  private made: { readonly podLabels: ContainerFacts["podLabels"]; readonly target: FoundTarget } | undefined;

  constructor(fs: FileSystem, path: string, id: string, shownPath: string, node: string) {
    this.fs = fs;
    this.directory = new TrackedDirectory(fs, path);
    this.id = id;
    this.shownPath = shownPath;
    this.node = node;
  }

  get path(): string {
    return this.directory.path;
  }

  /** True when the target may have changed. */
  look(round: ScanRound): boolean {
    const listing = this.directory.look(round);
    if (this.directory.version === this.version && listing !== undefined && !this.torn) return false;
    const hadLog = this.hasLog;
    this.version = this.directory.version;
    this.hasLog = (listing ?? []).some(({ name, kind }) => kind === "file" && this.isLog(name));
    const wasTorn = this.torn;
    const readAgain = this.readConfig(round.nowMs);
    return hadLog !== this.hasLog || wasTorn !== this.torn || readAgain;
  }

  target(configOf: (id: string) => DockerContainer | undefined): FoundTarget | undefined {
    if (!this.hasLog || this.torn) return undefined;
    const pod = this.config && podContainerOf(this.config);
    // It holds the pod's network and says nothing.
    if (pod?.isSandbox) return undefined;
    const sandbox = pod && configOf(pod.sandbox);
    const podLabels = this.made?.podLabels ?? (sandbox && withoutBookkeeping(sandbox.labels));
    if (this.made === undefined || this.made.podLabels !== podLabels)
      this.made = { podLabels, target: this.make(podLabels) };
    return this.made.target;
  }

  /** `<id>-json.log`, or where it was just rotated away, a sibling. */
  private isLog(name: string): boolean {
    const log = `${this.id}-json.log`;
    return name === log || (name.startsWith(`${log}.`) && /^\d+(\.gz)?$/.test(name.slice(log.length + 1)));
  }

  /** True when it says something else than before. */
  private readConfig(nowMs: number): boolean {
    const path = `${this.path}/${CONFIG}`;
    const stat = this.fs.stat(path);
    if (stat === undefined || (stat.mtimeNs === this.configMtimeNs && !this.torn)) return false;
    const bytes = stat.kind === "file" ? this.fs.readFile(path) : undefined;
    const config = bytes && parseDockerConfig(bytes);
    this.torn =
      config === undefined && this.config === undefined && nowMs - Number(stat.mtimeNs / 1_000_000n) < TORN_MS;
    if (config === undefined) return false;
    this.configMtimeNs = stat.mtimeNs;
    if (JSON.stringify(config) === JSON.stringify(this.config)) return false;
    this.config = config;
    this.made = undefined;
    return true;
  }

  private make(podLabels: ContainerFacts["podLabels"]): FoundTarget {
    const pod = this.config && podContainerOf(this.config);
    return {
      ...UNROUTED,
      // A link in the pods' tree gives the same id, so that it does not matter which of the two is removed first.
      id: pod === undefined ? `docker/${this.id}` : podTargetId(pod.uid, pod.container, pod.restart),
      directory: this.path,
      file: `${this.id}-json.log`,
      siblings: "docker",
      format: "docker",
      way: "docker",
      facts: this.config ? { podLabels, containerLabels: this.config.labels, env: this.config.env } : UNKNOWN_FACTS,
      origin: this.origin(podLabels),
    };
  }

  private origin(podLabels: ContainerFacts["podLabels"]): LogOrigin {
    const bare = { ...UNKNOWN_ORIGIN, node: this.node, containerId: this.id, path: this.shownPath };
    if (this.config === undefined) return bare;
    const pod = podContainerOf(this.config);
    const names = dockerNames(this.config);
    return {
      ...bare,
      namespace: pod?.namespace ?? "",
      pod: pod?.pod ?? "",
      podUid: pod?.uid ?? "",
      container: pod?.container ?? "",
      restart: pod?.restart ?? 0,
      image: this.config.image,
      dockerApp: names.app,
      dockerService: names.service,
      dockerContainer: this.config.name,
      labels: { ...podLabels, ...(pod === undefined ? this.config.labels : withoutBookkeeping(this.config.labels)) },
    };
  }
}
