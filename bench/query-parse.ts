// What it costs to read a query: 20 that people type, CPU time a parse. node bench/query-parse.ts
import { parseQuery } from "../src/query/parse.ts";
import { median, table, title, verdict } from "./report.ts";

const QUERIES = [
  "error",
  "connection refused",
  '"connection refused"',
  "level:error",
  "level:>=warn ns:shop",
  'ns:payments level:error "connection refused"',
  "pod:web-* -container:istio-proxy",
  "status:>=500 method:POST",
  "status:[500 TO 599] path:/api/v1/cart",
  "ts:>=now-15m timeout",
  "level:(warn OR error OR fatal) app:checkout",
  "(refused OR reset OR timeout) AND NOT health",
  "/time(d )?out after \\d+ms/i",
  "user.id:42 trace_id:4bf92f3577b34da6a3ce929d0e0e4736",
  "error: dial tcp 10.0.3.4:5432: connect: connection refused",
  "at com.shop.Cart.add(Cart.java:42)",
  '2026-11-21T10:00:00.123Z ERROR payment declined {"order":"7f3a"}',
  "level:error | top 5 by pod",
  "ns:shop | stats count(), p95(ms) as slow by time(1m), pod",
  'GET | parse "GET <path> took <ms>ms" | where ms:>100 | sort ms desc | head 10',
];
const ROUNDS = 15;
const PARSES = 400;
const BAR_US = 30;

title("query-parse");
const costs = QUERIES.map((query) => {
  const rounds = Array.from({ length: ROUNDS }, () => microseconds(() => parseQuery(query)));
  // The first rounds run before the code is compiled.
  return { query, first: rounds[0]!, settled: median(rounds.slice(5)) };
});
table(
  ["query", "first 400, us", "settled, us"],
  costs.map(({ query, first, settled }) => [query.slice(0, 60), first.toFixed(1), settled.toFixed(1)]),
);
const mean = costs.reduce((sum, { settled }) => sum + settled, 0) / costs.length;
const worst = Math.max(...costs.map(({ settled }) => settled));
verdict(
  mean <= BAR_US,
  `a query is read in ${BAR_US} us or less: ${mean.toFixed(1)} on average, ${worst.toFixed(1)} at most`,
);

function microseconds(parse: () => unknown): number {
  const begun = process.cpuUsage();
  for (let i = 0; i < PARSES; i++) parse();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / PARSES;
}
