import { describe, expect, test } from "vitest";
import { masked } from "../../../src/query/pipes/patterns/mask.ts";
import { PatternAggregation } from "../../../src/query/pipes/patterns/pattern-aggregation.ts";
import { Random } from "../../support/random.ts";
import { makeRecord, NOON, rowsOf } from "./records.ts";

function patternsOf(lines: readonly string[], maxTemplates?: number): { pattern: unknown; count: unknown }[] {
  const patterns = new PatternAggregation(maxTemplates);
  lines.forEach((text, i) => {
    patterns.add(makeRecord({ text, sec: NOON + i }));
  });
  return rowsOf(patterns.result()).map(({ pattern, count }) => ({ pattern, count }));
}

describe("what changes is masked", () => {
  test.each([
    ["12", "<num>"],
    ["-12.5", "-<num>"],
    ["1,234,567", "<num>"],
    ["12ms", "<dur>"],
    ["1.5s", "<dur>"],
    ["1h30m5s", "<dur>"],
    ["(took=350µs)", "(took=<dur>)"],
    ["10KiB", "<size>"],
    ["4bf92f3577b34da6a3ce929d0e0e4736", "<hex>"],
    ["0xdeadBEEF", "<hex>"],
    ["order-7f3a9c", "order-<hex>"],
    ["550e8400-e29b-41d4-a716-446655440000", "<uuid>"],
    ["10.0.3.4:5432", "<ip>"],
    ["[fe80::1ff:fe23:4567:890a]", "[<ip>]"],
    ["2026-11-21T10:47:32.084Z", "<time>"],
    ["2026-11-21", "<time>"],
    ["10:47:32,084", "<time>"],
    ["/api/v1/orders/17", "<path>"],
    ["https://example.org/a/b?x=1", "https://example.org<path>"],
    ["path=/var/log/x.log,", "path=<path>,"],
    ["web-7d9f8c6b5d-x2k9z", "web-<hex>-<id>"],
    ["worker-3", "worker-<num>"],
    ["user_42", "user_<num>"],
    ["http2", "http2"],
    ["base64", "base64"],
    ["utf8", "utf8"],
    ["deadbeef", "deadbeef"],
    ["client/server", "client/server"],
    ["hello", "hello"],
  ])("%s: %s", (word, expected) => {
    expect(masked(word)).toBe(expected);
  });
});

describe("templates of ten services", () => {
  const random = new Random(11);
  const n = (below = 1000) => random.below(below);
  const hex = (length: number) =>
    Array.from({ length }, () => "0123456789abcdef"[n(16)])
      .join("")
      .replace(/^./, "7");
  const name = () => random.pick(["ann", "bob", "carla", "dmitri", "eve", "faruk", "grace"]);
  const kinds: readonly (readonly [pattern: string, line: () => string])[] = [
    ["GET <path> <num> <dur>", () => `GET /api/v1/orders/${n()} ${random.pick([200, 404])} ${n()}ms`],
    ["POST <path> <num> <dur>", () => `POST /api/v1/orders ${random.pick([201, 500])} ${n()}ms`],
    ["user <*> logged in from <ip>", () => `user ${name()} logged in from 10.0.${n(256)}.${n(256)}`],
    [
      "connection to <ip> refused, retrying in <dur>",
      () => `connection to 10.1.2.${n(256)}:5432 refused, retrying in ${n(60)}s`,
    ],
    [
      "payment <uuid> declined: insufficient funds",
      () => `payment ${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)} declined: insufficient funds`,
    ],
    [
      "payment <uuid> accepted for order <num>",
      () => `payment ${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)} accepted for order ${n()}`,
    ],
    [
      "<time> INFO [main] o.s.b.StartupInfo - Started Application in <num> seconds",
      () =>
        `2026-11-21 10:${10 + n(49)}:32.084 INFO  [main] o.s.b.StartupInfo - Started Application in ${n()}.5 seconds`,
    ],
    [
      "<time> WARN [pool-<num>-thread-<num>] c.z.h.HikariPool - Pool is full, waiting <dur>",
      () =>
        `2026-11-21 10:${10 + n(49)}:32.084 WARN  [pool-${n(9)}-thread-${n(99)}] c.z.h.HikariPool - Pool is full, waiting ${n()}ms`,
    ],
    ["cache miss for key <str>", () => `cache miss for key "session ${name()}:${n()}"`],
    ["compacted <num> segments, freed <size>", () => `compacted ${n()} segments, freed ${n()}MB`],
    [
      "ts=<time> caller=server.go:<num> user=<*> took=<dur>",
      () => `ts=2026-11-21T10:00:${10 + n(49)}Z caller=server.go:${n()} user=${name()} took=${n()}ms`,
    ],
    ["out of memory: killed process <num> (java)", () => `out of memory: killed process ${n()} (java)`],
    ["slow query took <dur> select", () => `slow query took ${n()}ms select`],
  ];

  test("are found, each with its count, as text, JSON and logfmt", () => {
    const lines: string[] = [];
    const counts = new Map<string, number>();
    for (let i = 0; i < 3000; i++) {
      const [pattern, line] = random.pick(kinds);
      const text = line();
      const form = n(3);
      // A line of pairs keeps its form: inside of another one it would be cut differently.
      lines.push(
        form === 0
          ? JSON.stringify({ level: "info", msg: text, id: i })
          : form === 1 && !text.includes("=")
            ? `level=info msg=${JSON.stringify(text)} id=${i}`
            : text,
      );
      counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
    }
    expect(new Map(patternsOf(lines).map(({ pattern, count }) => [pattern, count]))).toEqual(counts);
  });

  test("do not swallow each other", () => {
    const found = patternsOf([
      "cache hit",
      "cache miss",
      "connection refused",
      "connection reset",
      "shutting down server now",
      "starting up server now",
    ]);
    expect(found.length).toBe(6);
  });

  test("are few for names that follow no rule", () => {
    const names = Array.from({ length: 300 }, () =>
      Array.from({ length: 7 }, () => String.fromCharCode(97 + n(26))).join(""),
    );
    const found = patternsOf(names.map((one) => `account ${one} was locked after too many attempts`));
    expect(found).toEqual([{ pattern: "account <*> was locked after too many attempts", count: 300 }]);
  });
});

