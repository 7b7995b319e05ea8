import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogLine } from "../../../src/record/log-line.ts";
import { EventParser } from "../../../src/sources/files/event-parser.ts";
import { FileScan } from "../../../src/sources/files/file-scan.ts";
import { findFiles } from "../../../src/sources/files/find-files.ts";
import { lookAt } from "../../../src/sources/files/log-file.ts";
import type { SearchOrder } from "../../../src/sources/source.ts";
import { Random } from "../../support/random.ts";
import { asked, CONTEXT, directory, stamp, text, write } from "./searching.ts";

const SETTINGS = { context: CONTEXT, maxLineBytes: 1 << 20, name: "file" };

const EVENTS: readonly (readonly string[])[] = [
  ['{"level":"info","msg":"served","status":200}'],
  ['{"level":"error","msg":"boom \\"quoted\\"","status":500}'],
  ["GET /api/v1/items 200 12ms"],
  ["needle in the hay"],
  [
    "java.lang.IllegalStateException: boom",
    "\tat a.B.needle(B.java:1)",
    "\tat a.B.d(B.java:2)",
    "Caused by: x.Y: inner",
  ],
  ["Traceback (most recent call last):", '  File "x.py", line 1, in f', "    hay()", "ValueError: needle"],
  ["panic: boom", "", "goroutine 1 [running]:", "main.main()", "\t/app/main.go:3 +0x1d"],
  ["  an indented line of its own"],
  [""],
  ["ünïcode needle ☃"],
];

const QUERIES = [
  "",
  "needle",
  "boom",
  "needle hay",
  '"needle in"',
  "-needle",
  "needle or boom",
  "/B\\.java:\\d/",
  "status:>=500",
  "level:error",
  "*eedl*",
];

/** How each format writes a physical line; `parts` may cut it in fragments. */
const FORMATS = {
  cri: (ms: number, line: string, cut: number) =>
    cut > 0 && cut < line.length
      ? `${stamp(ms)} stdout P ${line.slice(0, cut)}\n${stamp(ms)} stdout F ${line.slice(cut)}\n`
      : `${stamp(ms)} stdout F ${line}\n`,
  docker: (ms: number, line: string, cut: number) => {
    const json = (log: string) => `${JSON.stringify({ log, stream: "stdout", time: stamp(ms) })}\n`;
    return cut > 0 && cut < line.length ? json(line.slice(0, cut)) + json(`${line.slice(cut)}\n`) : json(`${line}\n`);
  },
  plain: (ms: number, line: string) =>
    /^[{GnTjp]/.test(line) && ms % 3 === 0 ? `${stamp(ms)} ${line}\n` : `${line}\n`,
};

test("finds what a pass over the whole file finds, in blocks of any size, in both directions", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.constantFrom(...(Object.keys(FORMATS) as (keyof typeof FORMATS)[])),
      fc.constantFrom(...QUERIES),
      fc.constantFrom<SearchOrder>("oldest", "newest"),
      fc.constantFrom(40, 300, 2000, 1 << 20),
      async (seed, format, query, order, blockBytes) => {
        const random = new Random(seed);
        const ascii = format !== "cri";
        let ms = 0;
        const content = Array.from({ length: 5 + random.below(60) }, () =>
          random
            .pick(EVENTS)
            .map((line) => {
              ms += random.below(5);
              const cut =
                !ascii || /^[ -~]*$/.test(line) ? (random.chance(0.05) ? random.below(line.length + 1) : 0) : 0;
              return FORMATS[format](ms, line, /[^ -~\t]/.test(line) ? 0 : cut);
            })
            .join(""),
        ).join("");
        const path = write(`${directory()}/x.log`, format === "plain" ? `${stamp(0)} begin\n${content}` : content);
        const [found] = findFiles([path]);
        const file = await lookAt(found!, SETTINGS);
        expect(file.format.name).toBe(format);
        const request = asked(query, { order });

        const parser = new EventParser({
          format: file.format,
          origin: file.origin,
          maxLineBytes: 1 << 20,
          sources: [],
        });
        const bytes = Buffer.from(format === "plain" ? `${stamp(0)} begin\n${content}` : content);
        const expected: string[] = [];
        parser.parse(
          bytes,
          0,
          bytes.length,
          { offset: 0, before: () => undefined, isWhole: true },
          (event: LogLine) => {
            if (request.matches(event)) expected.push(`${event.sec}.${event.nsec} ${text(event)}`);
          },
        );

        const scan = new FileScan(file, 0, { request, settings: SETTINGS, blockBytes, resume: undefined });
        const hits: string[] = [];
        while (!scan.isOver) {
          while (scan.head !== undefined) {
            const { line } = scan.take();
            hits.push(`${line.sec}.${line.nsec} ${text(line)}`);
          }
          if (!scan.done) await scan.advance();
        }
        expect(order === "oldest" ? hits : hits.reverse()).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});

test("hits that are sorted do not hold the blocks that they were found in", async () => {
  const filler = Array.from({ length: 2000 }, (_, i) => `${stamp(10 + i)} stdout F ${"x".repeat(100)}\n`).join("");
  const trace = `${stamp(1)} stdout F java.lang.Error: boom\n${stamp(2)} stdout F \tat a.B(C.java:7)\n`;
  const [found] = findFiles([write(`${directory()}/x.log.gz`, gzipSync(trace + filler))]);
  const file = await lookAt(found!, SETTINGS);
  const request = asked("", { order: "newest" });
  const scan = new FileScan(file, 0, { request, settings: SETTINGS, blockBytes: 1 << 20, resume: undefined });
  while (!scan.done) await scan.advance();
  let last: LogLine | undefined;
  while (scan.head !== undefined) last = scan.take().line;
  expect(text(last!)).toBe("java.lang.Error: boom\n\tat a.B(C.java:7)");
  for (const { buffer } of [last!, ...last!.rest!]) expect(buffer.buffer.byteLength).toBeLessThan(2 * Buffer.poolSize);
});
