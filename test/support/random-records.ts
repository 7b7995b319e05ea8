// Records by chance for tests of the query language, and the vocabulary that its random queries take from them: JSON, logfmt,
// prose, events of several lines, colours, bytes that are no UTF-8.
import type { QueryRecord } from "../../src/query/query-record.ts";
import { LEVELS } from "../../src/record/level.ts";
import type { LineDetails, LogLine, Origin } from "../../src/record/log-line.ts";
import type { Random } from "./random.ts";
import type { Vocabulary } from "./random-query.ts";

const WORDS = [
  ...[
    "error",
    "Connection",
    "refused",
    "timeout",
    "io",
    "foo",
    "foo_bar",
    "x9",
    "7f3a",
    "order-7f3a",
    "a",
    "TASK",
    "Kiss",
  ],
  ...[
    "500",
    "10.0.0.1",
    "-",
    "=>",
    "{",
    "()",
    "naïve",
    "STRASSE",
    "straße",
    "ſtop",
    "K",
    "K",
    "İstanbul",
    "日志",
    "错误",
  ],
  ...[
    "サーバー",
    "오류가",
    "ไฟล์",
    "cafe\u0301",
    "e\u0301",
    "🚀",
    "👩‍💻",
    "ключ",
    "КЛЮЧ",
    "true",
    "C:\\tmp\\new",
    "a/b",
    "%",
    "\u0000",
  ],
];
const SPACES = [" ", " ", " ", "  ", "-", ": ", "\t", "", "—", "/"];
const COLOURS = ["\u001b[31m", "\u001b[0m", "\u001b[1;32m", "\u001b[38;5;208m", "\u001b[m", "\u001b"];

const VALUES = {
  user: [
    "alice",
    "bob",
    "Alice Smith",
    "al/ice",
    'a"b',
    "naïve",
    "日志",
    "true",
    "",
    "line\nbreak",
    "tab\there",
    "500",
  ],
  status: ["500", "404", "200", "1e3", "-5", "1.5", ".5", "12345678901234567890", "12345678901234567891", "n/a"],
  "http.path": ["/api/v1", "/api/v2/users", "C:\\tmp", "a b"],
  path: ["/api/v1", "/var/log/x.log", "x"],
  tier: ["web", "db"],
  tags: ["a", "b", "c"],
  id: ["7f3a", "9"],
};

/** For `arbitraryFilter`: what the records hold, so that queries match some. */
export const RECORD_VOCABULARY: Vocabulary = {
  texts: [
    ...WORDS,
    "connection refused",
    "error foo",
    "timeout io",
    "foo_bar",
    "日志 错误",
    "志错",
    "refu",
    "K",
    "straSSE",
    "café",
    "n t",
    "foo\nerror",
    "a-b",
    "line break",
    "msg",
    "level",
  ],
  fields: {
    ...VALUES,
    "attrs.tier": VALUES.tier,
    "attrs.user": VALUES.user,
    "labels.tier": VALUES.tier,
    "attrs.level": ["error", "warn"],
    "items.name": ["a", "b"],
    "items.0.name": ["a", "b"],
    level: ["error", "warn", "info", "none"],
    severity: ["error", "fatal"],
    ts: ["2026-11-21", "2026-11-21T10:00:00Z", "10:00", "now-1h", "2026-11-21T10:00:00.5Z", "yesterday"],
    ns: ["shop", "kube-system"],
    pod: ["web-1", "db-0"],
    app: ["web", "shop", "db"],
    stream: ["stdout", "stderr"],
    source: ["store", "pod", "app.log"],
    host: ["node-1", "h2"],
    restart: ["0", "1"],
    workload: ["deployment/web"],
    message: ["error", "connection refused", "foo", "日志", "line", "n"],
    missing: ["x"],
  },
};

export interface RandomRecords {
  readonly records: readonly QueryRecord[];
  readonly origins: readonly Origin[];
}

export function randomRecords(random: Random, count: number): RandomRecords {
  const origins = Array.from({ length: 5 }, () => randomOrigin(random));
  return { origins, records: Array.from({ length: count }, () => randomRecord(random, random.pick(origins))) };
}

function randomOrigin(random: Random): Origin {
  const label = random.chance(0.4) ? { tier: random.pick(VALUES.tier) } : {};
  const app = random.chance(0.5) ? { [random.pick(["app", "k8s-app", "app.kubernetes.io/name"])]: "shop" } : {};
  return {
    source: random.pick(["pod", "store", "file"] as const),
    cluster: "prod",
    node: random.pick(["node-1", ""]),
    namespace: random.pick(["shop", "kube-system", ""]),
    pod: random.pick(["web-1", "db-0", ""]),
    podUid: random.pick(["uid-1", ""]),
    container: "app",
    containerKind: "container",
    containerId: "",
    restart: random.below(2),
    labels: { ...label, ...app },
    annotations: random.chance(0.2) ? { user: "alice" } : {},
    workload: random.pick(["deployment/web", "statefulset/db", ""]),
    ...(random.chance(0.3) && { tags: { user: "bob" } }),
    ...(random.chance(0.3) && { path: "/var/log/x.log" }),
  };
}

