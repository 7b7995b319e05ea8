import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KlogError } from "../../src/errors.ts";
import { levelMask, timeBounds } from "../../src/query/bounds.ts";
import { chunkPattern, requiredLiterals } from "../../src/query/literals.ts";
import { type CompileContext, compilePredicate } from "../../src/query/predicate.ts";
import type { Filter } from "../../src/query/query.ts";
import type { Predicate, QueryRecord } from "../../src/query/query-record.ts";
import { decideByOrigin, simplify } from "../../src/query/simplify.ts";
import { LEVELS, levelOf } from "../../src/record/level.ts";
import { compareTimestamps } from "../../src/record/timestamp.ts";
import { Random } from "../support/random.ts";
import { arbitraryFilter } from "../support/random-query.ts";
import { RECORD_VOCABULARY, randomRecords } from "../support/random-records.ts";
import { slowIsValid, slowMatches } from "../support/slow-query.ts";

const RUNS = Number(process.env["KLOG_TEST_RUNS"] ?? 850);
const RECORDS = 120;
const SEED = Number(process.env["KLOG_TEST_SEED"] ?? 1);
const { records, origins } = randomRecords(new Random(SEED), RECORDS);
const filters = arbitraryFilter(RECORD_VOCABULARY);

const CONTEXT: CompileContext = {
  now: Date.UTC(2026, 10, 21, 10, 30),
  zone: "UTC",
  regexp: (source, flags) => new RegExp(source, flags),
};
/** As `compilePattern` runs patterns that need it. */
const UNICODE: CompileContext = { ...CONTEXT, regexp: (source, flags) => new RegExp(source, `${flags}u`) };

function compiled(filter: Filter, context = CONTEXT): Predicate | undefined {
  try {
    return compilePredicate(filter, context);
  } catch (error) {
    expect(error).toBeInstanceOf(KlogError);
    expect((error as KlogError).code).toBe("QUERY_INVALID");
    return undefined;
  }
}

interface Case {
  readonly filter: Filter;
  readonly matches: readonly QueryRecord[];
}

/** Filters that are valid, with the records that they match. Drawn once: what they match is known from the first test. */
const cases = new Map<CompileContext, readonly Case[]>();

function casesOf(context: CompileContext): readonly Case[] {
  let known = cases.get(context);
  if (known === undefined) {
    known = fc.sample(filters, RUNS).flatMap((filter): Case[] => {
      const matches = compiled(filter, context);
      return matches === undefined ? [] : [{ filter, matches: records.filter(matches) }];
    });
    cases.set(context, known);
  }
  return known;
}

/** For a record that matches, and what is left of the filter for its origin. */
function forMatches(context: CompileContext, check: (rest: Filter, record: QueryRecord) => string | undefined): void {
  for (const { filter, matches } of casesOf(context)) {
    const rests = new Map(origins.map((origin) => [origin, simplify(filter, decideByOrigin(origin, context))]));
    for (const record of matches) {
      const problem = check(rests.get(record.origin)!, record);
      if (problem !== undefined)
        expect.fail(`${problem}: ${JSON.stringify(rawOf(record).toString())} for ${JSON.stringify(filter)}`);
    }
  }
}

function rawLines(record: QueryRecord): Buffer[] {
  return [record, ...(record.rest ?? [])].map(({ buffer, start, end }) => buffer.subarray(start, end));
}

/** The event as the store holds it. */
function rawOf(record: QueryRecord): Buffer {
  return Buffer.concat(rawLines(record).flatMap((line, i) => (i === 0 ? [line] : [Buffer.from("\n"), line])));
}

