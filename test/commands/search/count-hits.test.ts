import { describe, expect, test } from "vitest";
import type { FoldNeeds, SearchRequest, Source } from "../../../src/sources/source.ts";
import { type GivenLine, klogSearch, originOf, ScriptedSource } from "./search-rig.ts";

const LINES: readonly GivenLine[] = [
  { at: 0, text: '{"level":"error","status":500,"msg":"order 17 failed"}' },
  { at: 30, text: '{"level":"info","status":200,"msg":"order 18 done"}' },
  { at: 70, text: '{"level":"info","status":200,"msg":"order 19 done"}' },
  { at: 80, text: "plain words", origin: originOf({ pod: "db-1", podUid: "u2" }) },
];

function count(...words: string[]) {
  return klogSearch(words, { sources: [new ScriptedSource(LINES)] });
}

describe("a search that counts", () => {
  test("--top gives the most frequent values", async () => {
    const { out, code } = await count("--top", "pod", "-o", "csv");
    expect(out.split("\r\n").map((line) => line.split(",").slice(0, 2).join(","))).toEqual([
      "pod,count",
      "web-1,3",
      "db-1,1",
      "",
    ]);
    expect(code).toBe(0);
  });

  test("--hist gives a bar a step, by level", async () => {
    const { out } = await count("--hist=1m", "--utc");
    expect(out).toMatch(/^4 records, 1m a bar, most 2 at /);
    const { out: json } = await count("--hist=1m", "-o", "jsonl", "--utc");
    const rows = json
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { level: string; count: number });
    expect(rows.filter(({ level }) => level === "info").map(({ count }) => count)).toEqual([1, 1]);
  });

  test("--fields tells which fields there are, or those that are named", async () => {
    const { out } = await count("--fields", "-o", "jsonl");
    const fields = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { field: string; count: number });
    expect(fields.find(({ field }) => field === "status")?.count).toBe(3);
    expect(fields.map(({ field }) => field)).toContain("labels.app");
    const named = await count("--fields=status,labels", "-o", "raw");
    expect(
      named.out
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split("\t")[0]),
    ).toEqual(["labels.app", "status"]);
  });

  test("--patterns gives templates of the messages", async () => {
    const { out } = await count("--patterns");
    expect(out).toMatch(/order <[^>]*> done/);
  });

  test("a pipe of the query does the same, in every format", async () => {
    expect((await count("* | count by pod", "-o", "logfmt")).out).toContain("pod=web-1 count=3");
    expect((await count("* | count", "-o", "json")).out).toBe('[\n{"count":4}\n]\n');
    expect((await count("* | stats count() as n, max(status) as worst", "-o", "raw")).out).toBe("n\tworst\n4\t500\n");
  });

  test("| fields prints rows of these fields", async () => {
    expect((await count("status:* | fields status, msg", "-o", "csv")).out).toBe(
      "status,msg\r\n500,order 17 failed\r\n200,order 18 done\r\n200,order 19 done\r\n",
    );
    expect((await count("absent | fields status", "-o", "json")).out).toBe("[\n]\n");
    expect((await count("order | fields - msg", "-o", "raw")).out).toContain('{"level":"error","status":500}\n');
  });

  test("asks the only source to fold where the order does not matter", async () => {
    class Folding extends ScriptedSource {
      needs: FoldNeeds | undefined;
      async fold(request: SearchRequest, needs: FoldNeeds, visit: Parameters<NonNullable<Source["fold"]>>[2]) {
        this.needs = needs;
        for await (const page of this.search(request)) for (const hit of page.hits) visit(hit);
      }
    }
    const source = new Folding(LINES);
    const { out } = await klogSearch(["* | count by pod", "-o", "raw"], { sources: [source] });
    expect(out).toContain("web-1\t3\n");
    expect(source.needs).toEqual({ text: false });
    const other = new Folding(LINES);
    await klogSearch(["* | head 2 | count"], { sources: [other] });
    expect(other.needs).toBeUndefined();
  });

  test("ends with 1 where nothing was counted", async () => {
    expect((await count("absent | count by pod")).code).toBe(1);
  });

  test("is drawn again and again while it is followed on a terminal, and stays at the end", async () => {
    const abort = new AbortController();
    const live = (async function* () {
      yield [{ at: 100, text: "more" }];
      setTimeout(() => abort.abort(), 50);
      await new Promise((resolve) => abort.signal.addEventListener("abort", resolve));
    })();
    const { out, code } = await klogSearch(["* | count", "-f", "--since", "0"], {
      sources: [new ScriptedSource(LINES, { live })],
      isTerminal: true,
      signal: abort.signal,
    });
    expect(out).toMatch(/\u001b\[\d+A\r\u001b\[J/);
    expect(out.trimEnd()).toMatch(/\b5$/);
    expect(code).toBe(130);
  });
});
