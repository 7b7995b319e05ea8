import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GivenLine, klogSearch, type RigOptions, ScriptedSource } from "./search-rig.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "klog-export-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const LINES: GivenLine[] = Array.from({ length: 140 }, (_, i) => ({ at: i, text: `line ${i} says, "so"` }));
const SMALL = { partBytes: 3000, sureBytes: 900 };

function source(options: ConstructorParameters<typeof ScriptedSource>[1] = {}) {
  return new ScriptedSource(LINES, { pageLines: 7, ...options });
}

function exportTo(file: string, words: string[] = [], options: RigOptions = {}) {
  return klogSearch(["line", "--export", file, ...words], { sources: [source()], exportLimits: SMALL, ...options });
}

let serial = 0;
const freshFile = (end: string) => join(folder, `${++serial}${end}`);

describe("--export", () => {
  test("writes all hits, oldest first, in the format of the name, and leaves nothing beside the file", async () => {
    const file = freshFile(".jsonl");
    const { code, out, err } = await exportTo(file);
    expect({ code, out }).toEqual({ code: 0, out: "" });
    const records = readFileSync(file, "utf8").trim().split("\n");
    expect(records.map((text) => (JSON.parse(text) as { message: string }).message)).toEqual(
      LINES.map(({ text }) => text),
    );
    expect(err).toContain(`140 hits in ${file}`);
    expect(existsSync(`${file}.parts`)).toBe(false);
  });

  test("is compressed by its name", async () => {
    const plain = freshFile(".csv");
    const gzip = freshFile(".csv.gz");
    const zstd = freshFile(".csv.zst");
    for (const file of [plain, gzip, zstd]) await exportTo(file);
    const text = readFileSync(plain, "utf8");
    expect(text.match(/^timestamp,/gm)).toHaveLength(1);
    expect(gunzipSync(readFileSync(gzip)).toString()).toBe(text);
    expect(zstdDecompressSync(readFileSync(zstd)).toString()).toBe(text);
  });

  test("takes the format of --output, and pipes that look at one line", async () => {
    const file = freshFile(".txt");
    await klogSearch(['* | where "line 7"', "--export", file, "-o", "raw"], { sources: [source()] });
    expect(readFileSync(file, "utf8")).toBe('line 7 says, "so"\n');
  });

  test("leaves out what | fields - leaves out", async () => {
    const file = freshFile(".jsonl");
    const lines = [{ at: 0, text: '{"msg":"m","secret":"s","kept":1}' }];
    await klogSearch(["* | fields - secret", "--export", file], { sources: [new ScriptedSource(lines)] });
    const text = readFileSync(file, "utf8");
    expect(text).toContain('"kept":1');
    expect(text).not.toContain("secret");
  });

  test("an empty result is an empty file and exit 1", async () => {
    const file = freshFile(".jsonl");
    const { code } = await klogSearch(["absent", "--export", file], { sources: [source()] });
    expect(code).toBe(1);
    expect(readFileSync(file, "utf8")).toBe("");
  });

  test("killed at any moment, --resume gives the same file to the byte", async () => {
    const whole = freshFile(".csv");
    await exportTo(whole);
    const expected = readFileSync(whole, "utf8");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 3 }), async (kills) => {
        const file = freshFile(".csv");
        for (const kill of kills) {
          const words = existsSync(`${file}.parts`) ? ["--resume"] : [];
          const dying = source({
            beforePage: (index) => {
              if (index === kill) throw new Error("killed");
            },
          });
          await exportTo(file, words, { sources: [dying] }).catch(() => undefined);
          if (existsSync(file)) break;
        }
        if (!existsSync(file)) await exportTo(file, existsSync(`${file}.parts`) ? ["--resume"] : []);
        expect(readFileSync(file, "utf8")).toBe(expected);
        expect(existsSync(`${file}.parts`)).toBe(false);
      }),
      { numRuns: 8 },
    );
  });

  test("what a kill left behind the sure bytes is written again", async () => {
    const whole = freshFile(".jsonl");
    await exportTo(whole);
    const file = freshFile(".jsonl");
    await interrupted(file);
    const parts = readdirSync(`${file}.parts`).filter((name) => name.startsWith("part-"));
    expect(parts.length).toBeGreaterThan(1);
    writeFileSync(join(`${file}.parts`, parts.at(-1)!), "torn", { flag: "a" });
    expect((await exportTo(file, ["--resume"])).code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(readFileSync(whole, "utf8"));
  });

  test("kill -9 of the process, again and again, ends in the same file", async () => {
    const whole = freshFile(".jsonl.gz");
    await exportTo(whole);
    const file = freshFile(".jsonl.gz");
    const child = fileURLToPath(new URL("./export-child.ts", import.meta.url));
    for (let round = 0; round < 2 && !existsSync(file); round++) {
      const running = spawn(process.execPath, [child, file], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = new Promise((resolve) => running.once("exit", resolve));
      // It tells when it has pages behind it: the kill comes in the middle of the work.
      running.stdout.once("data", () => running.kill("SIGKILL"));
      await ended;
    }
    expect(existsSync(`${file}.parts`)).toBe(true);
    expect((await exportTo(file, ["--resume"])).code).toBe(0);
    expect(readFileSync(file)).toEqual(readFileSync(whole));
  });
});

