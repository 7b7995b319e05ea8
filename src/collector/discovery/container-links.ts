// Finds container logs through /var/log/containers/<pod>_<namespace>_<container>-<id>.log where the pods' tree is not there.

import type { FileSystem } from "../file-system.ts";
import { UNKNOWN_ORIGIN } from "../target.ts";
import { instanceOf, linkEnd, parsePodDirectory, podTargetId } from "./container-log.ts";
import { type FoundTarget, UNKNOWN_FACTS, UNROUTED } from "./found-target.ts";
import { type Listing, type ScanRound, TrackedDirectory } from "./tracked-directory.ts";

const NAME = /^([^_]+)_([^_]+)_(.+)-([0-9a-f]{12,64})\.log$/;

export class ContainerLinks {
  private readonly fs: FileSystem;
  private readonly directory: TrackedDirectory;
  private readonly node: string;
  private listing: Listing | undefined;
  private dangling = false;
  private targets: readonly FoundTarget[] = [];

  constructor(fs: FileSystem, directory: string, node: string) {
    this.fs = fs;
    this.directory = new TrackedDirectory(fs, directory);
    this.node = node;
  }

  scan(round: ScanRound): readonly FoundTarget[] {
    const listing = this.directory.look(round);
    if (listing === this.listing && !this.dangling) return this.targets;
    this.listing = listing;
    this.dangling = false;
    this.targets = (listing ?? []).flatMap(({ name, kind }) => (kind === "link" ? this.target(name) : []));
    return this.targets;
  }

  watched(): readonly string[] {
    return this.listing === undefined ? [] : [this.directory.path];
  }

  private target(name: string): FoundTarget[] {
    const parts = NAME.exec(name);
    if (parts === null) return [];
    const [, pod = "", namespace = "", container = "", containerId = ""] = parts;
    const path = `${this.directory.path}/${name}`;
    const end = linkEnd(this.fs, path);
    if (end === undefined) {
      this.dangling = true;
      return [];
    }
    const { containerId: _, ...place } = end;
    const podUid = parsePodDirectory(place.directory.split("/").at(-2) ?? "")?.uid ?? "";
    const restart = instanceOf(place.file) ?? 0;
    return [
      {
        ...UNROUTED,
        ...place,
        id: podUid === "" ? `docker/${containerId}` : podTargetId(podUid, container, restart),
        way: "pods",
        facts: UNKNOWN_FACTS,
        origin: { ...UNKNOWN_ORIGIN, node: this.node, namespace, pod, podUid, container, containerId, restart, path },
      },
    ];
  }
}
