// The first 28 bytes of every file of a store, and how the files are called.
import { crc32 } from "node:zlib";
import { ByteReader, ByteWriter } from "./binary.ts";

const FORMAT_VERSION = 2;
export const HEADER_BYTES = 28;

/** Blocks with their filters; the index of these blocks; the frames of one block that is not closed yet. */
export type FileKind = "segment" | "index" | "open block";

const MAGIC: Readonly<Record<FileKind, string>> = {
  segment: "klog.seg",
  index: "klog.idx",
  "open block": "klog.opn",
};

export type HeaderCheck =
  | { readonly state: "good"; readonly block: number; readonly salt: number }
  /** A crash came between the creation of the file and its header. */
  | { readonly state: "short" }
  | { readonly state: "foreign" }
  | { readonly state: "version"; readonly version: number };

/**
 * `block` is the number of the first block of a segment, or of the open block. `salt` is random: the crc of each entry
 * starts with it, so that no log line can hold what passes for an entry where a reader looks for one behind a damage.
 */
export function fileHeader(kind: FileKind, block: number, salt: number): Uint8Array {
  const head = new ByteWriter(HEADER_BYTES)
    .bytes(Buffer.from(MAGIC[kind], "latin1"))
    .u32(FORMAT_VERSION)
    .f64(block)
    .u32(salt);
  return head.u32(crc32(head.done())).done();
}

export function checkHeader(kind: FileKind, bytes: Uint8Array): HeaderCheck {
  if (bytes.length < HEADER_BYTES) return { state: "short" };
  const reader = new ByteReader(bytes);
  if (Buffer.from(reader.bytes(8)).toString("latin1") !== MAGIC[kind]) return { state: "foreign" };
  const version = reader.u32();
  if (version !== FORMAT_VERSION) return { state: "version", version };
  const block = reader.f64();
  const salt = reader.u32();
  if (reader.u32() !== crc32(bytes.subarray(0, HEADER_BYTES - 4))) return { state: "foreign" };
  return { state: "good", block, salt };
}

/** `20261121T150912Z-000000000042`: the time of its first record, and the number of its first block. */
export function segmentName(firstSecond: number, firstBlock: number): string {
  const stamp = /^\d{4}-/.test(iso(firstSecond)) ? iso(firstSecond).replace(/[-:]|\.\d+/g, "") : "00000000T000000Z";
  return `${stamp}-${String(firstBlock).padStart(12, "0")}`;
}

function iso(second: number): string {
  const date = new Date(second * 1000);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

export const DATA_SUFFIX = ".kseg";
export const INDEX_SUFFIX = ".kidx";

export function openBlockName(block: number): string {
  return `w${block}`;
}

export interface StoreListing {
  /** Names of indexes without their suffix, and the number of their first block, in the order of the blocks. */
  readonly segments: readonly { readonly name: string; readonly firstBlock: number }[];
  /** Numbers of the blocks that have a file of frames, ascending. */
  readonly openBlocks: readonly number[];
  /** Data files without an index: what a crash left before the first block was indexed, or in the middle of an expiry. */
  readonly orphans: readonly string[];
}

export function listStore(names: readonly string[]): StoreListing {
  const indexed = new Set<string>();
  const segments: { name: string; firstBlock: number }[] = [];
  const openBlocks: number[] = [];
  for (const name of names) {
    const segment = /^(\d{8}T\d{6}Z-(\d{12,}))\.kidx$/.exec(name);
    if (segment !== null) {
      indexed.add(segment[1]!);
      segments.push({ name: segment[1]!, firstBlock: Number(segment[2]) });
    }
    const open = /^w(\d{1,15})$/.exec(name);
    if (open !== null) openBlocks.push(Number(open[1]));
  }
  const orphans = names.filter((name) => /^\d{8}T\d{6}Z-\d{12,}\.kseg$/.test(name) && !indexed.has(name.slice(0, -5)));
  segments.sort((a, b) => a.firstBlock - b.firstBlock);
  openBlocks.sort((a, b) => a - b);
  return { segments, openBlocks, orphans };
}
