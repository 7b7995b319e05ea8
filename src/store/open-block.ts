// Reads the frames of a block that is not closed yet.
import { ByteReader } from "./binary.ts";
import { createColumns, readRawColumns } from "./columns.ts";
import { type DecodedBlock, decodedBlock } from "./decoded-block.ts";
import { Definitions } from "./definitions.ts";
import { ENTRY_FRAME, scanEntries } from "./entry.ts";
import { checkHeader, HEADER_BYTES, type HeaderCheck } from "./file-header.ts";

export interface OpenBlock {
  readonly header: HeaderCheck;
  /** Undefined where the file has no whole frame. */
  readonly block: (DecodedBlock & { readonly number: number; readonly salt: number }) | undefined;
  /** Bytes between whole frames that are none, and behind the last one. */
  readonly damaged: number;
  readonly torn: number;
}

/** `number`: as the file's name says. */
export function readOpenBlock(bytes: Uint8Array, number: number): OpenBlock {
  const header = checkHeader("open block", bytes);
  if (header.state !== "good") return { header, block: undefined, damaged: 0, torn: bytes.length };
  const scan = scanEntries(bytes, HEADER_BYTES, header.salt);
  const definitions = new Definitions();
  const frames: { rows: number; body: Uint8Array }[] = [];
  const texts: Uint8Array[] = [];
  let rows = 0;
  for (const { type, payload } of scan.entries) {
    if (definitions.take(type, payload) || type !== ENTRY_FRAME) continue;
    const count = new ByteReader(payload).u32();
    frames.push({ rows: count, body: payload.subarray(8) });
    rows += count;
  }
  const columns = createColumns(rows);
  let at = 0;
  for (const frame of frames) {
    texts.push(frame.body.subarray(readRawColumns(frame.body, frame.rows, columns, at)));
    at += frame.rows;
  }
  const block = rows === 0 ? undefined : decodedBlock(rows, columns, Buffer.concat(texts), definitions.generations);
  const numbered = block === undefined ? undefined : { number, salt: header.salt, ...block };
  return { header, block: numbered, damaged: scan.damaged, torn: bytes.length - scan.end };
}
