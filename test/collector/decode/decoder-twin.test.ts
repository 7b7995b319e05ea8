import fc from "fast-check";
import { expect, test } from "vitest";
import { createLineState, type LineFormat } from "../../../src/collector/decode/decoder.ts";
import { DECODERS, decodeFile, OPTIONS } from "./decoded.ts";

const [[, wasm], [, twin]] = DECODERS as [(typeof DECODERS)[0], (typeof DECODERS)[0]];

const LINES: Readonly<Record<LineFormat, readonly string[]>> = {
  cri: [
    '2026-11-21T10:47:32.084933411Z stdout F 10.0.0.1 - - [21/Nov/2026:10:47:32 +0000] "GET / HTTP/1.1" 200 5',
    '2026-11-21T10:47:32.08Z stderr P {"level":"warn","msg":"half of a li',
    "2026-11-21T18:47:32.084933411+08:00 stdout F:tag 2026-11-21 10:47:32 ERROR it broke\r",
    "1969-12-31T23:59:59.999999999-00:30 stdout F ",
    "2026-11-21T10:47:33Z stdout F x",
  ],
  docker: [
    '{"log":"plain message\\n","stream":"stdout","time":"2026-11-21T10:47:32.084933411Z"}',
    '{"log":"{\\"level\\":\\"info\\",\\"msg\\":\\"\\u4e16\\ud83d\\ude00\\"}\\n","stream":"stderr","time":"2026-11-21T10:47:32.0849Z"}',
    '{"log":"16 KiB piece","stream":"stdout","attrs":{"a":"b\\"","n":[1,-2.5e+3,null,{"x":true}]},"time":"2026-11-21T10:47:32Z"}',
    '{"stream":"stdout","time":"2026-11-21T10:47:32.1+01:00", "log" : "a\\tb\\u000a" , "log":"again\\r\\n"}',
    '{"log":"\\n"}',
  ],
  s6: [
    "@400000006919a2bd0511f8a3 started as user=www-data",
    "@40000000586846a400000000",
    "2026-11-21 10:47:32.084933411  local time",
    "2026-11-21 10:47:32",
    "no time at all",
  ],
  plain: ["INFO started", "\tat com.example.Main.main(Main.java:5)\r", "", "é 世界 \u0000 end"],
};

