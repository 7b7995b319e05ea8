// Queries by chance, for property tests: every form of the language, in the normal form that the parser gives.
import fc from "fast-check";
import type { Aggregate, Bound, Filter, GroupKey, Leaf, Pipe, Query, Span, Wildcard } from "../../src/query/query.ts";

/** What queries are about, so that some of them match the records of a test. */
export interface Vocabulary {
  /** Lines, or parts of them: words, phrases, wildcards and regexps are cut from these. */
  readonly texts: readonly string[];
  /** Names of fields with values that they have. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

const ODD: Vocabulary = {
  texts: [
    "error",
    "connection refused",
    "OR",
    "not",
    "a|b",
    'say "hi"',
    "C:\\path\\new",
    "-x",
    "->",
    "(foo)",
    "Bar(Bar.java:12)",
    "http://x/y?z=1",
    "/re/",
    "10.0.3.4:5432",
    "支付 失败",
    "tab\there",
    "two\nlines",
    "level:error",
    "a=b",
    "x >= 5",
    '{"a":1}',
    "*",
    "?",
    "'q'",
    "“q”",
    "\\",
    "🚀 up",
    "--flag",
    "file.go:12]",
    "`tick`",
    " edge ",
  ],
  fields: {
    level: ["error", "warn", "WARN"],
    ns: ["shop", "kube-system"],
    ts: ["2026-11-21T10:00:00Z", "now-1h/d", "today"],
    status: ["500", "-5", "1.5", "1e3"],
    "attrs.user.id": ["42", "", "TO", "to"],
    "app.kubernetes.io/name": ["web", "a..b", "a,b"],
    "@timestamp": ["1h30m", "]", "}"],
    "a b": ["/x/", "~x", ">=1"],
    C: ["\\path", "/Users/x"],
    "main.go": ["12", "12:5"],
    "x@y": ["~", "//x"],
    or: ["or", "OR"],
    'q"u\\ote': ['"', "\\"],
    "2xx": ["2xx", ":x"],
    ключ: ["да"],
    by: ["NOT", "(x)"],
    message: ["took 5 ms", "", "x"],
    msg: ["done", "x y"],
  },
};

const SPAN: Span = { start: 0, end: 0 };
const MESSAGE = ["message", "msg"];
const REGEXPS = ["a.b", "^\\d+$", "time(d )?out", "[/]x", "a/b", "(?i)foo", "x|y", 'say "', "\\\\", "\\s+\\.", "é+"];

/** A filter as the parser makes them: no group in a group of its kind, two parts or more in each, no `not` of everything. */
export function arbitraryFilter(vocabulary: Vocabulary = ODD): fc.Arbitrary<Filter> {
  const leaf = arbitraryLeaf(vocabulary);
  const plain: fc.Arbitrary<Filter> = fc.oneof(
    { weight: 18, arbitrary: leaf },
    { weight: 1, arbitrary: fc.constant<Filter>({ kind: "all" }) },
    { weight: 1, arbitrary: fc.constant<Filter>({ kind: "none" }) },
  );
  const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      { weight: 4, arbitrary: plain },
      { weight: 2, arbitrary: fc.array(tie("filter"), { minLength: 2, maxLength: 4 }).map((p) => group("and", p)) },
      { weight: 2, arbitrary: fc.array(tie("filter"), { minLength: 2, maxLength: 4 }).map((p) => group("or", p)) },
      { weight: 1, arbitrary: tie("filter").map(negated) },
    ),
  }));
  return filter;
}

export function arbitraryQuery(vocabulary: Vocabulary = ODD): fc.Arbitrary<Query> {
  const filter = arbitraryFilter(vocabulary);
  return fc.record({ filter, pipes: fc.array(arbitraryPipe(vocabulary, filter), { maxLength: 3 }) });
}

function group(kind: "and" | "or", parts: readonly Filter[]): Filter {
  return { kind, parts: parts.flatMap((part) => (part.kind === kind ? part.parts : [part])) };
}

