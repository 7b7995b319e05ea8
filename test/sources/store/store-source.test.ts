import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { KlogError } from "../../../src/errors.ts";
import { parseQuery } from "../../../src/query/parse.ts";
import type { SearchPage } from "../../../src/sources/source.ts";
import { createStoreSource } from "../../../src/sources/store/store-source.ts";
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { temporaryDirectory } from "../../store/support/directory.ts";
import { generation, numberedRows, row, storeRows } from "../../store/support/rows.ts";
import { allPages, ask, CONTEXT, EVERYTHING, idsOf, textOf } from "./searching.ts";

const FIRST_SECOND = 1_763_737_752;
const WRITER = fileURLToPath(new URL("../../store/support/numbered-writer.ts", import.meta.url));

/** Segments of one block, `rows` numbered rows each, a second apart. */
async function storeOf(segments: number, rows: number, text = "line"): Promise<string> {
  const directory = temporaryDirectory();
  for (let segment = 0; segment < segments; segment++) {
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    const numbers = Array.from({ length: rows }, (_, i) => segment * rows + i);
    writer.append(
      storeRows(
        generation(1),
        numbers.map((n) => row(`${text} ${n}`, { sec: FIRST_SECOND + n, offset: n * 20 })),
      ),
    );
    await writer.close();
  }
  return directory;
}

function sourceOf(directory: string) {
  return createStoreSource({ directory, context: CONTEXT });
}

function files(directory: string, suffix: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(directory, name));
}

function numbersOf(pages: readonly SearchPage[]): number[] {
  return pages.flatMap(({ hits }) => hits.map((line) => Number(/\d+$/.exec(textOf(line))![0])));
}

test("a line of the store has all that the agent knew of it, and an event its lines one by one", async () => {
  const directory = temporaryDirectory();
  const writer = await StoreWriter.open(directory, { fsync: "never" });
  const trace = "panic: x\n  at main.go:12";
  const fields = { lines: 2, level: 6, stream: 2, nsec: 5, offset: 77, checksum: 0xab };
  writer.append(storeRows(generation(3), [row(trace, fields)]));
  await writer.close();
  const [page] = await allPages(sourceOf(directory).search(ask(EVERYTHING).request));
  const [line] = page!.hits;
  expect(textOf(line!)).toBe(trace);
  expect(line!.rest).toHaveLength(1);
  expect(line!).toMatchObject({ sec: FIRST_SECOND, nsec: 5, cut: 0 });
  expect(line!.details).toEqual({
    ...{ stream: "stderr", level: "error", id: "0000000000000003-0-77-000000ab", lines: 2 },
    ...{ attrs: undefined, sources: ["store"] },
  });
  expect(line!.origin).toMatchObject({
    ...{ source: "store", namespace: "shop", pod: "web-3", container: "app", restart: 2, labels: { app: "web" } },
    ...{ tags: { team: "blue" }, path: "/var/log/pods/shop_web-0_6b0d/app/2.log", image: "shop/web:1" },
  });
});

test("a damaged block is told once, the rest is found, and the loss is counted", async () => {
  const directory = await storeOf(3, 100);
  const [, data] = files(directory, ".kseg");
  const bytes = readFileSync(data!);
  bytes.fill(0xff, 60, 90);
  writeFileSync(data!, bytes);
  const { request, notes, work } = ask(EVERYTHING);
  const found = numbersOf(await allPages(sourceOf(directory).search(request)));
  expect(found).toHaveLength(200);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/\.kseg is damaged: 100 records .*\(partial\)$/);
  expect(work.lostBytes).toBeGreaterThan(700);
});

test("the end that a crash tore off an index, a foreign file and one of another version leave the rest readable", async () => {
  const directory = await storeOf(4, 50);
  const [first, second, third] = files(directory, ".kidx");
  truncateSync(first!, readFileSync(first!).length - 5);
  writeFileSync(second!, "something else, and longer than a header of twenty-eight bytes");
  const versioned = readFileSync(third!);
  versioned.writeUInt32LE(9, 8);
  writeFileSync(third!, versioned);
  const { request, notes } = ask(EVERYTHING);
  expect(numbersOf(await allPages(sourceOf(directory).search(request)))).toEqual(
    Array.from({ length: 50 }, (_, i) => 150 + i),
  );
  expect(notes.join("\n")).toMatch(/no whole entry/);
  expect(notes.join("\n")).toMatch(/is not an index of a klog store/);
  expect(notes.join("\n")).toMatch(/was written in format 9/);
});

