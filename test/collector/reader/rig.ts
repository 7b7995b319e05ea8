// A chain over the model file system, with a journal that forgets what was not synced and a sink that can be slow or dead.

import type { FileSystem } from "../../../src/collector/file-system.ts";
import { Chain } from "../../../src/collector/reader/chain.ts";
import type { ChainEvents, ChainProblem, Gap } from "../../../src/collector/reader/chain-events.ts";
import { DescriptorPool, HeldBytes } from "../../../src/collector/reader/descriptors.ts";
import { type GenerationRecord, recordKey } from "../../../src/collector/reader/generation.ts";
import type { FirstRead, GenerationKey, SiblingNames, Target } from "../../../src/collector/target.ts";
import { lineChecksum } from "../../../src/record/line-checksum.ts";
import { ModelFileSystem } from "../../support/model-file-system.ts";

export const DIRECTORY = "/logs";
export const LOG = `${DIRECTORY}/app.log`;

export function targetOf(
  siblings: SiblingNames,
  file: string,
  firstRead: FirstRead = "beginning",
  directory = DIRECTORY,
): Target {
  const origin = {
    ...{ node: "n1", namespace: "", pod: "", podUid: "", container: "", containerId: "", restart: 0, image: "" },
    ...{ dockerApp: "", dockerService: "", dockerContainer: "", labels: {}, path: `${directory}/${file}` },
  };
  return {
    ...{ id: `file/${directory}/${file}`, directory, file, siblings, format: "plain" },
    ...{ origin, firstRead, tags: {}, pipeline: "p" },
  };
}

export interface Line {
  readonly id: string;
  readonly generation: GenerationKey;
  readonly offset: number;
  readonly text: string;
}

interface Batch {
  readonly generation: GenerationKey;
  readonly end: number;
  readonly lines: readonly Line[];
  written: boolean;
}

export class Rig implements ChainEvents {
  readonly gaps: Gap[] = [];
  readonly happened: string[] = [];
  /** Bytes, over all lives of the process; what a crash forgets is delivered again. */
  deliveredBytes = 0;
  /** What the sink has, in the order it came. */
  readonly written: Line[] = [];
  chain: Chain | undefined;
  descriptors = new DescriptorPool();
  held = new HeldBytes(Number.POSITIVE_INFINITY);
  now = 1_790_000_000_000;
  private readonly fs: FileSystem;
  private readonly target: Target;
  /** Records as the journal holds them in memory, and as they would be after a crash. */
  private records = new Map<string, GenerationRecord>();
  private durable = new Map<string, GenerationRecord>();
  private queue: Batch[] = [];
  private readonly memory = Buffer.alloc(4096);
  /** How far each generation was handed on in this life of the process. */
  private reached = new Map<GenerationKey, number>();

  constructor(fs: FileSystem, target: Target) {
    this.fs = fs;
    this.target = target;
  }

  start(): Chain {
    const chain = new Chain(this.target, {
      fs: this.fs,
      clock: () => this.now,
      node: "n1",
      restored: JSON.parse(JSON.stringify([...this.durable.values()])),
      save: (record) => this.records.set(recordKey(record), structuredClone(record)),
      forget: (record) => this.records.delete(recordKey(record)),
      events: this,
      descriptors: this.descriptors,
      held: this.held,
    });
    this.records = new Map(this.durable);
    this.chain = chain;
    chain.reconcile();
    return chain;
  }

  /** The process is gone: what was neither written nor synced never happened. */
  kill(): void {
    this.chain = undefined;
    this.queue = [];
    this.reached.clear();
    this.descriptors = new DescriptorPool();
    this.held = new HeldBytes(Number.POSITIVE_INFINITY);
  }

  sync(): void {
    this.durable = new Map(this.records);
  }

  /** One turn of the loop; false where there was nothing. `whole`: enough memory for any line. */
  async read(length = this.memory.length): Promise<boolean> {
    const chain = this.chain!;
    const read = await chain.read(this.memory, 0, length);
    if (read === undefined) return false;
    const bytes = this.memory.subarray(0, read.length);
    const end = read.final ? read.length : bytes.lastIndexOf(10) + 1;
    const lines = linesOf(read.generation, bytes.subarray(0, end), read.offset);
    chain.consumed(read, end);
    if ((this.reached.get(read.generation) ?? read.offset) !== read.offset)
      throw new Error("read twice, or passed over");
    this.reached.set(read.generation, read.offset + end);
    if (end === 0) return length < this.memory.length ? this.read() : false;
    // The first bytes of a generation go out after its record is safe.
    this.sync();
    this.queue.push({ generation: read.generation, end: read.offset + end, lines, written: false });
    return true;
  }

  /** The sink takes up to `batches` of what waits. */
  write(batches = Number.POSITIVE_INFINITY): void {
    for (const batch of this.queue.filter(({ written }) => !written).slice(0, batches)) {
      batch.written = true;
      this.written.push(...batch.lines);
    }
  }

  /** It says so. */
  acknowledge(batches = Number.POSITIVE_INFINITY): void {
    for (let i = 0; i < batches && this.queue[0]?.written; i++) {
      const { generation, end } = this.queue.shift()!;
      this.chain!.acknowledged(generation, end);
    }
  }

  /** Until there is nothing left to read and everything has settled, half a minute later. */
  async drain(rounds = 9): Promise<void> {
    for (let i = 0; i < rounds; i++) {
      this.chain!.poll();
      this.chain!.reconcile();
      while (await this.read()) {
        this.write();
        this.acknowledge();
      }
      this.now += 3000;
    }
    this.sync();
  }

  get texts(): string[] {
    return this.written.map(({ text }) => text);
  }

  delivered(_: Target, bytes: number): void {
    this.deliveredBytes += bytes;
  }
  gap(_: Target, gap: Gap): void {
    this.gaps.push(gap);
  }
  rotation(): void {
    this.happened.push("rotation");
  }
  truncated(): void {
    this.happened.push("truncated");
  }
  inodeReuse(): void {
    this.happened.push("inode reuse");
  }
  gzipContinuation(_: Target, name: string): void {
    this.happened.push(`gzip ${name}`);
  }
  problem(_: Target, { kind, path }: ChainProblem): void {
    this.happened.push(`problem ${kind} ${path}`);
  }
  problemGone(_: Target, { kind, path }: ChainProblem): void {
    this.happened.push(`gone ${kind} ${path}`);
  }
}

/** A model file system with an empty directory, and a rig on it that can be killed and started again. */
export function setUp(siblings: SiblingNames = "logrotate", firstRead: FirstRead = "beginning", file = "app.log") {
  const fs = new ModelFileSystem();
  fs.directory(DIRECTORY);
  const rig = new Rig(fs, targetOf(siblings, file, firstRead));
  const restart = () => {
    rig.sync();
    rig.kill();
    fs.kill();
    return rig.start();
  };
  return { fs, rig, restart };
}

function linesOf(generation: GenerationKey, bytes: Buffer, offset: number): Line[] {
  const lines: Line[] = [];
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(10, from);
    const to = newline < 0 ? bytes.length : newline;
    // As a record's: where the same beginning lets a crash take one file for another, the checksum tells their lines apart.
    const id = `${generation.id}.${generation.epoch}@${offset + from}-${lineChecksum(bytes, from, to)}`;
    lines.push({ id, generation, offset: offset + from, text: bytes.toString("latin1", from, to) });
    from = to + 1;
  }
  return lines;
}
