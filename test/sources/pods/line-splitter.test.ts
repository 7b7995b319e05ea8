import { describe, expect, test } from "vitest";
import { LineSplitter } from "../../../src/sources/pods/line-splitter.ts";
import { Random } from "../../support/random.ts";

interface Got {
  text: string;
  sec: number;
  nsec: number;
  hash: string;
  cut: number;
}

function split(
  chunks: readonly Buffer[],
  options: { maxLineBytes?: number; stamped?: boolean; finish?: boolean } = {},
): Got[] {
  const got: Got[] = [];
  const splitter = new LineSplitter(
    { maxLineBytes: options.maxLineBytes ?? 1 << 20, stamped: options.stamped ?? true },
    (buffer, start, end, sec, nsec, hashA, hashB, cut) =>
      got.push({ text: buffer.toString("latin1", start, end), sec, nsec, hash: `${hashA}-${hashB}`, cut }),
  );
  for (const chunk of chunks) splitter.feed(chunk);
  if (options.finish) splitter.finish();
  return got;
}

const T = Date.UTC(2026, 10, 21, 10, 47, 32) / 1000;

describe("time stamps", () => {
  test.each([
    ["2026-11-21T10:47:32.084933411Z x", T, 84933411, "x"],
    ["2026-11-21T10:47:32.84933411Z x", T, 849334110, "x"],
    ["2026-11-21T10:47:32.5Z x", T, 500000000, "x"],
    ["2026-11-21T10:47:32Z x", T, 0, "x"],
    ["2026-11-21T12:47:32.000000001+02:00 x", T, 1, "x"],
    ["2026-11-21T05:17:32.1-05:30 x", T, 100000000, "x"],
    ["2026-11-21T10:47:32.1Z ", T, 100000000, ""],
    ["2026-11-21T10:47:32.1Z", T, 100000000, ""],
    ["2026-11-21T10:47:32.1Z  two blanks", T, 100000000, " two blanks"],
    ["no stamp at all, but long enough", -1, 0, "no stamp at all, but long enough"],
    ["2026-11-21 10:47:32.1Z with a blank", -1, 0, "2026-11-21 10:47:32.1Z with a blank"],
    ["2026-13-21T10:47:32.1Z month", -1, 0, "2026-13-21T10:47:32.1Z month"],
    ["2026-11-21T10:47:32.Z no digits", -1, 0, "2026-11-21T10:47:32.Z no digits"],
    ["2026-11-21T10:47:32.1Zx", -1, 0, "2026-11-21T10:47:32.1Zx"],
  ])("of %j", (line, sec, nsec, text) => {
    expect(split([Buffer.from(`${line}\n`)])[0]).toMatchObject({ sec, nsec, text });
  });

  test("are read right after a line of another second and after one without", () => {
    const got = split([
      Buffer.from(
        "2026-11-21T10:47:32.1Z a\nplain text line here\n2026-11-21T10:47:33.1Z b\n2026-11-21T10:47:32.2Z c\n",
      ),
    ]);
    expect(got.map((g) => g.sec)).toEqual([T, -1, T + 1, T]);
  });

  test("are left alone in text that has none of the API's", () => {
    expect(split([Buffer.from("2026-11-21T10:47:32.1Z x\n")], { stamped: false })[0]).toMatchObject({
      sec: -1,
      text: "2026-11-21T10:47:32.1Z x",
    });
  });
});

describe("lines", () => {
  test("come out the same, hash and all, however the stream is cut into chunks", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const lines = Array.from({ length: 1 + random.below(20) }, (_, i) => {
        const body = Buffer.from(Array.from({ length: random.below(120) }, () => 11 + random.below(245)));
        return Buffer.concat([Buffer.from(`2026-11-21T10:47:3${i % 10}.${i}Z `), body, Buffer.from("\n")]);
      });
      const whole = Buffer.concat(lines);
      const chunks: Buffer[] = [];
      for (let at = 0; at < whole.length; ) {
        const size = 1 + random.below(60);
        chunks.push(whole.subarray(at, at + size));
        at += size;
      }
      const options = { maxLineBytes: 70 };
      const expected = split([whole], options);
      expect(expected).toHaveLength(lines.length);
      expect(split(chunks, options), `seed ${seed}`).toEqual(expected);
    }
  });

  test("longer than the limit keep their beginning, and the cut is counted", () => {
    const body = "x".repeat(5000);
    const got = split([Buffer.from(`2026-11-21T10:47:32.1Z ${body}\n2026-11-21T10:47:32.2Z next\n`)], {
      maxLineBytes: 1000,
    });
    expect(got[0]).toMatchObject({ cut: 4000 });
    expect(got[0]!.text).toHaveLength(1000);
    expect(got[1]).toMatchObject({ cut: 0, text: "next" });
  });

  test("of 10 MiB in many chunks are cut at 1 MiB without keeping the rest", () => {
    const chunk = Buffer.alloc(64 * 1024, 0x61);
    const chunks = [
      Buffer.from("2026-11-21T10:47:32.1Z "),
      ...Array.from({ length: 160 }, () => chunk),
      Buffer.from("\n"),
    ];
    expect(split(chunks)[0]).toMatchObject({ cut: 9 * 1024 * 1024 });
  });

  test("that differ only in what was cut off, in one byte, or in the order of bytes have different hashes", () => {
    const stamp = "2026-11-21T10:47:32.1Z ";
    const texts = ["abcd", "abdc", "badc", "abc", "abcde", `${"x".repeat(10)}1`, `${"x".repeat(10)}22`];
    const hashes = split([Buffer.from(texts.map((t) => `${stamp}${t}\n`).join(""))], { maxLineBytes: 10 }).map(
      (g) => g.hash,
    );
    expect(new Set(hashes).size).toBe(texts.length);
  });

  test("without an end are handed out only when the log is known to end there", () => {
    const chunks = [Buffer.from("2026-11-21T10:47:32.1Z whole\n2026-11-21T10:47:32.2Z half")];
    expect(split(chunks).map((g) => g.text)).toEqual(["whole"]);
    expect(split(chunks, { finish: true }).map((g) => g.text)).toEqual(["whole", "half"]);
  });
});
