import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineTimes, refineTimes } from "../../../src/collector/decode/line-time.ts";
import { FLAG_READ_TIME, FLAG_TRUNCATED } from "../../../src/collector/record-batch.ts";
import { type Timestamp, toRfc3339Nano } from "../../../src/record/timestamp.ts";
import { LogFile, stdout } from "./joined-log.ts";

const READ: Timestamp = { sec: Date.UTC(2026, 10, 21, 12) / 1000, nsec: 0 };
/** An hour east of UTC. */
const EAST = (clock: number) => clock - 3600;

function timeOf(line: string, readTime = READ): string | undefined {
  const bytes = Buffer.from(`##${line}99`);
  const found = new LineTimes(EAST).find(bytes, 2, bytes.length - 2, readTime);
  return found === undefined ? undefined : toRfc3339Nano(found);
}

describe("finds the time", () => {
  test.each([
    ["2026-11-21T10:47:32.084933411Z stdout", "2026-11-21T10:47:32.084933411Z"],
    ["2026-11-21T10:47:32.084933411987Z", "2026-11-21T10:47:32.084933411Z"],
    ["2026-11-21 10:47:32,084 INFO", "2026-11-21T09:47:32.084000000Z"],
    ["2026-11-21 10:47:32", "2026-11-21T09:47:32.000000000Z"],
    ["[2026-11-21T10:47:32+02:00] app", "2026-11-21T08:47:32.000000000Z"],
    ["[2026-11-21 10:47:32.5 +0530] app", "2026-11-21T05:17:32.500000000Z"],
    ["2026-11-21 10:47:32 +0000 UTC m=+0.1", "2026-11-21T10:47:32.000000000Z"],
    ["2026-11-21 10:47:32-08 x", "2026-11-21T18:47:32.000000000Z"],
    ["2026-11-21 10:47:32 UTC [31] LOG", "2026-11-21T10:47:32.000000000Z"],
    ["2026-11-21 10:47:32 -1 is the line's", "2026-11-21T09:47:32.000000000Z"],
    ["2026-11-21 10:47:32 -- x", "2026-11-21T09:47:32.000000000Z"],
    ["2026-11-21 10:47:32. A sentence", "2026-11-21T09:47:32.000000000Z"],
    ["  2026/11/21 10:47:32 http: x", "2026-11-21T09:47:32.000000000Z"],
    ["2024-02-29 23:59:60 leap", "2024-02-29T23:00:00.000000000Z"],
    ["1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000000Z"],
    ["Nov 21 10:47:32 host app[1]: x", "2026-11-21T09:47:32.000000000Z"],
    ["Nov  1 10:47:32.5 host", "2026-11-01T09:47:32.500000000Z"],
    ["<34>Oct 11 22:14:15 mymachine su", "2026-10-11T21:14:15.000000000Z"],
    ["<165>1 2026-08-24T05:14:15.000003-07:00 192.0.2.1", "2026-08-24T12:14:15.000003000Z"],
    ["Dec 31 10:00:00 last year's", "2025-12-31T09:00:00.000000000Z"],
    ["Feb 29 10:00:00 host", "2024-02-29T09:00:00.000000000Z"],
    ['10.0.0.1 - - [21/Nov/2026:10:47:32 +0000] "GET / HTTP/1.1"', "2026-11-21T10:47:32.000000000Z"],
    ['::1 - frank [21/nov/2026:10:47:32 -0100] "GET /"', "2026-11-21T11:47:32.000000000Z"],
    ["I1121 10:47:32.084933       1 main.go:7] x", "2026-11-21T09:47:32.084933000Z"],
    ["E0102 10:47:32.000000 1 x.cc:1] y", "2026-01-02T09:47:32.000000000Z"],
    ['{"level":"info","ts":1795258052.0849,"msg":"x"}', "2026-11-21T10:47:32.084900000Z"],
    ['{"level":30,"time":1795258052084,"pid":1}', "2026-11-21T10:47:32.084000000Z"],
    ['{"ts":1795258052084933411}', "2026-11-21T10:47:32.084933411Z"],
    [
      '{"msg":"\\"time\\":1", "a":{"time":1}, "@timestamp" : "2026-11-21T10:47:32.084Z"}',
      "2026-11-21T10:47:32.084000000Z",
    ],
    ['{"time":"12ms","timestamp":"1795258052"}', undefined],
    ["time=2026-11-21T10:47:32Z level=info", "2026-11-21T10:47:32.000000000Z"],
    ['level=info msg="a time=1 b" ts="2026-11-21 10:47:32"', "2026-11-21T09:47:32.000000000Z"],
    ["level=info time=1795258052", "2026-11-21T10:47:32.000000000Z"],
  ])("of %s", (line, expected) => {
    expect(timeOf(line)).toBe(expected);
  });

  test("at the turn of the year, whoever's clock is ahead", () => {
    const newYear = { sec: Date.UTC(2027, 0, 1) / 1000, nsec: 0 };
    expect(timeOf("Dec 31 23:59:59 host", newYear)).toBe("2026-12-31T22:59:59.000000000Z");
    const eve = { sec: Date.UTC(2026, 11, 31, 23) / 1000, nsec: 0 };
    expect(timeOf("Jan  1 00:30:00 host", eve)).toBe("2026-12-31T23:30:00.000000000Z");
  });
});