describe("what is told of a pattern", () => {
  test("levels, first and last, share and an example", () => {
    const patterns = new PatternAggregation();
    patterns.add(makeRecord({ text: "took 5ms", level: "info", sec: NOON + 5 }));
    patterns.add(makeRecord({ text: "took 7ms", level: "error", sec: NOON }));
    patterns.add(makeRecord({ text: "took 9ms", level: "info", sec: NOON + 9, nsec: 3 }));
    patterns.add(makeRecord({ text: "other" }));
    expect(rowsOf(patterns.result())).toEqual([
      {
        count: 3,
        share: 0.75,
        levels: "error 1, info 2",
        first: { sec: NOON, nsec: 0 },
        last: { sec: NOON + 9, nsec: 3 },
        pattern: "took <dur>",
        example: "took 5ms",
      },
      expect.objectContaining({ pattern: "other", count: 1, levels: undefined }),
    ]);
  });

  test("a stack trace goes by its first line, an empty line and one of blanks by nothing", () => {
    expect(patternsOf(["boom 1\n at a", "boom 2\n at b", "", "   "])).toEqual([
      { pattern: "", count: 2 },
      { pattern: "boom <num>", count: 2 },
    ]);
  });
});

describe("bounds", () => {
  test("rare patterns are taken together once there are too many; none is lost", () => {
    const words = Array.from({ length: 400 }, (_, i) =>
      [...String(i)].map((digit) => String.fromCharCode(97 + Number(digit))).join(""),
    );
    const lines = words.flatMap((word, i) => [`frequent message number ${i}`, `${word} ${word}${word} z${word}`]);
    const found = patternsOf(lines, 100);
    expect(found.length).toBeLessThanOrEqual(101);
    expect(found[0]).toEqual({ pattern: "frequent message number <num>", count: 400 });
    expect(found.at(-1)).toMatchObject({ pattern: "(other)" });
    expect(found.reduce((sum, { count }) => sum + Number(count), 0)).toBe(800);
  });

  test("words that never come again are forgotten, templates stay", () => {
    const patterns = new PatternAggregation();
    for (let i = 0; i < 70_000; i++) {
      const unique = i.toString(36).replace(/\d/g, (digit) => "ghijklmnop"[Number(digit)]!);
      patterns.add(makeRecord({ text: `request of x${unique} by y${unique} via z${unique} is done and fine now` }));
    }
    expect(rowsOf(patterns.result())).toMatchObject([
      { count: 70_000, pattern: "request of <*> by <*> via <*> is done and fine now" },
    ]);
  });
});
