// Rows for tests of the store, and what its readers give back of them.
import type { DecodedBlock } from "../../../src/store/decoded-block.ts";
import { messageOf } from "../../../src/store/decoded-block.ts";
import type { StoreGeneration, StoreOrigin, StoreRows } from "../../../src/store/rows.ts";
import type { StoreView } from "../../../src/store/store-reader.ts";

export interface Row {
  readonly message: Uint8Array;
  readonly sec: number;
  readonly nsec: number;
  readonly offset: number;
  readonly level: number;
  readonly stream: number;
  readonly flags: number;
  readonly lines: number;
  readonly checksum: number;
}

export const ORIGIN: StoreOrigin = {
  node: "node-1",
  namespace: "shop",
  pod: "web-0",
  podUid: "6b0d5a0e-3b1f-4b57-9d37-0d7f4a4d6c11",
  container: "app",
  containerId: "c0ffee",
  restart: 2,
  image: "shop/web:1",
  dockerApp: "",
  dockerService: "",
  dockerContainer: "",
  labels: { app: "web" },
  tags: { team: "blue" },
  path: "/var/log/pods/shop_web-0_6b0d/app/2.log",
};

export function generation(number: number, epoch = 0): StoreGeneration {
  return { id: number.toString(16).padStart(16, "0"), epoch, origin: { ...ORIGIN, pod: `web-${number}` } };
}

export function row(message: string | Uint8Array, fields: Partial<Omit<Row, "message">> = {}): Row {
  return {
    message: typeof message === "string" ? Buffer.from(message) : message,
    ...{ sec: 1_763_737_752, nsec: 0, offset: 0, level: 3, stream: 1, flags: 0, lines: 1, checksum: 0 },
    ...fields,
  };
}

/** As a decoder lays them out: each message behind a header that is not part of it. */
export function storeRows(generation: StoreGeneration, rows: readonly Row[]): StoreRows {
  const pieces: Uint8Array[] = [];
  const start = new Uint32Array(rows.length);
  const end = new Uint32Array(rows.length);
  let at = 0;
  for (const [index, { message }] of rows.entries()) {
    pieces.push(Buffer.from("header "), message, Buffer.from("\n"));
    start[index] = at + 7;
    end[index] = at + 7 + message.length;
    at += message.length + 8;
  }
  return {
    generation,
    count: rows.length,
    bytes: Buffer.concat(pieces),
    start,
    end,
    sec: Float64Array.from(rows, ({ sec }) => sec),
    nsec: Uint32Array.from(rows, ({ nsec }) => nsec),
    level: Uint8Array.from(rows, ({ level }) => level),
    stream: Uint8Array.from(rows, ({ stream }) => stream),
    flags: Uint8Array.from(rows, ({ flags }) => flags),
    lines: Uint32Array.from(rows, ({ lines }) => lines),
    offset: Float64Array.from(rows, ({ offset }) => offset),
    checksum: Uint32Array.from(rows, ({ checksum }) => checksum),
  };
}

/** Rows `first` to `first + count - 1` of a generation: `<text> <number>`, 20 bytes of offset apart. */
export function numberedRows(of: StoreGeneration, first: number, count: number, text = "line"): StoreRows {
  const rows = Array.from({ length: count }, (_, i) =>
    row(`${text} ${first + i}`, { offset: 20 * (first + i), nsec: i }),
  );
  return storeRows(of, rows);
}

export type StoredRow = Row & { readonly generation: StoreGeneration };

export function rowsOf(block: DecodedBlock): StoredRow[] {
  const { columns, generations } = block;
  return Array.from({ length: block.rows }, (_, row) => ({
    message: Buffer.from(messageOf(block, row)),
    sec: columns.sec[row]!,
    nsec: columns.nsec[row]!,
    offset: columns.offset[row]!,
    level: columns.level[row]!,
    stream: columns.stream[row]!,
    flags: columns.flags[row]!,
    lines: columns.lines[row]!,
    checksum: columns.checksum[row]!,
    generation: generations[columns.generation[row]!]!,
  }));
}

/** All rows that can be read. */
export function rowsOfView({ blocks, open }: StoreView): StoredRow[] {
  const closed = blocks.flatMap(({ segment, entry }) => {
    const block = segment.rows(entry);
    return typeof block === "string" ? [] : rowsOf(block);
  });
  return [...closed, ...open.flatMap(rowsOf)];
}

export function messages(rows: readonly Pick<Row, "message">[]): string[] {
  return rows.map(({ message }) => Buffer.from(message).toString());
}