/** Real lines, mutated at a few bytes, repeated, torn, and garbage. */
function files(format: LineFormat): fc.Arbitrary<Buffer> {
  const mutation = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(4),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc
        .constantFrom(...['"', "\\", "\\u", "\r\n", "\n", "\0", " ", "Z", "{", "}", ",", "9", "-", "\\ud83d"])
        .map((s) => Buffer.from(s)),
    ),
  });
  const line = fc
    .tuple(fc.constantFrom(...LINES[format]), fc.array(mutation, { maxLength: 2 }), fc.nat(3), fc.nat(5))
    .map(([text, mutations, end, longer]) => {
      let bytes = Buffer.from(text + (longer === 5 ? "0123456789".repeat(300) : ""));
      for (const { at, cut, put } of mutations) {
        const place = Math.floor(at * bytes.length);
        bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + cut)]);
      }
      return Buffer.concat([bytes, Buffer.from(end === 0 ? "\r\n" : "\n")]);
    });
  return fc
    .tuple(fc.array(line, { maxLength: 12 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean())
    .map(([lines, tear, torn]) => {
      const file = Buffer.concat(lines);
      return torn ? file.subarray(0, Math.floor(tear * file.length)) : file;
    });
}

test.each(["cri", "docker", "s6", "plain"] as const)(
  "WASM and twin give the same columns for %s lines, cut anywhere",
  (format) => {
    const limits = fc.constantFrom(1, 16, 1_500, 1024 * 1024);
    const reads = fc.array(fc.integer({ min: 1, max: 6_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(files(format), fc.boolean(), limits, reads, (file, final, maxLineBytes, sizes) => {
        const options = { final, maxLineBytes };
        const chunk = (read: number) => sizes[read % sizes.length]!;
        expect(decodeFile(wasm, format, file, options, chunk)).toEqual(decodeFile(twin, format, file, options, chunk));
        expect(wasm.batch.arenaEnd).toBe(twin.batch.arenaEnd);
      }),
      { numRuns: Number(process.env["KLOG_TEST_RUNS"] ?? 1_000) },
    );
  },
);

test.each(["cri", "docker", "s6", "plain"] as const)(
  "what a %s file becomes does not depend on where the reads cut it",
  (format) => {
    const limits = fc.constantFrom(1, 16, 1_500, 1024 * 1024);
    fc.assert(
      fc.property(files(format), limits, fc.integer({ min: 1, max: 5_000 }), (file, maxLineBytes, size) => {
        const options = { final: true, maxLineBytes };
        const whole = decodeFile(wasm, format, file, options);
        expect(decodeFile(wasm, format, file, options, () => size)).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  },
);

test("WASM and twin resolve the same escapes, at every place of the sixteen bytes that are looked at together", () => {
  const piece = fc.constantFrom(
    '\\"',
    '\\"',
    "\\\\",
    "\\n",
    "\\/",
    "\\u00e9",
    "x",
    "abcdefghijklmno",
    '"',
    "\\",
    "\\q",
    "\t",
  );
  const end = fc.constantFrom(
    '\\n","stream":"stdout","time":"2026-11-21T10:47:32Z"}',
    '","stream":"stderr"}',
    '\\"',
    "\\",
    "",
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(piece, { maxLength: 30 }), end), { maxLength: 5 }), (lines) => {
      const file = Buffer.from(lines.map(([pieces, last]) => `{"log":"${pieces.join("")}${last}\n`).join(""));
      expect(decodeFile(wasm, "docker", file)).toEqual(decodeFile(twin, "docker", file));
      expect(wasm.batch.arenaEnd).toBe(twin.batch.arenaEnd);
    }),
    { numRuns: 1_000 },
  );
});

test("WASM and twin cut escaped text that is longer than the input at the same byte", () => {
  const quotes = Buffer.alloc(wasm.input.length, '\\"');
  for (let before = 0; before <= 17; before++) {
    const [inWasm, inTwin] = [wasm, twin].map((decoder) => {
      const head = Buffer.from(`{"log":"${"x".repeat(before)}`);
      decoder.input.set(head);
      decoder.input.set(quotes.subarray(head.length), head.length);
      // The text proper begins with a backslash.
      if (decoder.input[head.length] === 0x22) decoder.input[head.length] = 0x78;
      const state = createLineState();
      const at = { generation: decoder.batch.generation, offset: 0 };
      decoder.decode("docker", decoder.input.length, at, state, { ...OPTIONS, maxLineBytes: 2 << 20 });
      return [decoder.batch.start[0], decoder.batch.end[0], decoder.batch.arenaEnd, decoder.batch.checksum[0], state];
    });
    expect(inWasm).toEqual(inTwin);
  }
});

test("WASM and twin agree on lines of many MiB", () => {
  const tail = '","stream":"stdout","time":"2026-11-21T10:47:32Z"}\n';
  const bodies = [
    Buffer.alloc(5 << 20, "x"),
    Buffer.alloc(5 << 20, "\\n"),
    Buffer.alloc(3 << 20, "\\u0041"),
    Buffer.alloc(2 << 20, 0),
  ];
  for (const [format, head, end] of [
    ["cri", "2026-11-21T10:47:32Z stdout F ", "\nnext\n"],
    ["docker", '{"log":"', tail],
    ["docker", '{"attrs":"', tail],
    ["plain", "", "\n"],
  ] as const) {
    for (const body of bodies) {
      const file = Buffer.concat([Buffer.from(head), body, Buffer.from(end)]);
      const of = (decoder: typeof wasm) => {
        const { rows, ...rest } = decodeFile(decoder, format, file);
        return {
          ...rest,
          rows: rows.map((row) => ({
            ...row,
            message: row.message.toString("latin1").length,
            text: row.message.subarray(0, 99),
          })),
        };
      };
      expect(of(wasm)).toEqual(of(twin));
    }
  }
});
