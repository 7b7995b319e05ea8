// The lines that bench/search.ts looks for things in: 96 streams over six hours as an agent stores them live, a few rows of a
// stream at a time, and the same lines as plain text for the peers. Made once a size, then used again.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { StoreGeneration, StoreRows } from "../src/store/rows.ts";
import { StoreWriter } from "../src/store/store-writer.ts";

const STREAMS = 96;
const NAMESPACES = ["shop", "payments", "auth", "search", "media", "mail", "infra", "batch"] as const;
const FIRST_SECOND = 1_763_737_752;
const HOURS = 6;
/** So many lines have the rare word, far from each other. */
const RARE_LINES = 5;
const MOST_ROWS = 6;
const ROW_BYTES = 640;

export interface SearchData {
  readonly store: string;
  /** One line a record, without a time stamp, as `rg` would search them. */
  readonly lines: string;
  readonly rawBytes: number;
  readonly records: number;
  /** A trace id that one line has. */
  readonly rareId: string;
}

/** `directory` is kept: a second call with the same size finds it done. */
export async function searchData(directory: string, records: number): Promise<SearchData> {
  const done = join(directory, "data.json");
  if (existsSync(done)) return JSON.parse(readFileSync(done, "utf8")) as SearchData;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const data = await make(directory, records);
  writeFileSync(done, JSON.stringify(data));
  return data;
}

let state = 42;
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}
const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
const HEX = Array.from({ length: 65_536 }, (_, i) => i.toString(16).padStart(4, "0"));
const hex = (digits: number) => {
  let text = "";
  for (let i = 0; i < digits; i += 4) text += HEX[random(65_536)];
  return text;
};

const SAID: Readonly<Record<string, readonly string[]>> = {
  debug: ["cache miss", "pool has 12 idle connections", "queue drained"],
  info: ["order placed", "request finished", "user signed in", "cart updated", "mail queued"],
  warn: ["slow query", "retrying upstream call", "disk is 81% full"],
  error: ["connection refused", "upstream timed out"],
};
const PATHS = ["/api/v1/orders", "/api/v1/payments", "/health", "/api/v2/users", "/static/app.js", "/login"];
const CALLER = "http/server.go:214";
const STATUSES = [200, 200, 200, 201, 404, 500];

function line(level: string, rare: boolean): string {
  const [trace, status, ms, user] = [hex(32), pick(STATUSES), random(2000), `user-${random(5000)}`];
  const what = rare ? "payment declined by issuer" : pick(SAID[level]!);
  const [path, request] = [pick(PATHS), `req-${hex(8)}`];
  const kind = random(100);
  if (kind < 70)
    return `{"level":"${level}","msg":"${what} ${path}","trace_id":"${trace}","req":"${request}","status":${status},"dur_ms":${ms},"user":"${user}","caller":"${CALLER}"}`;
  if (kind < 85)
    return `level=${level} msg="${what}" path=${path} trace_id=${trace} req=${request} status=${status} dur_ms=${ms} user=${user} caller=${CALLER}`;
  return `2026-11-21 ${level.toUpperCase()} ${what} for ${user} at ${path} trace=${trace} ${request} took ${ms} ms status ${status} (${CALLER})`;
}

function generations(): StoreGeneration[] {
  return Array.from({ length: STREAMS }, (_, stream) => {
    const namespace = NAMESPACES[stream % NAMESPACES.length]!;
    const app = `${namespace}-${stream >> 4}`;
    const pod = `${app}-${hex(8)}-${hex(4)}`;
    const container = { container: "app", containerId: hex(64), restart: 0, image: `registry.local/${app}:1.2.3` };
    const docker = { dockerApp: "", dockerService: "", dockerContainer: "" };
    const place = {
      node: `node-${stream % 3}`,
      namespace,
      pod,
      podUid: hex(32),
      path: `/var/log/pods/${pod}/app/0.log`,
    };
    return { id: hex(16), epoch: 0, origin: { ...place, ...container, ...docker, labels: { app }, tags: {} } };
  });
}

async function make(directory: string, records: number): Promise<SearchData> {
  const [store, lines] = [join(directory, "store"), join(directory, "lines.log")];
  const writer = await StoreWriter.open(store, { fsync: "never" });
  const streams = generations();
  const offsets = new Float64Array(STREAMS);
  const rows = emptyRows(streams[0]!);
  const out = openSync(lines, "w");
  let [rawBytes, rareId, text] = [0, "", ""];
  const between = Math.floor(records / RARE_LINES);
  const perSecond = records / (HOURS * 3600);
  for (let made = 0; made < records; ) {
    const stream = random(STREAMS);
    const count = Math.min(1 + random(MOST_ROWS), records - made);
    // Half a second apart at most, as files that are polled in turn are.
    const time = made / perSecond + random(1000) / 2000;
    let at = 0;
    for (let row = 0; row < count; row++, made++) {
      const roll = random(100);
      const [name, level] = roll < 10 ? ["debug", 2] : roll < 85 ? ["info", 3] : roll < 95 ? ["warn", 5] : ["error", 6];
      const message = line(name as string, made % between === between >> 1);
      if (made === Math.floor(records * 0.4)) rareId = /[0-9a-f]{32}/.exec(message)![0];
      text += `${message}\n`;
      rows.start[row] = at;
      at += (rows.bytes as Buffer).write(message, at, "latin1");
      rows.end[row] = at;
      const instant = time + row / 1000;
      rows.sec[row] = FIRST_SECOND + Math.floor(instant);
      rows.nsec[row] = Math.floor((instant % 1) * 1e9);
      rows.offset[row] = offsets[stream]!;
      offsets[stream]! += message.length + 46;
      rows.checksum[row] = random(2 ** 32);
      rows.level[row] = level as number;
      rows.stream[row] = (stream & 1) + 1;
      rawBytes += message.length + 1;
    }
    writer.append({ ...rows, count, generation: streams[stream]! });
    if (writer.full) await writer.drained();
    if (text.length > 1 << 20) {
      writeSync(out, text);
      text = "";
    }
  }
  writeSync(out, text);
  closeSync(out);
  await writer.close();
  return { store, lines, rawBytes, records, rareId };
}

function emptyRows(generation: StoreGeneration): StoreRows {
  const column = () => new Uint32Array(MOST_ROWS);
  return {
    generation,
    count: 0,
    bytes: Buffer.alloc(MOST_ROWS * ROW_BYTES),
    ...{ start: column(), end: column(), nsec: column(), lines: column().fill(1), checksum: column() },
    ...{ sec: new Float64Array(MOST_ROWS), offset: new Float64Array(MOST_ROWS) },
    ...{ level: new Uint8Array(MOST_ROWS), stream: new Uint8Array(MOST_ROWS), flags: new Uint8Array(MOST_ROWS) },
  };
}
