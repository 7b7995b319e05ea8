import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { expect, onTestFinished, test, vi } from "vitest";
import { startStoreCommand } from "../../../src/commands/store/start-store-command.ts";
import { KlogError } from "../../../src/errors.ts";
import { StoreReader } from "../../../src/store/store-reader.ts";
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { temporaryDirectory } from "../../store/support/directory.ts";
import { generation, messages, row, rowsOfView, storeRows } from "../../store/support/rows.ts";
import { testIo } from "../../support/command-io.ts";

const WRITER = fileURLToPath(new URL("../../store/support/numbered-writer.ts", import.meta.url));
const SECOND = 1_763_737_752;

async function storeOf(segments: number): Promise<string> {
  const directory = temporaryDirectory();
  for (let segment = 0; segment < segments; segment++) {
    const writer = await StoreWriter.open(directory, { fsync: "never" });
    const rows = Array.from({ length: 10 }, (_, i) => {
      const number = segment * 10 + i;
      return row(`line ${number}`, { sec: SECOND + number * 60, offset: number * 20 });
    });
    writer.append(storeRows(generation(1), rows));
    await writer.close();
  }
  return directory;
}

async function run(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const io = testIo();
  const status = await startStoreCommand(words, io);
  return { status, out: io.printed(), err: io.told() };
}

async function refused(...words: string[]): Promise<KlogError> {
  const error: unknown = await run(...words).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(KlogError);
  return error as KlogError;
}

