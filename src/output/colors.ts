// Which colour a container's name gets: a slot for each workload, no two live workloads alike while slots last.
import type { Origin } from "../record/log-line.ts";
import { type OriginPaints, PLAIN } from "./paint.ts";
import type { PaintPair } from "./theme.ts";

interface Workload {
  readonly slot: number;
  /** Live pods by their shade. */
  readonly pods: Map<string, number>;
}

export interface ColorOptions {
  readonly slots: readonly (readonly PaintPair[])[];
  /** Containers of different names differ, whatever their pod (stern's --diff-container). */
  readonly diffContainer: boolean;
}

const NO_PAINTS: OriginPaints = { pod: PLAIN, container: PLAIN };

export class WorkloadColors {
  private readonly options: ColorOptions;
  private readonly live = new Map<string, Workload>();
  /** Where a workload that is gone had its colour: a rollout that comes back finds it again if it is free. */
  private readonly former = new Map<string, number>();
  private readonly owners: number[];
  private readonly lastUsed: number[];
  private turn = 0;
  private readonly paints = new Map<Origin, OriginPaints>();

  constructor(options: ColorOptions) {
    this.options = options;
    this.owners = options.slots.map(() => 0);
    this.lastUsed = options.slots.map(() => 0);
  }

  of(origin: Origin): OriginPaints {
    if (this.options.slots.length === 0) return NO_PAINTS;
    let paints = this.paints.get(origin);
    if (paints === undefined) {
      paints = this.assign(origin);
      this.paints.set(origin, paints);
    }
    return paints;
  }

  /** A pod is gone, with every container of it. The slot is free once the workload has no other pod. */
  release(pod: Pick<Origin, "cluster" | "namespace" | "workload" | "podUid">): void {
    for (const origin of this.paints.keys()) {
      if (origin.podUid === pod.podUid && origin.cluster === pod.cluster) this.paints.delete(origin);
    }
    const key = workloadKey(pod);
    const workload = this.live.get(key);
    if (workload === undefined || !workload.pods.delete(pod.podUid) || workload.pods.size > 0) return;
    this.live.delete(key);
    this.owners[workload.slot]!--;
    this.lastUsed[workload.slot] = ++this.turn;
    this.former.set(key, workload.slot);
  }

  private assign(origin: Origin): OriginPaints {
    const workload = this.workload(workloadKey(origin));
    const shades = this.options.slots[workload.slot]!;
    let shade = workload.pods.get(origin.podUid);
    if (shade === undefined) {
      shade = freeShade(workload.pods, shades.length);
      workload.pods.set(origin.podUid, shade);
    }
    const pair = shades[shade]!;
    if (!this.options.diffContainer) return pair;
    const slot = fnv32(origin.container) % this.options.slots.length;
    return { pod: pair.pod, container: this.options.slots[slot]![0]!.container };
  }

  private workload(key: string): Workload {
    let workload = this.live.get(key);
    if (workload === undefined) {
      const slot = this.freeSlot(key);
      workload = { slot, pods: new Map() };
      this.live.set(key, workload);
      this.owners[slot]!++;
      this.lastUsed[slot] = ++this.turn;
      this.former.delete(key);
    }
    return workload;
  }

  /** Its former slot if that is free, else the one with the fewest owners, of these the least recently used. */
  private freeSlot(key: string): number {
    const former = this.former.get(key);
    if (former !== undefined && this.owners[former] === 0) return former;
    let best = 0;
    for (let i = 1; i < this.owners.length; i++) {
      const fewer = this.owners[i]! - this.owners[best]!;
      if (fewer < 0 || (fewer === 0 && this.lastUsed[i]! < this.lastUsed[best]!)) best = i;
    }
    return best;
  }
}

function workloadKey({ cluster, namespace, workload }: Pick<Origin, "cluster" | "namespace" | "workload">): string {
  return `${cluster}\0${namespace}\0${workload}`;
}

/** The shade with the fewest live pods. */
function freeShade(pods: ReadonlyMap<string, number>, shades: number): number {
  const counts = new Array<number>(shades).fill(0);
  for (const shade of pods.values()) counts[shade]!++;
  return counts.indexOf(Math.min(...counts));
}

/** FNV-1, as stern hashes names. */
function fnv32(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0;
  return hash;
}