test("what is no store is said with what to do, and an empty store has no hits", async () => {
  const empty = temporaryDirectory();
  expect(await allPages(sourceOf(empty).search(ask(EVERYTHING).request))).toEqual([]);
  const foreign = temporaryDirectory();
  writeFileSync(join(foreign, "notes.txt"), "hello");
  const gone = join(empty, "gone");
  const versioned = await storeOf(1, 5);
  const [index] = files(versioned, ".kidx");
  const bytes = readFileSync(index!);
  bytes.writeUInt32LE(1, 8);
  writeFileSync(index!, bytes);
  const cases = [
    [foreign, "SOURCE_UNREADABLE", /is no store/],
    [gone, "SOURCE_UNREADABLE", /there is no store/],
    [join(foreign, "notes.txt"), "SOURCE_UNREADABLE", /is a file/],
    [versioned, "STORE_UNUSABLE", /format 1/],
  ] as const;
  for (const [directory, code, message] of cases) {
    const error = await allPages(sourceOf(directory).search(ask(EVERYTHING).request)).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(KlogError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), hint: expect.stringMatching(/klog/) });
  }
});

test("retention removes segments under a search, and the search still gives all of them", async () => {
  const directory = await storeOf(6, 400);
  const found: number[] = [];
  for await (const page of sourceOf(directory).search(ask(EVERYTHING, { limit: 2400 }).request)) {
    found.push(...numbersOf([page]));
    for (const path of [...files(directory, ".kidx"), ...files(directory, ".kseg")]) rmSync(path);
  }
  expect(found).toHaveLength(2400);
});

test("a cursor whose block retention has removed goes on behind it, and says so", async () => {
  const directory = await storeOf(4, 10);
  const [page] = await allPages(sourceOf(directory).search(ask(EVERYTHING, { limit: 5 }).request));
  const resume = page!.resume(4);
  for (const path of [files(directory, ".kidx")[0]!, files(directory, ".kseg")[0]!]) rmSync(path);
  const { request, notes } = ask(EVERYTHING, { resume });
  const found = numbersOf(await allPages(sourceOf(directory).search(request)));
  expect(found).toHaveLength(30);
  expect(notes).toEqual([expect.stringMatching(/retention has removed what came next.*\(partial\)$/)]);
  const damaged = allPages(sourceOf(directory).search(ask(EVERYTHING, { resume: { at: "x" } }).request));
  await expect(damaged).rejects.toMatchObject({ code: "CURSOR_INVALID" });
});

test("blocks that all overlap in time come out in one order, also where too many lines wait to be kept", async () => {
  const directory = temporaryDirectory();
  const [logs, rows] = [8, 14_000];
  for (let log = 0; log < logs; log++) {
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    const numbers = Array.from({ length: rows }, (_, i) => i * logs + log);
    writer.append(
      storeRows(
        generation(log),
        numbers.map((n) => row(`n ${n}`, { sec: n, offset: n * 10 })),
      ),
    );
    await writer.close();
  }
  const all = Array.from({ length: logs * rows }, (_, i) => i);
  expect(numbersOf(await allPages(sourceOf(directory).search(ask(EVERYTHING).request)))).toEqual(all);
  const newest = ask(EVERYTHING, { order: "newest", limit: 700 });
  expect(numbersOf(await allPages(sourceOf(directory).search(newest.request)))).toEqual(all.toReversed().slice(0, 700));
});

/** One process after the other writes a thousand records; each begins a segment. */
async function writeInTurn(directory: string, processes: number): Promise<void> {
  for (let at = 0; at < processes; at++) {
    const args = [WRITER, directory, String(at * 1000), "never", String(at * 1000 + 1000)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child, "close");
  }
}

