import { describe, expect, test } from "vitest";
import { parseQuery } from "../../src/query/parse.ts";
import { printQuery } from "../../src/query/print.ts";
import type { Filter, Leaf } from "../../src/query/query.ts";
import { QueryError } from "../../src/query/query-error.ts";

function filterOf(text: string): Filter {
  return parseQuery(text).filter;
}

function errorOf(text: string): QueryError {
  try {
    parseQuery(text);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`${text} is a query`);
}

describe("terms of the filter", () => {
  test.each<[string, object]>([
    ["", { kind: "all" }],
    ["  ", { kind: "all" }],
    ["*", { kind: "all" }],
    ["-*", { kind: "none" }],
    ['*""', { kind: "and", parts: [{ kind: "all" }, { kind: "all" }] }],
    ["***", { kind: "all" }],
    ['""', { kind: "all" }],
    ["foo", { kind: "words", field: undefined, text: "foo", prefix: false }],
    ['"foo bar"', { kind: "words", text: "foo bar", prefix: false }],
    ['"foo bar"*', { kind: "words", text: "foo bar", prefix: true }],
    ['"a \\"b\\" \\\\ \\n\\t \\d"', { kind: "words", text: 'a "b" \\ \n\t \\d' }],
    ["foo*", { kind: "wildcard", field: undefined, pattern: ["foo", { any: "*" }] }],
    ["f?o**", { kind: "wildcard", pattern: ["f", { any: "?" }, "o", { any: "*" }] }],
    ["foo\\*", { kind: "words", text: "foo*" }],
    ["a\\ b\\(c\\)", { kind: "words", text: "a b(c)" }],
    ["/a b|c/is", { kind: "regexp", field: undefined, source: "a b|c", flags: "is" }],
    ["/a\\/b[/]\\\\/", { kind: "regexp", source: "a/b[/]\\\\", flags: "" }],
    ["/api/v1", { kind: "words", text: "/api/v1" }],
    ["//x", { kind: "words", text: "//x" }],
    ["f:v", { kind: "equals", field: "f", value: "v", prefix: false }],
    ["f=v", { kind: "equals", field: "f", value: "v" }],
    ["f == v", { kind: "equals", field: "f", value: "v" }],
    ['f:"a b"*', { kind: "equals", field: "f", value: "a b", prefix: true }],
    ['f:""', { kind: "equals", field: "f", value: "" }],
    ["f:a*", { kind: "glob", field: "f", pattern: ["a", { any: "*" }] }],
    ["f:*", { kind: "exists", field: "f" }],
    ["f:[* TO *]", { kind: "exists", field: "f" }],
    ["f:~v*", { kind: "contains", field: "f", text: "v*" }],
    ["f=~v", { kind: "contains", field: "f", text: "v" }],
    ["f:/a/i", { kind: "regexp", field: "f", source: "a", flags: "i" }],
    ["f:~/a/", { kind: "regexp", field: "f", source: "a" }],
    ["f:/api/v1", { kind: "equals", field: "f", value: "/api/v1" }],
    ["f=/api/", { kind: "equals", field: "f", value: "/api/" }],
    ["f:>=5", { kind: "range", field: "f", low: { value: "5", inclusive: true }, high: undefined }],
    ["f < 1.5s", { kind: "range", field: "f", low: undefined, high: { value: "1.5s", inclusive: false } }],
    ["f:[a TO b}", { kind: "range", low: { value: "a", inclusive: true }, high: { value: "b", inclusive: false } }],
    [
      "f:{1.5..2.5]",
      { kind: "range", low: { value: "1.5", inclusive: false }, high: { value: "2.5", inclusive: true } },
    ],
    ['f:["a b" TO *]', { kind: "range", low: { value: "a b", inclusive: true }, high: undefined }],
    ["ts:>2026-11-21T10:00:00+01:00", { kind: "range", low: { value: "2026-11-21T10:00:00+01:00" } }],
    ["message:a", { kind: "words", field: "message", text: "a" }],
    ["msg:a*", { kind: "wildcard", field: "msg", pattern: ["a", { any: "*" }] }],
    ["message=a", { kind: "equals", field: "message", value: "a" }],
    ["a\\.b:c", { kind: "equals", field: "a.b", value: "c" }],
    ["a\\ b:c", { kind: "equals", field: "a b", value: "c" }],
    ['"a \\"b":c', { kind: "equals", field: 'a "b', value: "c" }],
    ["@timestamp:x", { kind: "equals", field: "@timestamp", value: "x" }],
    ["level: error", { kind: "equals", field: "level", value: "error" }],
    ["levels: error", { kind: "and" }],
    ["f!=v", { kind: "not", part: { kind: "equals", field: "f", value: "v" } }],
    ["f:!=v", { kind: "not", part: { kind: "equals" } }],
    ["f!~v", { kind: "not", part: { kind: "contains", text: "v" } }],
    ["f:(a)", { kind: "equals", value: "a" }],
    ["NOT -a", { kind: "not", part: { kind: "not", part: { kind: "words" } } }],
    ["!a", { kind: "not", part: { kind: "words", text: "a" } }],
  ])("%s", (text, expected) => {
    expect(filterOf(text)).toMatchObject(expected);
  });

  test.each([
    ["a b OR c d", "(a b) OR (c d)"],
    ["a OR b AND c", "a OR (b c)"],
    ["(a OR b) c", "(a OR b) c"],
    ["(a (b c))", "a b c"],
    ["a && b || !c", "(a b) OR -c"],
    ["a and not b or c", "(a -b) OR c"],
    ["a or(b)and(c)", "a OR (b c)"],
    ["And Or Not", '"And" "Or" "Not"'],
    ["or-else not-found android", "or-else not-found android"],
    ["-(a OR b)", "-(a OR b)"],
    ["f:(a OR b, c d | e)", "f:(a OR b OR c OR d OR e)"],
    ["f:(a, NOT b)", "f:a OR -f:b"],
    ["f:(>=1 /x/ [a TO b] ~y *)", "f:>=1 OR f:/x/ OR f:[a TO b] OR f:~y OR f:*"],
    ["f!=(a, b)", "-f:(a OR b)"],
    ["message:(a b*)", "message:a OR message:b*"],
    ["|count", "| count"],
    ["*|count", "| count"],
    ["a|count|head 5", "a | count | head 5"],
    ["a | limit 5", "a | head 5"],
    ["a | top by pod", "a | top 10 by pod"],
    ["a | top 3 pod,ns", "a | top 3 by pod, ns"],
    ["a | hist 90s by level", "a | hist 1m30s by level"],
    ["a | count by time( 5 m ), pod", "a | count by time(5m), pod"],
    ["a | stats count(), p99(ms) as slow by time(1m)", "a | stats count(), p99(ms) as slow by time(1m)"],
    ['a | stats avg(ms) as "avg(ms)"', "a | stats avg(ms)"],
    ["a | sort by ms desc", "a | sort ms desc"],
    ["a | sort by", "a | sort by"],
    ["a | fields -a,b", "a | fields - a, b"],
    ["a | where x > 5 OR y", "a | where x:>5 OR y"],
    ["a | parse <a>-<b> from msg", 'a | parse "<a>-<b>" from msg'],
    ["a | parse /(?<x>\\d)/", "a | parse /(?<x>\\d)/"],
  ])("%s is read as %s", (text, printed) => {
    expect(printQuery(parseQuery(text))).toBe(printed);
  });

  test("a leaf knows where it was written", () => {
    const text = ' error  -status:>=500 ("a b" OR ns: shop)';
    const spans: string[] = [];
    const collect = (filter: Filter): void => {
      if (filter.kind === "and" || filter.kind === "or") filter.parts.forEach(collect);
      else if (filter.kind === "not") collect(filter.part);
      else if (filter.kind !== "all" && filter.kind !== "none") {
        spans.push(text.slice((filter as Leaf).span.start, (filter as Leaf).span.end));
      }
    };
    collect(filterOf(text));
    expect(spans).toEqual(["error", "status:>=500", '"a b"', "ns: shop"]);
  });

  test("a field that was seen elsewhere may have a blank behind its colon", () => {
    expect(parseQuery("user: bob", { known: (name) => name === "user" }).filter).toMatchObject({
      field: "user",
      value: "bob",
    });
    expect(parseQuery("user://x", { known: (name) => name === "user" }).filter).toMatchObject({
      field: "user",
      value: "//x",
    });
    expect(filterOf("user: bob")).toMatchObject({ kind: "and" });
  });
});

