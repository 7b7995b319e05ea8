import { describe, expect, test } from "vitest";
import { queryHighlights } from "../../../src/commands/search/query-highlight.ts";
import { parseQuery } from "../../../src/query/parse.ts";

function marked(query: string, text: string): string[] {
  const spans = queryHighlights(parseQuery(query).filter).flatMap((pattern) => [...pattern.spans(text)]);
  return spans.map(([start, end]) => text.slice(start, end));
}

describe("what a query found is marked", () => {
  test.each([
    ["refused", "Connection REFUSED refusedly", ["REFUSED"]],
    ['"connection refused"', "connection: refused", ["connection: refused"]],
    ["conn*", "a connection", ["connection"]],
    ["*nnect*", "a connection here", ["connection"]],
    ["/re.u/", "refused", ["refu"]],
    ["a OR b", "b a", ["a", "b"]],
    ["支付", "在支付失败", ["支付"]],
    ["cafe", "cafe\u0301 cafe", ["cafe"]],
    ['"a b"', "ab a-b", ["a-b"]],
    ["conn*", "disconnected connected", ["connected"]],
    ["*ected", "connected ectedness", ["connected"]],
    ["msg:~slow", "so SLOWLY", ["SLOW"]],
    ["user:42", "user=42 142", ["42", "42"]],
    ["-refused", "refused", []],
    ["level:error ns:shop", "error shop", []],
    ["status:>=500", "status=500", []],
  ])("%s in %j", (query, text, expected) => {
    expect(marked(query, text)).toEqual(expected);
  });
});
