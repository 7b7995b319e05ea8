// Which records were stored before this start: the agent reads again what it had not committed, and must not store it twice.
// A record is known by its place and its first line's checksum: where a crash let one file be taken for another, another line
// in the same place is another record.
import type { BlockEntry } from "./block-file.ts";
import type { StoreRows } from "./rows.ts";
import { SegmentReader } from "./segment-reader.ts";
import type { StoreFiles } from "./store-files.ts";

interface GenerationIds {
  /** The highest offset that is stored: what is above is new without a look. */
  last: number;
  /** Segments that have rows of it. */
  readonly segments: string[];
  /** Looked up when a row is not above `last`, and forgotten when rows are again. */
  blocks: IdBlock[] | undefined;
}

interface IdBlock {
  readonly segment: SegmentReader;
  readonly entry: BlockEntry;
  /** Of the block's own generations. */
  readonly generation: number;
  readonly first: number;
  readonly last: number;
}

/** Of a block's rows, in the order of their offsets. */
interface BlockIds {
  readonly offsets: Float64Array;
  readonly checksums: Uint32Array;
}

/** Blocks whose ids are kept sorted in memory: rows come in the order of the file, so one or two are in use. */
const LOADED_BLOCKS = 8;

export class StoredIds {
  readonly #directory: string;
  readonly #files: StoreFiles;
  readonly #generations = new Map<string, GenerationIds>();
  /** Oldest use first. */
  readonly #loaded = new Map<IdBlock, BlockIds>();

  constructor(directory: string, files: StoreFiles) {
    this.#directory = directory;
    this.#files = files;
  }

  /** Takes in what the index of a segment says. */
  add(segment: SegmentReader): void {
    for (const entry of segment.blocks) {
      for (const [index, generation] of segment.generationsOf(entry).entries()) {
        const key = keyOf(generation.id, generation.epoch);
        const { last } = entry.generations[index]!;
        const ids = this.#generations.get(key);
        if (ids === undefined) this.#generations.set(key, { last, segments: [segment.name], blocks: undefined });
        else {
          ids.last = Math.max(ids.last, last);
          if (ids.segments.at(-1) !== segment.name) ids.segments.push(segment.name);
        }
      }
    }
  }

  contains(generationId: string, epoch: number, offset: number, checksum: number): boolean {
    const key = keyOf(generationId, epoch);
    const ids = this.#generations.get(key);
    return ids !== undefined && this.#has(key, ids, offset, checksum);
  }

  /** What tells the stored ones among the rows; undefined when none can be. */
  filter({ generation: { id, epoch }, offset, checksum, count }: StoreRows): ((row: number) => boolean) | undefined {
    const key = keyOf(id, epoch);
    const ids = this.#generations.get(key);
    if (ids === undefined) return undefined;
    for (let row = 0; row < count; row++) {
      if (offset[row]! <= ids.last) return (other) => this.#has(key, ids, offset[other]!, checksum[other]!);
    }
    this.#forget(ids);
    return undefined;
  }

  #has(key: string, ids: GenerationIds, offset: number, checksum: number): boolean {
    if (offset > ids.last) return false;
    ids.blocks ??= this.#blocksOf(key, ids.segments);
    return ids.blocks.some(
      (block) => offset >= block.first && offset <= block.last && includes(this.#ids(block), offset, checksum),
    );
  }

  #blocksOf(key: string, segments: readonly string[]): IdBlock[] {
    const blocks: IdBlock[] = [];
    for (const name of segments) {
      const segment = new SegmentReader(this.#directory, name, this.#files);
      segment.refresh();
      segment.close();
      for (const entry of segment.blocks) {
        for (const [generation, { id, epoch }] of segment.generationsOf(entry).entries()) {
          const { first, last } = entry.generations[generation]!;
          if (keyOf(id, epoch) === key) blocks.push({ segment, entry, generation, first, last });
        }
      }
    }
    return blocks;
  }

  #ids(block: IdBlock): BlockIds {
    const ids = this.#loaded.get(block) ?? readIds(block);
    this.#loaded.delete(block);
    this.#loaded.set(block, ids);
    const oldest = this.#loaded.keys().next().value;
    if (this.#loaded.size > LOADED_BLOCKS && oldest !== undefined) this.#loaded.delete(oldest);
    return ids;
  }

  #forget(ids: GenerationIds): void {
    for (const block of ids.blocks ?? []) this.#loaded.delete(block);
    ids.blocks = undefined;
  }
}

function keyOf(id: string, epoch: number): string {
  return `${id}/${epoch}`;
}

/** Empty for a block that cannot be read: its records are lost there, so they are stored again. */
function readIds({ segment, entry, generation }: IdBlock): BlockIds {
  const columns = segment.allColumns(entry);
  segment.close();
  if (typeof columns === "string") return { offsets: new Float64Array(0), checksums: new Uint32Array(0) };
  const { offset, checksum } = columns;
  const rows = Uint32Array.from(offset.keys())
    .filter((row) => columns.generation[row] === generation)
    .sort((a, b) => offset[a]! - offset[b]!);
  return { offsets: Float64Array.from(rows, (row) => offset[row]!), checksums: rows.map((row) => checksum[row]!) };
}

function includes({ offsets, checksums }: BlockIds, offset: number, checksum: number): boolean {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (offsets[middle]! < offset) low = middle + 1;
    else high = middle;
  }
  for (; offsets[low] === offset; low++) if (checksums[low] === checksum) return true;
  return false;
}