function textsOf(directory: string): string[] {
  const reader = new StoreReader(directory);
  const texts = messages(rowsOfView(reader.view()));
  reader.close();
  return texts;
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`);

test("ls names each segment with its times and sizes, and all in all", async () => {
  const directory = await storeOf(2);
  const { status, out } = await run("ls", directory, "--timezone", "UTC");
  expect(status).toBe(0);
  expect(out).toMatch(/^SEGMENT +FIRST +LAST +RECORDS/);
  expect(out).toMatch(/20251121T150912Z-000000000000 +2025-11-21T15:09:12Z +2025-11-21T15:18:12Z +10 /);
  expect(out).toMatch(/2 segments, 20 records/);
  const json = JSON.parse((await run("ls", directory, "-o", "json")).out) as { segments: unknown[]; total: unknown };
  expect(json.segments).toHaveLength(2);
  expect(json.segments[0]).toMatchObject({ records: 10, generations: 1, first: "2025-11-21T15:09:12.000000000Z" });
  expect(json.total).toMatchObject({ records: 20 });
  expect((await run("ls", temporaryDirectory())).out).toBe("nothing is stored yet\n");
});

test("verify finds a store whole, and names what is damaged and how much is lost", async () => {
  const directory = await storeOf(3);
  const whole = await run("verify", directory);
  expect(whole).toMatchObject({ status: 0, out: expect.stringMatching(/^whole: 30 records/) });
  const file = readdirSync(directory)
    .filter((name) => name.endsWith(".kseg"))
    .sort()[1]!;
  const bytes = readFileSync(join(directory, file));
  bytes[40]! ^= 255;
  writeFileSync(join(directory, file), bytes);
  writeFileSync(join(directory, "20240101T000000Z-000000000099.kseg"), "left by a crash");
  const { status, out } = await run("verify", directory);
  expect(status).toBe(3);
  expect(out).toMatch(/^damaged: 2 problems; 20 records/);
  expect(out).toContain(`  ${file} block 1 has damaged columns\n`);
  expect(out).toContain("20240101T000000Z-000000000099.kseg has no index");
  const json = JSON.parse((await run("verify", directory, "-o", "json")).out) as object;
  expect(json).toMatchObject({ records: 20, lostRecords: 10, segments: 3 });
});

test("prune removes whole segments from the oldest on, keeps the newest, and first says what would go", async () => {
  const directory = await storeOf(4);
  // The second segment's last record is of 15:28:12.
  const before = ["prune", directory, "--before", "2025-11-21T15:30:00Z"];
  expect((await run(...before, "--dry-run")).out).toMatch(/^would go: 2 segments, 20 records/);
  expect(textsOf(directory)).toEqual(numbered(0, 40));
  expect((await run(...before)).out).toMatch(/^removed: 2 segments, 20 records/);
  expect(textsOf(directory)).toEqual(numbered(20, 40));
  expect((await run("prune", directory, "--max-bytes", "1")).out).toMatch(/^removed: 1 segment,/);
  expect((await run("prune", directory, "--max-age", "1h")).out).toMatch(/^removed: nothing/);
  expect(textsOf(directory)).toEqual(numbered(30, 40));
});

test("prune leaves a store alone to which an agent writes", async () => {
  const directory = temporaryDirectory();
  const child = spawn(process.execPath, [WRITER, directory, "0", "never", "1000000000"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  expect(await refused("prune", directory, "--max-bytes", "1")).toMatchObject({
    code: "STORE_UNUSABLE",
    message: expect.stringMatching(/^a klog agent writes to the store .*, so nothing was removed/),
    hint: expect.stringMatching(/prunes by itself/),
  });
});

test("export writes JSON lines, compressed as their name says, of the asked range", async () => {
  const directory = await storeOf(3);
  const out = join(temporaryDirectory(), "day.jsonl");
  const range = ["--from", "2025-11-21T15:12:12Z", "--to", "2025-11-21T15:32:12Z"];
  const { status, err } = await run("export", out, "--store", directory, ...range);
  expect({ status, err }).toEqual({ status: 0, err: `klog: 21 records in ${out}\n` });
  const records = readFileSync(out, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records.map(({ message }) => message)).toEqual(numbered(3, 24));
  expect(records[0]).toMatchObject({
    ...{ "@timestamp": "2025-11-21T15:12:12.000000000Z", level: "info", stream: "stdout", k8s_pod: "web-1" },
    ...{ log_id: "0000000000000001-0-60-00000000", team: "blue" },
  });
  await run("export", `${out}.gz`, "--store", directory, ...range);
  expect(gunzipSync(readFileSync(`${out}.gz`)).toString()).toBe(readFileSync(out, "utf8"));
  await run("export", `${out}.zst`, "--store", directory, ...range);
  expect(zstdDecompressSync(readFileSync(`${out}.zst`)).toString()).toBe(readFileSync(out, "utf8"));
  expect(readdirSync(join(out, "..")).sort()).toEqual(["day.jsonl", "day.jsonl.gz", "day.jsonl.zst"]);
});

test("export makes a store of its own of a range, with the ids of the records", async () => {
  const directory = await storeOf(3);
  const out = join(temporaryDirectory(), "incident");
  expect((await run("export", out, "--store", directory, "--from", "2025-11-21T15:20:00Z")).status).toBe(0);
  expect(textsOf(out)).toEqual(numbered(11, 30));
  const reader = new StoreReader(out);
  expect(rowsOfView(reader.view())[0]).toMatchObject({ offset: 220, generation: { id: "0000000000000001" } });
  reader.close();
  const nothing = join(temporaryDirectory(), "none.jsonl");
  expect((await run("export", nothing, "--store", directory, "--from", "2031-01-01")).status).toBe(1);
});

test("what cannot be meant is refused with what to do", async () => {
  const directory = await storeOf(1);
  const there = join(temporaryDirectory(), "there.jsonl");
  writeFileSync(there, "mine");
  const full = temporaryDirectory();
  mkdirSync(join(full, "a"));
  const cases = [
    [["export", there, "--store", directory], "OUTPUT_FAILED", /is there already/],
    [["export", full, "--store", directory], "OUTPUT_FAILED", /is not empty/],
    [["export", "out.csv", "--store", directory], "USAGE", /does not know what to write/],
    [["export", "/proc/none/x.jsonl", "--store", directory], "OUTPUT_FAILED", /cannot be written/],
    [["export", "--store", directory], "USAGE", /needs a place/],
    [["prune", directory], "USAGE", /what may go/],
    [["prune", directory, "--before", "soon"], "TIME_INVALID", /--before/],
    [["ls", directory, "again"], "USAGE", /no use for "again"/],
    [["ls", join(full, "gone")], "SOURCE_UNREADABLE", /no store/],
    [["list"], "USAGE", /no command/],
    [[], "USAGE", /what to do/],
  ] as const;
  for (const [words, code, message] of cases) {
    const error = await refused(...words);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error.hint).toBeTruthy();
  }
  expect(readFileSync(there, "utf8")).toBe("mine");
  expect(existsSync(`${there}.part`)).toBe(false);
});

test("without a DIR the store of this machine is meant, as klog search finds it", async () => {
  const directory = await storeOf(1);
  const io = testIo({ KLOG_STORE: directory });
  expect(await startStoreCommand(["ls"], io)).toBe(0);
  expect(io.printed()).toMatch(/1 segment, 10 records/);
  const gone = await refused("ls", join(directory, "gone"));
  expect(gone.hint).toMatch(/name another place by DIR or --store DIR, or by KLOG_STORE/);
  expect((await refused("export", join(directory, "x.jsonl"), "--store", "/gone")).hint).toMatch(
    /place by --store DIR/,
  );
});

test("an export does not go into the store that is exported, nor to a file of an unknown kind", async () => {
  const directory = await storeOf(1);
  expect((await refused("export", join(directory, "sub"), "--store", directory)).message).toMatch(/own directory/);
  expect((await refused("export", `${directory}-x.parquet`, "--store", directory)).message).toMatch(/does not know/);
});

test("where an index has lost bytes, nobody claims to know how many records that were", async () => {
  const directory = await storeOf(2);
  writeFileSync(join(directory, "20261121T000000Z-000000000900.kidx"), "junk".repeat(100));
  const { status, out } = await run("verify", directory);
  expect(status).toBe(3);
  expect(out).toMatch(/^damaged: 1 problem; 20 records .* are whole\n/);
});

test("verify hears an interruption, and says how far it came", async () => {
  const directory = await storeOf(6);
  const interruption = new AbortController();
  const io = { ...testIo(), signal: interruption.signal };
  Object.assign(io.stderr, { isTTY: true });
  const stderr = vi.spyOn(io.stderr, "write").mockImplementation(() => {
    // As a signal does: between two turns of the loop.
    setImmediate(() => interruption.abort());
    return true;
  });
  expect(await startStoreCommand(["verify", directory], io)).toBe(130);
  expect(stderr).toHaveBeenCalled();
  expect(io.printed()).toMatch(/^interrupted after 40 records .*: no problem so far\n$/);
});

test("an interrupted export says that it wrote nothing", async () => {
  const directory = await storeOf(1);
  const out = join(temporaryDirectory(), "day.jsonl");
  const io = { ...testIo(), signal: AbortSignal.abort() };
  expect(await startStoreCommand(["export", out, "--store", directory], io)).toBe(130);
  expect(io.told()).toBe("klog: interrupted, nothing was written\n");
  expect(readdirSync(join(out, ".."))).toEqual([]);
});

test("verify says that data goes on behind an index that was cut", async () => {
  const directory = await storeOf(1);
  const index = readdirSync(directory).find((name) => name.endsWith(".kidx"))!;
  truncateSync(join(directory, index), 40);
  const { status, out } = await run("verify", directory);
  expect(status).toBe(3);
  expect(out).toMatch(/\.kseg has data that its index does not name/);
});
