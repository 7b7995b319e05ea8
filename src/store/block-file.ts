// One closed block: its bytes in the segment, and its entry in the index.

import { promisify } from "node:util";
import { crc32, zstdDecompress, zstdDecompressSync } from "node:zlib";
import { ByteReader, ByteWriter } from "./binary.ts";
import type { Compressor } from "./compressor.ts";
import type { StoreGeneration } from "./rows.ts";
import { BITMAP_BYTES, type BlockFilters } from "./words.ts";

/** What is known of a block's text, as bits. */
const TEXT_ASCII = 1;
const TEXT_WITHOUT_ESCAPES = 2;

/** A block that is full. */
export interface BlockToWrite extends BlockSummary {
  readonly generations: readonly StoreGeneration[];
  /** Columns that decide which rows a search finds, and those that make up their ids. */
  readonly keys: Uint8Array;
  readonly details: Uint8Array;
  readonly text: Uint8Array;
  readonly filters: BlockFilters;
  readonly offsets: readonly OffsetRange[];
}

export interface OffsetRange {
  readonly first: number;
  readonly last: number;
}

interface BlockSummary {
  /** Counts the blocks of a store from 0 on, over all its segments. */
  readonly number: number;
  readonly rows: number;
  /** The earliest and the latest record, in any order of the rows. */
  readonly firstSec: number;
  readonly firstNsec: number;
  readonly lastSec: number;
  readonly lastNsec: number;
  /** Bit `level` of each level that occurs, 0 for unknown. */
  readonly levelMask: number;
  readonly streamMask: number;
  /** All flags that occur. */
  readonly flagMask: number;
  readonly ascii: boolean;
  /** Some text may hold an escape byte: colours stick to words there, and the filters rule nothing out. */
  readonly escapes: boolean;
}

/** What the index says of a block. */
export interface BlockEntry extends BlockSummary {
  readonly position: number;
  readonly keysLength: number;
  readonly detailsLength: number;
  readonly detailsRaw: number;
  readonly textLength: number;
  readonly textRaw: number;
  readonly bloomLength: number;
  readonly bitmapLength: number;
  readonly keysCrc: number;
  readonly detailsCrc: number;
  readonly textCrc: number;
  readonly filtersCrc: number;
  /** Milliseconds since the epoch: when it was stored. */
  readonly storedAt: number;
  readonly generationCount: number;
  /** The block's generations in the order of its rows' numbers: the number in the segment, and the offsets that occur. */
  readonly generations: readonly (OffsetRange & { readonly number: number })[];
}

/** The parts of a block as they stand in the segment, one behind the other. */
export interface PackedBlock {
  /** Not compressed: they are packed already. */
  readonly keys: Uint8Array;
  readonly details: Uint8Array;
  readonly text: Uint8Array;
  readonly bloom: Uint8Array;
  /** Compressed where that is shorter than BITMAP_BYTES. */
  readonly bitmap: Uint8Array;
}

export async function packBlock(block: BlockToWrite, compressor: Compressor): Promise<PackedBlock> {
  const [details, text, bitmap] = await Promise.all([
    compressor.compress(block.details),
    compressor.compress(block.text),
    compressor.compress(block.filters.bitmap),
  ]);
  const packed = bitmap.length < BITMAP_BYTES ? bitmap : block.filters.bitmap;
  return { keys: block.keys, details, text, bloom: block.filters.bloom, bitmap: packed };
}

