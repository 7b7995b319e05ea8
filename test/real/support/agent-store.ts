// What an agent has delivered, read back from its store: every row with where it came from, block by block.
import { type DecodedBlock, messageOf } from "../../../src/store/decoded-block.ts";
import type { StoreGeneration, StoreOrigin } from "../../../src/store/rows.ts";
import { StoreReader } from "../../../src/store/store-reader.ts";

export interface Delivered {
  /** A view, good until the next row. */
  readonly message: Uint8Array;
  readonly stream: "" | "stdout" | "stderr";
  readonly offset: number;
  readonly flags: number;
  readonly generation: StoreGeneration;
  readonly origin: StoreOrigin;
}

const STREAMS = ["", "stdout", "stderr"] as const;

/** Calls `row` for each row in the order of storing. Throws where anything of the store cannot be read. */
export function eachDelivered(directory: string, row: (row: Delivered) => void): void {
  const reader = new StoreReader(directory);
  try {
    const { blocks, open, problems } = reader.view();
    if (problems.length > 0) throw new Error(problems.map(({ file, what }) => `${file} ${what}`).join("; "));
    for (const { segment, entry } of blocks) {
      const block = segment.rows(entry);
      if (typeof block === "string") throw new Error(`block ${entry.number} of ${segment.name} is ${block}`);
      eachRow(block, row);
    }
    for (const block of open) eachRow(block, row);
  } finally {
    reader.close();
  }
}

function eachRow(block: DecodedBlock, row: (row: Delivered) => void): void {
  const { columns, generations } = block;
  for (let i = 0; i < block.rows; i++) {
    const generation = generations[columns.generation[i]!]!;
    row({
      message: messageOf(block, i),
      stream: STREAMS[columns.stream[i]!]!,
      offset: columns.offset[i]!,
      flags: columns.flags[i]!,
      generation,
      origin: generation.origin,
    });
  }
}

/** All rows with copies of their messages: for small stores. */
export function delivered(directory: string): (Omit<Delivered, "message"> & { readonly message: Buffer })[] {
  const rows: (Omit<Delivered, "message"> & { readonly message: Buffer })[] = [];
  eachDelivered(directory, (row) => rows.push({ ...row, message: Buffer.from(row.message) }));
  return rows;
}

export function deliveredTexts(directory: string): string[] {
  return delivered(directory).map(({ message }) => message.toString("utf8"));
}

/** The number behind `line ` in a message; -1 where there is none. */
export function numberIn(message: Uint8Array): number {
  const text = Buffer.from(message.buffer, message.byteOffset, Math.min(message.length, 200)).toString("latin1");
  const at = text.indexOf("line ");
  return at < 0 ? -1 : Number.parseInt(text.slice(at + 5), 10);
}
