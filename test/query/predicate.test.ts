import { describe, expect, test } from "vitest";
import { KlogError } from "../../src/errors.ts";
import { parseQuery } from "../../src/query/parse.ts";
import { type CompileContext, compilePredicate } from "../../src/query/predicate.ts";
import { QueryError } from "../../src/query/query-error.ts";
import type { QueryRecord } from "../../src/query/query-record.ts";
import type { LineDetails, Origin } from "../../src/record/log-line.ts";
import { lineRecord } from "../support/line-record.ts";

const CONTEXT: CompileContext = {
  now: Date.parse("2026-11-21T10:30:00Z"),
  zone: "UTC",
  regexp: (source, flags) => new RegExp(source, flags),
};

function matches(query: string, record: QueryRecord): boolean {
  return compilePredicate(parseQuery(query).filter, CONTEXT)(record);
}

/** Rows of [query, a line that it finds, one that it does not]. */
function finds(rows: readonly (readonly [query: string, found: string, missed: string])[]): void {
  test.each(rows)("%s finds %j and not %j", (query, found, missed) => {
    expect([matches(query, lineRecord(found)), matches(query, lineRecord(missed))]).toEqual([true, false]);
  });
}

function details(changes: Partial<LineDetails> = {}): LineDetails {
  return { stream: "", level: undefined, id: undefined, lines: 1, attrs: undefined, sources: [], ...changes };
}

describe("words", () => {
  finds([
    ["foo", "a FOO b", "food"],
    ["foo", "(foo)", "foo_bar"],
    ["foo", "foo", "xfoo"],
    ["foo", "xfoo foo", "foo1"],
    ["refused connection", "connection refused", "connection"],
    ['"connection refused"', "Connection - REFUSED!", "refused connection"],
    ['"connection refused"', "connection connection refused", "connection was refused"],
    ["order-7f3a", "order 7f3a", "order 7f3ab"],
    ['"conn refu"*', "conn refused", "connx refused"],
    ['"a a b"', "a a a b", "a b a b"],
    ['"foo bar"', "foo.bar", "foobar"],
    ["naïve", "NAÏVE", "naive"],
    ["é", "É", "éa"],
    ["größe", "GRÖßE", "grö ße"],
    // Greek has two small sigmas; the Kelvin sign is no k, ſ no s, and İ has a case of its own.
    ["σας", "ΣΑΣ", "ΣΑ"],
    ["ask", "ASK", "as\u212a"],
    ["stop", "Stop", "\u017ftop"],
    ["i", "I", "İ"],
    ["9", "port 9", "99"],
    ["２", "a ２ b", "２２"],
    ["𝐀b", "x 𝐀B", "𝐀bc"],
    // A mark belongs to the letter before it.
    ["cafe", "cafe!", "cafe\u0301"],
    ['"हिन्दी"', "यह हिन्दी है", "हा न दा"],
    ["done", "done✔\ufe0f", "done\u0301"],
  ]);
});

describe("text without blanks between its words", () => {
  finds([
    ["日志", "错误日志文件", "日 错 志"],
    ["error", "发生error了", "发生errors了"],
    ['"支付 失败"', "订单支付失败", "失败支付"],
    ["サーバー", "Webサーバーは", "サーバ"],
    ["오류", "오류가 발생", "오 발 류"],
    ["ไฟล์", "เปิดไฟล์ไม่ได้", "ไฟ"],
  ]);
});

describe("text without a word is looked for as it stands", () => {
  finds([
    ['"=>"', "a=>b", "a = > b"],
    ['"{"', 'x {"a":1}', "x"],
    ['"🚀"', "up 🚀!", "up"],
    ['"%"', "100%", "100"],
  ]);
});

