import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  FLAG_FRAGMENT,
  FLAG_PARTIAL,
  FLAG_READ_TIME,
  FLAG_TRUNCATED,
  MAX_ROWS,
  STREAM_NONE,
  STREAM_STDERR,
  STREAM_STDOUT,
} from "../../../src/collector/record-batch.ts";
import { LEVELS } from "../../../src/record/level.ts";
import { lineChecksum } from "../../../src/record/line-checksum.ts";
import { DECODERS, decodeFile, messages, OPTIONS, READ_TIME } from "./decoded.ts";

const HEAD = "2026-11-21T10:47:32.084933411Z stdout F ";
const HEAD_SECONDS = Date.parse("2026-11-21T10:47:32Z") / 1000;
const FORMATS = ["cri", "docker", "s6", "plain"] as const;

describe.each(DECODERS)("%s", (_, decoder) => {
  const decode = (format: (typeof FORMATS)[number], text: string | Uint8Array, options = {}) =>
    decodeFile(decoder, format, Buffer.from(text), options);

  test("gives a CRI line's time, stream, message, place and checksum", () => {
    const first = `${HEAD}level=error msg="it broke"`;
    const second = "2026-11-21T10:47:33Z stderr F x";
    const { rows } = decode("cri", `${first}\n${second}\n`);
    expect(rows).toEqual([
      {
        message: Buffer.from('level=error msg="it broke"'),
        offset: 0,
        sec: HEAD_SECONDS,
        nsec: 84_933_411,
        stream: STREAM_STDOUT,
        flags: 0,
        level: 1 + LEVELS.indexOf("error"),
        lines: 1,
        checksum: lineChecksum(Buffer.from(first)),
      },
      {
        message: Buffer.from("x"),
        offset: first.length + 1,
        sec: HEAD_SECONDS + 1,
        nsec: 0,
        stream: STREAM_STDERR,
        flags: 0,
        level: 0,
        lines: 1,
        checksum: lineChecksum(Buffer.from(second)),
      },
    ]);
  });

  test("marks the fragments of a long CRI line, and passes over further tags", () => {
    const { rows } = decode(
      "cri",
      `${HEAD.replace(" F ", " P ")}a\n${HEAD.replace(" F ", " P:x:y ")}b\n${HEAD.replace(" F ", " F:z ")}c\n`,
    );
    expect(rows.map(({ message, flags }) => [message.toString(), flags])).toEqual([
      ["a", FLAG_FRAGMENT],
      ["b", FLAG_FRAGMENT],
      ["c", 0],
    ]);
  });

  test.each([
    "",
    "garbage",
    "2026-11-21T10:47:32.084933411Z stdout F",
    "2026-11-21T10:47:32.084933411Z stdout X message",
    "2026-11-21T10:47:32.084933411Z stdout Px message",
    "2026-11-21T10:47:32.084933411Z stdin F message",
    "2026-11-21T10:47:32.Z stdout F message",
    "2026-11-21 10:47:32Z stdout F message",
    "2026-02-29T10:47:32Z stdout F message",
    "2026-13-01T10:47:32Z stdout F message",
    "2026-11-21T24:00:00Z stdout F message",
    "2026-11-21T10:47:32+0800 stdout F message",
    "2026-11-21T10:47:32+24:00 stdout F message",
    `2026-11-21T10:47:32Z stdout F:${"t".repeat(1100)} message`,
    "47:32.084933411Z stdout F message",
  ])("keeps a line that is not CRI whole, with the time of reading: %j", (line) => {
    const { rows, state } = decode("cri", `${line}\n${HEAD}next\n`);
    expect(rows.map(({ message }) => message.toString())).toEqual([line, "next"]);
    expect(rows[0]).toMatchObject({
      ...READ_TIME,
      stream: STREAM_NONE,
      flags: FLAG_READ_TIME,
      checksum: lineChecksum(Buffer.from(line)),
    });
    expect(state.malformed).toBe(1);
  });

  test("reads any RFC 3339 time as Date does, and its fraction to the nanosecond", () => {
    const two = (n: number) => String(n).padStart(2, "0");
    const zones = fc.oneof(
      fc.constant("Z"),
      fc.tuple(fc.constantFrom("+", "-"), fc.nat(23), fc.nat(59)).map(([sign, h, m]) => `${sign}${two(h)}:${two(m)}`),
    );
    const days = fc.date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    const fractions = fc.stringMatching(/^[0-9]{0,12}$/);
    fc.assert(
      fc.property(days, fractions, zones, (day, fraction, zone) => {
        const second = `${day.toISOString().slice(0, 19)}`;
        const { rows } = decode("cri", `${second}${fraction && `.${fraction}`}${zone} stdout F m\n`);
        expect(rows[0]).toMatchObject({
          sec: Date.parse(`${second}${zone}`) / 1000,
          nsec: Number(fraction.padEnd(9, "0").slice(0, 9)),
          flags: 0,
        });
      }),
    );
  });

  test("reads Docker's lines as JSON.parse does, whatever is escaped and in whatever order", () => {
    const unit = fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.integer({ min: 0xd7ff, max: 0xe000 }));
    const texts = fc.array(unit, { maxLength: 40 }).map((units) => String.fromCharCode(...units));
    const escaped = (text: string) =>
      Array.from(text, (char, i) =>
        i % 3 === 0 && char.length === 1
          ? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
          : JSON.stringify(char).slice(1, -1),
      ).join("");
    const line = fc.record({
      log: fc.tuple(texts, fc.constantFrom("", "\n", "\r\n")).map((parts) => parts.join("")),
      attrs: fc.option(fc.jsonValue({ maxDepth: 2 }), { nil: undefined }),
      stream: fc.constantFrom("stdout", "stderr", "other"),
      order: fc.shuffledSubarray(["log", "stream", "time", "attrs"], { minLength: 4 }),
      blank: fc.constantFrom("", " ", "\t "),
      all: fc.boolean(),
    });
    fc.assert(
      fc.property(line, ({ log, attrs, stream, order, blank, all }) => {
        const values: Record<string, string> = {
          log: all ? `"${escaped(log)}"` : JSON.stringify(log),
          stream: JSON.stringify(stream),
          time: '"2026-11-21T10:47:32.084933411Z"',
          ...(attrs === undefined ? {} : { attrs: JSON.stringify(attrs) }),
        };
        const members = order
          .filter((key) => key in values)
          .map((key) => `${blank}"${key}"${blank}:${blank}${values[key]}${blank}`);
        const raw = `{${members.join(",")}}`;
        const { rows, state } = decode("docker", `${raw}\n`);
        const parsed = JSON.parse(raw).log as string;
        expect(rows).toHaveLength(1);
        expect(rows[0]).toMatchObject({
          message: Buffer.from(parsed.endsWith("\n") ? parsed.slice(0, -1) : parsed),
          sec: HEAD_SECONDS,
          nsec: 84_933_411,
          stream: stream === "stdout" ? STREAM_STDOUT : stream === "stderr" ? STREAM_STDERR : STREAM_NONE,
          flags: parsed.endsWith("\n") ? 0 : FLAG_FRAGMENT,
          checksum: lineChecksum(Buffer.from(raw)),
        });
        expect(state.malformed).toBe(0);
      }),
    );
  });

  test("pairs surrogates, and puts U+FFFD where one stands alone", () => {
    const log = String.raw`\ud83d\ude00 \ud83d \ude00 \ud83dx \ud83d\u0041 \uD83D\uDE00 \ud800\udc00 \udbff\udfff\n`;
    expect(messages(decoder, "docker", `{"log":"${log}"}\n`)).toEqual([
      "😀 \ufffd \ufffd \ufffdx \ufffdA 😀 \u{10000} \u{10ffff}",
    ]);
  });

  test("takes exactly what JSON.parse takes for Docker's lines", () => {
    const usual =
      '{"log":"a \\"quoted\\" \\u00e9 word\\n","attrs":{"tag":["x",1.5e3,true,null]},"stream":"stdout","time":"2026-11-21T10:47:32Z"}';
    const byte = fc.constantFrom(...'"\\{}[]:,0-.eEtu \n\t\u0001x'.replace("\n", ""));
    fc.assert(
      fc.property(fc.nat(usual.length - 1), fc.nat(3), fc.array(byte, { maxLength: 3 }), (at, cut, put) => {
        const raw = usual.slice(0, at) + put.join("") + usual.slice(at + cut);
        let log: unknown;
        try {
          log = JSON.parse(raw).log;
        } catch {
          log = undefined;
        }
        const { rows, state } = decode("docker", `${raw}\n`);
        expect(state.malformed).toBe(typeof log === "string" ? 0 : 1);
        const kept = typeof log === "string" ? log.replace(/\n$/, "") : raw;
        expect(rows.map(({ message }) => message.toString())).toEqual([kept]);
      }),
      { numRuns: 1000 },
    );
  });

  test("keeps a Docker line without a time, and leaves its message in place when only its line end is escaped", () => {
    const { rows } = decode(
      "docker",
      '{"log":"no time\\n","stream":"stderr"}\n{"log":"bad time\\n","time":"yesterday"}\n',
    );
    expect(rows).toMatchObject([
      { message: Buffer.from("no time"), ...READ_TIME, flags: FLAG_READ_TIME, stream: STREAM_STDERR },
      { message: Buffer.from("bad time"), ...READ_TIME, flags: FLAG_READ_TIME, stream: STREAM_NONE },
    ]);
    expect(decoder.batch.arenaEnd).toBe(decoder.batch.arenaStart);
  });

  test("takes s6's TAI64N labels for UTC, leap seconds counted", () => {
    const label = (seconds: number, nsec: number) =>
      `@${(2n ** 62n + BigInt(seconds)).toString(16)}${nsec.toString(16).padStart(8, "0")}`;
    const cases = [
      ["2026-11-21T10:47:32Z", 37],
      ["2017-01-01T00:00:00Z", 37],
      ["2016-12-31T23:59:59Z", 36],
      ["1972-01-01T00:00:00Z", 10],
      ["1969-12-31T23:59:59Z", 10],
    ] as const;
    for (const [time, ahead] of cases) {
      const sec = Date.parse(time) / 1000;
      const { rows } = decode("s6", `${label(sec + ahead, 123_456_789)} message\n`);
      expect(rows).toMatchObject([
        { message: Buffer.from("message"), sec, nsec: 123_456_789, flags: 0, stream: STREAM_NONE },
      ]);
    }
  });

  test("takes s6's local times for those of the zone, and lines with neither as they are", () => {
    const { rows, state } = decode(
      "s6",
      "2026-11-21 10:47:32.084933411  two blanks\n2026-11-21 10:47:32.5  x\nplain\n@40000000 torn\n",
    );
    expect(rows).toMatchObject([
      { message: Buffer.from("two blanks"), sec: HEAD_SECONDS - 7200, nsec: 84_933_411, flags: 0 },
      { message: Buffer.from("x"), sec: HEAD_SECONDS - 7200, nsec: 500_000_000, flags: 0 },
      { message: Buffer.from("plain"), ...READ_TIME, flags: FLAG_READ_TIME },
      { message: Buffer.from("@40000000 torn"), ...READ_TIME, flags: FLAG_READ_TIME },
    ]);
    expect(state.malformed).toBe(0);
  });

  test("keeps the bytes of a message exactly: CR, NUL, invalid UTF-8, nothing", () => {
    const odd = [
      Buffer.from("a\r"),
      Buffer.from([0, 1, 0]),
      Buffer.from([0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80]),
      Buffer.from(""),
    ];
    for (const format of ["cri", "s6", "plain"] as const) {
      const head = format === "cri" ? HEAD : "";
      const file = Buffer.concat(odd.flatMap((message) => [Buffer.from(head), message, Buffer.from("\n")]));
      expect(decode(format, file).rows.map(({ message }) => message)).toEqual(odd);
    }
    const raw = Buffer.concat([Buffer.from('{"log":"'), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from('\\r\\n"}\n')]);
    expect(decode("docker", raw).rows.map(({ message }) => message)).toEqual([Buffer.from([0xff, 0xc3, 0x28, 0x0d])]);
  });

  test("leaves an unterminated line to the next read, and hands it out as partial where the file ends", () => {
    const text = `${HEAD}whole\n${HEAD}no end`;
    const open = decode("cri", text);
    expect(open.rows.map(({ message }) => message.toString())).toEqual(["whole"]);
    expect(open.done).toBe(HEAD.length + 6);
    const sealed = decode("cri", text, { final: true });
    expect(sealed.rows.map(({ message, flags }) => [message.toString(), flags])).toEqual([
      ["whole", 0],
      ["no end", FLAG_PARTIAL],
    ]);
    expect(sealed.done).toBe(text.length);
  });

  test("hands out nothing for an empty chunk", () => {
    for (const format of FORMATS) {
      const at = { generation: decoder.batch.generation, offset: 5 };
      const state = { skipping: false, cutBytes: 0, malformed: 0 };
      expect(decoder.decode(format, 0, at, state, { ...OPTIONS, final: true })).toBe(0);
      expect(decoder.batch.count).toBe(0);
    }
  });

  test.each(["cri", "plain", "s6"] as const)(
    "keeps the first MiB of a 5 MiB %s line, and drops the rest to its end",
    (format) => {
      const head = format === "cri" ? HEAD : "";
      const long = Buffer.alloc(5 * 1024 * 1024, "0123456789abcdef");
      const file = Buffer.concat([Buffer.from(head), long, Buffer.from(`\n${head}next\n`)]);
      const { rows, state, done } = decode(format, file);
      expect(rows.map(({ message }) => message.length)).toEqual([1024 * 1024, 4]);
      expect(rows[0]!.message.equals(long.subarray(0, 1024 * 1024))).toBe(true);
      expect(rows[0]!.flags & ~FLAG_READ_TIME).toBe(FLAG_TRUNCATED);
      expect(rows[0]!.checksum).toBe(lineChecksum(file.subarray(0, head.length + 1024 * 1024)));
      expect(rows[1]!.offset).toBe(head.length + long.length + 1);
      expect(state).toMatchObject({ skipping: false, cutBytes: 4 * 1024 * 1024 });
      expect(done).toBe(file.length);
    },
  );

  test("keeps what is there of a Docker line that is longer than the input", () => {
    const file = Buffer.from(
      `{"log":"${"x\\t".repeat(1_000_000)}\\n","stream":"stdout","time":"2026-11-21T10:47:32Z"}\n{"log":"next\\n"}\n`,
    );
    const { rows, state } = decode("docker", file);
    expect(rows.map(({ message }) => message.toString().slice(0, 6))).toEqual(["x\tx\tx\t", "next"]);
    expect(rows[0]!.flags).toBe(FLAG_TRUNCATED | FLAG_READ_TIME);
    expect(state).toMatchObject({ skipping: false, malformed: 0 });
  });

  test("makes the same of a long line however the reads cut it", () => {
    const message = Buffer.alloc(9_000, "0123456789");
    const file = Buffer.concat([
      Buffer.from(HEAD),
      message,
      Buffer.from(`\n${HEAD}`),
      message,
      Buffer.from(`\n${HEAD}short\n`),
    ]);
    const whole = decode("cri", file, { maxLineBytes: 2_000 });
    expect(whole.rows.map((row) => row.message.length)).toEqual([2_000, 2_000, 5]);
    expect(whole.state.cutBytes).toBe(14_000);
    for (let size = 1; size < 10_000; size = Math.ceil(size * 1.7)) {
      const cut = decodeFile(decoder, "cri", file, { maxLineBytes: 2_000 }, () => size);
      expect(cut).toEqual(whole);
    }
  });

  test("a message is cut at the limit and not before", () => {
    expect(decode("plain", "12345\n123456\n", { maxLineBytes: 5 }).rows).toMatchObject([
      { message: Buffer.from("12345"), flags: FLAG_READ_TIME },
      { message: Buffer.from("12345"), flags: FLAG_READ_TIME | FLAG_TRUNCATED },
    ]);
  });

  test("stops at the last row that the batch holds, and goes on from there", () => {
    const count = MAX_ROWS + 100;
    const { rows } = decodeFile(decoder, "plain", Buffer.from("\n".repeat(count)));
    expect(rows).toHaveLength(count);
    expect(rows.at(-1)!.offset).toBe(count - 1);
  });
});
