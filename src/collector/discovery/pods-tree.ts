// Finds the logs that the kubelet keeps: /var/log/pods/<namespace>_<pod>_<uid>/<container>/<n>.log, one target an instance.

import type { FileSystem } from "../file-system.ts";
import { UNKNOWN_ORIGIN } from "../target.ts";
import { ContainerLinks } from "./container-links.ts";
import { instanceOf, linkEnd, type PodDirectoryName, parsePodDirectory, podTargetId } from "./container-log.ts";
import { type FoundTarget, type ScanScope, type TargetDiscovery, UNKNOWN_FACTS, UNROUTED } from "./found-target.ts";
import { type Listing, type ScanRound, ScanRounds, TrackedDirectory } from "./tracked-directory.ts";

export interface PodsTreeOptions {
  /** Undefined = only the links. */
  readonly root: string | undefined;
  /** Directory of links to the same logs, read where `root` is not there. */
  readonly links: string | undefined;
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export class PodsTree implements TargetDiscovery {
  readonly name = "pods";
  private readonly fs: FileSystem;
  private readonly options: PodsTreeOptions;
  private readonly rounds: ScanRounds;
  private readonly links: ContainerLinks | undefined;
  private root: TrackedDirectory;
  private listing: Listing | undefined;
  private pods = new Map<string, Pod>();
  private targets: readonly FoundTarget[] = [];
  private watchedNow: readonly string[] | undefined;

  constructor(fs: FileSystem, options: PodsTreeOptions) {
    this.fs = fs;
    this.options = options;
    this.rounds = new ScanRounds(fs, options.now);
    this.root = new TrackedDirectory(fs, options.root ?? "");
    this.links = options.links === undefined ? undefined : new ContainerLinks(fs, options.links, options.node);
  }

  scan(scope: ScanScope = {}): readonly FoundTarget[] {
    const round = this.rounds.next(scope);
    const root = this.options.root === undefined ? undefined : this.fs.realpath(this.options.root);
    if (root !== undefined && root !== this.root.path) this.moveTo(root);
    const listing = root === undefined ? undefined : this.root.look(round);
    if (listing === undefined) {
      this.listing = undefined;
      this.pods = new Map();
      this.watchedNow = undefined;
      this.targets = this.links?.scan(round) ?? (this.targets.length === 0 ? this.targets : []);
      return this.targets;
    }
    let changed = listing !== this.listing;
    if (changed) this.readRoot(listing);
    for (const pod of this.pods.values()) if (pod.look(round)) changed = true;
    if (changed) this.targets = [...this.pods.values()].flatMap((pod) => pod.targets());
    if (changed || round.changed) this.watchedNow = undefined;
    return this.targets;
  }

  /** A directory with a log in it is not watched: every line written would wake the agent. Its time of change is asked instead. */
  watched(): readonly string[] {
    if (this.listing === undefined) return this.links?.watched() ?? [];
    this.watchedNow ??= [this.root.path, ...[...this.pods.values()].flatMap((pod) => pod.watched())];
    return this.watchedNow;
  }

  problems(): readonly string[] {
    return this.rounds.problems();
  }

  /** The root is a link, or was replaced by one: targets lie where it ends. */
  private moveTo(root: string): void {
    this.root = new TrackedDirectory(this.fs, root);
    this.listing = undefined;
    this.pods = new Map();
  }

  private readRoot(listing: Listing): void {
    this.listing = listing;
    const known = this.pods;
    this.pods = new Map();
    for (const { name, kind } of listing) {
      const parsed = kind === "directory" ? parsePodDirectory(name) : undefined;
      if (parsed === undefined) continue;
      this.pods.set(
        name,
        known.get(name) ?? new Pod(this.fs, `${this.root.path}/${name}`, parsed, this.pathOf(name), this.options.node),
      );
    }
  }

  private pathOf(name: string): string {
    return `${this.options.root}/${name}`;
  }
}

class Pod {
  private readonly fs: FileSystem;
  private readonly directory: TrackedDirectory;
  private readonly pod: PodDirectoryName;
  private readonly shownPath: string;
  private readonly node: string;
  private listing: Listing | undefined;
  private containers = new Map<string, Container>();