describe("what cannot be read", () => {
  test.each<[text: string, position: number, message: RegExp, hint?: RegExp]>([
    ['a "b', 2, /the quote is not closed/, /--fixed/],
    ["(a OR b", 0, /parenthesis is not closed; expected \)/, /--fixed/],
    ["a)", 1, /found "\)"/, /no parenthesis is open/],
    ["a ()", 3, /empty/, /--fixed/],
    ["a AND", 5, /the query ends here; expected a word/, /"AND"/],
    ["OR a", 0, /found "OR"/, /"OR"/],
    ["a NOT", 5, /ends here/, /"NOT"/],
    ["a || | b", 5, /found "\|"/],
    ["level:", 6, /expected a value of level/, /level:\*/],
    ["f:>=", 4, /expected a value of f/],
    ['f:~""', 5, /expected a value of f/],
    ["f:(a", 2, /the list is not closed/],
    ["f:(a AND b)", 5, /found "AND"; expected OR/, /any of its values/],
    ["f:[1 TO 5", 2, /the range is not closed/],
    ["f:[1,5]", 6, /expected TO or \.\./, /quotes/],
    ["f:[1 TO 5)", 9, /expected \] or \}/],
    ["/a(b/", 1, /regexp is not valid: unterminated group/, /quote/],
    ["f:/[b-a]/", 3, /range out of order/],
    ["/time(out", 5, /not closed/, /a regexp ends with a slash/],
    ['{"a": "b', 0, /JSON.*cut off/, /--fixed/],
    ["level:warn|error", 11, /found "error"/, /level:\(warn OR error\)/],
    ["warn|error", 5, /found "error"/, /\(warn OR error\)/],
    ["a | cuont", 4, /found "cuont"/, /did you mean count\?/],
    ["a |", 3, /expected a pipe/, /count, top/],
    ["a | count | | head 5", 12, /expected a pipe/],
    ["a | head x", 9, /whole number from 1/],
    ["a | head 0", 9, /whole number/],
    ["a | head 1.5", 9, /whole number/],
    ["a | top", 7, /expected by and a field/],
    ["a | uniq by", 11, /expected by and a field/, /uniq by user/],
    ["a | count pod", 10, /expected \| or the end/],
    ["a | hist 5x", 9, /duration/],
    ["a | hist 0s", 9, /duration/],
    ["a | stats avg()", 14, /expected a field/],
    ["a | stats p98(x)", 10, /expected a function/, /did you mean/],
    ["a | stats count() as n, sum(x) as n", 24, /two results are called n/],
    ["a | sort", 8, /a field's name/],
    ["a | fields 5x", 11, /a field's name/, /quote/],
    ["a | where", 9, /expected a filter/],
    ["a | parse", 9, /expected a pattern/],
    ['a | parse "x"', 10, /no <name>/],
    ['a | parse "<a><b>"', 10, /between two names/],
    ["a | parse /x/", 11, /no group with a name/],
    ["a | parse /(?<x>a)/i", 11, /flags \(i\)/],
  ])("%s", (text, position, message, hint = /^/) => {
    const error = errorOf(text);
    expect(error).toMatchObject({ code: "QUERY_INVALID", position });
    expect(error.message).toMatch(message);
    expect(error.hint ?? "").toMatch(hint);
  });

  test("deep nesting of any kind is an error, not an overflow", () => {
    const depth = 10_000;
    for (const text of [
      `${"(".repeat(depth)}a${")".repeat(depth)}`,
      `${"NOT ".repeat(depth)}a`,
      `${"-(".repeat(depth)}a`,
      `f:${"(".repeat(depth)}a`,
    ]) {
      expect(errorOf(text).message).toContain("groups are nested deeper than 100");
    }
    expect(printQuery(parseQuery(`${"(".repeat(90)}a${")".repeat(90)}`))).toBe("a");
  });

  test("a text of megabytes is refused at once, one of many values is read", () => {
    expect(errorOf("x".repeat(70_000)).message).toContain("longer than 65536 characters");
    const ids = Array.from({ length: 1500 }, (_, i) => `550e8400-e29b-41d4-a716-4466554${i}`);
    expect(filterOf(`id:(${ids.join(" OR ")})`)).toMatchObject({ kind: "or", parts: { length: 1500 } });
  });
});