async function interrupted(file: string) {
  const abort = new AbortController();
  const stopping = source({ beforePage: (index) => (index === 15 ? abort.abort() : undefined) });
  return exportTo(file, [], { sources: [stopping], signal: abort.signal });
}

describe("--export refuses", () => {
  test("to go on without --resume, for another search, or as another format", async () => {
    const file = freshFile(".jsonl");
    const stopped = await interrupted(file);
    expect(stopped.code).toBe(130);
    expect(stopped.err).toContain("go on with --resume");
    expect((await exportTo(file)).err).toContain(`an export of ${file} was begun and not finished`);
    const other = await klogSearch(["other", "--export", file, "--resume"], { sources: [source()] });
    expect(other).toMatchObject({ code: 2 });
    expect(other.err).toContain(`was begun for line, not for other`);
    expect((await exportTo(file, ["--resume", "-o", "csv"])).err).toContain("was begun as jsonl, not as csv");
    expect((await exportTo(file, ["--resume"])).code).toBe(0);
  });

  test("a damaged manifest or part, with what to do", async () => {
    const file = freshFile(".jsonl");
    await interrupted(file);
    const part = join(`${file}.parts`, "part-00001");
    const bytes = readFileSync(part);
    writeFileSync(
      part,
      bytes.map((byte, i) => (i === 5 ? byte ^ 1 : byte)),
    );
    const damaged = await exportTo(file, ["--resume"]);
    expect(damaged).toMatchObject({ code: 2 });
    expect(damaged.err).toMatch(/part-00001 is damaged\n {2}remove .*\.parts and start again/);
    writeFileSync(join(`${file}.parts`, "manifest.json"), "{");
    expect((await exportTo(file, ["--resume"])).err).toMatch(/manifest\.json is damaged/);
  });

  test("to write over a file, into no folder, or what cannot be repeated", async () => {
    const file = freshFile(".jsonl");
    writeFileSync(file, "");
    expect((await exportTo(file)).err).toContain(`${file} is there already`);
    expect((await exportTo(file, ["--resume"])).code).toBe(0);
    expect((await exportTo(join(folder, "no", "where.csv"))).err).toContain("there is no folder");
    const tail = await klogSearch(["* | tail 3", "--export", freshFile(".csv")], { sources: [source()] });
    expect(tail.err).toContain("--export takes no | tail");
    const table = await klogSearch(["* | count", "--export", freshFile(".csv")], { sources: [source()] });
    expect(table.err).toContain("--export writes lines, not tables");
    const rows = await klogSearch(["* | fields ts, pod", "--export", freshFile(".csv")], { sources: [source()] });
    expect(rows).toMatchObject({ code: 2 });
    expect(rows.err).toContain("--export writes lines, not the rows of | fields");
    const delta = await exportTo(freshFile(".csv"), ["-t=delta"]);
    expect(delta.err).toContain("--timestamps delta depends on when it is printed");
  });
});
