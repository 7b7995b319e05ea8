// What grouping and pattern finding cost a record, beside a plain loop over a Map. Run: node bench/pipes.ts
import { CountAggregation } from "../src/query/pipes/count-aggregation.ts";
import { HistogramAggregation } from "../src/query/pipes/histogram.ts";
import { PatternAggregation } from "../src/query/pipes/patterns/pattern-aggregation.ts";
import { StatsAggregation } from "../src/query/pipes/stats-aggregation.ts";
import type { GroupKey } from "../src/query/query.ts";
import type { QueryRecord } from "../src/query/query-record.ts";
import type { LineDetails, Origin } from "../src/record/log-line.ts";
import { table, title, verdict } from "./report.ts";

const RECORDS = Number(process.env["BENCH_RECORDS"] ?? 2_000_000);
const ROUNDS = 5;
/** Nanoseconds a record for core fields. */
const GROUPING_BAR = 60;
/** Lines a CPU-second. */
const PATTERNS_BAR = 150_000;
const START = 1_795_255_200;

const origins = Array.from(
  { length: 96 },
  (_, i): Origin => ({
    source: "store",
    cluster: "prod",
    node: `node-${i % 3}`,
    namespace: `ns-${i % 8}`,
    pod: `web-7d9f8c6b5d-x${i % 48}k9`,
    podUid: `uid-${i}`,
    container: "app",
    containerKind: "container",
    containerId: "",
    restart: 0,
    labels: { app: "web" },
    annotations: {},
    workload: "deployment/web",
  }),
);
const LEVELS = ["info", "info", "info", "info", "info", "info", "info", "debug", "warn", "error"] as const;
const details = LEVELS.map(
  (level): LineDetails => ({ stream: "stdout", level, id: undefined, lines: 1, attrs: undefined, sources: ["store"] }),
);
const NOTHING = Buffer.alloc(0);

/** One object again and again, as a source's fold hands it in: 6 hours of records in order, streams and levels mixed. */
function eachRecord(visit: (record: QueryRecord) => void): void {
  const record = {
    sec: 0,
    nsec: 0,
    origin: origins[0]!,
    buffer: NOTHING,
    start: 0,
    end: 0,
    rest: undefined,
    details: details[0],
  };
  let random = 1;
  for (let i = 0; i < RECORDS; i++) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    record.sec = START + Math.floor((i / RECORDS) * 21_600);
    record.nsec = i % 1e9;
    record.origin = origins[(random >>> 8) % 96]!;
    record.details = details[(random >>> 16) % 10];
    visit(record);
  }
}

/** Nanoseconds of CPU a record; the best round, since what else runs on the machine only adds. */
function cost(visitor: () => (record: QueryRecord) => void): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const visit = visitor();
    const before = process.cpuUsage();
    eachRecord(visit);
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1000) / RECORDS;
  });
  return Math.min(...rounds);
}

function mapLoop(nameOf: (record: QueryRecord) => string): () => (record: QueryRecord) => void {
  return () => {
    const counts = new Map<string, number>();
    return (record) => {
      const name = nameOf(record);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    };
  };
}

function counting(by: readonly GroupKey[]): () => (record: QueryRecord) => void {
  return () => {
    const aggregation = new CountAggregation({ kind: "count", by, limit: undefined, zone: "Europe/Berlin" });
    return (record) => aggregation.add(record);
  };
}

function histogram(): (record: QueryRecord) => void {
  const range = { from: { sec: START, nsec: 0 }, to: { sec: START + 21_600, nsec: 0 } };
  const options = { everyMs: undefined, by: undefined, now: 0, zone: "UTC", maxBars: 60 };
  const aggregation = new HistogramAggregation({ ...options, ...range });
  return (record) => aggregation.add(record);
}

function stats(): (record: QueryRecord) => void {
  const aggregates = [
    { name: "count", field: undefined, as: "count" },
    { name: "max", field: "ts", as: "last" },
  ] as const;
  const aggregation = new StatsAggregation({ aggregates, by: [{ field: "pod" }], zone: "UTC" });
  return (record) => aggregation.add(record);
}

const pods = { field: "pod" };
const namespaces = { field: "namespace" };
const levels = { field: "level" };
const minutes = { everyMs: 60_000 };

