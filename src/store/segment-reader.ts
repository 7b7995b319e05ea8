// Reads one segment: its index as far as it is written, and its blocks, while a writer may still append to both.
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type BlockEntry, packedLength, parseBlockEntry, unpack, unpackLater } from "./block-file.ts";
import type { BlockColumns } from "./columns.ts";
import { type DecodedBlock, decodedBlock } from "./decoded-block.ts";
import { Definitions } from "./definitions.ts";
import { type DetailColumns, decodeDetails } from "./detail-columns.ts";
import { ENTRY_BLOCK, type FoundEntry, scanEntries } from "./entry.ts";
import { checkHeader, DATA_SUFFIX, HEADER_BYTES, type HeaderCheck, INDEX_SUFFIX } from "./file-header.ts";
import { KeyColumns } from "./key-columns.ts";
import type { StoreGeneration } from "./rows.ts";
import type { StoreFiles } from "./store-files.ts";
import { BITMAP_BYTES, type BlockFilters } from "./words.ts";

/** Why a block gives no rows: it is not what the index says, or retention has removed it. */
export type BlockState = "damaged" | "expired";

/** With the place of its entry in the index. */
export type IndexedBlock = BlockEntry & { readonly indexPosition: number };

/** Takes one compressed part after the other: memory of this size costs more than to read into it. */
let readBuffer: Uint8Array = Buffer.allocUnsafeSlow(0);

export class SegmentReader {
  readonly name: string;
  readonly blocks: IndexedBlock[] = [];
  /** State of the index's header; `short` until the writer has put it there. */
  header: HeaderCheck = { state: "short" };
  /** Bytes of the index that are no entry, though entries follow. */
  damaged = 0;
  /** Bytes behind the last whole entry. */
  torn = 0;
  readonly #path: string;
  readonly #files: StoreFiles;
  readonly #definitions = new Definitions();
  #index: number | undefined;
  #data: number | undefined;
  #position = 0;
  #isComplete = false;

  constructor(directory: string, name: string, files: StoreFiles) {
    this.name = name;
    this.#path = join(directory, name);
    this.#files = files;
  }

