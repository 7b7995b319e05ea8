// Measures the store: records taken per CPU second, bytes on disk by bytes of the lines, memory, and reads by its reader.
// node bench/store.ts [--records 300000] [--batch 400] [--fsync never|interval]
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../src/store/decoded-block.ts";
import type { StoreGeneration, StoreRows } from "../src/store/rows.ts";
import { StoreReader, type StoreView } from "../src/store/store-reader.ts";
import { StoreWriter } from "../src/store/store-writer.ts";
import { mayContainToken } from "../src/store/words.ts";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "300000" },
    /** Rows that come of one stream at a time. */
    batch: { type: "string", default: "400" },
    fsync: { type: "string", default: "interval" },
  },
});
const records = Number(values.records);
const batchRows = Number(values.batch);
const STREAMS = 96;
const WARM_ROUNDS = 4;
let peak = 0;
const RARE = "needle_in_the_hay";

// The workload of research/search.md 3: 178 bytes a line, 70 % JSON, 15 % logfmt, 15 % text, a random trace id in each,
// levels 10/75/10/5 % debug/info/warn/error, 6 h.
let state = 42;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}
const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
const HEX = Array.from({ length: 65_536 }, (_, i) => i.toString(16).padStart(4, "0"));
const hex = (digits: number) => Array.from({ length: digits / 4 }, () => HEX[random(65_536)]).join("");

const LEVELS = [
  ["debug", 2],
  ["info", 3],
  ["warn", 5],
  ["error", 6],
] as const;
const WHAT = [
  "order placed",
  "payment declined by issuer",
  "connection refused",
  "cache miss",
  "request finished",
  "user signed in",
  "retrying upstream call",
  "queue drained",
];
const PATHS = ["/api/v1/orders", "/api/v1/payments", "/health", "/api/v2/users", "/static/app.js", "/login"];

function line(level: string, number: number): string {
  const [trace, status, ms, user] = [
    hex(32),
    pick([200, 200, 200, 201, 404, 500]),
    random(2000),
    `user-${random(5000)}`,
  ];
  const what = number % 60_000 === 7 ? `${pick(WHAT)} ${RARE}` : pick(WHAT);
  const kind = random(100);
  if (kind < 70)
    return JSON.stringify({
      level,
      msg: `${what} ${pick(PATHS)}`,
      trace_id: trace,
      status,
      dur_ms: ms,
      user,
      node: "n1",
    });
  if (kind < 85)
    return `level=${level} msg="${what}" path=${pick(PATHS)} trace_id=${trace} status=${status} dur_ms=${ms} user=${user}`;
  return `2026-11-21 ${level.toUpperCase()} ${what} for ${user} at ${pick(PATHS)} trace=${trace} took ${ms} ms status ${status} pool=main`;
}

const generations = Array.from({ length: STREAMS }, (_, stream): StoreGeneration => {
  const pod = `app-${stream >> 1}-${hex(8)}`;
  const container = { container: "app", containerId: hex(64), restart: 0, image: "registry.local/app:1.2.3" };
  const docker = { dockerApp: "", dockerService: "", dockerContainer: "" };
  const place = {
    node: "node-1",
    namespace: `ns-${stream % 8}`,
    pod,
    podUid: hex(32),
    path: `/var/log/pods/${pod}/app/0.log`,
  };
  return { id: hex(16), epoch: 0, origin: { ...place, ...container, ...docker, labels: { app: pod }, tags: {} } };
});

/** So many are made, and stored again and again: a block holds 6,000 or so, and knows nothing of the blocks before. */
const DISTINCT = 50_000;

