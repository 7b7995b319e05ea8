import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseQuery } from "../../src/query/parse.ts";
import { exclusionNote, pastedHint } from "../../src/query/pasted-hint.ts";
import { compilePredicate } from "../../src/query/predicate.ts";
import { printQuery } from "../../src/query/print.ts";
import type { Query } from "../../src/query/query.ts";
import { QueryError } from "../../src/query/query-error.ts";
import { literalQuery, regexpQuery } from "../../src/query/raw-query.ts";
import { lineRecord } from "../support/line-record.ts";

/** Texts that people paste. What klog understands of each stands in docs/query.md; KLOG_UPDATE=1 writes it there anew. */
const PASTED = [
  '{"level":"error","msg":"payment declined","user":{"id":42}}',
  '2026-11-21T10:00:00.123Z INFO {"trace": "a1", "ok": false}',
  '[{"a":1},{"a":2}]',
  '{"level":"error","msg":"payment decl',
  "{ level: 'error', err: { code: 'ECONNREFUSED' } }",
  "{'level': 'error', 'n': 1}",
  '"level":"error"',
  '"level": "error", "user": "bob"',
  '"status":502,"trace":"c0d5","ms":3035}',
  "C:\\path\\x",
  "C:\\Program Files\\klog\\klog.exe",
  "C:/Users/me/app.log",
  "\\\\server\\share\\file.txt",
  "DOMAIN\\alice",
  "at com.foo.Bar(Bar.java:12)",
  "at com.shop.Cart.add(Cart.java:42) ~[app.jar:1.0.3]",
  "Caused by: java.io.IOException: Connection reset by peer",
  "java.lang.NullPointerException: null",
  "at Object.<anonymous> (/app/index.js:10:5)",
  "at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
  'File "/app/main.py", line 3, in <module>',
  "panic: runtime error: index out of range [5] with length 3",
  "main.main()",
  "/app/main.go:12 +0x1d",
  "goroutine 1 [running]:",
  "thread 'main' panicked at src/main.rs:10:5:",
  'E1121 10:00:00.123456       1 controller.go:114] "Failed to sync" err="timeout"',
  "I1121 10:00:00.000000    7 main.go:12] starting",
  "10.0.3.4:5432",
  "[::1]:8080",
  "fe80::1",
  "localhost:8080",
  "dial tcp 10.0.3.4:5432: connect: connection refused",
  "2026-11-21T10:00:00Z",
  "2026-11-21 10:00:00,123 [main] WARN c.f.Bar - slow (took 5 s)",
  "Nov 21 10:00:00 host sshd[123]: Failed password for root from 10.0.0.1 port 22 ssh2",
  "https://shop.example.com/cart?id=5&x=y#top",
  "http://user:pw@host/x",
  'Get "https://10.0.0.1/api": dial tcp: i/o timeout',
  "GET /api/v1/items?limit=5 HTTP/1.1",
  '10.0.0.1 - - [21/Nov/2026:10:00:00 +0000] "GET /x HTTP/1.1" 200 12 "-" "Mozilla/5.0 (X11; Linux)"',
  "550e8400-e29b-41d4-a716-446655440000",
  "a3bb189e-8bf9-3888-9912-ace4e6543002",
  "error: connection refused",
  "error:timeout",
  "root@web-1:~# ls -la",
  "$ kubectl get pods -n shop",
  "user@host:/var/log$ tail -f app.log",
  "100%",
  "can't open",
  "bob@example.com",
  "From: Bob <bob@example.com>",
  "pod/web-1",
  "deployment.apps/web",
  "default/web-5f9796867f-7fl7l",
  "nginx:1.25",
  "SELECT * FROM users WHERE id = 5",
  "SELECT count(*) FROM t WHERE name LIKE '%foo%'",
  "'connection refused'",
  "“connection refused”",
  "`kubectl get pods`",
  "user='bob smith'",
  "a -> b",
  "a => b",
  "a → b",
  "x := 5",
  "支付失败",
  "错误:超时",
  "状态 500",
  "🚀 deployed",
  "user not found",
  "--since 1h",
  "-Xmx512m",
  "-1",
  "std::vector<int>",
  "Map<String, Integer>",
  "<title>Not found</title>",
  "YWJjZA==",
  "level=error user= status=500",
  'level=error ts=2026-11-21T10:00:00Z caller=main.go:12 msg="hello world"',
  "level:warn|error",
  "ready?",
  "/api/v1/items",
  "/var/log/",
  "sha256:abcdef0123",
  "arn:aws:s3:::bucket",
  "system:serviceaccount:shop:web",
  'User "system:serviceaccount:shop:web" cannot list resource "pods" in API group ""',
  "<14>1 2026-11-21T10:00:00Z host app 1 - - msg",
  'time="2026-11-21T10:00:00Z" level=info msg="x y"',
  "if (a == b) { return; }",
  "foo(bar, baz)",
  '5" disk',
  'git commit -m "fix"',
  "...",
  "=====",
  "-----BEGIN CERTIFICATE-----",
  'INFO:     127.0.0.1:51234 - "GET / HTTP/1.1" 200 OK',
  "level: error",
  "pod: web-1",
  "message: timeout",
  "$.store.book[0]",
  "$HOME/x",
  "#1234",
  "@channel",
  "rock 'n' roll",
  "jdbc:postgresql://db:5432/shop",
  "redis://cache:6379",
  "aa:bb:cc:dd:ee:ff",
  "12:34:56",
  "key: value",
  "- name: web",
  "/conn.*refused",
  "conn.*refused",
  'pod=~"web-.*"',
  "pod=~web-[0-9]+",
  "error not timeout",
  "took?",
  "a | b",
  'Error from server (NotFound): pods "web-1" not found',
  "Readiness probe failed: HTTP probe failed with statuscode: 503",
  "net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
  "x509: certificate signed by unknown authority",
  "OOMKilled",
  "exit code 137",
  "Back-off restarting failed container app in pod web-1_shop(0a1b2c3d)",
];

