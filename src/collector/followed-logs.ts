// The logs that are followed now: begun when discovery finds them, left when nothing of theirs is to be expected any more.
import type { CollectorEdges } from "./collector-api.ts";
import type { Checkpoint } from "./commit/checkpoint.ts";
import type { RoutedTarget } from "./declare/match-targets.ts";
import type { HarvestLoop } from "./harvest-loop.ts";
import { Harvester, type HarvestParts } from "./harvester.ts";
import type { Pipeline } from "./pipeline.ts";
import { Chain } from "./reader/chain.ts";
import type { ChainEvents } from "./reader/chain-events.ts";
import type { DescriptorPool, HeldBytes } from "./reader/descriptors.ts";
import { type GenerationRecord, recordKey } from "./reader/generation.ts";

export interface FollowParts {
  readonly edges: CollectorEdges;
  readonly node: string;
  /** By name; those in force now. */
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly checkpoint: Checkpoint<GenerationRecord>;
  readonly loop: HarvestLoop;
  readonly harvest: HarvestParts;
  readonly descriptors: DescriptorPool;
  readonly held: HeldBytes;
  /** Something happened that the status shows. */
  readonly changed: () => void;
}

export class FollowedLogs {
  private readonly parts: FollowParts;
  /** By the target's id. */
  private readonly harvesters = new Map<string, Harvester>();
  /** Not found by discovery any more; followed until all of theirs is delivered. */
  private readonly leaving = new Set<Harvester>();
  /** What the journal has of targets that are not followed. */
  private readonly restored = new Map<string, GenerationRecord[]>();
  private present: ReadonlySet<string> = new Set();

  constructor(parts: FollowParts) {
    this.parts = parts;
    for (const record of parts.checkpoint.records.values()) {
      const records = this.restored.get(record.target);
      if (records === undefined) this.restored.set(record.target, [record]);
      else records.push(record);
    }
  }

  get all(): Harvester[] {
    return [...this.harvesters.values()];
  }

  /** `routes`: all logs that there are now, with the pipelines that take them. */
  follow(routes: readonly RoutedTarget[]): void {
    const present = new Set<string>();
    for (const route of routes) {
      present.add(route.id);
      const known = this.harvesters.get(route.id);
      if (known !== undefined && known.pipeline === this.parts.pipelines.get(route.pipeline)) known.chain.reconcile();
      else {
        if (known !== undefined) this.leave(known);
        this.begin(route);
      }
    }
    for (const [id, harvester] of this.harvesters) {
      if (present.has(id)) this.leaving.delete(harvester);
      else this.leaving.add(harvester);
    }
    this.present = present;
  }

  /** Leaves the logs of these pipelines alone; their positions are kept for whoever follows them next. */
  leavePipelines(names: ReadonlySet<string>): void {
    for (const harvester of this.all) if (names.has(harvester.pipeline.name)) this.leave(harvester);
  }

  /** Every chain lists its directory, and those that are gone and delivered are forgotten. */
  reconcile(): void {
    const { loop } = this.parts;
    for (const harvester of this.all) {
      harvester.chain.reconcile();
      loop.look(harvester);
    }
    for (const harvester of this.leaving) {
      const { unread, inFlight } = harvester.chain.balance;
      if (unread > 0 || inFlight > 0 || harvester.open > 0) continue;
      harvester.pipeline.retire(harvester.chain.balance);
      this.drop(harvester);
    }
    this.tellUndelivered();
  }

  dispose(): void {
    for (const { chain } of this.all) chain.dispose();
  }

  private begin(route: RoutedTarget): void {
    const { edges, node, pipelines, checkpoint, loop, harvest, descriptors, held } = this.parts;
    const pipeline = pipelines.get(route.pipeline)!;
    const restored = this.restored.get(route.id) ?? [];
    this.restored.delete(route.id);
    const chain = new Chain(route, {
      ...{ fs: edges.fs, clock: edges.now, node, restored, descriptors, held },
      save: (record) => checkpoint.save(recordKey(record), record),
      forget: (record) => checkpoint.forget(recordKey(record)),
      events: this.eventsOf(pipeline),
    });
    const harvester = new Harvester(route, pipeline, chain, harvest);
    this.harvesters.set(route.id, harvester);
    chain.reconcile();
    const modified = edges.fs.stat(`${route.directory}/${route.file}`)?.mtimeNs ?? 0n;
    loop.add(harvester, Number(modified / 1_000_000n));
  }

  private leave(harvester: Harvester): void {
    const { id } = harvester.target;
    const records = [...this.parts.checkpoint.records.values()].filter(({ target }) => target === id);
    this.restored.set(id, records);
    this.drop(harvester);
  }

  private drop(harvester: Harvester): void {
    this.parts.loop.remove(harvester);
    this.harvesters.delete(harvester.target.id);
    this.leaving.delete(harvester);
    harvester.chain.dispose();
  }

  /** Files of an earlier process that nobody finds any more: what was not delivered of them is a gap, told once. */
  private tellUndelivered(): void {
    const { checkpoint, pipelines, edges, changed } = this.parts;
    const present = new Set([...this.present, ...this.harvesters.keys()]);
    for (const [key, record] of checkpoint.reconciled(present)) {
      const { target, id, lastName, ackPos, size } = record;
      const [pipeline] = pipelines.values();
      if (size > ackPos && pipeline !== undefined) {
        const gap = { from: ackPos, to: size, bytes: size - ackPos, reason: "deleted" };
        pipeline.addGap({ chain: target, path: lastName, generation: id, ...gap, at: edges.now() });
        pipeline.retire({ seen: gap.bytes, acked: 0, inFlight: 0, unread: 0, lost: gap.bytes });
        edges.log.error("bytes were lost", { target, file: lastName, ...gap });
        changed();
      }
      checkpoint.forget(key);
      this.restored.delete(target);
    }
  }

  private eventsOf(pipeline: Pipeline): ChainEvents {
    const { changed } = this.parts;
    const { log, now } = this.parts.edges;
    return {
      gap: ({ id, origin }, { generation, name, from, to, bytes, reason }) => {
        pipeline.addGap({ chain: id, path: origin.path, generation, from, to, bytes, reason, at: now() });
        log.error("bytes were lost", { target: id, file: name, from, to, bytes, reason });
        changed();
      },
      rotation: () => {
        pipeline.rotations++;
      },
      truncated: ({ id }, name) => {
        pipeline.truncations++;
        log.warn("a file was cut short by its writer", { target: id, file: name });
      },
      inodeReuse: () => {
        pipeline.inodeReuses++;
      },
      gzipContinuation: () => {
        pipeline.gzContinuations++;
      },
      problem: ({ id }, { kind, path, message }) => {
        log.warn("a file cannot be read for now", { target: id, kind, file: path, reason: message });
        changed();
      },
      problemGone: ({ id }, { kind, path }) => {
        log.info("a file can be read again", { target: id, kind, file: path });
        changed();
      },
    };
  }
}
