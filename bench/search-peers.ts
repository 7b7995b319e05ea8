// What the same searches cost others: ripgrep (GNU grep where it is not there) over the plain lines, and SQLite's FTS5.
import { spawnSync } from "node:child_process";
import { createReadStream, existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import type { SearchData } from "./search-data.ts";

const ROUNDS = 3;
const RIPGREP = "rg";

export async function measurePeers(data: SearchData): Promise<void> {
  console.log("\npeers, ms of CPU, the least of three");
  const program = spawnSync(RIPGREP, ["--version"]).status === 0 ? [RIPGREP, "--no-config"] : ["grep"];
  const searches = [
    ["rare word", ["-c", "-w", "-i", "declined"]],
    ["rare id", ["-c", data.rareId]],
    ["rare substring", ["-c", "-i", "ned by iss"]],
  ] as const;
  for (const [name, args] of searches) {
    const costs = Array.from({ length: ROUNDS }, () => cpuOf([...program, ...args, data.lines]));
    report(`${program[0]}: ${name}`, Math.min(...costs));
  }
  const database = await fullText(data);
  const size = statSync(join(dirname(data.lines), "fts.db")).size;
  console.log(`FTS5: ${(size / 1e6).toFixed(0)} MB on disk`);
  for (const [name, words] of [
    ["rare word", "declined"],
    ["rare id", data.rareId],
    ["common word, latest 100", "timed"],
  ] as const) {
    const sql = "SELECT rowid, line FROM lines WHERE lines MATCH ? ORDER BY rowid DESC LIMIT 100";
    report(
      `FTS5: ${name}`,
      Math.min(...Array.from({ length: ROUNDS }, () => ownCpu(() => database.prepare(sql).all(words)))),
    );
  }
  const scan = "SELECT count(*) FROM lines WHERE line LIKE '%ned by iss%'";
  report(
    "FTS5: rare substring (LIKE)",
    ownCpu(() => database.prepare(scan).all()),
  );
  database.close();
}

function report(what: string, ms: number): void {
  console.log(`${what.padEnd(47)}${ms.toFixed(1).padStart(9)}`);
}

function ownCpu(call: () => unknown): number {
  const before = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** User and system time of a program, by bash's own count. */
function cpuOf(words: readonly string[]): number {
  const script = 'TIMEFORMAT="%3U %3S"; time "$@" > /dev/null';
  const { stderr } = spawnSync("bash", ["-c", script, "bash", ...words], { encoding: "utf8" });
  const [user = "0", system = "0"] = stderr.trim().split(/\s+/).slice(-2);
  return (Number(user) + Number(system)) * 1000;
}

async function fullText(data: SearchData): Promise<DatabaseSync> {
  const path = join(dirname(data.lines), "fts.db");
  const isThere = existsSync(path);
  const database = new DatabaseSync(path);
  if (isThere) return database;
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
  database.exec("CREATE VIRTUAL TABLE lines USING fts5(line, detail = none)");
  const insert = database.prepare("INSERT INTO lines (line) VALUES (?)");
  const before = process.cpuUsage();
  database.exec("BEGIN");
  for await (const line of createInterface({ input: createReadStream(data.lines) })) insert.run(line);
  database.exec("COMMIT");
  const { user, system } = process.cpuUsage(before);
  console.log(`FTS5: ${(data.records / ((user + system) / 1000)).toFixed(0)} k records taken per CPU second`);
  return database;
}
