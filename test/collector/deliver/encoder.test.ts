import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBatchMemory } from "../../../src/collector/decode/batch-memory.ts";
import { createEncoder, type Encoder } from "../../../src/collector/deliver/encoder.ts";
import {
  FLAG_DROPPED,
  FLAG_FRAGMENT,
  FLAG_PARTIAL,
  FLAG_TRUNCATED,
  type RecordBatch,
} from "../../../src/collector/record-batch.ts";
import { UNKNOWN_ORIGIN } from "../../../src/collector/target.ts";
import { expected, fill, generation, POD, ROW, type Row, wasmMemory } from "./encoder-rows.ts";

const inWasm = wasmMemory();
const plain = createBatchMemory(undefined);
const wasm = createEncoder(inWasm);
const twin = createEncoder(plain);
const HOST = generation({ ...UNKNOWN_ORIGIN, path: "/var/log/x.log" }, { team: 'é\u2028"' });
const HOST_TAIL = { team: 'é\u2028"', "log.file.path": "/var/log/x.log" };

function pieces(encoder: Encoder, batch: RecordBatch): Buffer[] {
  const all: Buffer[] = [];
  encoder.encode(batch, (bytes) => all.push(Buffer.from(bytes)));
  return all;
}

/** What WASM makes of the rows; the twin has made the same. */
function encode(rows: readonly Row[], of = HOST, start?: number): Buffer {
  fill(inWasm.batch, of, rows, start);
  fill(plain.batch, of, rows, start);
  const bytes = Buffer.concat(pieces(wasm, inWasm.batch));
  const same = Buffer.concat(pieces(twin, plain.batch)).equals(bytes);
  expect(same, "the twin's bytes are the module's").toBe(true);
  return bytes;
}

function objects(bytes: Buffer): unknown[] {
  const lines = bytes.toString().split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line));
}

function message(text: string | Uint8Array): Row {
  return { ...ROW, message: Buffer.from(text) };
}

function messageOf(text: Uint8Array): unknown {
  return (objects(encode([message(text)]))[0] as { message: unknown }).message;
}

const anyRow: fc.Arbitrary<Row> = fc.record({
  message: fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: fc.string({ unit: "grapheme-ascii", maxLength: 40 }).map((text) => Buffer.from(text)) },
        { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }).map((text) => Buffer.from(text)) },
        { weight: 2, arbitrary: fc.uint8Array({ maxLength: 12 }) },
        { weight: 1, arbitrary: fc.uint8Array({ min: 0x80, maxLength: 20 }) },
        { weight: 1, arbitrary: fc.uint8Array({ max: 0x22, maxLength: 20 }) },
        {
          weight: 2,
          arbitrary: fc
            .array(fc.constantFrom('"', "\\", '{"a":"b"}', "\xc3", "x"), { maxLength: 30 })
            .map((texts) => Buffer.from(texts.join(""), "latin1")),
        },
      ),
      { maxLength: 6 },
    )
    .map((parts) => Buffer.concat(parts)),
  sec: fc.oneof(fc.constantFrom(ROW.sec, ROW.sec + 1), fc.integer({ min: -62_167_219_200, max: 253_402_300_799 })),
  nsec: fc.integer({ min: 0, max: 999_999_999 }),
  offset: fc.oneof(fc.integer({ min: 0, max: 1 << 20 }), fc.maxSafeNat()),
  checksum: fc.integer({ min: 0, max: 0xffffffff }),
  level: fc.integer({ min: 0, max: 7 }),
  stream: fc.integer({ min: 0, max: 2 }),
  flags: fc.integer({ min: 0, max: 31 }),
  lines: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 0xffffffff })),
});

