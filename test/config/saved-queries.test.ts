import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { historyPath, pastQueries, rememberQuery } from "../../src/config/query-history.ts";
import { deleteQuery, findQuery, listQueries, savedQueriesPath, saveQuery } from "../../src/config/saved-queries.ts";

let folder: string;
const place = (env: Record<string, string> = {}) => ({
  env: { XDG_STATE_HOME: folder, ...env },
  home: "/nowhere",
  platform: "linux" as const,
});
const config = { path: "c.yaml", queries: [{ name: "errors", query: "level:error", line: 7 }] };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "klog-queries-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("saved queries", () => {
  test("are found by name beside those of the config file, and win over them", async () => {
    await saveQuery("slow", "took:>1000", place(), 5);
    const both = { ...place(), config };
    expect(await listQueries(both)).toEqual([
      { name: "errors", query: "level:error", where: "c.yaml:7", savedAt: undefined },
      { name: "slow", query: "took:>1000", where: savedQueriesPath(place()), savedAt: 5 },
    ]);
    await saveQuery("errors", "level:>=error", place(), 6);
    expect(await findQuery("errors", both)).toMatchObject({ query: "level:>=error", savedAt: 6 });
    await deleteQuery("errors", both);
    expect(await findQuery("errors", both)).toMatchObject({ query: "level:error" });
  });

  test("that are not there are named with those that are", async () => {
    await expect(findQuery("erors", { ...place(), config })).rejects.toMatchObject({
      code: "USAGE",
      hint: "did you mean errors?",
    });
    await expect(findQuery("x", { ...place(), config: undefined })).rejects.toMatchObject({
      hint: expect.stringContaining("--save-query"),
    });
    await expect(deleteQuery("errors", { ...place(), config })).rejects.toMatchObject({
      message: "the query errors stands in the config file (c.yaml:7)",
    });
    await expect(saveQuery("a b", "x", place(), 0)).rejects.toMatchObject({ code: "USAGE" });
    await expect(saveQuery("__proto__", "x", place(), 0)).rejects.toMatchObject({ code: "USAGE" });
  });

  test("saved by many at a time are all kept, in a file of the owner alone", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => saveQuery(`q${i}`, `x:${i}`, place(), i)));
    expect(await listQueries({ ...place(), config: undefined })).toHaveLength(20);
    expect(statSync(savedQueriesPath(place())).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(savedQueriesPath(place())))).toEqual(["queries.json"]);
  });

  test("a damaged file is an error, not an empty list", async () => {
    await saveQuery("a", "x", place(), 0);
    writeFileSync(savedQueriesPath(place()), "{\n");
    await expect(saveQuery("b", "y", place(), 0)).rejects.toMatchObject({
      code: "STATE_UNREADABLE",
      message: expect.stringMatching(/queries\.json: it is not valid JSON$/),
    });
    expect(readFileSync(savedQueriesPath(place()), "utf8")).toBe("{\n");
  });

  test("a lock that a killed klog left behind does not hold for ever", async () => {
    const lock = `${savedQueriesPath(place())}.lock`;
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, "");
    utimesSync(lock, 1, 1);
    await saveQuery("a", "x", place(), 0);
    expect(await listQueries({ ...place(), config: undefined })).toHaveLength(1);
  });
});

describe("the history", () => {
  test("holds the last 1,000 queries with time and hits, newest last", async () => {
    mkdirSync(dirname(historyPath(place())), { recursive: true });
    const lines = Array.from({ length: 1100 }, (_, i) => JSON.stringify({ at: i, query: `q${i}`, hits: i }));
    writeFileSync(historyPath(place()), `${lines.join("\n")}\n`);
    await rememberQuery({ at: 1100, query: "q1100", hits: undefined }, place());
    const past = await pastQueries(place());
    expect(past).toHaveLength(1000);
    expect(past[0]).toEqual({ at: 101, query: "q101", hits: 101 });
    expect(past.at(-1)).toEqual({ at: 1100, query: "q1100", hits: undefined });
    expect(readFileSync(historyPath(place()), "utf8").split("\n")).toHaveLength(1001);
  });

  test("loses no entry of writers beside each other, and is the owner's alone", async () => {
    await Promise.all(Array.from({ length: 30 }, (_, i) => rememberQuery({ at: i, query: `q${i}`, hits: 0 }, place())));
    expect(new Set((await pastQueries(place())).map(({ query }) => query)).size).toBe(30);
    expect(statSync(historyPath(place())).mode & 0o777).toBe(0o600);
  });

  test.each(["off", "0", "no"])("KLOG_HISTORY=%s keeps none", async (value) => {
    await rememberQuery({ at: 1, query: "x", hits: 1 }, place({ KLOG_HISTORY: value }));
    expect(await pastQueries(place())).toEqual([]);
  });

  test("damaged lines are passed over", async () => {
    await rememberQuery({ at: 1, query: "x", hits: 1 }, place());
    writeFileSync(historyPath(place()), '{"at":1,\nnull\n', { flag: "a" });
    await rememberQuery({ at: 2, query: "y", hits: 1 }, place());
    expect(await pastQueries(place())).toMatchObject([{ query: "x" }, { query: "y" }]);
  });

  test("a folder that cannot be written disturbs nobody", async () => {
    writeFileSync(join(folder, "klog"), "a file is in the way");
    chmodSync(join(folder, "klog"), 0o400);
    await rememberQuery({ at: 1, query: "x", hits: 1 }, place());
    expect(await pastQueries(place())).toEqual([]);
  });
});
