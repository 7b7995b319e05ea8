// The logs that are followed now: begun when discovery finds them, left when nothing of theirs is to be expected any more.
// Whatever ends or begins one happens in `settle`, between two turns of the loop.
import { isDeepStrictEqual } from "node:util";
import type { CollectorEdges } from "./collector-api.ts";
import type { Checkpoint } from "./commit/checkpoint.ts";
import type { RoutedTarget } from "./declare/match-targets.ts";
import type { HarvestLoop } from "./harvest-loop.ts";
import { Harvester, type HarvestParts } from "./harvester.ts";
import { eventsOf, tellUndelivered } from "./log-events.ts";
import type { Pipeline } from "./pipeline.ts";
import { Chain } from "./reader/chain.ts";
import type { DescriptorPool, HeldBytes } from "./reader/descriptors.ts";
import { type GenerationRecord, recordKey } from "./reader/generation.ts";
import { SharedListing } from "./reader/shared-listing.ts";

/** Logs that are begun, or whose directories are looked at, before others get their turn. */
const SLICE = 64;
/** A directory that was looked at so long after its change has not changed since without showing it. */
const SETTLED_MS = 2000;
/** A log that changes hands waits so long for what its sinks still have; then it is read again by the other pipeline. */
const HAND_OVER_MS = 10_000;

export interface FollowParts {
  readonly edges: CollectorEdges;
  /** Ms of a clock that never goes back. */
  readonly steady: () => number;
  readonly node: string;
  /** By name; those in force now. */
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly checkpoint: Checkpoint<GenerationRecord>;
  readonly loop: HarvestLoop;
  readonly harvest: HarvestParts;
  readonly descriptors: DescriptorPool;
  readonly held: HeldBytes;
  /** Whether discovery can look everywhere: where it cannot, what it does not find may still be there. */
  readonly allSeen: () => boolean;
  /** Something happened that the status shows. */
  readonly changed: () => void;
}

/** A log that another pipeline takes, or that lies elsewhere now. */
interface Move {
  /** Undefined: nobody takes it any more. */
  readonly to: RoutedTarget | undefined;
  readonly since: number;
  /** Nothing more is read of it. */
  readonly rests: boolean;
}

export class FollowedLogs {
  /** An earlier process has left positions. */
  readonly hasPast: boolean;
  private readonly parts: FollowParts;
  private readonly listing: SharedListing;
  /** By the target's id. */
  private readonly harvesters = new Map<string, Harvester>();
  /** Not found by discovery any more; followed until all of theirs is delivered. */
  private readonly leaving = new Set<Harvester>();
  private readonly moving = new Map<Harvester, Move>();
  /** What the journal has of targets that are not followed. */
  private readonly restored = new Map<string, GenerationRecord[]>();
  /** Targets that discovery found, or that were left while they were there: their positions are kept. */
  private found: ReadonlySet<string> = new Set();
  private readonly left = new Set<string>();
  private readonly beginning: RoutedTarget[] = [];
  /** Those of the current pass that are still to be looked at; undefined between two passes. */
  private pass: Harvester[] | undefined;
  private readonly directories = new WeakMap<Harvester, { readonly mtimeNs: bigint; readonly at: number }>();

  constructor(parts: FollowParts) {
    this.parts = parts;
    this.listing = new SharedListing(parts.edges.fs, parts.edges.now);
    for (const [, record] of parts.checkpoint.positions()) {
      const records = this.restored.get(record.target);
      if (records === undefined) this.restored.set(record.target, [record]);
      else records.push(record);
    }
    this.hasPast = this.restored.size > 0;
  }

  get all(): Harvester[] {
    return [...this.harvesters.values()];
  }

  /** Files of an earlier process that are not found, and were not delivered to their ends: two passes, 2 s apart, tell that they are gone. */
  get hasMissing(): boolean {
    if (this.all.some(({ chain }) => chain.isMissing)) return true;
    const { present } = this;
    for (const [target, records] of this.restored) if (!present.has(target) && records.some(isUnfinished)) return true;
    return false;
  }