test("what other processes write is followed, each record once and in its order, while retention removes segments", {
  timeout: 60_000,
}, async () => {
  const directory = temporaryDirectory();
  const { request, abort, notes } = ask(EVERYTHING, { follow: true });
  const found: number[] = [];
  let removed = 0;
  const written = writeInTurn(directory, 4);
  for await (const page of sourceOf(directory).search(request)) {
    found.push(...numbersOf([page]));
    // As retention does: never the newest. One that was not read yet would be lost to anybody.
    const whole = Math.floor(found.length / 1000) - removed;
    for (const path of files(directory, ".kidx").slice(0, -1).slice(0, whole)) {
      rmSync(path);
      rmSync(path.replace(".kidx", ".kseg"));
      removed++;
    }
    if (found.length >= 4000) abort.abort();
  }
  await written;
  expect(found).toEqual(Array.from({ length: 4000 }, (_, i) => i));
  expect(removed).toBeGreaterThan(1);
  expect(notes).toEqual([]);
});

test("a followed search goes on where its cursor says, with what was stored meanwhile however old it is", async () => {
  const directory = await storeOf(2, 10);
  const first = ask(EVERYTHING, { follow: true });
  const cursors: unknown[] = [];
  for await (const page of sourceOf(directory).search(first.request)) {
    if (page.hits.length > 0) cursors.push(page.resume(page.hits.length - 1));
    if (page.live) first.abort.abort();
  }
  const writer = await StoreWriter.open(directory, { fsync: "never" });
  writer.append(storeRows(generation(9), [row("old 99", { sec: 5, offset: 3 })]));
  await writer.close();
  const again = ask(EVERYTHING, { follow: true, resume: cursors.at(-1) });
  const found: number[] = [];
  for await (const page of sourceOf(directory).search(again.request)) {
    found.push(...numbersOf([page]));
    if (page.live) again.abort.abort();
  }
  expect(found).toEqual([99]);
});

test("a store that is made anew is followed from its beginning", async () => {
  const directory = await storeOf(3, 10);
  const { request, abort, notes } = ask(EVERYTHING, { follow: true });
  const found: number[] = [];
  for await (const page of sourceOf(directory).search(request)) {
    found.push(...numbersOf([page]));
    if (page.live && notes.length === 0 && found.length === 30) {
      rmSync(directory, { recursive: true });
      mkdirSync(directory);
      const writer = await StoreWriter.open(directory, { fsync: "never" });
      writer.append(numberedRows(generation(1), 500, 2));
      await writer.close();
    }
    if (found.length === 32) abort.abort();
  }
  expect(found.slice(30)).toEqual([500, 501]);
  expect(notes).toEqual([expect.stringMatching(/begun anew/)]);
});

test("a followed search can be broken off at every hit, among late ones too, and gives each row once", async () => {
  const directory = temporaryDirectory();
  const store = async (...numbers: readonly number[]) => {
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    const rows = numbers.map((n) => row(`n ${n}`, { sec: n, offset: n }));
    writer.append(storeRows(generation(1), rows));
    await writer.close();
  };
  await store(40, 50, 60, 70);
  const found: number[] = [];
  let resume: unknown;
  /** The first hits, `count` of them, and a cursor behind the last one. */
  const take = async (count: number) => {
    const { request, abort } = ask(EVERYTHING, { follow: true, resume });
    let left = count;
    for await (const page of sourceOf(directory).search(request)) {
      const numbers = numbersOf([page]).slice(0, left);
      left -= numbers.length;
      found.push(...numbers);
      resume = page.resume(numbers.length - 1);
      if (left === 0 || page.live) abort.abort();
    }
  };
  await take(3);
  await store(10, 20, 30, 80);
  await take(0);
  await take(1);
  await take(1);
  await store(5, 15, 55);
  await take(2);
  await take(2);
  await take(9);
  await store(1, 2);
  await take(1);
  await take(9);
  expect(found).toEqual([40, 50, 60, 10, 20, 5, 15, 30, 55, 70, 80, 1, 2]);
});