function negated(part: Filter): Filter {
  return part.kind === "all" ? { kind: "none" } : { kind: "not", part };
}

function arbitraryLeaf(vocabulary: Vocabulary): fc.Arbitrary<Leaf> {
  const strange = vocabulary === ODD;
  const text = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...vocabulary.texts) },
    { weight: 3, arbitrary: fc.constantFrom(...vocabulary.texts).chain(slice) },
    { weight: strange ? 2 : 0, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }) },
  );
  const pair = fc
    .constantFrom(...Object.entries(vocabulary.fields))
    .chain(([field, values]) => fc.record({ field: fc.constant(field), value: fc.constantFrom(...values) }));
  const inText = fc.oneof(
    { weight: 5, arbitrary: fc.constant<string | undefined>(undefined) },
    { weight: 1, arbitrary: fc.constantFrom<string | undefined>(...MESSAGE) },
  );
  const bound = (value: string) => fc.boolean().map((inclusive): Bound => ({ value, inclusive }));
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .record({ field: inText, text, prefix: fc.boolean() })
        .map((l): Leaf => ({ kind: "words", span: SPAN, ...l })),
    },
    {
      weight: 2,
      arbitrary: fc
        .record({ field: inText, pattern: text.chain(wildcardOf) })
        .map((l): Leaf => ({ kind: "wildcard", span: SPAN, ...l })),
    },
    {
      weight: 2,
      arbitrary: fc
        .record({
          field: fc.oneof(
            fc.constant<string | undefined>(undefined),
            pair.map((p) => p.field as string | undefined),
          ),
          source: strange
            ? fc.constantFrom(...REGEXPS)
            : text.filter((t) => !/^[\s/]/.test(t)).map((t) => t.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")),
          flags: fc.constantFrom("", "i", "s", "is"),
        })
        .map((l): Leaf => ({ kind: "regexp", span: SPAN, ...l })),
    },
    {
      weight: 5,
      arbitrary: fc.record({ pair, prefix: fc.boolean() }).chain(({ pair: { field, value }, prefix }) =>
        (prefix ? slice(value) : fc.constant(value)).map((v): Leaf => {
          return { kind: "equals", span: SPAN, field, value: v, prefix };
        }),
      ),
    },
    {
      weight: 2,
      arbitrary: pair.chain(({ field, value }) =>
        wildcardOf(value === "" ? "x" : value).map((pattern): Leaf => ({ kind: "glob", span: SPAN, field, pattern })),
      ),
    },
    {
      weight: 2,
      arbitrary: pair.chain(({ field, value }) =>
        slice(value === "" ? "x" : value).map((t): Leaf => ({ kind: "contains", span: SPAN, field, text: t })),
      ),
    },
    {
      weight: 3,
      arbitrary: fc
        .record({ pair, other: pair, which: fc.constantFrom("low", "high", "both") })
        .chain(({ pair: { field, value }, other, which }) =>
          fc.record({ low: bound(value), high: bound(other.value) }).map(
            ({ low, high }): Leaf => ({
              kind: "range",
              span: SPAN,
              field,
              low: which === "high" ? undefined : low,
              high: which === "low" ? undefined : high,
            }),
          ),
        ),
    },
    { weight: 1, arbitrary: pair.map(({ field }): Leaf => ({ kind: "exists", span: SPAN, field })) },
  );
}

/** A piece of a text that is not empty, by whole characters. */
function slice(text: string): fc.Arbitrary<string> {
  const characters = [...text];
  if (characters.length < 2) return fc.constant(text);
  return fc
    .tuple(fc.nat(characters.length - 1), fc.integer({ min: 1, max: characters.length }))
    .map(([start, length]) => characters.slice(start, start + length).join(""));
}