  /** `routes`: all logs that there are now, with the pipelines that take them; `found`: the ids of all that there are. */
  follow(routes: readonly RoutedTarget[], found: ReadonlySet<string>): void {
    this.found = found;
    this.beginning.length = 0;
    const present = new Set<string>();
    for (const route of routes) {
      present.add(route.id);
      const known = this.harvesters.get(route.id);
      if (known === undefined) this.beginning.push(route);
      else if (this.fits(known, route)) this.stay(known);
      else this.move(known, route);
    }
    for (const [id, harvester] of this.harvesters) {
      if (present.has(id)) this.leaving.delete(harvester);
      else if (found.has(id)) this.move(harvester, undefined);
      else {
        this.stay(harvester);
        this.leaving.add(harvester);
      }
    }
  }

  /** Every chain is to look at its directory, and those that are gone and delivered are to be forgotten. */
  reconcile(): void {
    this.pass ??= this.all;
  }

  /** Does a part of what is to be done; true where there is more. Only between two turns. */
  settle(): boolean {
    for (const route of this.beginning.splice(0, SLICE)) this.begin(route);
    for (const [harvester, move] of this.moving) this.handOver(harvester, move);
    const { pass } = this;
    if (pass !== undefined) {
      for (const harvester of pass.splice(-SLICE)) this.lookAgain(harvester);
      if (pass.length === 0) this.endPass();
    }
    return this.beginning.length > 0 || this.pass !== undefined;
  }

  /** Leaves the logs of these pipelines alone; their positions are kept for whoever follows them next. */
  leavePipelines(names: ReadonlySet<string>): void {
    for (const harvester of this.all) {
      if (!names.has(harvester.pipeline.name)) continue;
      this.left.add(harvester.target.id);
      this.leave(harvester);
    }
  }

  dispose(): void {
    for (const harvester of this.all) harvester.leave();
  }

  private begin(route: RoutedTarget): void {
    const { edges, steady, node, pipelines, checkpoint, loop, harvest, descriptors, held, changed } = this.parts;
    const pipeline = pipelines.get(route.pipeline);
    if (pipeline === undefined || this.harvesters.has(route.id)) return;
    const restored = this.restored.get(route.id) ?? [];
    this.restored.delete(route.id);
    this.left.delete(route.id);
    const chain = new Chain(route, {
      ...{ fs: edges.fs, clock: steady, node, restored, descriptors, held },
      list: () => this.listing.of(route),
      save: (record) => checkpoint.save(recordKey(record), record),
      forget: (record) => checkpoint.forget(recordKey(record)),
      events: eventsOf(pipeline, edges, changed),
    });
    const harvester = new Harvester(route, pipeline, chain, harvest);
    this.harvesters.set(route.id, harvester);
    this.look(harvester);
    loop.add(harvester, Number(chain.modifiedNs / 1_000_000n));
  }

  private fits({ target, pipeline }: Harvester, route: RoutedTarget): boolean {
    if (pipeline !== this.parts.pipelines.get(route.pipeline)) return false;
    return route === target || (isSamePlace(target, route) && isDeepStrictEqual(shown(target), shown(route)));
  }

  private stay(harvester: Harvester): void {
    if (this.moving.get(harvester)?.rests) this.parts.loop.resume(harvester);
    this.moving.delete(harvester);
  }

  /** Its sinks get what was read of it, and only that; where it lies elsewhere, all that is there. */
  private move(harvester: Harvester, to: RoutedTarget | undefined): void {
    const since = this.moving.get(harvester)?.since ?? this.parts.steady();
    const rests = to === undefined || isSamePlace(harvester.target, to);
    this.stay(harvester);
    this.leaving.delete(harvester);
    this.moving.set(harvester, { to, since, rests });
    if (rests) this.parts.loop.rest(harvester);
  }

  private handOver(harvester: Harvester, { to, since }: Move): void {
    const { loop, steady } = this.parts;
    const isOver = steady() - since >= HAND_OVER_MS;
    if (!isOver && harvester.pending > 0) return;
    if (!isOver && to !== undefined && !isSamePlace(harvester.target, to)) {
      const { chain } = harvester;
      if (chain.unread === 0) chain.finish();
      loop.look(harvester);
      if (chain.unread > 0 || harvester.pending > 0) return;
      if (harvester.open > 0) return harvester.flushAll();
    }
    this.left.add(harvester.target.id);
    this.leave(harvester);
    if (to !== undefined) this.begin(to);
  }

