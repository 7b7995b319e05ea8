import { describe, expect, test } from "vitest";
import { chunkPattern, requiredLiterals } from "../../src/query/literals.ts";
import { parseQuery } from "../../src/query/parse.ts";

/** A word is written `[word]`, other text as it is, alternatives with a bar. */
function literals(query: string): string[] {
  return requiredLiterals(parseQuery(query).filter).map((list) =>
    list.map(({ text, word }) => (word ? `[${text}]` : text)).join("|"),
  );
}

describe("required literals", () => {
  test.each([
    ["Foo bar_9", ["[foo]", "[bar_9]"]],
    ['"conn refu"*', ["[conn]", "refu"]],
    ["order-7f3a", ["[order]", "[7f3a]"]],
    ["foo OR barbar", ["[foo]|[barbar]"]],
    ["(a1 b2b) OR (c3 d4d)", ["[b2b]|[d4d]"]],
    ["-foo bar", ["[bar]"]],
    ["foo OR *", []],
    ["-*", [""]],
    // The bytes of ï depend on its case, those of 日本 do not.
    ["naïve", ["[na]", "[ve]"]],
    ["*日本*", ["日本"]],
    ['"=>"', ["=>"]],
    ["foo*bar", ["foo", "bar"]],
    ["*GET-foo-x*", ["get", "[foo]", "get-foo-x"]],
    // A value may be written with escapes, and what follows one sticks to it.
    ["attrs.user:alice", ["[user]|\\u00", "[alice]|\\u00"]],
    ['attrs.a.user:"al/b\\tc cc"', ["[user]|\\u00", "[al]|\\u00", "[cc]|\\u00", "c cc|\\u00"]],
    ['attrs.user:"al\\tbc"', ["[user]|\\u00", "[al]|\\u00", "bc|\\u00"]],
    // What stands for bytes that are no UTF-8.
    ['"==\ufffd"', ["=="]],
    ["message:foo", ["foo|\\u00"]],
    ["attrs.status:500", ["[status]|\\u00"]],
    ["attrs.ok:true", ["[ok]|\\u00"]],
    ["attrs.ms:5*", ["[ms]|\\u00"]],
    ["attrs.ms:>5", ["[ms]|\\u00"]],
    ["attrs.ms:~tru", ["[ms]|\\u00"]],
    ["attrs.list.0:ab", ["[ab]|\\u00"]],
    // An array's length is not written, a field of that name is.
    ["attrs.items.length:3", []],
    ["attrs.length:abc", ["[length]|\\u00", "[abc]|\\u00"]],
    // A label may have it, or a column does: none of that is in the bytes.
    ["user:alice", []],
    ["labels.user:alice", []],
    ["ns:shop level:error stream:stderr", []],
  ])("of %s are %j", (query, expected) => {
    expect(literals(query)).toEqual(expected);
  });

  test.each([
    ["/connection (was )?refused/", ["connection ", "refused"]],
    ["/time(d out|-out)/", ["time", "d out|-out"]],
    ["/timeout|refused/", ["timeout|refused"]],
    ["/timeout|x*/", []],
    ["/fooo?bar/", ["foo", "bar"]],
    ["/fo{0,2}bar/", ["bar"]],
    ["/ab+cd/", ["ab", "cd"]],
    ["/[abc]xyz[^]]qq/", []],
    ["/(?!foo)bar(?=baz)/", ["bar"]],
    ["/\\d+ms\\.x/", ["ms.x"]],
    ["/\\x41bc/", ["bc"]],
    ["/(a)\\1bcd/", []],
    ["/\\Qa.b\\E/", []],
    ["/Task/i", ["ta"]],
    ["/(?i)Task/", ["ta"]],
    ["/[[:alpha:]]foo/", ["foo"]],
    ["/^foo$/", ["foo"]],
  ])("of %s hold its fixed text", (query, expected) => {
    const found = literals(query);
    for (const text of expected) expect(found).toContain(text);
    if (expected.length === 0) expect(found).toEqual([]);
  });
});

describe("the chunk pattern", () => {
  const hits = (query: string, chunk: string) => {
    const pattern = chunkPattern(parseQuery(query).filter);
    return pattern && [...Buffer.from(chunk).toString("latin1").matchAll(pattern)].map(({ index }) => index);
  };

  test("finds the rarest that a filter asks for", () => {
    expect(hits("a connection", "connection\na\nCONNECTION")).toEqual([0, 13]);
  });

  test("takes two words of a phrase together, and lets the second stand in the next line of an event", () => {
    expect(hits('"foo bar"', "foo\nfoo x\nfoo - bar\nfoo")).toEqual([0, 10, 20]);
  });

  test("finds letters outside ASCII that have no case", () => {
    expect(hits("日志", "x 错误日志")).toEqual([8]);
  });

  test("lets every line with an escape byte pass, as colours may stand anywhere", () => {
    expect(hits("foo", "a\nfo\u001b[1mo\nb")).toEqual([4]);
  });

  test("lets every line with a backslash pass where a value may be written with escapes", () => {
    expect(hits("attrs.user:alice", 'user=alice\n{"user":"\\u0061lice"}\nuser=bob')).toEqual([5, 20]);
  });

  test("finds numbers in any spelling", () => {
    const lines = ['{"ms":500}', '{"ms":5e2}', "ms=0500.00", '{"ms":77}'];
    expect(lines.map((line) => hits("attrs.ms:500", line)?.length)).toEqual([1, 1, 1, 0]);
  });

  test("finds nothing for a filter that matches nothing, and is none where any line may match", () => {
    expect(hits("-*", "foo\u001b")).toEqual([]);
    expect(hits("-foo", "foo")).toBeUndefined();
    expect(hits("ns:shop", "foo")).toBeUndefined();
  });
});
