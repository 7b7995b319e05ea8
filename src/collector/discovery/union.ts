// Several discoveries as one: a file that is reached by several ways is one target, so that nothing is read twice.
import type { FileSystem } from "../file-system.ts";
import type { LogOrigin } from "../target.ts";
import type { FoundTarget, ScanScope, TargetDiscovery } from "./found-target.ts";

/** What tells that two targets are one log, as it was when the target was first seen. */
interface Identity {
  /** Directory and name, links resolved. */
  readonly path: string;
  /** The directory's inode and the name: holds through bind mounts and rotation. */
  readonly place: string | undefined;
  /** The file's inode: hard links. It may be another file's by now, so it is only a hint. */
  readonly file: string | undefined;
}

export class Union implements TargetDiscovery {
  readonly name = "all";
  private readonly fs: FileSystem;
  private readonly discoveries: readonly TargetDiscovery[];
  private readonly identities = new WeakMap<FoundTarget, Identity>();
  private readonly merged = new WeakMap<
    FoundTarget,
    { readonly others: readonly FoundTarget[]; readonly target: FoundTarget }
  >();
  private parts: readonly (readonly FoundTarget[])[] = [];
  private targets: readonly FoundTarget[] = [];
  private watchedParts: readonly (readonly string[])[] = [];
  private watchedNow: readonly string[] | undefined;

  /** In order of precedence: the first way to a log names it. */
  constructor(fs: FileSystem, discoveries: readonly TargetDiscovery[]) {
    this.fs = fs;
    this.discoveries = discoveries;
  }

  scan(scope: ScanScope = {}): readonly FoundTarget[] {
    const parts = this.discoveries.map((discovery) => discovery.scan(scope));
    if (sameList(parts, this.parts)) return this.targets;
    this.parts = parts;
    this.targets = this.unite(parts.flat());
    return this.targets;
  }

  watched(): readonly string[] {
    const parts = this.discoveries.map((discovery) => discovery.watched());
    if (this.watchedNow === undefined || !sameList(parts, this.watchedParts))
      this.watchedNow = [...new Set(parts.flat())];
    this.watchedParts = parts;
    return this.watchedNow;
  }

  problems(): readonly string[] {
    return this.discoveries.flatMap((discovery) => discovery.problems());
  }

  private unite(all: readonly FoundTarget[]): readonly FoundTarget[] {
    const groups: FoundTarget[][] = [];
    const byKey = new Map<string, FoundTarget[]>();
    for (const target of all) {
      const identity = this.identityOf(target);
      const group =
        byKey.get(`i ${target.id}`) ??
        byKey.get(`p ${identity.path}`) ??
        (identity.place && byKey.get(`d ${identity.place}`)) ??
        (identity.file && this.stillSame(target, byKey.get(`f ${identity.file}`)));
      if (group) group.push(target);
      const home = group || [target];
      if (!group) groups.push(home);
      for (const key of keysOf(target, identity)) if (!byKey.has(key)) byKey.set(key, home);
    }
    return groups.map(([first, ...others]) => (others.length === 0 ? first! : this.merge(first!, others)));
  }

  private identityOf(target: FoundTarget): Identity {
    let identity = this.identities.get(target);
    if (identity === undefined) {
      const directory = this.inode(target.directory);
      identity = {
        path: `${target.directory}/${target.file}`,
        place: directory === undefined ? undefined : `${directory}/${target.file}`,
        file: this.inode(`${target.directory}/${target.file}`),
      };
      this.identities.set(target, identity);
    }
    return identity;
  }

  /** An inode number is given to another file soon after it is free. */
  private stillSame(target: FoundTarget, group: FoundTarget[] | undefined): FoundTarget[] | undefined {
    const other = group?.[0];
    if (other === undefined) return undefined;
    const now = this.inode(`${target.directory}/${target.file}`);
    return now !== undefined && now === this.inode(`${other.directory}/${other.file}`) ? group : undefined;
  }

  private inode(path: string): string | undefined {
    try {
      const stat = this.fs.stat(path);
      return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
    } catch {
      // Whoever opens the file says that it cannot be read; as for being the same as another, nothing is known.
      return undefined;
    }
  }

  private merge(first: FoundTarget, others: readonly FoundTarget[]): FoundTarget {
    const known = this.merged.get(first);
    if (known !== undefined && sameList(known.others, others)) return known.target;
    const target = others.reduce(withKnowledgeOf, first);
    this.merged.set(first, { others, target });
    return target;
  }
}

function keysOf(target: FoundTarget, identity: Identity): string[] {
  const keys = [`i ${target.id}`, `p ${identity.path}`];
  if (identity.place !== undefined) keys.push(`d ${identity.place}`);
  if (identity.file !== undefined) keys.push(`f ${identity.file}`);
  return keys;
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}

/** What the first way does not tell, the other may. */
function withKnowledgeOf(target: FoundTarget, other: FoundTarget): FoundTarget {
  return {
    ...target,
    tags: { ...other.tags, ...target.tags },
    facts: {
      podLabels: target.facts.podLabels ?? other.facts.podLabels,
      containerLabels: target.facts.containerLabels ?? other.facts.containerLabels,
      env: target.facts.env ?? other.facts.env,
    },
    origin: mergedOrigin(target.origin, other.origin),
  };
}

function mergedOrigin(origin: LogOrigin, other: LogOrigin): LogOrigin {
  return {
    ...origin,
    namespace: origin.namespace || other.namespace,
    pod: origin.pod || other.pod,
    podUid: origin.podUid || other.podUid,
    container: origin.container || other.container,
    containerId: origin.containerId || other.containerId,
    image: origin.image || other.image,
    dockerApp: origin.dockerApp || other.dockerApp,
    dockerService: origin.dockerService || other.dockerService,
    dockerContainer: origin.dockerContainer || other.dockerContainer,
    labels: { ...other.labels, ...origin.labels },
  };
}
