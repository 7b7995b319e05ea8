// Appends closed blocks to the newest segment: first the block, then its entry in the index. Begins a new one when it is full or old.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { AppendFile } from "./append-file.ts";
import { type BlockToWrite, blockEntry, type PackedBlock } from "./block-file.ts";
import { DefinitionWriter } from "./definitions.ts";
import { ENTRY_BLOCK, entry } from "./entry.ts";
import { DATA_SUFFIX, fileHeader, INDEX_SUFFIX, segmentName } from "./file-header.ts";
import type { StoreFiles } from "./store-files.ts";

interface SegmentLimits {
  readonly bytes: number;
  readonly ms: number;
}

interface Segment {
  readonly name: string;
  readonly data: AppendFile;
  readonly index: AppendFile;
  readonly definitions: DefinitionWriter;
  readonly salt: number;
  readonly since: number;
  /** Its files' names are on the disk. */
  named: boolean;
}

/** An entry that is in the index, but not known to be on the disk. */
interface Unsynced {
  readonly block: number;
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** What a segment has on disk. */
export interface SegmentUse {
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
  /** Milliseconds since the epoch of its newest block. */
  readonly storedAt: number;
}

export class SegmentWriter {
  readonly #directory: string;
  readonly #files: StoreFiles;
  readonly #limits: SegmentLimits;
  readonly #durable: boolean;
  #segment: Segment | undefined;
  #rows = 0;
  #unsynced: Unsynced | undefined;

  /** `durable`: a block is on the disk before the index names it, and the entry before `write` resolves. */
  constructor(directory: string, files: StoreFiles, limits: SegmentLimits, durable: boolean) {
    this.#directory = directory;
    this.#files = files;
    this.#limits = limits;
    this.#durable = durable;
  }

  /** When it rejects it can be called again with the same block. */
  async write(block: BlockToWrite, packed: PackedBlock, now: number): Promise<SegmentUse> {
    const segment = this.#unsynced?.block === block.number ? this.#again() : await this.#append(block, packed, now);
    if (this.#durable) {
      await segment.index.sync();
      if (!segment.named) await this.#files.syncDirectory(this.#directory);
      segment.named = true;
    }
    this.#unsynced = undefined;
    this.#rows += block.rows;
    const bytes = segment.data.length + segment.index.length;
    return { name: segment.name, bytes, rows: this.#rows, storedAt: now };
  }

  close(): void {
    this.#segment?.data.close();
    this.#segment?.index.close();
    this.#segment = undefined;
  }

  /** What a failed sync left out the system forgets, so the same bytes are written again. */
  #again(): Segment {
    const { position, bytes } = this.#unsynced!;
    const segment = this.#segment!;
    segment.index.cut(position);
    segment.index.append(bytes);
    return segment;
  }

  async #append(block: BlockToWrite, packed: PackedBlock, now: number): Promise<Segment> {
    const segment = this.#segmentFor(block, packed, now);
    const { data, index, definitions, salt } = segment;
    const position = data.length;
    try {
      for (const part of [packed.keys, packed.details, packed.text, packed.bloom, packed.bitmap]) data.append(part);
      if (this.#durable) await data.sync();
      const numbers = block.generations.map((generation) => definitions.numberOf(generation));
      const header = index.length === 0 ? [fileHeader("index", block.number, salt)] : [];
      const last = entry(salt, ENTRY_BLOCK, blockEntry(block, packed, position, now, numbers));
      const bytes = Buffer.concat([...header, ...definitions.pending, last]);
      const unsynced = { block: block.number, position: index.length, bytes };
      index.append(bytes);
      this.#unsynced = unsynced;
    } catch (error) {
      data.cut(position);
      throw error;
    }
    definitions.clearPending();
    return segment;
  }

  #segmentFor(block: BlockToWrite, packed: PackedBlock, now: number): Segment {
    const open = this.#segment;
    if (open !== undefined) {
      const length = open.data.length + packed.keys.length + packed.details.length + packed.text.length;
      if (length <= this.#limits.bytes && now - open.since < this.#limits.ms && now >= open.since) return open;
      this.close();
    }
    const name = segmentName(block.firstSec, block.number);
    const salt = randomBytes(4).readUInt32LE();
    const data = new AppendFile(this.#files, join(this.#directory, name + DATA_SUFFIX));
    try {
      data.append(fileHeader("segment", block.number, salt));
      const index = new AppendFile(this.#files, join(this.#directory, name + INDEX_SUFFIX));
      this.#segment = { name, data, index, definitions: new DefinitionWriter(salt), salt, since: now, named: false };
    } catch (error) {
      data.close();
      throw error;
    }
    this.#rows = 0;
    return this.#segment;
  }
}