function randomRecord(random: Random, origin: Origin): QueryRecord {
  const text = Buffer.from(randomText(random));
  const broken = random.chance(0.1) ? spoiled(text, random) : text;
  const details = random.chance(0.5) ? randomDetails(random) : undefined;
  const rest = random.chance(0.15)
    ? [lineOf("\tat com.foo.Bar(Bar.java:12)", origin), lineOf(prose(random), origin)]
    : undefined;
  const isTimed = random.chance(0.9);
  return {
    ...place(broken),
    origin,
    sec: isTimed ? 1_795_255_200 - 3600 * random.below(30) + random.below(7200) - 3600 : -1,
    nsec: isTimed ? random.pick([0, 0, 500_000_000, 999_999_999, random.below(1e9)]) : 0,
    rest,
    ...(details && { details }),
  };
}

function randomDetails(random: Random): LineDetails {
  return {
    stream: random.pick(["", "stdout", "stderr"] as const),
    level: random.chance(0.8) ? random.pick(LEVELS) : undefined,
    id: random.chance(0.5) ? random.pick(VALUES.id) : undefined,
    lines: 1,
    attrs: undefined,
    sources: random.chance(0.5) ? ["app.log"] : [],
  };
}

function lineOf(text: string, origin: Origin): LogLine {
  const { buffer, start, end } = place(Buffer.from(text));
  return {
    kind: "line",
    origin,
    sec: -1,
    nsec: 0,
    buffer,
    start,
    end,
    cut: 0,
    arrival: 0,
    rest: undefined,
    late: false,
  };
}

/** Inside a larger buffer, as a line of a chunk is. */
function place(text: Buffer): { buffer: Buffer; start: number; end: number } {
  return { buffer: Buffer.concat([Buffer.from("zz"), text, Buffer.from("zz")]), start: 2, end: 2 + text.length };
}

function spoiled(text: Buffer, random: Random): Buffer {
  const at = random.below(text.length + 1);
  return Buffer.concat([text.subarray(0, at), Buffer.from([random.pick([0xff, 0xc3, 0xe2, 0x80])]), text.subarray(at)]);
}

function randomText(random: Random): string {
  const roll = random.below(10);
  if (roll < 4) return jsonLine(random);
  if (roll < 6) return logfmtLine(random);
  const line = `${random.pick(["", "", "ERROR ", "2026-11-21 WARN ", "[info] "])}${prose(random)}`;
  return roll === 9 ? `${line}\n${prose(random)}` : line;
}

function prose(random: Random): string {
  let text = "";
  for (let i = random.below(7); i >= 0; i--) text += random.pick(WORDS) + random.pick(SPACES);
  if (!random.chance(0.15)) return text;
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.pick(COLOURS) + text.slice(at) + random.pick(COLOURS);
}

function jsonLine(random: Random): string {
  const object: Record<string, unknown> = { level: random.pick(["error", "warn", "info", 30]), msg: prose(random) };
  if (random.chance(0.2)) delete object["msg"];
  if (random.chance(0.6)) object["user"] = random.pick<unknown>([...VALUES.user, null, true, 500, {}, []]);
  if (random.chance(0.6)) object["status"] = random.pick<unknown>([...VALUES.status, 500, 404, 1.5, 0.1 + 0.2, -5]);
  const nesting = random.below(3);
  if (nesting === 1) object["http"] = { path: random.pick(VALUES["http.path"]) };
  if (nesting === 2) object["http.path"] = random.pick(VALUES["http.path"]);
  if (random.chance(0.3)) object["path"] = random.pick(VALUES.path);
  if (random.chance(0.3)) object["host"] = random.pick(["h2", "node-1"]);
  if (random.chance(0.3)) object["tier"] = random.pick(VALUES.tier);
  if (random.chance(0.3)) object["tags"] = [random.pick(VALUES.tags), random.pick(VALUES.tags), 5];
  if (random.chance(0.3)) object["items"] = [{ name: random.pick(["a", "b"]) }, { name: null }, { name: "b" }];
  const json = JSON.stringify(object, undefined, random.chance(0.05) ? 1 : undefined);
  return random.pick<(text: string) => string>([
    (text) => text,
    (text) => text,
    (text) => text.replace(/[^\x00-\x7f]/g, hexEscape),
    (text) => text.replaceAll("/", "\\/"),
    (text) => text.replace(/(?<=[:[]\s?"[^"\\]*)[a-z]/g, hexEscape),
    (text) => text.replaceAll(":500", ":5e2").replaceAll('"500"', '"0500.0"'),
  ])(json);
}

function hexEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function logfmtLine(random: Random): string {
  const pairs = [`level=${random.pick(["error", "warn", "info"])}`];
  if (random.chance(0.7)) pairs.push(`msg=${JSON.stringify(prose(random))}`);
  for (const name of ["user", "status", "path", "tier", "http.path"] as const) {
    if (!random.chance(0.4)) continue;
    const value = random.pick<string>(VALUES[name]);
    pairs.push(`${name}=${/[\s"\\]/.test(value) || random.chance(0.2) ? JSON.stringify(value) : value}`);
  }
  if (random.chance(0.2)) pairs.push("user");
  return pairs.join(" ");
}