describe("random queries on random records", () => {
  test(`the predicate says what the slow reference says, in ${RUNS * RECORDS} cases`, () => {
    let [pairs, hits] = [0, 0];
    fc.assert(
      fc.property(filters, (filter) => {
        const matches = compiled(filter);
        expect(matches !== undefined).toBe(slowIsValid(filter, CONTEXT));
        if (matches === undefined) return;
        for (const [i, record] of records.entries()) {
          const found = matches(record);
          pairs++;
          hits += found ? 1 : 0;
          if (found !== slowMatches(filter, record, CONTEXT))
            expect.fail(`record ${i} ${JSON.stringify(rawOf(record).toString())}: ${found} is wrong`);
        }
      }),
      { numRuns: RUNS },
    );
    // Cases that all answer no would prove little.
    expect(hits / pairs).toBeGreaterThan(0.1);
  });

  test("a filter simplified by an origin matches the same records of that origin", () => {
    for (const { filter, matches } of casesOf(CONTEXT)) {
      const wanted = new Set(matches);
      for (const origin of origins) {
        const rest = compilePredicate(simplify(filter, decideByOrigin(origin, CONTEXT)), CONTEXT);
        const wrong = records.find((record) => record.origin === origin && rest(record) !== wanted.has(record));
        if (wrong !== undefined)
          expect.fail(`${JSON.stringify(filter)} for ${JSON.stringify(rawOf(wrong).toString())}`);
      }
    }
  });

  test("every match lies within the time bounds and has a level of the mask", () => {
    for (const { filter, matches } of casesOf(CONTEXT)) {
      const { from, to } = timeBounds(filter, CONTEXT);
      const mask = levelMask(filter);
      const isInside = ({ details, sec, nsec, buffer, start, end }: QueryRecord) => {
        const level = details ? details.level : levelOf(buffer, start, end);
        if (((mask >> (level === undefined ? 0 : LEVELS.indexOf(level) + 1)) & 1) === 0) return false;
        if (from !== undefined && compareTimestamps({ sec, nsec }, from) < 0) return false;
        return to === undefined || compareTimestamps({ sec, nsec }, to) <= 0;
      };
      expect(matches.filter((record) => !isInside(record))).toEqual([]);
    }
  });

  for (const [name, context] of [
    ["as written", CONTEXT],
    ["under the flag u", UNICODE],
  ] as const) {
    test(`every match holds the required literals, with regexps ${name}`, () => {
      let used = 0;
      forMatches(context, (rest, record) => {
        const { text, words } = indexed(record);
        if (text.includes("\u001b")) return undefined;
        for (const list of requiredLiterals(rest)) {
          used++;
          const isThere = list.some((literal) =>
            literal.word ? words.has(literal.text) : text.includes(Buffer.from(literal.text).toString("latin1")),
          );
          if (!isThere) return `none of ${JSON.stringify(list)}`;
        }
        return undefined;
      });
      expect(used).toBeGreaterThan(RUNS);
    });

    test(`every match is found by the chunk pattern in any chunk, with regexps ${name}`, () => {
      forMatches(context, (rest, record) => {
        const pattern = chunkPattern(rest);
        if (pattern === undefined) return undefined;
        const other = indexed(records[(records.indexOf(record) * 7) % RECORDS]!).latin1;
        const own = indexed(record).latin1;
        const end = other.length + own.length;
        pattern.lastIndex = other.length;
        return (pattern.exec(other + own + other)?.index ?? end) < end ? undefined : `${pattern} finds nothing`;
      });
    });
  }

  test("an event that is several lines of a chunk has a line that the chunk pattern finds", () => {
    forMatches(CONTEXT, (rest, record) => {
      const pattern = chunkPattern(rest);
      if (pattern === undefined) return undefined;
      const single = new RegExp(pattern.source, "i");
      return rawLines(record).some((line) => single.test(line.toString("latin1")))
        ? undefined
        : `${pattern} finds nothing`;
    });
  });
});

interface Indexed {
  readonly latin1: string;
  /** Letters of ASCII small, as an index has them. */
  readonly text: string;
  readonly words: ReadonlySet<string>;
}

const indexes = new Map<QueryRecord, Indexed>();

function indexed(record: QueryRecord): Indexed {
  let known = indexes.get(record);
  if (known === undefined) {
    const latin1 = rawOf(record).toString("latin1");
    const text = latin1.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    known = { latin1, text, words: new Set(text.match(/[a-z0-9_]+/g)) };
    indexes.set(record, known);
  }
  return known;
}