title("Pipes: what a record costs, nanoseconds of CPU");
// Twice: the first time is the compiler's.
cost(() => () => {});
const bare = cost(() => () => {});
const rows: [name: string, ours: number, map: number | undefined][] = [
  ["namespace", cost(counting([namespaces])), cost(mapLoop((r) => r.origin.namespace))],
  ["pod, level", cost(counting([pods, levels])), cost(mapLoop((r) => `${r.origin.pod} ${r.details?.level}`))],
  [
    "namespace, pod, level, minute",
    cost(counting([namespaces, pods, levels, minutes])),
    cost(mapLoop((r) => `${r.origin.namespace} ${r.origin.pod} ${r.details?.level} ${Math.floor(r.sec / 60)}`)),
  ],
  [
    "histogram by level",
    cost(() => histogram()),
    cost(mapLoop((r) => `${r.details?.level} ${Math.floor(r.sec / 600)}`)),
  ],
  ["stats count(), max(ts) by pod", cost(() => stats()), undefined],
];
table(
  ["by", "klog", "Map loop"],
  [
    ["(the loop itself)", bare.toFixed(1), ""],
    ...rows.map(([name, ours, map]) => [
      name,
      (ours - bare).toFixed(1),
      map === undefined ? "" : (map - bare).toFixed(1),
    ]),
  ],
);
// The last is no mere grouping.
const worst = Math.max(...rows.slice(0, -1).map(([, ours]) => ours - bare));
verdict(
  worst <= GROUPING_BAR,
  `grouping by core fields costs at most ${GROUPING_BAR} ns a record (${worst.toFixed(1)})`,
);

/** Lines as ten services write them: JSON, logfmt and text. */
function makeLines(count: number): QueryRecord[] {
  let random = 7;
  const next = (below: number) => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    return (random >>> 8) % below;
  };
  const hex = () => (next(2 ** 24) * 2 ** 24 + next(2 ** 24)).toString(16).padStart(12, "0");
  const messages: readonly (() => string)[] = [
    () => `GET /api/v1/orders/${next(9999)} ${[200, 404, 500][next(3)]} ${next(900)}ms`,
    () => `user u${next(5000)} logged in from 10.0.${next(256)}.${next(256)}`,
    () => `connection to 10.1.2.${next(256)}:5432 refused, retrying in ${next(60)}s`,
    () => `payment pay-${hex()} declined: insufficient funds`,
    () => `cache miss for key "session:${next(99_999)}"`,
    () => `compacted ${next(500)} segments, freed ${next(900)}MB in ${next(90)}.${next(9)}s`,
  ];
  return Array.from({ length: count }, (_, i): QueryRecord => {
    const message = messages[next(messages.length)]!();
    const time = `2026-11-21T10:${10 + next(49)}:${10 + next(49)}.084Z`;
    const form = next(100);
    const text =
      form < 70
        ? `{"time":"${time}","level":"info","msg":${JSON.stringify(message)},"trace_id":"${hex()}${hex()}","status":${next(500)}}`
        : form < 85
          ? `time=${time} level=info msg=${JSON.stringify(message)} trace_id=${hex()}`
          : `${time.slice(0, 10)} ${time.slice(11, 19)} INFO [worker-${next(8)}] c.e.shop.OrderService - ${message}`;
    const buffer = Buffer.from(text);
    const origin = origins[next(96)]!;
    return {
      sec: START + i,
      nsec: 0,
      origin,
      buffer,
      start: 0,
      end: buffer.length,
      rest: undefined,
      details: details[0],
    };
  });
}

const lines = makeLines(200_000);
const speeds = Array.from({ length: ROUNDS }, () => {
  const patterns = new PatternAggregation();
  const before = process.cpuUsage();
  for (const line of lines) patterns.add(line);
  const { user, system } = process.cpuUsage(before);
  return { speed: (lines.length * 1e6) / (user + system), found: patterns.result().rows.length };
});
const speed = Math.max(...speeds.map((round) => round.speed));
verdict(
  speed >= PATTERNS_BAR,
  `patterns: at least ${PATTERNS_BAR / 1000} k lines a CPU-second (${Math.round(speed / 1000)} k, ${speeds[0]!.found} patterns)`,
);
