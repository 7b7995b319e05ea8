// A file system whose time a test sets, and how targets are shown in tests of discoveries.
import type { FoundTarget } from "../../../src/collector/discovery/found-target.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";

export class World extends ModelFileSystem {
  time = 1_790_000_000_000;
  readonly nowMs: () => number;
  /** Paths given to `list`. */
  readonly listed: string[] = [];
  /** Paths given to `stat`. */
  readonly asked: string[] = [];

  /** Without a clock, `time` is what it is set to. */
  constructor(clock?: () => number) {
    const source = { now: clock ?? ((): number => 0) };
    super({ clock: () => source.now() });
    this.nowMs = clock ?? (() => this.time);
    source.now = this.nowMs;
    this.beforeCall = (name, path) => {
      if (name === "list") this.listed.push(path);
      if (name === "stat") this.asked.push(path);
    };
  }

  /** Long enough for times of change to be believed. */
  settle(): void {
    this.time += 5_000;
  }
}

export function ids(targets: readonly FoundTarget[]): string[] {
  return targets.map(({ id }) => id).sort();
}

export const POD = "/var/log/pods/shop_web-0_6f1d3f4e-0001";
export const DOCKER = "/var/lib/docker/containers";
export const CONTAINER_ID = "ab".repeat(32);
export const DOCKER_LOG = `${DOCKER}/${CONTAINER_ID}/${CONTAINER_ID}-json.log`;