  private leave(harvester: Harvester): void {
    const { checkpoint } = this.parts;
    const records = harvester.chain.generations.flatMap((generation) => checkpoint.get(recordKey(generation)) ?? []);
    this.restored.set(harvester.target.id, records);
    this.drop(harvester);
  }

  private drop(harvester: Harvester): void {
    // What is not delivered is seen again by whoever follows it next.
    const { acked, lost } = harvester.chain.balance;
    harvester.pipeline.retire({ seen: acked + lost, acked, inFlight: 0, unread: 0, lost });
    this.parts.loop.remove(harvester);
    this.harvesters.delete(harvester.target.id);
    this.leaving.delete(harvester);
    this.moving.delete(harvester);
    harvester.leave();
    this.parts.changed();
  }

  /** Lists the directory, unless a quiet log's is as it was. */
  private lookAgain(harvester: Harvester): void {
    if (this.harvesters.get(harvester.target.id) !== harvester) return;
    const { chain, target } = harvester;
    chain.poll();
    const known = this.directories.get(harvester);
    const isSettled = known !== undefined && known.at - Number(known.mtimeNs / 1_000_000n) >= SETTLED_MS;
    if (!chain.resting || !isSettled || this.modifiedNs(target.directory) !== known.mtimeNs) this.look(harvester);
    this.parts.loop.look(harvester);
  }

  private look(harvester: Harvester): void {
    const { now } = this.parts.edges;
    const mtimeNs = this.modifiedNs(harvester.target.directory);
    if (mtimeNs === undefined) this.directories.delete(harvester);
    else this.directories.set(harvester, { mtimeNs, at: now() });
    harvester.chain.reconcile();
  }

  /** Undefined where nobody can say: then the listing tells why. */
  private modifiedNs(directory: string): bigint | undefined {
    try {
      return this.parts.edges.fs.stat(directory)?.mtimeNs;
    } catch {
      return undefined;
    }
  }

  private get present(): Set<string> {
    return new Set([...this.found, ...this.left, ...this.harvesters.keys()]);
  }

  private isThere({ directory, lastName, ino }: GenerationRecord): boolean {
    try {
      return this.parts.edges.fs.lstat(`${directory}/${lastName}`)?.ino === BigInt(ino);
    } catch {
      // Nobody can say that it is gone.
      return true;
    }
  }

  private endPass(): void {
    this.pass = undefined;
    for (const harvester of this.leaving) if (isOver(harvester)) this.drop(harvester);
    const { checkpoint, pipelines, edges, allSeen, changed } = this.parts;
    if (!allSeen()) return;
    for (const [key, record] of checkpoint.reconciled(this.present)) {
      if (this.isThere(record)) {
        // Its configuration does not name it any more: whoever names it again finds its position.
        this.left.add(record.target);
        continue;
      }
      const [pipeline] = pipelines.values();
      if (pipeline !== undefined && isUnfinished(record)) {
        tellUndelivered(record, pipeline, edges);
        changed();
      }
      checkpoint.forget(key);
      this.restored.delete(record.target);
    }
  }
}

function isSamePlace(a: RoutedTarget, b: RoutedTarget): boolean {
  return a.directory === b.directory && a.file === b.file && a.siblings === b.siblings;
}

/** What its records say of it, and how they are made. */
function shown({ origin, tags, streams, format }: RoutedTarget): unknown {
  return { origin, tags, streams, format };
}

function isUnfinished({ state, size, ackPos }: GenerationRecord): boolean {
  return state !== "LOST" && size > ackPos;
}

/** Deleted files are read to their ends and sealed before they are given up: their writers may have them open still. */
function isOver({ chain, open }: Harvester): boolean {
  const { balance, generations } = chain.status;
  const isDone = generations.every(({ state }) => state !== "DRAINING" && state !== "SEALED");
  return isDone && balance.unread === 0 && balance.inFlight === 0 && open === 0;
}
