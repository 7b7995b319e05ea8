// Measures the predicate: records per CPU second for filters of every kind, beside Buffer.indexOf and one RegExp over the same
// bytes. node bench/query-match.ts [--records 200000]
import { parseArgs } from "node:util";
import { chunkPattern } from "../src/query/literals.ts";
import { parseQuery } from "../src/query/parse.ts";
import { type CompileContext, compilePredicate } from "../src/query/predicate.ts";
import type { QueryRecord } from "../src/query/query-record.ts";
import { levelOf } from "../src/record/level.ts";
import type { Origin } from "../src/record/log-line.ts";
import { compilePattern } from "../src/regex/pattern.ts";

const { values } = parseArgs({ options: { records: { type: "string", default: "200000" } } });
const count = Number(values.records);

let state = 42;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}
const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
const hex = () =>
  Array.from({ length: 4 }, () =>
    random(2 ** 32)
      .toString(16)
      .padStart(8, "0"),
  ).join("");

const LEVELS = ["debug", "info", "info", "info", "info", "info", "info", "warn", "error"];
const WHAT = ["order placed", "payment declined by issuer", "connection refused", "cache miss", "request finished"];
const PATHS = ["/api/v1/orders", "/api/v1/payments", "/health", "/api/v2/users", "/static/app.js"];

function line(number: number): string {
  const [level, what, path, status, ms] = [
    pick(LEVELS),
    pick(WHAT),
    pick(PATHS),
    pick([200, 200, 404, 500]),
    random(2000),
  ];
  const message = number % 20_000 === 7 ? `${what} needle_in_the_hay` : what;
  const user = `user-${random(5000)}`;
  const kind = random(100);
  if (kind < 70)
    return JSON.stringify({ level, msg: `${message} ${path}`, trace_id: hex(), status, dur_ms: ms, user, node: "n1" });
  if (kind < 85)
    return `level=${level} msg="${message}" path=${path} trace_id=${hex()} status=${status} dur_ms=${ms} user=${user}`;
  return `2026-11-21 ${level.toUpperCase()} ${message} for ${user} at ${path} trace=${hex()} took ${ms} ms status ${status}`;
}

const origins = Array.from({ length: 96 }, (_, i): Origin => {
  return {
    ...{ source: "store", cluster: "", node: "node-1", namespace: `ns-${i % 8}`, pod: `app-${i}`, podUid: `uid-${i}` },
    ...{ container: "app", containerKind: "container", containerId: "", restart: 0, workload: `deployment/app-${i}` },
    ...{ labels: {}, annotations: {} },
  };
});

const lines = Array.from({ length: count }, (_, i) => line(i));
const buffer = Buffer.from(lines.join("\n"));
const records: QueryRecord[] = [];
let at = 0;
for (const text of lines) {
  const end = at + text.length;
  const level = levelOf(buffer, at, end);
  const details = { stream: "stdout", level, id: undefined, lines: 1, attrs: undefined, sources: [] } as const;
  const sec = 1_795_255_200 + Math.floor((records.length / count) * 3600);
  records.push({ sec, nsec: 0, origin: pick(origins), buffer, start: at, end, rest: undefined, details });
  at = end + 1;
}

const context: CompileContext = {
  now: 1_795_258_800_000,
  zone: "UTC",
  regexp: (source, flags) => compilePattern(source, { flags }),
};

/** CPU seconds of the fastest of three. */
function cpu(work: () => void): number {
  const runs = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage();
    work();
    const used = process.cpuUsage(before);
    return (used.user + used.system) / 1e6;
  });
  return Math.min(...runs);
}

function row(name: string, seconds: number, hits: number): void {
  const rate = (records.length / seconds / 1e6).toFixed(2);
  console.log(`${name.padEnd(52)} ${rate.padStart(8)} M rec/CPU-s ${String(hits).padStart(8)} hits`);
}

console.log(`${count} records, ${(buffer.length / 1e6).toFixed(1)} MB`);
const chunk = buffer.toString("latin1");
let found = 0;
const seconds = cpu(() => {
  found = 0;
  for (let i = buffer.indexOf("needle_in_the_hay"); i >= 0; i = buffer.indexOf("needle_in_the_hay", i + 1)) found++;
});
row("Buffer.indexOf over all bytes", seconds, found);
row(
  "one /needle_in_the_hay/gi over all bytes",
  cpu(() => {
    found = [...chunk.matchAll(/needle_in_the_hay/gi)].length;
  }),
  found,
);

for (const query of [
  "needle_in_the_hay",
  "declined",
  '"connection refused"',
  "conn*used",
  "/refus(ed|al) .*orders/",
  "level:>=warn",
  "ns:ns-3 pod:app-1*",
  "ns:ns-3 level:error declined",
  "-declined -refused",
  "message:declined",
  "user:user-77",
  "status:>=500",
]) {
  const { filter } = parseQuery(query);
  const matches = compilePredicate(filter, context);
  let hits = 0;
  row(
    query,
    cpu(() => {
      hits = 0;
      for (const record of records) if (matches(record)) hits++;
    }),
    hits,
  );
  const pattern = chunkPattern(filter);
  if (pattern === undefined) continue;
  let [candidates, ends] = [0, 0];
  const scan = cpu(() => {
    [candidates, hits, ends] = [0, 0, 0];
    pattern.lastIndex = 0;
    for (let next = pattern.exec(chunk); next !== null; next = pattern.exec(chunk)) {
      while (records[ends]!.end < next.index) ends++;
      candidates++;
      if (matches(records[ends]!)) hits++;
      pattern.lastIndex = records[ends]!.end;
    }
  });
  row(`  by its chunk pattern (${candidates} candidates)`, scan, hits);
}