const PAGE = new URL("../../docs/query.md", import.meta.url);
const BLOCK = /(<!-- pasted -->\n)([\s\S]*?)(<!-- \/pasted -->)/;

function understood(text: string): string {
  try {
    const query = parseQuery(text);
    const hint = pastedHint(text, query) ?? exclusionNote(text, query);
    return `    is  ${printQuery(query)}${hint === undefined ? "" : `\n        (${hint})`}`;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return `    no  ${error.message}\n        (${error.hint})`;
  }
}

test("the page shows what klog understands of every pasted text", () => {
  const block = `\n\`\`\`text\n${PASTED.map((text) => `${text}\n${understood(text)}`).join("\n")}\n\`\`\`\n\n`;
  const page = readFileSync(PAGE, "utf8");
  if (process.env["KLOG_UPDATE"] === "1")
    writeFileSync(
      PAGE,
      page.replace(BLOCK, (_, open, __, end) => open + block + end),
    );
  else expect(BLOCK.exec(page)?.[2]).toBe(block);
});

test("every pasted text is a query, or the error says how to search for it", () => {
  for (const text of PASTED) expect(understood(text)).toMatch(/^ {4}is|--fixed|quote/);
});

describe("a pasted line finds itself", () => {
  const context = { now: 0, zone: "UTC", regexp: (source: string, flags: string) => new RegExp(source, flags) };
  const finds = (query: Query, text: string) => compilePredicate(query.filter, context)(lineRecord(text));

  test("as a query, unless an error or a sentence says how to search for it", () => {
    const lost = PASTED.filter((text) => {
      const answer = understood(text);
      return answer.startsWith("    is") && !answer.includes("\n") && !finds(parseQuery(text), text);
    });
    expect(lost).toEqual([]);
  });

  test("with --fixed always, in any case", () => {
    for (const text of PASTED) {
      expect(finds(literalQuery(text), `before ${text} behind`)).toBe(true);
      expect(finds(literalQuery(text.toUpperCase()), text)).toBe(text.toUpperCase().length === text.length);
    }
  });
});