describe("wildcards in a line", () => {
  finds([
    ["foo*", "a food", "a xfood"],
    ["*foo", "xfoo y", "foox"],
    ["*foo*", "xfoox", "fo o"],
    ["f?o", "FxO", "fxxo"],
    ["f?o", "f🚀o", "f o"],
    ["time*out", "timeXXout", "time out"],
    ["a*b*c", "a1b2c", "a1c2b"],
    ["time*out", "time-outer timeout", "timeouter"],
    ["/api/*/x", "GET /api/v1/x", "GET /api/ v1/x"],
    ["*日志*", "错误日志", "错误日 志"],
    ["a*?", "ab", "a b"],
    ["?b", "𝐀b", "x𝐀b"],
    ["?", "x", " "],
    ["k*", "Kelvin", "\u212aelvin"],
  ]);

  test("a long line takes no longer than its length allows", () => {
    const many = "a".repeat(1 << 20);
    expect(matches("a*z", lineRecord(many))).toBe(false);
    expect(matches("*a*a*a*a*a*z*", lineRecord(many))).toBe(false);
    expect(matches("a*b*z", lineRecord("ab ".repeat(1 << 18)))).toBe(false);
    expect(matches("a*b*z", lineRecord("a b ".repeat(1 << 18)))).toBe(false);
    expect(matches("attrs.x:*a*a*a*a*b", lineRecord(JSON.stringify({ x: many })))).toBe(false);
    expect(matches('"a a a b"', lineRecord("a ".repeat(1 << 19)))).toBe(false);
    expect(matches("a*", lineRecord("\u0301".repeat(1 << 20)))).toBe(false);
  });
});

describe("regexps", () => {
  finds([
    ["/conn.*refused/", "conn was refused", "CONN refused"],
    ["/CONN/i", "conn", "con"],
    ["/^a/", "ab", "ba"],
    ["user:/^al/", '{"user":"alice"}', '{"user":"val"}'],
    ["status:/^5/", '{"status":503}', '{"status":205}'],
  ]);
});

describe("fields of the line", () => {
  finds([
    ["user:alice", '{"user":"alice"}', '{"user":"Alice"}'],
    ["user:alice", "level=info user=alice", "level=info user=alicex"],
    ["user:alice", '{"user":"\\u0061lice"}', '{"name":"alice"}'],
    ["user:café", '{"user":"caf\\u00e9"}', '{"user":"cafe"}'],
    ['path:"a/b"', '{"path":"a\\/b"}', '{"path":"a b"}'],
    ['"a b":x', '{"a b":"x"}', '{"a":"x"}'],
    ["status:500", '{"status":500}', '{"status":5000}'],
    ["status:500", '{"status":"0500.0"}', '{"status":"500ms"}'],
    ["status:500", '{"status":5e2}', '{"status":5e3}'],
    ["status:1.5", '{"status":1.50}', '{"status":15}'],
    ["id:12345678901234567890", '{"id":12345678901234567890}', '{"id":12345678901234567891}'],
    ["ok:true", '{"ok":true}', '{"ok":false}'],
    ["ok:true", "level=info a=1 ok", "level=info a=1 ko"],
    ["tags:b", '{"tags":["a","b"]}', '{"tags":["ab"]}'],
    ["user.id:7", '{"user":{"id":7}}', '{"user":{"id":8}}'],
    ["user.id:7", '{"user.id":"7"}', '{"user":7}'],
    ["items.name:b", '{"items":[{"name":"a"},{"name":"b"}]}', '{"items":[{"name":"c"}]}'],
    ["items.1.name:b", '{"items":[{"name":"a"},{"name":"b"}]}', '{"items":[{"name":"b"}]}'],
    ["user:al*", '{"user":"alice"}', '{"user":"Alice"}'],
    ["user:a?ice", '{"user":"alice"}', '{"user":"allice"}'],
    ["user:*", '{"user":"a"}', '{"user":""}'],
    ["user:*", '{"user":[null,0]}', '{"user":[null,""]}'],
    ["user:*", '{"user":{"a":1}}', '{"user":{}}'],
    ["user:*", '{"user":false}', '{"user":null}'],
    ["-user:*", '{"user":null}', '{"user":"a"}'],
    ['user:"al"*', '{"user":"alice"}', '{"user":"bal"}'],
    ["user:~LIC", '{"user":"alice"}', '{"user":"bob"}'],
    ["user!=alice", '{"user":"bob"}', '{"user":"alice"}'],
    ["user!=alice", "no field at all", "level=info user=alice"],
    ["user:(alice OR bob)", '{"user":"bob"}', '{"user":"carl"}'],
    ["attrs.level:WARN", '{"level":"WARN"}', '{"level":"warn"}'],
    ["user:alice", "\u001b[32mlevel=info user=\u001b[1malice\u001b[0m", "user"],
  ]);
});

