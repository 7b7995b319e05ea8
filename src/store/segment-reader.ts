// Reads one segment: its index as far as it is written, and its blocks, while a writer may still append to both.
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type BlockEntry, packedLength, parseBlockEntry, unpack } from "./block-file.ts";
import { type BlockColumns, type CountColumns, decodeColumns, decodeCountColumns } from "./columns.ts";
import { type DecodedBlock, decodedBlock } from "./decoded-block.ts";
import { Definitions } from "./definitions.ts";
import { ENTRY_BLOCK, type FoundEntry, scanEntries } from "./entry.ts";
import { checkHeader, DATA_SUFFIX, HEADER_BYTES, type HeaderCheck, INDEX_SUFFIX } from "./file-header.ts";
import type { StoreGeneration } from "./rows.ts";
import type { StoreFiles } from "./store-files.ts";
import { BITMAP_BYTES, type BlockFilters } from "./words.ts";

/** Why a block gives no rows: it is not what the index says, or retention has removed it. */
export type BlockState = "damaged" | "expired";

/** With the place of its entry in the index. */
export type IndexedBlock = BlockEntry & { readonly indexPosition: number };

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

  constructor(directory: string, name: string, files: StoreFiles) {
    this.name = name;
    this.#path = join(directory, name);
    this.#files = files;
  }

  /** Reads what the index has gained. False when the index is gone. */
  refresh(): boolean {
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

  /** Where the last whole entry of the index ends. */
  get indexEnd(): number {
    return this.#position;
  }

  generationsOf(entry: BlockEntry): readonly StoreGeneration[] {
    return entry.generations.map(({ number }) => this.#definitions.generation(number));
  }

  columns(entry: BlockEntry): BlockColumns | BlockState {
    return this.#columns(entry, (raw) => decodeColumns(raw, entry.rows, entry.generations.length));
  }

  /** Several times cheaper than all columns. */
  countColumns(entry: BlockEntry): CountColumns | BlockState {
    return this.#columns(entry, (raw) => decodeCountColumns(raw, entry.rows));
  }

  text(entry: BlockEntry): Uint8Array | BlockState {
    const packed = this.#part(entry, entry.columnsLength, entry.textLength, entry.textCrc);
    if (typeof packed === "string") return packed;
    return undamaged(() => {
      const text = unpack(packed, entry.textRaw);
      return text.length === entry.textRaw ? text : undefined;
    });
  }

  rows(entry: BlockEntry): DecodedBlock | BlockState {
    const columns = this.columns(entry);
    if (typeof columns === "string") return columns;
    const text = this.text(entry);
    if (typeof text === "string") return text;
    return decodedBlock(entry.rows, columns, text, this.generationsOf(entry)) ?? "damaged";
  }

  filters(entry: BlockEntry): BlockFilters | BlockState {
    const from = entry.columnsLength + entry.textLength;
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
      this.blocks.push({ ...parseBlockEntry(payload), indexPosition: this.#position + start });
    } catch {
      // Its crc is right, so a program wrote it that is not this one: what it says is lost, and counted.
      this.damaged += payload.length;
    }
  }

  #columns<T>(entry: BlockEntry, decode: (raw: Uint8Array) => T): T | BlockState {
    const packed = this.#part(entry, 0, entry.columnsLength, entry.columnsCrc);
    return typeof packed === "string" ? packed : undamaged(() => decode(unpack(packed, entry.columnsRaw)));
  }

  #part(entry: BlockEntry, from: number, length: number, crc: number): Uint8Array | BlockState {
    this.#data ??= this.#files.openForReading(this.#path + DATA_SUFFIX);
    if (this.#data === undefined) return "expired";
    const bytes = this.#files.read(this.#data, entry.position + from, length);
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