describe("a text that may be read otherwise than it was meant gets a sentence", () => {
  test.each([
    [
      "localhost:8080",
      'localhost:8080 asks for the field localhost; for the text itself write "localhost:8080", or use --fixed',
    ],
    ["failed pod: web", 'pod: web asks for the field pod; for the text itself write "pod: web", or use --fixed'],
    ["a > b", 'a > b asks for the field a; for the text itself write "a > b", or use --fixed'],
    ["kubectl logs -n shop", '-n leaves out lines with n; for the text itself write "-n"'],
    ["user not found", '"not" leaves out lines with found; for the text itself write "user not found"'],
    ["conn.*refused", "conn.*refused is searched for as it stands; a regexp is written /conn.*refused/"],
    ["/conn.*refused", "/conn.*refused is searched for as it stands; a regexp is written /conn.*refused/"],
    ['pod=~"web-.*"', "web-.* is searched for as it stands; a regexp is written pod:/web-.*/"],
    ["status:5.*", "5.* is searched for as it stands; a regexp is written status:/5.*/"],
  ])("%s", (text, hint) => {
    expect(pastedHint(text, parseQuery(text))).toBe(hint);
  });

  test.each([
    "connection refused",
    "level:error",
    'pod:web "a b"',
    "ms:>5",
    "/a.*b/",
    '"user":bob',
    "web* c?rt",
    "NOT refused",
  ])("%s needs none", (text) => {
    expect(pastedHint(text, parseQuery(text))).toBeUndefined();
  });

  test("the word not is pointed out even when something was found; NOT and a sign are not", () => {
    expect(exclusionNote("user not found", parseQuery("user not found"))).toContain('"user not found"');
    for (const text of [
      "user NOT found",
      "user -found",
      "not found",
      "user and not level:error",
      "level:error not timeout",
      "(a b) not c",
    ]) {
      expect(exclusionNote(text, parseQuery(text))).toBeUndefined();
    }
  });
});

describe("text that is not in the language", () => {
  test("a fixed text is searched for as it stands, and reads back as the same query", () => {
    for (const text of ['{"a": 1}', "error: (refused) | x*", "C:\\new \\", "a\nb", "-x", "OR"]) {
      const query = literalQuery(text);
      expect(query.filter).toMatchObject({
        kind: "wildcard",
        field: undefined,
        pattern: [{ any: "*" }, text, { any: "*" }],
      });
      expect(parseQuery(printQuery(query)).filter).toMatchObject({
        kind: "wildcard",
        pattern: [{ any: "*" }, text, { any: "*" }],
      });
    }
    expect(literalQuery("").filter).toEqual({ kind: "all" });
  });

  test("it needs no sentence when nothing was found", () => {
    for (const text of PASTED) expect(pastedHint(text, literalQuery(text))).toBeUndefined();
    expect(pastedHint("a.*b", regexpQuery("a.*b"))).toBeUndefined();
  });

  test("a regexp keeps its case and may hold slashes and blanks", () => {
    const query = regexpQuery("GET /api/v\\d (2|3)");
    expect(query.filter).toMatchObject({ kind: "regexp", field: undefined, source: "GET /api/v\\d (2|3)", flags: "" });
    expect(parseQuery(printQuery(query)).filter).toMatchObject({ source: "GET /api/v\\d (2|3)" });
  });

  test("a regexp that cannot run is an error that names --fixed", () => {
    expect(() => regexpQuery("a(b")).toThrow("the regexp is not valid: unterminated group");
    expect(() => regexpQuery("")).toThrow("it is empty");
  });
});