/** `numbers` are the segment's, by the block's own. */
export function blockEntry(
  block: BlockToWrite,
  packed: PackedBlock,
  position: number,
  storedAt: number,
  numbers: readonly number[],
): Uint8Array {
  const out = new ByteWriter(256)
    .f64(block.number)
    .f64(position)
    .u32(packed.keys.length)
    .u32(packed.details.length)
    .u32(block.details.length)
    .u32(packed.text.length)
    .u32(block.text.length)
    .u32(packed.bloom.length)
    .u32(packed.bitmap.length)
    .u32(crc32(packed.keys))
    .u32(crc32(packed.details))
    .u32(crc32(packed.text))
    .u32(crc32(packed.bitmap, crc32(packed.bloom)))
    .u32(block.rows)
    .f64(block.firstSec)
    .u32(block.firstNsec)
    .f64(block.lastSec)
    .u32(block.lastNsec)
    .f64(storedAt)
    .u8(block.levelMask)
    .u8(block.streamMask)
    .u8(block.flagMask)
    .u8((block.ascii ? TEXT_ASCII : 0) | (block.escapes ? 0 : TEXT_WITHOUT_ESCAPES))
    .varint(numbers.length);
  for (const [index, number] of numbers.entries()) {
    const { first, last } = block.offsets[index]!;
    out
      .varint(number)
      .varint(first)
      .varint(last - first);
  }
  return out.done();
}

/** Throws RangeError where the payload is not what this version writes. */
export function parseBlockEntry(payload: Uint8Array, indexPosition: number): BlockEntry & { indexPosition: number } {
  const from = new ByteReader(payload);
  const number = from.f64();
  const position = from.f64();
  const [keysLength, detailsLength, detailsRaw] = [from.u32(), from.u32(), from.u32()];
  const [textLength, textRaw, bloomLength, bitmapLength] = [from.u32(), from.u32(), from.u32(), from.u32()];
  const [keysCrc, detailsCrc, textCrc, filtersCrc, rows] = [from.u32(), from.u32(), from.u32(), from.u32(), from.u32()];
  const [firstSec, firstNsec, lastSec, lastNsec] = [from.f64(), from.u32(), from.f64(), from.u32()];
  const storedAt = from.f64();
  const [levelMask, streamMask, flagMask, text] = [from.u8(), from.u8(), from.u8(), from.u8()];
  const at = from.at;
  const generationCount = from.varint();
  let generations: BlockEntry["generations"] | undefined;
  return {
    ...{ number, position, keysLength, detailsLength, detailsRaw, textLength, textRaw, bloomLength, bitmapLength },
    ...{ keysCrc, detailsCrc, textCrc, filtersCrc, rows, firstSec, firstNsec, lastSec, lastNsec, storedAt },
    ...{ levelMask, streamMask, flagMask, indexPosition, generationCount },
    ...{ ascii: (text & TEXT_ASCII) !== 0, escapes: (text & TEXT_WITHOUT_ESCAPES) === 0 },
    // Three numbers for each log of the node: most searches look at the lists of few blocks.
    get generations() {
      generations ??= parseGenerations(payload, at);
      return generations;
    },
  };
}

/** Empty where the list is not what this version writes: the block's rows name what is not there then, as damaged ones do. */
function parseGenerations(payload: Uint8Array, at: number): BlockEntry["generations"] {
  const from = new ByteReader(payload);
  from.at = at;
  try {
    return Array.from({ length: from.varint() }, () => {
      const number = from.varint();
      const first = from.varint();
      return { number, first, last: first + from.varint() };
    });
  } catch {
    return [];
  }
}

/** Length of the whole block in the segment. */
export function packedLength(entry: BlockEntry): number {
  return entry.keysLength + entry.detailsLength + entry.textLength + entry.bloomLength + entry.bitmapLength;
}

export function unpack(bytes: Uint8Array, rawLength: number): Uint8Array {
  return zstdDecompressSync(bytes, unpackOptions(rawLength));
}

const decompress = promisify(zstdDecompress);

/** On a thread of zlib. */
export function unpackLater(bytes: Uint8Array, rawLength: number): Promise<Uint8Array> {
  return decompress(bytes, unpackOptions(rawLength));
}

function unpackOptions(rawLength: number): { maxOutputLength: number; chunkSize: number } {
  // A little more room than needed: zlib takes a piece that is full for one that more will follow.
  return { maxOutputLength: Math.max(1, rawLength), chunkSize: rawLength + 64 };
}
