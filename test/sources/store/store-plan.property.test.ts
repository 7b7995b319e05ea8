// The store's plan (what it rules out, what it decides by columns, what it finds by a pattern) against a loop over all rows.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { Filter } from "../../../src/query/query.ts";
import { createStoreSource } from "../../../src/sources/store/store-source.ts";
import { StoreWriter } from "../../../src/store/store-writer.ts";
import { generation, ORIGIN, row, storeRows } from "../../store/support/rows.ts";
import { arbitraryFilter, type Vocabulary } from "../../support/random-query.ts";
import { allPages, ask, CONTEXT, idsOf, plainSearch } from "./searching.ts";

const MESSAGES = [
  '{"level":"error","msg":"connection refused","status":503,"user":{"id":"42"},"tags":["a","b"]}',
  '{"level":"info","msg":"Connection closed","status":200,"user":{"id":"7"}}',
  '{"msg":"payment declined by issuer","status":"500","trace":"6d28f3a1"}',
  'level=warn msg="slow query" path=/api/v1/orders status=404 took=12.5',
  "ERROR connection refused to db-1:5432",
  "order-7f3a placed by user_42",
  "GET /health 200",
  "\u001b[31merror\u001b[0m connection \u001b[1mrefused\u001b[0m",
  "支付 失败 for user-42",
  "Maße und Gewichte: 42 kg",
  "panic: x\n  at main.go:12\n  caused by: timeout",
  "",
  "connection",
  "refused at once",
];
const SECOND = 1_763_737_752;
const VOCABULARY: Vocabulary = {
  texts: [
    "connection refused",
    "declined",
    "order-7f3a",
    "user_42",
    "支付 失败",
    "Maße",
    "error",
    "db-1:5432",
    "main.go:12",
    "status",
  ],
  fields: {
    level: ["error", "warn", "info"],
    ns: ["shop", "payments"],
    pod: ["web-1", "web-2"],
    stream: ["stdout", "stderr"],
    app: ["web"],
    container: ["app"],
    status: ["500", "200", "404"],
    "user.id": ["42", "7"],
    message: ["connection refused", "slow query"],
    msg: ["connection refused"],
    ts: ["2025-11-21T15:09:20Z", "2025-11-21T15:09:30Z"],
    took: ["12.5", "1"],
    node: ["node-1"],
  },
};
/** Stores, most of them of one closed block a segment; the rows of the last one are in an open block. */
const ROUNDS = 7;
const ROWS = 9;

let directory = "";
let writer: StoreWriter;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "klog-plan-"));
  const next = fc.sample(fc.nat(), { numRuns: 5000, seed: 7 });
  const pick = (below: number) => next.pop()! % below;
  for (let round = 0; round < ROUNDS; round++) {
    writer = await StoreWriter.open(directory, { fsync: "never" });
    for (const number of [1, 2, 3]) {
      const namespace = number === 3 ? "payments" : "shop";
      const of = { ...generation(number), origin: { ...ORIGIN, pod: `web-${number}`, namespace } };
      // One block is long enough to be searched by a pattern over all of its text.
      const rows = Array.from({ length: round === 2 ? 110 : ROWS }, (_, i) => {
        const message = MESSAGES[pick(MESSAGES.length)]!;
        // Rounds overlap in time, and some times come twice.
        const fields = { sec: SECOND + round * 3 + pick(8), nsec: pick(3), offset: round * 1000 + i * 20 };
        const lines = message.split("\n").length;
        return row(message, { ...fields, lines, level: pick(8), stream: pick(3), checksum: pick(1000) });
      });
      writer.append(storeRows(of, rows));
    }
    if (round < ROUNDS - 1) await writer.close();
    else await writer.flush();
  }
  return async () => {
    await writer.close();
    rmSync(directory, { recursive: true, force: true });
  };
});

const filters = arbitraryFilter(VOCABULARY).filter((filter) => {
  try {
    ask(filter);
    return true;
  } catch {
    // A time or level that is none.
    return false;
  }
});

test("the store finds what a loop over all rows finds, in both orders, and counts the same", async () => {
  const source = createStoreSource({ directory, context: CONTEXT });
  let found = 0;
  await fc.assert(
    fc.asyncProperty(filters, async (filter) => {
      const expected = plainSearch(directory, filter);
      found += expected.length;
      const oldest = ask(filter, { order: "oldest" });
      expect(idsOf(await allPages(source.search(oldest.request)))).toEqual(expected);
      expect(idsOf(await allPages(source.search(ask(filter, { order: "newest" }).request)))).toEqual(
        expected.toReversed(),
      );
      expect(oldest.notes).toEqual([]);
      const counted: string[] = [];
      await source.fold!(ask(filter).request, { text: false }, ({ details }) => counted.push(details!.id!));
      expect(counted.sort()).toEqual(expected.toSorted());
    }),
    { numRuns: 50 },
  );
  // A test that never finds anything would prove nothing.
  expect(found).toBeGreaterThan(2500);
});

test("a search that stops at its limit goes on right behind it, wherever it is stopped", async () => {
  const source = createStoreSource({ directory, context: CONTEXT });
  const cases = fc.tuple(filters, fc.constantFrom("oldest", "newest"), fc.integer({ min: 1, max: 40 }));
  await fc.assert(
    fc.asyncProperty(cases, async ([filter, order, limit]) => {
      const sorted = plainSearch(directory, filter);
      const expected = order === "oldest" ? sorted : sorted.toReversed();
      const found: string[] = [];
      let resume: unknown;
      for (let part = 0; part < 4; part++) {
        const pages = await allPages(source.search(ask(filter, { order, limit, resume }).request));
        found.push(...idsOf(pages));
        const last = pages.findLast(({ hits }) => hits.length > 0);
        if (last === undefined) break;
        resume = JSON.parse(JSON.stringify(last.resume(last.hits.length - 1)));
      }
      expect(found).toEqual(expected.slice(0, 4 * limit));
    }),
    { numRuns: 50 },
  );
});

test("what a filter's range and the request's own leave out is not among the hits", async () => {
  const source = createStoreSource({ directory, context: CONTEXT });
  const [from, to] = [
    { sec: SECOND + 6, nsec: 1 },
    { sec: SECOND + 12, nsec: 1 },
  ];
  const filter: Filter = { kind: "all" };
  const pages = await allPages(source.search(ask(filter, { from, to }).request));
  const times = pages.flatMap(({ hits }) => hits.map(({ sec, nsec }) => sec * 10 + nsec));
  expect(times.length).toBeGreaterThan(20);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(from.sec * 10 + 1);
  expect(Math.max(...times)).toBeLessThanOrEqual(to.sec * 10 + 1);
});
