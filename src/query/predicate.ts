// A filter as a test of records. What costs nothing is asked first; a record's text is decoded once and its fields are
// parsed once, and only where a look at the text does not rule the field out.

import { LEVELS } from "../record/level-names.ts";
import type { Origin } from "../record/log-line.ts";
import type { CompileContext } from "./compile-context.ts";
import { type FieldPlace, placeOf } from "./field-place.ts";
import { fieldScan } from "./field-scan.ts";
import { levelsOfLeaf } from "./level-leaf.ts";
import { linePattern } from "./literals.ts";
import { valueBesideLine } from "./origin-fields.ts";
import type { Filter, Leaf } from "./query.ts";
import type { Predicate } from "./query-record.ts";
import { RecordView } from "./record-view.ts";
import { originTest } from "./simplify.ts";
import { isWithin, spanOfLeaf } from "./time-leaf.ts";
import { valueTest } from "./value-tests.ts";

export type { CompileContext } from "./compile-context.ts";

/** Throws QUERY_INVALID for a level or a time that is none, and what `context.regexp` throws. */
export function compilePredicate(filter: Filter, context: CompileContext): Predicate {
  const { matches } = testOf(filter, context);
  const view = new RecordView();
  return (record) => matches(view.look(record));
}

type ViewTest = (view: RecordView) => boolean;

interface Test {
  readonly matches: ViewTest;
  readonly cost: number;
}

// What a test looks at, the cheapest first.
const ORIGIN = 1;
const COLUMN = 2;
const LEVEL = 3;
const TEXT = 4;
const REGEXP = 5;
const FIELDS = 6;

function testOf(filter: Filter, context: CompileContext): Test {
  switch (filter.kind) {
    case "all":
      return { matches: () => true, cost: 0 };
    case "none":
      return { matches: () => false, cost: 0 };
    case "not": {
      const { matches, cost } = testOf(filter.part, context);
      return { matches: (view) => !matches(view), cost };
    }
    case "and":
    case "or": {
      const tests = filter.parts.map((part) => testOf(part, context)).sort((a, b) => a.cost - b.cost);
      const parts = tests.map((test) => test.matches);
      const cost = tests.at(-1)?.cost ?? 0;
      return { matches: filter.kind === "and" ? every(parts) : some(parts), cost };
    }
    default:
      return leafTest(filter, context);
  }
}

function every(tests: readonly ViewTest[]): ViewTest {
  return (view) => {
    for (const test of tests) if (!test(view)) return false;
    return true;
  };
}

function some(tests: readonly ViewTest[]): ViewTest {
  return (view) => {
    for (const test of tests) if (test(view)) return true;
    return false;
  };
}

function leafTest(leaf: Leaf, context: CompileContext): Test {
  if (leaf.field === undefined) {
    const test = valueTest(leaf, context);
    return { matches: (view) => test(view.text()), cost: leaf.kind === "regexp" ? REGEXP : TEXT };
  }
  const place = placeOf(leaf.field);
  const ofOrigin = originTest(leaf, place, context);
  if (ofOrigin !== undefined) {
    const cached = byOrigin(ofOrigin);
    return { matches: (view) => cached(view.record.origin), cost: ORIGIN };
  }
  return place.kind === "attrs" || place.kind === "any"
    ? ofOwnField(leaf, place, context)
    : ofCoreField(leaf, place, context);
}

function ofCoreField(leaf: Leaf, place: FieldPlace, context: CompileContext): Test {
  const field = place.kind === "core" ? place.field : undefined;
  if (field === "level") {
    const mask = levelsOfLeaf(leaf, context);
    return {
      matches: (view) => {
        const level = view.level();
        return ((mask >> (level === undefined ? 0 : LEVELS.indexOf(level) + 1)) & 1) === 1;
      },
      cost: LEVEL,
    };
  }
  if (field === "ts") {
    const span = spanOfLeaf(leaf, context);
    if (span !== undefined) {
      return { matches: ({ record }) => record.sec >= 0 && isWithin(span, record), cost: COLUMN };
    }
  }
  const test = valueTest(leaf, context);
  if (field !== "message") return { matches: (view) => test(view.field(place)), cost: COLUMN };
  const pattern = linePattern(leaf, place);
  return {
    matches: (view) => (pattern === undefined || pattern.test(view.text())) && test(view.message()),
    cost: FIELDS,
  };
}

function ofOwnField(leaf: Leaf, place: Extract<FieldPlace, { kind: "attrs" | "any" }>, context: CompileContext): Test {
  const test = valueTest(leaf, context);
  const scan = leaf.kind === "exists" ? undefined : fieldScan(place.path, test);
  // Of a range it knows no more than the scan: the field's name.
  const pattern = leaf.kind === "range" && scan !== undefined ? undefined : linePattern(leaf, place);
  const mayPass = (text: string) => (pattern === undefined || pattern.test(text)) && (scan === undefined || scan(text));
  const isOutside =
    place.kind === "any" && place.core !== "id"
      ? byOrigin((origin) => valueBesideLine(origin, place) !== undefined)
      : () => place.kind === "any";
  return {
    matches: (view) => {
      const { details, origin } = view.record;
      // The line's field goes before what is beside the line, so only where nothing is there its text can decide.
      if (details?.attrs === undefined && !isOutside(origin) && !mayPass(view.text())) return false;
      return test(view.field(place));
    },
    cost: FIELDS,
  };
}

/** Records of an origin often come one behind the other. */
function byOrigin(test: (origin: Origin) => boolean): (origin: Origin) => boolean {
  const answers = new WeakMap<Origin, boolean>();
  let last: Origin | undefined;
  let lastAnswer = false;
  return (origin) => {
    if (origin === last) return lastAnswer;
    let answer = answers.get(origin);
    if (answer === undefined) {
      answer = test(origin);
      answers.set(origin, answer);
    }
    last = origin;
    lastAnswer = answer;
    return answer;
  };
}