  /** Reads what the index has gained. False when the index is gone. */
  refresh(): boolean {
    if (this.#isComplete) return true;
    this.#index ??= this.#files.openForReading(this.#path + INDEX_SUFFIX);
    if (this.#index === undefined) return false;
    const size = this.#files.size(this.#index);
    if (size <= this.#position + this.torn) return true;
    const bytes = this.#files.read(this.#index, this.#position, size - this.#position);
    if (this.#position === 0) {
      this.header = checkHeader("index", bytes);
      if (this.header.state !== "good") return true;
    }
    if (this.header.state !== "good") return true;
    const scan = scanEntries(bytes, this.#position === 0 ? HEADER_BYTES : 0, this.header.salt);
    for (const found of scan.entries) this.#take(found);
    this.damaged += scan.damaged;
    this.torn = bytes.length - scan.end;
    this.#position += scan.end;
    return true;
  }

  /** Nothing is added to it any more: refresh asks nothing of the disk then. */
  complete(): void {
    this.#isComplete = true;
    if (this.#index !== undefined) this.#files.close(this.#index);
    this.#index = undefined;
  }

  /** Opens the data, so that its blocks can be read though retention removes the segment. False when it has done so. */
  hold(): boolean {
    this.#data ??= this.#files.openForReading(this.#path + DATA_SUFFIX);
    return this.#data !== undefined;
  }

  /** Where the last whole entry of the index ends. */
  get indexEnd(): number {
    return this.#position;
  }

  /** All that its index defines. */
  get generations(): readonly StoreGeneration[] {
    return this.#definitions.generations;
  }

  generationsOf(entry: BlockEntry): readonly StoreGeneration[] {
    return entry.generations.map(({ number }) => this.#definitions.generation(number));
  }

  keys(entry: BlockEntry): KeyColumns | BlockState {
    // Columns are decoded out of it whenever somebody asks for them.
    const own = Buffer.allocUnsafeSlow(entry.keysLength);
    const packed = this.#part(entry, 0, entry.keysLength, entry.keysCrc, own);
    if (typeof packed === "string") return packed;
    return undamaged(() => new KeyColumns(packed, entry.rows, entry.generationCount));
  }

  details(entry: BlockEntry, keys: Pick<BlockColumns, "generation" | "length">): DetailColumns | BlockState {
    const packed = this.#part(entry, entry.keysLength, entry.detailsLength, entry.detailsCrc);
    if (typeof packed === "string") return packed;
    return undamaged(() => decodeDetails(unpack(packed, entry.detailsRaw), keys, entry.generationCount));
  }

  text(entry: BlockEntry): Uint8Array | BlockState {
    const packed = this.#part(entry, textAt(entry), entry.textLength, entry.textCrc);
    if (typeof packed === "string") return packed;
    return undamaged(() => wholeText(unpack(packed, entry.textRaw), entry));
  }

  /** The same, decompressed on another thread. */
  async textLater(entry: BlockEntry): Promise<Uint8Array | BlockState> {
    // The read buffer would be used again before the other thread has done with it.
    const own = Buffer.allocUnsafeSlow(entry.textLength);
    const packed = this.#part(entry, textAt(entry), entry.textLength, entry.textCrc, own);
    if (typeof packed === "string") return packed;
    const text = await unpackLater(packed, entry.textRaw).catch(() => undefined);
    return text === undefined ? "damaged" : (wholeText(text, entry) ?? "damaged");
  }

  allColumns(entry: BlockEntry): BlockColumns | BlockState {
    const keys = this.keys(entry);
    if (typeof keys === "string") return keys;
    const details = this.details(entry, keys);
    if (typeof details === "string") return details;
    const { sec, nsec, generation, level, stream, flags, length } = keys;
    return { sec, nsec, generation, level, stream, flags, length, ...details };
  }

  rows(entry: BlockEntry): DecodedBlock | BlockState {
    const columns = this.allColumns(entry);
    if (typeof columns === "string") return columns;
    const text = this.text(entry);
    if (typeof text === "string") return text;
    return decodedBlock(entry.rows, columns, text, this.generationsOf(entry)) ?? "damaged";
  }

  /** A view: it holds until the next part of any segment is read. */
  filters(entry: BlockEntry): BlockFilters | BlockState {
    const from = textAt(entry) + entry.textLength;
    const packed = this.#part(entry, from, entry.bloomLength + entry.bitmapLength, entry.filtersCrc);
    if (typeof packed === "string") return packed;
    return new PackedFilters(packed, entry.bloomLength);
  }

  close(): void {
    for (const fd of [this.#index, this.#data]) if (fd !== undefined) this.#files.close(fd);
    this.#index = undefined;
    this.#data = undefined;
  }

  #take({ type, payload, start }: FoundEntry): void {
    try {
      if (this.#definitions.take(type, payload) || type !== ENTRY_BLOCK) return;
      this.blocks.push(parseBlockEntry(payload, this.#position + start));
    } catch {
      // Its crc is right, so a program wrote it that is not this one: what it says is lost, and counted.
      this.damaged += payload.length;
    }
  }

  /** A view of `into`, else of the read buffer. */
  #part(entry: BlockEntry, from: number, length: number, crc: number, into?: Uint8Array): Uint8Array | BlockState {
    if (!this.hold()) return "expired";
    if (into === undefined && length > readBuffer.length) readBuffer = Buffer.allocUnsafeSlow(2 * length);
    const bytes = this.#files.read(this.#data!, entry.position + from, length, into ?? readBuffer);
    return bytes.length === length && crc32(bytes) === crc ? bytes : "damaged";
  }
}

/** The trigrams are unpacked for who asks for them: a search for words needs none. */
class PackedFilters implements BlockFilters {
  readonly bloom: Uint8Array;
  readonly #packed: Uint8Array;
  #bitmap: Uint8Array | undefined;

  constructor(bytes: Uint8Array, bloomLength: number) {
    this.bloom = bytes.subarray(0, bloomLength);
    this.#packed = bytes.subarray(bloomLength);
  }

  get bitmap(): Uint8Array {
    this.#bitmap ??= this.#unpacked();
    return this.#bitmap;
  }

  /** One that another program made of something else rules nothing out: the text will tell. */
  #unpacked(): Uint8Array {
    if (this.#packed.length === BITMAP_BYTES) return this.#packed;
    const bitmap = undamaged(() => unpack(this.#packed, BITMAP_BYTES));
    return bitmap instanceof Uint8Array && bitmap.length === BITMAP_BYTES ? bitmap : EVERY_TRIGRAM;
  }
}

const EVERY_TRIGRAM = new Uint8Array(BITMAP_BYTES).fill(255);

function textAt(entry: BlockEntry): number {
  return entry.keysLength + entry.detailsLength;
}

function wholeText(text: Uint8Array, entry: BlockEntry): Uint8Array | undefined {
  return text.length === entry.textRaw ? text : undefined;
}

/** Behind a right crc a part may still be what another program made of it. */
function undamaged<T>(decode: () => T | undefined): T | BlockState {
  try {
    return decode() ?? "damaged";
  } catch {
    return "damaged";
  }
}

export function dataEnd(entry: BlockEntry): number {
  return entry.position + packedLength(entry);
}