describe("ranges", () => {
  finds([
    ["ms:>9", '{"ms":10}', '{"ms":9}'],
    ["ms:>9", '{"ms":"10.5"}', '{"ms":"abc"}'],
    ["ms:>=9", '{"ms":9.0}', '{"ms":true}'],
    ["ms:<-1", '{"ms":-2}', '{"ms":-0.5}'],
    ["ms:[1 TO 5}", '{"ms":1}', '{"ms":5}'],
    ["ms:{1 TO *]", '{"ms":2}', '{"ms":1}'],
    ["ms:<1e3", '{"ms":999}', '{"ms":1000}'],
    ["id:>12345678901234567890", '{"id":12345678901234567891}', '{"id":12345678901234567890}'],
    ["version:>=v1.2", '{"version":"v1.3"}', '{"version":"v1.1"}'],
    ["version:[a TO b]", "x=1 version=ab", "x=1 version=c"],
    ["level:>=warn", "level=error msg=x", "level=info msg=x"],
    ["level:>=warn", "[WARN] x", "no level here"],
    ["-level:>=warn", "no level here", "[ERROR] x"],
    ["level:(warn OR fatal)", '{"severity":"CRITICAL"}', "[ERROR] x"],
    ["level:[debug TO warn}", "[INFO] x", "[WARN] x"],
    ["level:none", "plain", "[INFO] x"],
    ["level:*", "[INFO] x", "plain"],
    ["level:w*", "[WARN] x", "[INFO] x"],
    ["level:warning", '{"level":40}', '{"level":30}'],
  ]);
});

describe("the message", () => {
  finds([
    ["message:alice", '{"msg":"Alice, hello","user":"bob"}', '{"msg":"hello","user":"alice"}'],
    ["msg:line", '{"msg":"a\\nline"}', '{"msg":"a\\nliner"}'],
    ["message:error", "an error", "errors"],
    ["message:err*", "level=info msg=errors", "level=error msg=x"],
    ["message:/^x/", '{"message":"xy"}', '{"message":"yx"}'],
  ]);

  test("words without a field look at the whole line as written, keys and all", () => {
    expect(matches("user", lineRecord('{"user":"alice"}'))).toBe(true);
    expect(matches("line", lineRecord('{"msg":"a\\nline"}'))).toBe(false);
  });
});