/** A text with something in it replaced by `*` or `?`. */
function wildcardOf(text: string): fc.Arbitrary<Wildcard> {
  const characters = [...text];
  return fc
    .record({
      at: fc.nat(characters.length - 1),
      length: fc.nat(2),
      any: fc.constantFrom("*" as const, "?" as const),
      before: fc.boolean(),
      behind: fc.boolean(),
    })
    .map(({ at, length, any, before, behind }) => {
      const pieces = [
        ...(before ? [{ any: "*" as const }] : []),
        characters.slice(0, at).join(""),
        { any },
        characters.slice(at + (any === "?" ? 1 : length)).join(""),
        ...(behind ? [{ any: "*" as const }] : []),
      ].filter((piece) => piece !== "");
      const pattern = pieces.filter((piece, i) => !(isRun(piece) && isRun(pieces[i + 1])));
      return pattern.every(isRun) ? [...pattern, { any: "?" as const }] : pattern;
    });
}

function isRun(piece: Wildcard[number] | undefined): boolean {
  return typeof piece === "object" && piece.any === "*";
}

function arbitraryPipe(vocabulary: Vocabulary, filter: fc.Arbitrary<Filter>): fc.Arbitrary<Pipe> {
  const field = fc.constantFrom(...Object.keys(vocabulary.fields));
  const everyMs = fc.constantFrom(1, 250, 1000, 1500, 60_000, 5_400_000, 86_400_000);
  const key = fc.oneof<fc.Arbitrary<GroupKey>[]>(
    field.map((name) => ({ field: name })),
    everyMs.map((ms) => ({ everyMs: ms })),
  );
  const keys = fc.array(key, { minLength: 1, maxLength: 3 });
  const count = fc.integer({ min: 1, max: 1e6 });
  const names = fc.uniqueArray(field, { minLength: 1, maxLength: 3 });
  const as = fc.constantFrom("n", "total", "a b", "by", "as");
  const aggregate = fc.oneof(
    fc.record({
      name: fc.constant("count" as const),
      field: fc.oneof(
        fc.constant<string | undefined>(undefined),
        field.map((f) => f as string | undefined),
      ),
      as: fc.option(as, { nil: undefined }),
    }),
    fc.record({
      name: fc.constantFrom("uniq", "sum", "avg", "min", "max", "p50", "p90", "p95", "p99"),
      field: field.map((f) => f as string | undefined),
      as: fc.option(as, { nil: undefined }),
    }),
  );
  const aggregates = fc.uniqueArray(
    aggregate.map(({ name, field: of, as: given }): Aggregate => {
      return { name, field: of, as: given ?? (of === undefined ? name : `${name}(${of})`) };
    }),
    { minLength: 1, maxLength: 3, selector: (a) => a.as },
  );
  return fc.oneof<fc.Arbitrary<Pipe>[]>(
    fc.record({ kind: fc.constant("count" as const), by: fc.oneof(keys, fc.constant([])) }),
    fc.record({ kind: fc.constant("top" as const), count, by: keys }),
    fc.record({ kind: fc.constantFrom("uniq" as const, "values" as const), by: keys }),
    fc.record({
      kind: fc.constant("hist" as const),
      everyMs: fc.option(everyMs, { nil: undefined }),
      by: fc.option(field, { nil: undefined }),
    }),
    fc.record({ kind: fc.constant("stats" as const), aggregates, by: fc.oneof(keys, fc.constant([])) }),
    fc.record({ kind: fc.constant("sort" as const), field, descending: fc.boolean() }),
    fc.record({ kind: fc.constantFrom("head" as const, "tail" as const), count }),
    fc.record({ kind: fc.constant("fields" as const), names, except: fc.boolean() }),
    fc.record({ kind: fc.constant("where" as const), filter }),
    fc.record({
      kind: fc.constant("parse" as const),
      pattern: fc.constantFrom("GET <path> took <ms>ms", "<_> a <b>", "<x>", '"<q>"\n'),
      from: fc.option(field, { nil: undefined }),
      regexp: fc.constant(false),
    }),
    fc.record({
      kind: fc.constant("parse" as const),
      pattern: fc.constantFrom("took (?<ms>\\d+)", "(?<a>[/])/(?<b>.)"),
      from: fc.option(field, { nil: undefined }),
      regexp: fc.constant(true),
    }),
  );
}