describe("a record on the wire", () => {
  test("is one line of JSON with the fields in codec klog's order", () => {
    const of = generation(POD, { team: "blue" });
    expect(encode([ROW], of).toString()).toBe(
      '{"@timestamp":"2026-11-21T10:47:32.084933411Z","message":"hello","level":"info","stream":"stdout","team":"blue",' +
        '"k8s_pod":"web-7f9c-x2x4z","k8s_pod_namespace":"shop","k8s_node_name":"node-1","k8s_container_name":"app",' +
        `"k8s_pod_uid":"0f2b8e9c-5a77-4b1e-9d57-0d7a1c5f9e11","container_id":"${POD.containerId}","restart":2,` +
        '"log_id":"00c0ffee00c0ffee-1-1024-0badcafe"}\n',
    );
  });

  test("tells of joined lines, of a missing end and of a cut", () => {
    const flags = FLAG_PARTIAL | FLAG_TRUNCATED;
    const row = { ...ROW, level: 0, stream: 0, lines: 12, flags };
    expect(encode([row]).toString()).toBe(
      `{"@timestamp":"2026-11-21T10:47:32.084933411Z","message":"hello","team":${JSON.stringify(HOST_TAIL.team)},` +
        '"log.file.path":"/var/log/x.log","log_id":"00c0ffee00c0ffee-1-1024-0badcafe","lines":12,"partial":true,"truncated":true}\n',
    );
  });

  test("is what JSON.parse and TextDecoder make of any row", () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 12 }), fc.integer({ min: 0, max: 40 }), (rows, start) => {
        const wanted = rows.map((row) => expected(HOST, HOST_TAIL, row)).filter((row) => row !== undefined);
        expect(objects(encode(rows, HOST, start))).toEqual(wanted);
      }),
      { numRuns: 1500 },
    );
  });

  test.each([
    ["1970-01-01T00:00:00", 0],
    ["1969-12-31T23:59:59", -1],
    ["1600-02-29T12:30:45", Date.UTC(1600, 1, 29, 12, 30, 45) / 1000],
    ["1900-02-28T23:59:59", Date.UTC(1900, 1, 28, 23, 59, 59) / 1000],
    ["2000-02-29T00:00:00", Date.UTC(2000, 1, 29) / 1000],
    ["2100-03-01T00:00:00", Date.UTC(2100, 2, 1) / 1000],
    ["0001-01-01T00:00:00", -62_135_596_800],
    ["0000-01-01T00:00:00", -62_167_219_200],
    ["0000-01-01T00:00:00", -62_167_219_201],
    ["9999-12-31T23:59:59", 253_402_300_799],
    ["9999-12-31T23:59:59", 253_402_300_800],
    ["9999-12-31T23:59:59", 4.6e18],
  ])("has the time %s for the second %d", (text, sec) => {
    expect(objects(encode([{ ...ROW, sec }]))).toEqual([
      expect.objectContaining({ "@timestamp": `${text}.084933411Z` }),
    ]);
  });

  test("has the right date at the ends of all years and Februaries", () => {
    const dates = Array.from({ length: 10_000 }, (_, year) => String(year).padStart(4, "0")).flatMap((year) =>
      ["01-01T00:00:00", "02-28T23:59:59", "03-01T00:00:00", "12-31T23:59:59"].map((rest) => `${year}-${rest}`),
    );
    const bytes = encode(dates.map((date) => ({ ...ROW, sec: Date.parse(`${date}Z`) / 1000 })));
    const found = [...bytes.toString("latin1").matchAll(/^\{"@timestamp":"([^.]+)/gm)].map(([, date]) => date!);
    expect(found).toEqual(dates);
  });
});

describe("a message", () => {
  test("of every byte alone, first, last and in the middle of a long line", () => {
    for (let byte = 0; byte < 256; byte++) {
      for (const [before, behind] of [
        [0, 0],
        [0, 40],
        [7, 9],
        [15, 0],
        [16, 1],
        [33, 30],
      ] as const) {
        const bytes = Buffer.concat([Buffer.alloc(before, "a"), Buffer.from([byte]), Buffer.alloc(behind, "b")]);
        expect(messageOf(bytes)).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
      }
    }
  });

  test("of broken UTF-8 is replaced by maximal subparts", () => {
    const parts = [
      0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1,
      0xf4, 0xf5, 0xff,
    ];
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const rows: Row[] = [];
    for (const a of parts)
      for (const b of parts)
        for (const c of parts) for (const d of [0x80, 0xbf, 0x41]) rows.push(message(Buffer.from([a, b, c, d])));
    const found = objects(encode(rows)) as { message: string }[];
    expect(found.map((row) => row.message)).toEqual(rows.map((row) => decoder.decode(row.message)));
  });

  test("keeps a byte order mark", () => {
    expect(messageOf(Buffer.from("\ufeffx"))).toBe("\ufeffx");
  });

  test("has JSON's short escapes, the long form for other controls, and DEL as it is", () => {
    expect(encode([message('\b\f\n\r\t"\\\0\x1f\x7f')]).toString()).toContain(
      '"message":"\\b\\f\\n\\r\\t\\"\\\\\\u0000\\u001f\x7f"',
    );
  });

  test("of 1 MiB of control bytes grows sixfold", () => {
    const bytes = Buffer.alloc(1024 * 1024, 1);
    expect(messageOf(bytes)).toBe("\x01".repeat(bytes.length));
  });

  test("that is longer than the output region comes out whole, between its neighbours", () => {
    const rows = [message("before"), message(Buffer.alloc(3 << 20, "\x02")), message("behind")];
    const found = objects(encode(rows)) as { message: string }[];
    expect(found.map((row) => row.message.length)).toEqual([6, 3 << 20, 6]);
  });
});

describe("a batch", () => {
  test("without rows, or with dropped ones only, gives nothing", () => {
    const dropped = { ...ROW, flags: FLAG_DROPPED | FLAG_PARTIAL };
    for (const rows of [[], [dropped], Array.from({ length: 500 }, () => dropped)]) {
      fill(inWasm.batch, HOST, rows);
      fill(plain.batch, HOST, rows);
      expect(pieces(wasm, inWasm.batch)).toEqual([]);
      expect(pieces(twin, plain.batch)).toEqual([]);
    }
  });

  test("leaves out dropped rows and no others", () => {
    const rows = Array.from({ length: 32 }, (_, flags) => ({ ...ROW, flags, offset: flags }));
    const kept = rows.filter((row) => (row.flags & FLAG_DROPPED) === 0);
    expect(objects(encode(rows))).toEqual(kept.map((row) => expected(HOST, HOST_TAIL, row)));
    expect(kept.some((row) => (row.flags & FLAG_FRAGMENT) !== 0)).toBe(true);
  });

  test("that needs more than the output region goes out in pieces of whole lines", () => {
    const rows = Array.from({ length: 21_000 }, (_, i) => ({
      ...ROW,
      message: Buffer.from(`line ${i} "quoted"`),
      offset: i,
    }));
    const of = generation(POD, { note: "n".repeat(450) });
    const bytes = encode(rows, of);
    expect(bytes.length).toBeGreaterThan(2 * inWasm.output.length);
    expect(objects(bytes).map((row) => (row as { message: string }).message)).toEqual(
      rows.map((_, i) => `line ${i} "quoted"`),
    );
    for (const [encoder, memory] of [
      [wasm, inWasm],
      [twin, plain],
    ] as const) {
      const parts = pieces(encoder, memory.batch);
      expect(parts.length).toBeGreaterThan(2);
      expect(parts.every((part) => part.at(-1) === 0x0a && part.length <= inWasm.output.length)).toBe(true);
    }
  });

  test("whose rows fill the output region to its last byte loses none and writes nothing behind it", () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({
      ...ROW,
      offset: i,
      message: Buffer.alloc((i * 7) % 60, "\x03"),
    }));
    const whole = encode(rows);
    for (let room = 1; room < 3000; room += 7) {
      inWasm.output.fill(0xee, room, room + 64);
      const narrow = createEncoder({ ...inWasm, output: inWasm.output.subarray(0, room) });
      expect(Buffer.concat(pieces(narrow, inWasm.batch)).equals(whole)).toBe(true);
      expect(inWasm.output.subarray(room, room + 64).every((byte) => byte === 0xee)).toBe(true);
    }
  });

  test("of another generation has that one's fields, also when encoders take turns", () => {
    const other = createEncoder(inWasm);
    const of = generation(POD, { a: "1" });
    fill(inWasm.batch, HOST, [ROW]);
    pieces(wasm, inWasm.batch);
    fill(inWasm.batch, of, [ROW]);
    expect(pieces(other, inWasm.batch).toString()).toContain('"a":"1","k8s_pod":"web-7f9c-x2x4z"');
    fill(inWasm.batch, HOST, [ROW]);
    expect(objects(Buffer.concat(pieces(wasm, inWasm.batch)))).toEqual([expected(HOST, HOST_TAIL, ROW)]);
  });

  test("in memory that is not the module's is encoded, too", () => {
    fill(inWasm.batch, HOST, [message("not this one")]);
    fill(plain.batch, HOST, [message("this one")]);
    expect(objects(Buffer.concat(pieces(wasm, plain.batch)))).toEqual([expected(HOST, HOST_TAIL, message("this one"))]);
    const mixed = { ...inWasm.batch, level: Uint8Array.of(6) };
    expect(Buffer.concat(pieces(wasm, mixed)).toString()).toContain('"message":"not this one","level":"error"');
  });

  test("with tags that are longer than the module's room for constants is encoded", () => {
    const tags = { long: "x".repeat(300_000) };
    expect(objects(encode([ROW], generation(UNKNOWN_ORIGIN, tags)))).toEqual([expected(HOST, tags, ROW)]);
  });
});