describe("the record's own fields", () => {
  const origin: Partial<Origin> = {
    source: "pod",
    cluster: "prod",
    node: "node-1",
    namespace: "shop",
    pod: "web-1",
    podUid: "uid-1",
    container: "app",
    containerId: "cid",
    restart: 2,
    labels: { tier: "web", "app.kubernetes.io/name": "store", app: "other" },
    annotations: { owner: "team-a" },
    tags: { stage: "test" },
    workload: "deployment/web",
    path: "/var/log/x.log",
    image: "img:1",
  };
  const line = '{"host":"h2","path":"/api","message":"m"}';
  const record = {
    ...lineRecord(line, origin, Date.parse("2026-11-21T10:00:00.500Z")),
    details: details({ stream: "stderr", level: "warn", id: "g-0-7", sources: ["store", "es"] }),
  };

  test.each([
    ["cluster:prod k8s_cluster:prod context:prod", true],
    ["node:node-1 k8s_node_name:node-1", true],
    ["host:h2 -host:node-1", true],
    ["path:/api log.file.path:/var/log/x.log file:/var/log/x.log", true],
    ["ns:shop namespace:shop k8s_pod_namespace:sh*", true],
    ["pod:web-* k8s_pod:web-1 pod_uid:uid-1 uid:uid-1", true],
    ["c:app container:app container_id:cid", true],
    ["restart:2 restart:>1", true],
    ["image:img* container_image:*:1", true],
    ["workload:deployment/web app:store", true],
    ["app:other", false],
    ["labels.app:other tier:web labels.tier:w?b", true],
    ["owner:team-a annotations.owner:* stage:test tags.stage:test", true],
    ["attrs.tier:*", false],
    ["stream:stderr level:warn severity:warn lvl:>info", true],
    ["id:g-0-7 log_id:g*", true],
    ["source:store source:es source:pod", true],
    ["source:kafka", false],
    ["labels.missing:* OR tags.missing:*", false],
  ])("%s is %s", (query, expected) => {
    expect(matches(query, record)).toBe(expected);
  });

  test("app falls back to other labels, to what Docker says, and to the workload", () => {
    const app = (changes: Partial<Origin>) => lineRecord("x", { ...origin, labels: {}, ...changes });
    expect(matches("app:a", app({ labels: { app: "a", "k8s-app": "b" } }))).toBe(true);
    expect(matches("app:b", app({ labels: { "k8s-app": "b" }, app: "c" }))).toBe(true);
    expect(matches("app:c", app({ app: "c" }))).toBe(true);
    expect(matches("app:web", app({}))).toBe(true);
    expect(matches("app:*", app({ workload: "" }))).toBe(false);
  });

  test("a field of the line goes before a label of the same name, whatever it holds", () => {
    const labelled = (text: string) => lineRecord(text, { labels: { tier: "web" } });
    expect(matches("tier:web", labelled('{"tier":"db"}'))).toBe(false);
    expect(matches("tier:web", labelled('{"tier":null}'))).toBe(true);
    expect(matches("tier:db", labelled('{"tier":"db"}'))).toBe(true);
  });

  test("fields that came beside the line go before its own", () => {
    const both = { ...lineRecord('{"user":"alice","x":1}'), details: details({ attrs: { user: "bob" } }) };
    expect(matches("user:bob x:1", both)).toBe(true);
    expect(matches("user:alice", both)).toBe(false);
  });

  test("the level is taken as the source gives it, even where it gives none", () => {
    expect(matches("level:error", { ...lineRecord("[ERROR] x"), details: details() })).toBe(false);
    expect(matches("level:none", { ...lineRecord("[ERROR] x"), details: details() })).toBe(true);
  });
});