/** Made before the clock starts: rows of one stream, as a decoder of CRI lines lays them out. */
function makeBatches(): { batches: StoreRows[]; raw: number } {
  const records = DISTINCT;
  const batches: StoreRows[] = [];
  const offsets = new Float64Array(STREAMS);
  let raw = 0;
  for (let made = 0; made < records; made += batchRows) {
    const stream = random(STREAMS);
    const count = Math.min(batchRows, records - made);
    const column = () => new Uint32Array(count);
    const pieces: Buffer[] = [];
    const rows = { start: column(), end: column(), nsec: column(), lines: column().fill(1), checksum: column() };
    const wide = { sec: new Float64Array(count), offset: new Float64Array(count) };
    const narrow = {
      level: new Uint8Array(count),
      stream: new Uint8Array(count).fill((stream & 1) + 1),
      flags: new Uint8Array(count),
    };
    let at = 0;
    for (let row = 0; row < count; row++) {
      const roll = random(100);
      const [name, level] = LEVELS[roll < 10 ? 0 : roll < 85 ? 1 : roll < 95 ? 2 : 3];
      const message = Buffer.from(line(name, made + row));
      pieces.push(Buffer.alloc(45, "2026-11-21T15:00:00.123456789+00:00 stdout F "), message, Buffer.from("\n"));
      rows.start[row] = at + 45;
      rows.end[row] = at + 45 + message.length;
      at += message.length + 46;
      wide.offset[row] = offsets[stream]!;
      offsets[stream]! += message.length + 46;
      const time = ((made + row * (records / batchRows / 4)) / records) * 21_600;
      wide.sec[row] = 1_763_737_752 + Math.floor(time);
      rows.nsec[row] = random(1e9);
      rows.checksum[row] = Math.imul(random(2 ** 32), 1) >>> 0;
      narrow.level[row] = level;
      raw += message.length + 1;
    }
    batches.push({
      generation: generations[stream]!,
      count,
      bytes: Buffer.concat(pieces),
      ...rows,
      ...wide,
      ...narrow,
    });
  }
  return { batches, raw };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function report(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(44)} ${value.toFixed(value < 100 ? 1 : 0).padStart(10)} ${unit}`);
}

/** The least of five. */
function timed(what: string, read: () => number): void {
  let least = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let i = 0; i < 5; i++) {
    const before = cpuMs();
    found = read();
    least = Math.min(least, cpuMs() - before);
  }
  report(`${what} (${found} found)`, least, "ms CPU");
}

const directory = mkdtempSync(join(tmpdir(), "klog-bench-store-"));
try {
  const { batches, raw: distinct } = makeBatches();
  const rounds = Math.ceil(records / DISTINCT);
  const raw = distinct * rounds;
  const fsync = values.fsync === "never" ? "never" : "interval";
  const held = process.memoryUsage().rss;
  // An agent runs for weeks: what the engine spends on compiling the loops is not counted.
  const warm = await StoreWriter.open(join(directory, "warm"), { fsync });
  for (let round = 0; round < WARM_ROUNDS; round++) await store(warm, batches);
  await warm.close();
  rmSync(join(directory, "warm"), { recursive: true });

  const writer = await StoreWriter.open(directory, { fsync });
  const costs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = cpuMs();
    await store(writer, batches);
    if (round === rounds - 1) await writer.close();
    costs.push((cpuMs() - before) / DISTINCT);
  }
  costs.sort((a, b) => a - b);
  const files = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
  const disk = files.reduce((sum, size) => sum + size, 0);
  const bytes = distinct / DISTINCT;
  report(`records of ${bytes.toFixed(0)} bytes, taken per CPU second: median`, 1 / costs[costs.length >> 1]!, "k");
  report("  the best round of 50,000", 1 / costs[0]!, "k");
  report("lines", raw / 1e6, "MB");
  report("on disk", (100 * disk) / raw, "% of the lines");
  report("memory beyond the workload's own, at most", (peak - held) / 1e6, "MB");

  const fresh = new StoreReader(directory).view();
  const sum = (part: (entry: StoreView["blocks"][number]["entry"]) => number) =>
    (100 * fresh.blocks.reduce((all, { entry }) => all + part(entry), 0)) / raw;
  report(
    "  of it what searches ask of rows",
    sum((entry) => entry.keysLength),
    "%",
  );
  report(
    "  of it their ids",
    sum((entry) => entry.detailsLength),
    "%",
  );
  report(
    "  of it text",
    sum((entry) => entry.textLength),
    "%",
  );
  report(
    "  of it word filters",
    sum((entry) => entry.bloomLength),
    "%",
  );
  report(
    "  of it trigrams",
    sum((entry) => entry.bitmapLength),
    "%",
  );

  timed("rare word, store opened for it", () => rareWord(opened()));
  timed("latest 100", () => latest(opened()));
  timed("histogram a minute, warnings and above", () => histogram(opened()));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function store(writer: StoreWriter, batches: readonly StoreRows[]): Promise<void> {
  for (const [index, batch] of batches.entries()) {
    writer.append(batch);
    if (writer.full) await writer.drained();
    if (index % 50 === 0) peak = Math.max(peak, process.memoryUsage.rss());
  }
}

function opened(): StoreView {
  return new StoreReader(directory).view();
}

function rareWord({ blocks }: StoreView): number {
  const needle = Buffer.from(RARE);
  let found = 0;
  for (const { segment, entry } of blocks) {
    const filters = segment.filters(entry);
    if (typeof filters === "string" || !mayContainToken(filters, RARE)) continue;
    const text = segment.text(entry);
    if (typeof text === "string") continue;
    const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
    for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) found++;
  }
  return found;
}

function latest({ blocks }: StoreView): number {
  const newest = blocks.at(-1)!;
  const rows = newest.segment.rows(newest.entry);
  if (typeof rows === "string") return 0;
  let read = 0;
  for (let row = Math.max(0, rows.rows - 100); row < rows.rows; row++) read += messageOf(rows, row).length > 0 ? 1 : 0;
  return read;
}

function histogram({ blocks }: StoreView): number {
  const minutes = new Map<number, number>();
  let counted = 0;
  for (const { segment, entry } of blocks) {
    const columns = segment.keys(entry);
    if (typeof columns === "string") continue;
    for (let row = 0; row < entry.rows; row++) {
      if (columns.level[row]! < 5) continue;
      const minute = Math.floor(columns.sec[row]! / 60);
      minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
      counted++;
    }
  }
  return counted;
}