test.each([
  "",
  " ",
  "[",
  "<34>",
  "words only",
  "2026-11-21",
  "2026-11-21 10:47",
  "2026-13-21 10:47:32",
  "2026-02-29 10:47:32",
  "2026-11-21 24:47:32",
  "2026-11-21 10:47:321",
  "2026-11/21 10:47:32",
  "12026-11-21 10:47:32",
  "Nov 31 10:00:00 host",
  "November rain",
  "Info1 10:00:00",
  "I1321 10:00:00.0",
  '{"time":123}',
  '{"time":17952580520849}',
  '{"a":{"time":1795258052}}',
  '{"time":1795258052e3}',
  '{"time',
  '{"time":"',
  "time= x",
  "mytime=1795258052",
  "10.0.0.1 - - [21/Foo/2026:10:47:32 +0000]",
])("finds none in %j", (line) => {
  expect(timeOf(line)).toBeUndefined();
});

test("any time that is written in any layout is read as it was", () => {
  const instant = fc.tuple(fc.integer({ min: -2_000_000_000, max: 7_000_000_000 }), fc.nat(999_999_999));
  const layout = fc.constantFrom(
    (iso: string) => iso,
    (iso: string) => `[${iso.replace("T", " ").replace(".", ",")}]`,
    (iso: string) => iso.replace(/(....)-(..)-(..)T(.*)Z/, "$1/$2/$3 $4 +0000 x"),
    (iso: string) => `{"msg":"x","time":"${iso}"}`,
    (iso: string) => `level=info ts=${iso}`,
  );
  fc.assert(
    fc.property(instant, layout, ([sec, nsec], layout) => {
      const iso = toRfc3339Nano({ sec, nsec });
      expect(timeOf(layout(iso))).toBe(iso);
    }),
    { numRuns: 500 },
  );
});

test("never fails and never reads beyond the line, whatever its bytes are", () => {
  const times = new LineTimes(EAST);
  const lines = [
    "2026-11-21 10:47:32.084 +01:00",
    '{"time":"2026-11-21T10:47:32Z"}',
    "Nov 21 10:47:32 x",
    "a [21/Nov/2026:10:47:32 +0000]",
  ];
  fc.assert(
    fc.property(fc.constantFrom(...lines), fc.nat(40), fc.uint8Array({ maxLength: 3 }), (line, at, mutation) => {
      const bytes = Buffer.from(line);
      bytes.set(mutation.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
      const alone = times.find(bytes, 0, bytes.length, READ);
      const between = Buffer.concat([Buffer.from("2026"), bytes, Buffer.from("+11:11Z 1")]);
      expect(times.find(between, 4, 4 + bytes.length, READ)).toEqual(alone);
    }),
    { numRuns: 1000 },
  );
});

test("only rows that have nothing but the time of reading are looked at, and lose its mark", () => {
  const rows = ["2026-11-21T10:47:32.5Z a", "2026-11-21T10:47:32.6Z b", "no time", "Nov 21 10:47:33 c"].map(stdout);
  const batch = new LogFile("f", rows).batch(0, 4);
  batch.sec.fill(READ.sec);
  batch.nsec.fill(7);
  batch.flags.set([FLAG_READ_TIME | FLAG_TRUNCATED, 0, FLAG_READ_TIME, FLAG_READ_TIME]);
  new LineTimes(EAST).refine(batch, READ);
  expect([...batch.flags.subarray(0, 4)]).toEqual([FLAG_TRUNCATED, 0, FLAG_READ_TIME, 0]);
  const at = Date.UTC(2026, 10, 21, 10, 47, 32) / 1000;
  expect([...batch.sec.subarray(0, 4)]).toEqual([at, READ.sec, READ.sec, at + 1 - 3600]);
  expect([...batch.nsec.subarray(0, 4)]).toEqual([500_000_000, 7, 7, 0]);
});

test("times without a zone are this machine's, unless a zone is given", () => {
  const batch = new LogFile("f", [stdout("2026-11-21 10:47:32 a")]).batch(0, 1);
  batch.flags[0] = FLAG_READ_TIME;
  refineTimes(batch, READ);
  expect(batch.sec[0]).toBe(new Date(2026, 10, 21, 10, 47, 32).getTime() / 1000);
});