describe("times", () => {
  const at = (time: string, nanos = 0) => {
    const record = lineRecord("x", {}, Date.parse(time));
    return { ...record, nsec: record.nsec + nanos };
  };

  test.each([
    ["ts:2026-11-21", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"],
    ["ts:2026-11-21", "2026-11-21T23:59:59.999Z", "2026-11-20T23:59:59.999Z"],
    ["ts:today", "2026-11-21T10:00:00Z", "2026-11-20T10:00:00Z"],
    ["ts:09:05", "2026-11-21T09:05:59.999Z", "2026-11-21T09:06:00Z"],
    ["ts:09:05:07", "2026-11-21T09:05:07.999Z", "2026-11-21T09:05:08Z"],
    ["ts:09:05:07.25", "2026-11-21T09:05:07.259Z", "2026-11-21T09:05:07.260Z"],
    ["ts:1795255200", "2026-11-21T10:00:00.999Z", "2026-11-21T10:00:01Z"],
    ["ts:1795255200500", "2026-11-21T10:00:00.500Z", "2026-11-21T10:00:00.501Z"],
    ["ts:>2026-11-20", "2026-11-21T00:00:00Z", "2026-11-20T23:59:59.999Z"],
    ["ts:>=2026-11-20", "2026-11-20T00:00:00Z", "2026-11-19T23:59:59.999Z"],
    ["ts:<2026-11-20", "2026-11-19T23:59:59.999Z", "2026-11-20T00:00:00Z"],
    ["ts:<=2026-11-20", "2026-11-20T23:59:59.999Z", "2026-11-21T00:00:00Z"],
    ["ts:[2026-11-19 TO 2026-11-20]", "2026-11-20T12:00:00Z", "2026-11-21T00:00:00Z"],
    ["ts:>now-15m", "2026-11-21T10:15:00.001Z", "2026-11-21T10:15:00Z"],
    ["ts:<=10:00", "2026-11-21T10:00:00Z", "2026-11-21T10:00:00.001Z"],
    ["@timestamp:>=2026-11-21T10:00:00+02:00", "2026-11-21T08:00:00Z", "2026-11-21T07:59:59Z"],
    ["ts:2026-11-2*", "2026-11-21T10:00:00Z", "2026-11-30T10:00:00Z"],
  ])("%s holds %s and not %s", (query, inside, outside) => {
    expect([matches(query, at(inside)), matches(query, at(outside))]).toEqual([true, false]);
  });

  test("nanoseconds count", () => {
    const query = "ts:>2026-11-21T10:00:00.123456789Z";
    expect(matches(query, at("2026-11-21T10:00:00.123Z", 456_790))).toBe(true);
    expect(matches(query, at("2026-11-21T10:00:00.123Z", 456_789))).toBe(false);
  });

  test("a record without a time has none that could match", () => {
    const timeless = { ...lineRecord("x"), sec: -1 };
    expect(["ts:*", "ts:<now", "ts:>1970-01-02"].map((query) => matches(query, timeless))).toEqual([
      false,
      false,
      false,
    ]);
    expect(matches("-ts:>2026-01-01", timeless)).toBe(true);
  });

  test("a day is one of the zone's", () => {
    const berlin = compilePredicate(parseQuery("ts:2026-11-21").filter, { ...CONTEXT, zone: "Europe/Berlin" });
    expect(berlin(at("2026-11-20T23:00:00Z"))).toBe(true);
    expect(berlin(at("2026-11-21T23:00:00Z"))).toBe(false);
  });
});

describe("lines as they are", () => {
  test("colours neither part words nor stick to them", () => {
    const record = lineRecord("\u001b[31mERROR\u001b[0m conn\u001b[1mection\u001b[0m \u001b[32mrefused\u001b[m");
    expect(matches('error "connection refused"', record)).toBe(true);
    expect(matches("31mERROR", record)).toBe(false);
  });

  test("all lines of an event are looked at", () => {
    const first = lineRecord("panic: oh");
    const rest = [lineRecord("  at foo.go:12"), lineRecord("  at bar.go:7")];
    const event = { ...first, rest: rest as unknown as NonNullable<QueryRecord["rest"]> };
    expect(matches('"oh at" bar', event)).toBe(true);
    expect(matches('"oh at" bar', lineRecord("panic: oh\n  at foo.go:12\n  at bar.go:7"))).toBe(true);
  });

  test("an event that begins with a JSON line has its fields, and a whole object over several lines too", () => {
    expect(matches("user:alice", lineRecord('{"user":"alice"}\n  at foo'))).toBe(true);
    expect(matches("user:alice", lineRecord('{\n "user": "alice"\n}'))).toBe(true);
  });

  test("bytes that are no UTF-8 and NUL separate words", () => {
    const bytes = Buffer.concat([Buffer.from("foo"), Buffer.from([0xff, 0xc3]), Buffer.from("bar\0baz")]);
    const record = { ...lineRecord(""), buffer: bytes, start: 0, end: bytes.length };
    expect(matches('"foo bar baz"', record)).toBe(true);
  });

  test("one object may be handed in again with another line", () => {
    const predicate = compilePredicate(parseQuery("user:alice level:error").filter, CONTEXT);
    const record = { ...lineRecord('{"user":"alice","level":"error"}') };
    const answers = [predicate(record)];
    Object.assign(record, lineRecord('{"user":"bob","level":"error"}'));
    answers.push(predicate(record));
    Object.assign(record, lineRecord('{"user":"alice","level":"info"}'));
    answers.push(predicate(record));
    expect(answers).toEqual([true, false, false]);
  });
});

describe("what is no level or no time", () => {
  const compile = (query: string, context = CONTEXT) => compilePredicate(parseQuery(query).filter, context);

  test("is an error with its place in the query", () => {
    const query = "foo level:>=loud";
    let error: unknown;
    try {
      compile(query, { ...CONTEXT, query });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(QueryError);
    expect((error as QueryError).message).toContain('"loud" is not a level; expected one of trace, debug');
    expect((error as QueryError).position).toBeGreaterThanOrEqual(4);
    expect((error as QueryError).hint).toContain("attrs.level");
  });

  test.each([["level:loud"], ["level:[info TO loud]"], ["ts:someday"], ["ts:>25:00"], ["-(a OR ts:2026-13-01)"]])(
    "%s is refused",
    (query) => {
      expect(() => compile(query)).toThrow(KlogError);
      expect(() => compile(query)).toThrow(expect.objectContaining({ code: "QUERY_INVALID" }));
    },
  );
});