test("a followed search counts the text of each row once", async () => {
  const directory = temporaryDirectory();
  const writer = await StoreWriter.open(directory, { fsync: "never" });
  const { request, abort, work } = ask(EVERYTHING, { follow: true });
  let found = 0;
  for await (const page of sourceOf(directory).search(request)) {
    found += page.hits.length;
    if (found === 4) abort.abort();
    else if (page.live) writer.append(storeRows(generation(1), [row("hello", { offset: found })]));
  }
  await writer.close();
  expect(work).toMatchObject({ records: 4, bytes: 20, totalBytes: 20 });
});

test("a store that is made anew with as many blocks is followed from its beginning too", async () => {
  const directory = await storeOf(2, 10);
  const { request, abort, notes } = ask(EVERYTHING, { follow: true });
  const other = await storeOf(4, 5, "other");
  const found: string[] = [];
  for await (const page of sourceOf(directory).search(request)) {
    found.push(...page.hits.map(textOf));
    if (page.live && found.length === 20) {
      rmSync(directory, { recursive: true });
      renameSync(other, directory);
    }
    if (found.length >= 40) abort.abort();
  }
  expect(found.slice(20)).toEqual(Array.from({ length: 20 }, (_, i) => `other ${i}`));
  expect(notes).toEqual([expect.stringMatching(/begun anew/)]);
});

test("filters rule no block out in which colours stick to words, or some rows match without their text", async () => {
  const directory = temporaryDirectory();
  const writer = await StoreWriter.open(directory, { fsync: "never" });
  writer.append(
    storeRows(generation(1), [row("\u001b[31merror\u001b[0m at once"), row("nothing here", { offset: 40, level: 6 })]),
  );
  await writer.close();
  const texts = async (query: string) => {
    const pages = await allPages(sourceOf(directory).search(ask(parseQuery(query).filter).request));
    return pages.flatMap(({ hits }) => hits.map(textOf));
  };
  expect(await texts("error")).toEqual(["\u001b[31merror\u001b[0m at once"]);
  const plain = temporaryDirectory();
  const second = await StoreWriter.open(plain, { fsync: "never" });
  second.append(storeRows(generation(1), [row("one"), row("two", { offset: 40, level: 6 })]));
  await second.close();
  const pages = await allPages(sourceOf(plain).search(ask(parseQuery("absent or level:error").filter).request));
  expect(pages.flatMap(({ hits }) => hits.map(textOf))).toEqual(["two"]);
});

test("explain says what time, level, origin and words rule out", async () => {
  const directory = temporaryDirectory();
  for (const [number, text] of ["alpha", "beta", "gamma"].entries()) {
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    const of = {
      ...generation(number),
      origin: { ...generation(number).origin, namespace: number === 2 ? "pay" : "shop" },
    };
    writer.append(storeRows(of, [row(`${text} word`, { sec: 100 * number, level: number === 0 ? 6 : 3 })]));
    await writer.close();
  }
  const explain = async (query: string) => {
    const { filter } = parseQuery(query);
    return (await sourceOf(directory).explain(ask(filter).request)).join("\n");
  };
  expect(await explain("level:error")).toMatch(/ruled out: 2 by level\n.*1 block .*\n.*no line is read/);
  expect(await explain("ns:pay")).toMatch(/2 by where lines come from/);
  expect(await explain("beta")).toMatch(/2 by their words\n.*\nasked of each block: "beta"/);
  expect(await explain("ts:>1970-01-01T00:02:00Z")).toMatch(/2 by time/);
  const pages = await allPages(sourceOf(directory).search(ask(parseQuery("beta").filter).request));
  expect(idsOf(pages)).toHaveLength(1);
});

test("describe tells what there is", async () => {
  const directory = await storeOf(2, 10);
  expect(await sourceOf(directory).describe(new AbortController().signal)).toMatchObject({
    ...{ records: 20, detail: "1 namespace, 1 pod", oldest: { sec: FIRST_SECOND, nsec: 0 } },
    newest: { sec: FIRST_SECOND + 19, nsec: 0 },
  });
});
