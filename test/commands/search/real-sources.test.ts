// The whole command over a real store, real files and standard input: nothing in between is scripted.
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { ORIGIN, row, storeRows } from "../../store/support/rows.ts";
import { klogSearch, messages } from "./search-rig.ts";

let folder: string;
let store: string;
let files: string;
const FIRST = 1_763_737_752;
const CONTAINER = "shop_web-0_6b0d5a0e-3b1f-4b57-9d37-0d7f4a4d6c11/app";

/** Record `i` at second i; every tenth is an error. */
const textOf = (i: number) => `request ${i} ${i % 10 === 0 ? "level=error failed" : "level=info done"}`;
const timeOf = (i: number) => new Date((FIRST + i) * 1000).toISOString().replace("Z", "000000Z");

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "klog-real-"));
  store = join(folder, "store");
  files = join(folder, "pods", CONTAINER);
  mkdirSync(files, { recursive: true });
  // The store has the first 80 lines, the container's file the last 60: 40 of them are in both.
  const writer = await StoreWriter.open(store, { fsync: "never" });
  const rows = Array.from({ length: 80 }, (_, i) =>
    row(textOf(i), { sec: FIRST + i, offset: i * 100, level: i % 10 === 0 ? 6 : 3 }),
  );
  writer.append(storeRows({ id: "00000000000000a1", epoch: 0, origin: ORIGIN }, rows), () => undefined);
  await writer.close();
  const lines = Array.from({ length: 60 }, (_, i) => `${timeOf(i + 40)} stdout F ${textOf(i + 40)}\n`);
  writeFileSync(join(files, "2.log"), lines.join(""));
});
afterAll(() => rmSync(folder, { recursive: true }));

const both = () => ["--source", `store:${store}`, "--source", `files:${join(folder, "pods/*/*/*.log")}`];

function run(...words: string[]) {
  return klogSearch(words);
}

describe("a store and the files that it was made from", () => {
  test("are one timeline: each line once, tagged with both where both have it", async () => {
    const outcome = await run(...both(), "-o", "jsonl");
    expect(outcome.code).toBe(0);
    const records = messages(outcome).map((line) => JSON.parse(line) as { message: string; source: string[] });
    expect(records.map(({ message }) => message)).toEqual(Array.from({ length: 100 }, (_, i) => textOf(i)));
    expect(records.map(({ source }) => source.length)).toEqual([
      ...Array(40).fill(1),
      ...Array(40).fill(2),
      ...Array(20).fill(1),
    ]);
  });

  test("are searched by words, fields and origin", async () => {
    const found = await run(...both(), "level:error ns:shop pod:web-*", "-o", "raw");
    expect(messages(found)).toEqual(Array.from({ length: 10 }, (_, i) => textOf(i * 10)));
    expect((await run(...both(), "-n", "other")).code).toBe(1);
  });

  test("page by page give the same as at once", async () => {
    const seen: string[] = [];
    let cursor: string[] = [];
    for (let page = 0; page < 20; page++) {
      const outcome = await run(...both(), "-o", "raw", "--limit", "17", ...cursor);
      seen.unshift(...messages(outcome));
      const next = /--cursor (\S+)/.exec(outcome.err)?.[1];
      if (next === undefined) break;
      cursor = ["--cursor", next];
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => textOf(i)));
  });

  test("lines around a hit in the store come from the file too", async () => {
    const outcome = await run(...both(), '"request 79"', "-C", "1", "--limit", "5", "-o", "raw");
    expect(messages(outcome)).toEqual([textOf(78), textOf(79), textOf(80)]);
  });

  test("are counted, and exported", async () => {
    expect((await run(...both(), "* | count by level", "-o", "raw")).out.trim().split("\n").toSorted()).toEqual([
      "error\t10",
      "info\t90",
      "level\tcount",
    ]);
    const file = join(folder, "out.jsonl");
    const { code, err } = await run(...both(), "--export", file);
    expect(code).toBe(0);
    expect(err).toContain("100 hits in");
  });

  test("tell what they would do with --explain, and what they did with --stats", async () => {
    const explained = await run(...both(), "level:error", "--explain");
    expect(explained.out).toMatch(/^query +level:error\n/);
    expect(explained.out.match(/^source /gm)).toHaveLength(2);
    const { err } = await run(...both(), "level:error", "--stats", "-o", "none");
    expect(err).toMatch(/doubles merged +4\n/);
  });
});

describe("what cannot be searched", () => {
  test("a store that is not there is said, exit 3", async () => {
    const { code, err } = await run("x", "--source", `store:${join(folder, "gone")}`);
    expect(code).toBe(3);
    expect(err).toContain(`there is no store ${join(folder, "gone")}`);
  });

  test("a pattern that finds no file is said, exit 2", async () => {
    const { code, err } = await run("x", "--source", `files:${join(folder, "*.nothing")}`);
    expect(code).toBe(2);
    expect(err).toContain("*.nothing");
  });

  test("a source that is none", async () => {
    const { code, err } = await run("x", "--source", "stroe");
    expect(code).toBe(2);
    expect(err).toContain("did you mean store?");
  });
});

test("standard input is a source", async () => {
  const stdin = "2026-11-21T10:00:00Z error one\nok two\n2026-11-21T10:00:05Z error three\n";
  const outcome = await klogSearch(["error", "--source", "-", "-o", "raw"], { stdin });
  expect(outcome.code).toBe(0);
  expect(messages(outcome).map((line) => line.replace(/^\S+Z /, ""))).toEqual(["error one", "error three"]);
});

test("a file that grows is followed", async () => {
  const growing = join(folder, "growing.log");
  writeFileSync(growing, "2026-11-21T10:00:00Z first\n");
  const abort = new AbortController();
  const outcome = await klogSearch(["-f", "--since", "0", "--source", `files:${growing}`, "-o", "raw"], {
    signal: abort.signal,
    onOutput: (text) => {
      if (text.includes("first")) appendFileSync(growing, "2026-11-21T10:00:01Z second\n");
      if (text.includes("second")) abort.abort();
    },
  });
  expect(outcome.code).toBe(130);
  expect(messages(outcome).map((line) => line.replace(/^\S+Z /, ""))).toEqual(["first", "second"]);
});