  constructor(fs: FileSystem, path: string, pod: PodDirectoryName, shownPath: string, node: string) {
    this.fs = fs;
    this.directory = new TrackedDirectory(fs, path);
    this.pod = pod;
    this.shownPath = shownPath;
    this.node = node;
  }

  /** True when targets came or went. */
  look(round: ScanRound): boolean {
    const listing = this.directory.look(round);
    let changed = false;
    if (listing !== this.listing) {
      this.listing = listing;
      const known = this.containers;
      this.containers = new Map();
      for (const { name, kind } of listing ?? [])
        if (kind === "directory") this.containers.set(name, known.get(name) ?? this.container(name));
      for (const [name, container] of known)
        if (container.targets.length > 0 && !this.containers.has(name)) changed = true;
    }
    for (const container of this.containers.values()) if (container.look(round)) changed = true;
    return changed;
  }

  targets(): readonly FoundTarget[] {
    return [...this.containers.values()].flatMap((container) => container.targets);
  }

  watched(): string[] {
    const empty = [...this.containers.values()].filter((container) => container.targets.length === 0);
    return [this.directory.path, ...empty.map((container) => container.path)];
  }

  private container(name: string): Container {
    return new Container(
      this.fs,
      `${this.directory.path}/${name}`,
      name,
      this.pod,
      `${this.shownPath}/${name}`,
      this.node,
    );
  }
}

class Container {
  targets: readonly FoundTarget[] = [];
  private readonly fs: FileSystem;
  private readonly directory: TrackedDirectory;
  private readonly name: string;
  private readonly pod: PodDirectoryName;
  private readonly shownPath: string;
  private readonly node: string;
  private listing: Listing | undefined;
  /** A link leads nowhere yet. */
  private dangling = false;

  constructor(fs: FileSystem, path: string, name: string, pod: PodDirectoryName, shownPath: string, node: string) {
    this.fs = fs;
    this.directory = new TrackedDirectory(fs, path);
    this.name = name;
    this.pod = pod;
    this.shownPath = shownPath;
    this.node = node;
  }

  get path(): string {
    return this.directory.path;
  }

  look(round: ScanRound): boolean {
    const listing = this.directory.look(round);
    if (listing === this.listing && !this.dangling) return false;
    this.listing = listing;
    const instances = new Map<number, boolean>();
    for (const { name, kind } of listing ?? []) {
      const instance = kind === "file" || kind === "link" ? instanceOf(name) : undefined;
      if (instance === undefined) continue;
      const isLink = kind === "link" && name === `${instance}.log`;
      instances.set(instance, isLink || (instances.get(instance) ?? false));
    }
    this.dangling = false;
    const before = this.targets;
    const known = new Map(before.map((target) => [target.origin.restart, target]));
    this.targets = [...instances]
      .sort(([a], [b]) => a - b)
      .flatMap(([instance, isLink]) =>
        isLink ? this.linked(instance, known) : (known.get(instance) ?? this.own(instance)),
      );
    return before.length !== this.targets.length || before.some((target, i) => target !== this.targets[i]);
  }

  private own(instance: number): FoundTarget {
    return this.target(
      instance,
      { directory: this.path, file: `${instance}.log`, siblings: "kubelet", format: "cri" },
      "",
    );
  }

  private linked(instance: number, known: ReadonlyMap<number, FoundTarget>): FoundTarget[] {
    const end = linkEnd(this.fs, `${this.path}/${instance}.log`);
    if (end === undefined) {
      this.dangling = true;
      return [];
    }
    const { containerId, ...place } = end;
    const same = known.get(instance);
    if (same?.directory === place.directory && same.file === place.file) return [same];
    return [this.target(instance, place, containerId)];
  }

  private target(
    instance: number,
    place: Pick<FoundTarget, "directory" | "file" | "siblings" | "format">,
    containerId: string,
  ): FoundTarget {
    return {
      ...UNROUTED,
      ...place,
      id: podTargetId(this.pod.uid, this.name, instance),
      way: "pods",
      facts: UNKNOWN_FACTS,
      origin: {
        ...UNKNOWN_ORIGIN,
        node: this.node,
        namespace: this.pod.namespace,
        pod: this.pod.pod,
        podUid: this.pod.uid,
        container: this.name,
        containerId,
        restart: instance,
        path: `${this.shownPath}/${instance}.log`,
      },
    };
  }
}
