// The pieces that an index and an open block's file are made of: each with its length and crc, found again behind a damage.
import { crc32 } from "node:zlib";

/** "kent", as it stands in the file. */
const MAGIC = 0x746e656b;
/** Magic, payload length, type, crc (started with the file's salt) of these and the payload. */
const ENTRY_HEADER = 16;

export const ENTRY_ORIGIN = 1;
export const ENTRY_GENERATION = 2;
export const ENTRY_BLOCK = 3;
export const ENTRY_FRAME = 4;

export function entry(salt: number, type: number, ...payload: readonly Uint8Array[]): Uint8Array {
  return entryInto(Buffer.allocUnsafe(entryLength(payload)), salt, type, payload);
}

export function entryLength(payload: readonly Uint8Array[]): number {
  return payload.reduce((sum, piece) => sum + piece.length, ENTRY_HEADER);
}

/** `bytes` is as long as entryLength says. */
export function entryInto(bytes: Buffer, salt: number, type: number, payload: readonly Uint8Array[]): Uint8Array {
  const length = bytes.length - ENTRY_HEADER;
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(length, 4);
  bytes.writeUInt32LE(type, 8);
  let at = ENTRY_HEADER;
  for (const piece of payload) {
    bytes.set(piece, at);
    at += piece.length;
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(ENTRY_HEADER), crc32(bytes.subarray(0, 12), salt)), 12);
  return bytes;
}

export interface FoundEntry {
  readonly type: number;
  readonly payload: Uint8Array;
  readonly start: number;
  /** Where the next one begins. */
  readonly end: number;
}

export interface EntryScan {
  readonly entries: readonly FoundEntry[];
  /** Behind the last whole entry: what follows is torn, or still being written. */
  readonly end: number;
  /** Bytes between whole entries that are none. */
  readonly damaged: number;
}

/** All whole entries from `from` on. Damage in between is passed over: it counts only when a whole entry follows. */
export function scanEntries(bytes: Uint8Array, from: number, salt: number): EntryScan {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: FoundEntry[] = [];
  let [end, damaged, at] = [from, 0, from];
  while (at >= 0 && at + ENTRY_HEADER <= bytes.length) {
    const found = entryAt(bytes, view, at, salt);
    if (found === undefined) {
      at = nextMagic(bytes, at + 1);
      continue;
    }
    damaged += at - end;
    entries.push(found);
    end = found.end;
    at = end;
  }
  return { entries, end, damaged };
}

function entryAt(bytes: Uint8Array, view: DataView, at: number, salt: number): FoundEntry | undefined {
  if (view.getUint32(at, true) !== MAGIC) return undefined;
  const end = at + ENTRY_HEADER + view.getUint32(at + 4, true);
  if (end > bytes.length) return undefined;
  const payload = bytes.subarray(at + ENTRY_HEADER, end);
  if (crc32(payload, crc32(bytes.subarray(at, at + 12), salt)) !== view.getUint32(at + 12, true)) return undefined;
  return { type: view.getUint32(at + 8, true), payload, start: at, end };
}

const MAGIC_BYTES = Buffer.from("kent", "latin1");

function nextMagic(bytes: Uint8Array, from: number): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(MAGIC_BYTES, from);
}
